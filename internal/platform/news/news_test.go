package news

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/setting"
	"beffroi/internal/platform/webhook"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

func schemas() []db.Schema {
	return []db.Schema{setting.Schema(), audit.Schema(), jobs.Schema(), webhook.Schema(), Schema()}
}

type thing struct {
	Title  string `json:"title"`
	Amount *int   `json:"amount,omitempty"`
	Secret string `json:"secret"`
}

func TestOf(t *testing.T) {
	seven := 7
	public := []string{"amount", "title"}
	for name, c := range map[string]struct {
		before, after *thing
		kind          Kind
		fields        string
		silent        bool
	}{
		"added":          {nil, &thing{Title: "a"}, "thing.added", "", false},
		"removed":        {&thing{Title: "a"}, nil, "thing.removed", "", false},
		"changed":        {&thing{Title: "a"}, &thing{Title: "b", Amount: &seven, Secret: "x"}, "thing.changed", "amount title", false},
		"only in secret": {&thing{Title: "a", Secret: "x"}, &thing{Title: "a", Secret: "y"}, "thing.changed", "", true},
		"the same":       {&thing{Title: "a"}, &thing{Title: "a"}, "thing.changed", "", true},
	} {
		i, err := Of("thing", c.before, c.after, public...)
		if err != nil || i.Kind != c.kind || strings.Join(i.Fields, " ") != c.fields || i.silent() != c.silent {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
	if _, err := Of("thing", &[]any{func() {}}, &[]any{}); err == nil {
		t.Error("what is no JSON is compared")
	}
}

func record(t *testing.T, d *db.DB, items ...Item) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, i := range items {
			if err := Record(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, d *db.DB, f Filter) (keys []string) {
	t.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		items, err := List(tx, f)
		for _, i := range items {
			keys = append(keys, i.Object.Key)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestList(t *testing.T) {
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		item := func(kind Kind, key string, everywhere bool, areas ...int64) Item {
			room, _, _ := strings.Cut(string(kind), ".")
			return Item{Kind: kind, Object: object.Ref{Kind: room, Key: key}, Href: "/" + key, Title: Title{FR: "titre", NL: "titel"}, Fields: []string{"title", "period"}, Year: 2025, Everywhere: everywhere, Areas: areas}
		}
		record(t, d, item("mission.changed", "m", true), item("project.added", "p", false, 8, 7, 7), item("ledger.posted", "l", false, 7), item("project.changed", "p", false, 9), item("series.published", "s", false))
		for _, c := range []struct {
			filter Filter
			want   string
		}{
			{Filter{}, "s p l p m"},
			{Filter{Area: 7}, "l p m"},
			{Filter{Area: 9}, "p m"},
			{Filter{Area: 5}, "m"},
			{Filter{Area: 7, Hidden: []string{"ledger."}}, "p m"},
			{Filter{Area: 7, Hidden: []string{"ledger.", "project.", "mission."}}, ""},
			{Filter{Hidden: []string{"ledger", "x"}}, "s p p m"},
			{Filter{Object: object.Ref{Kind: "project", Key: "p"}}, "p p"},
			{Filter{Object: object.Ref{Kind: "mission", Key: "p"}}, ""},
			{Filter{Limit: 2}, "s p"},
			{Filter{Below: 3}, "p m"},
		} {
			if got := strings.Join(list(t, d, c.filter), " "); got != c.want {
				t.Errorf("%+v: %q, want %q", c.filter, got, c.want)
			}
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			items, err := List(tx, Filter{Limit: 1, Object: object.Ref{Kind: "project", Key: "p"}})
			if err != nil || len(items) != 1 {
				return fmt.Errorf("%v, %w", items, err)
			}
			i := items[0]
			if i.ID == 0 || !i.At.Equal(dbtest.Now()) || i.Kind != "project.changed" || i.Href != "/p" || i.Title != (Title{FR: "titre", NL: "titel"}) || !slices.Equal(i.Fields, []string{"title", "period"}) || i.Year != 2025 || i.Everywhere {
				t.Errorf("%+v", i)
			}
			latest, err := Latest(tx, []object.Ref{{Kind: "project", Key: "p"}, {Kind: "mission", Key: "m"}, {Kind: "mission", Key: "none"}})
			if err != nil || len(latest) != 2 || !latest[object.Ref{Kind: "project", Key: "p"}].Equal(dbtest.Now()) {
				t.Errorf("%v, %v", latest, err)
			}
			none, err := Latest(tx, nil)
			if len(none) != 0 {
				t.Errorf("%v", none)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestRecord(t *testing.T) {
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		service := webhook.NewService(d, webhook.Guard{}, "project.changed", "mission.added")
		if _, _, err := service.Create(t.Context(), auth.System("test"), webhook.Subscription{Label: "x", URL: "https://example.org/", Kinds: []string{"project.changed"}}); err != nil {
			t.Fatal(err)
		}
		undone := errors.New("undone")
		ref := object.Ref{Kind: "project", Key: "p"}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := Record(tx, Item{Kind: "project.changed", Object: ref, Fields: []string{"title"}}); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) || len(list(t, d, Filter{})) != 0 {
			t.Errorf("a deed that was undone makes news: %v", err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return Record(tx, Item{Kind: "salary.changed", Fields: []string{"x"}}) })
		if err == nil {
			t.Error("a kind of nobody's promise is taken")
		}
		record(t, d, Item{Kind: "project.changed", Object: ref}, Item{Kind: "mission.added", Object: object.Ref{Kind: "mission", Key: "m"}},
			Item{Kind: "project.changed", Object: ref, Href: "/projects/p", Title: Title{FR: "Ravel"}, Fields: []string{"title"}, Areas: []int64{7}})
		if got := list(t, d, Filter{}); len(got) != 2 {
			t.Errorf("a change of nothing public is news: %v", got)
		}
		sent, err := service.Deliveries(t.Context(), auth.System("test"), webhook.Filter{Limit: 9})
		if err != nil || len(sent) != 1 {
			t.Fatalf("%+v, %v", sent, err)
		}
		var m webhook.Message
		if err := json.Unmarshal([]byte(sent[0].Body), &m); err != nil {
			t.Fatal(err)
		}
		if want := `{"object":{"kind":"project","key":"p"},"href":"/projects/p","title":{"fr":"Ravel"},"changed":["title"]}`; string(m.Data) != want || m.Type != "project.changed" || !m.Timestamp.Equal(dbtest.Now()) {
			t.Errorf("%+v", m)
		}
	})
}

func TestTitleIn(t *testing.T) {
	for _, c := range []struct{ lang, text, other string }{{"fr", "f", ""}, {"nl", "n", ""}, {"en", "f", "fr"}, {"de", "f", "fr"}} {
		if text, other := (Title{FR: "f", NL: "n"}).In(c.lang); text != c.text || other != c.other {
			t.Errorf("%s: %s %s", c.lang, text, other)
		}
	}
}

func TestKindsAreInOrder(t *testing.T) {
	if !slices.IsSorted(Kinds()) {
		t.Error("the kinds are not ascending")
	}
}
