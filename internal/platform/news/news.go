// Package news keeps the public changes of public things: what feeds show and
// webhooks carry.
//
// The audit holds the states before and after every deed, with personal data
// and the name of who acted; nothing of it may be published as it is. So a room
// says of each of its deeds, in the same transaction, what anybody may know: the
// kind of the change, the thing with its public title, the names of the public
// fields that differ, the communes concerned. Values are not told: who wants
// them reads the thing, under its own access rule. A field that is not on the
// room's list of public fields cannot get here even by its name, and a change
// of nothing public is no news.
package news

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/privacy"
	"beffroi/internal/platform/webhook"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the tables of the news.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "news", Files: files}
}

// Privacy declares the columns of the room: none is about people.
func Privacy() []privacy.Table {
	return []privacy.Table{
		privacy.New("news", "id", "at", "kind", "object_kind", "object_key", "href", "title_fr", "title_nl", "title_en", "fields", "year", "everywhere"),
		privacy.New("news_area", "news", "area"),
	}
}

// Kind is what happened, "mission.changed". A kind is a promise to those who
// subscribe: it is never renamed.
type Kind string

// Kinds lists every kind that a room may tell, ascending.
func Kinds() []Kind {
	return []Kind{"body.added", "body.changed", "body.removed", "ledger.loaded", "ledger.posted", "ledger.reversed", "mandate.added", "mandate.changed",
		"mission.added", "mission.changed", "mission.figure", "mission.removed", "organ.added", "organ.changed",
		"project.added", "project.changed", "project.removed", "series.published", "series.withdrawn", "territory.added", "territory.changed"}
}

// Title is the public name of a thing in each language; the French one stands
// in for those that are empty.
type Title struct {
	FR string `json:"fr"`
	NL string `json:"nl,omitempty"`
	EN string `json:"en,omitempty"`
}

// In is the title in a language; other is "fr" when the French one stands in.
func (t Title) In(lang string) (text, other string) {
	switch {
	case lang == "nl" && t.NL != "":
		return t.NL, ""
	case lang == "en" && t.EN != "":
		return t.EN, ""
	case lang == "fr":
		return t.FR, ""
	}
	return t.FR, "fr"
}

// Item is one change. Its JSON is the data of a webhook's message.
type Item struct {
	ID         int64      `json:"-"`
	At         time.Time  `json:"-"`
	Kind       Kind       `json:"-"`
	Object     object.Ref `json:"object"`
	Href       string     `json:"href"` // path of the thing's page
	Title      Title      `json:"title"`
	Fields     []string   `json:"changed,omitempty"` // public fields that differ, in the words of the room's API
	Year       int        `json:"year,omitempty"`    // of figures and entries
	Areas      []int64    `json:"-"`                 // ids of the communes concerned
	Everywhere bool       `json:"-"`                 // it concerns every commune
}

// Message is what a webhook carries of an item.
type Message struct {
	Type      Kind      `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      Item      `json:"data"`
}

// Of begins an item about a thing that was before and is after; nil says that
// it was not, or is no more. The kind is room.added, .changed or .removed.
// Fields are those of the public ones whose JSON differs.
func Of[T any](room string, before, after *T, public ...string) (Item, error) {
	switch {
	case before == nil:
		return Item{Kind: Kind(room + ".added")}, nil
	case after == nil:
		return Item{Kind: Kind(room + ".removed")}, nil
	}
	fields, err := differing(before, after, public)
	return Item{Kind: Kind(room + ".changed"), Fields: fields}, err
}

func differing(before, after any, public []string) (list []string, err error) {
	was, err := members(before)
	if err != nil {
		return nil, err
	}
	is, err := members(after)
	for _, name := range public {
		if !bytes.Equal(was[name], is[name]) {
			list = append(list, name)
		}
	}
	return list, err
}

func members(v any) (map[string]json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("news: %T: %w", v, err)
	}
	m := map[string]json.RawMessage{}
	return m, json.Unmarshal(b, &m)
}

// silent tells whether an item says nothing: a change of nothing public.
func (i Item) silent() bool {
	return len(i.Fields) == 0 && len(i.Kind) > 8 && i.Kind[len(i.Kind)-8:] == ".changed"
}

// Record writes an item and tells it to those who subscribed, in the caller's
// transaction. A change of nothing public is passed over.
func Record(tx *db.Tx, i Item) error {
	if i.silent() {
		return nil
	}
	if !slices.Contains(Kinds(), i.Kind) {
		return fmt.Errorf("news: the kind %q is promised to nobody", i.Kind)
	}
	slices.Sort(i.Areas)
	i.Areas = slices.Compact(i.Areas)
	if err := insert(tx, i); err != nil {
		return err
	}
	return webhook.Emit(tx, webhook.Event{Kind: string(i.Kind), Data: i})
}
