package intake

import (
	"slices"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
)

// Findable is the imports as those who may see them find them: by number, name
// of the file, target and who made them. Newest first.
func Findable() finder.Source {
	seen := finder.Seen(view, auth.Target{})
	return finder.Source{Kinds: []string{"import"}, Read: func(tx *db.Tx, refs []object.Ref) ([]finder.Document, error) {
		list, err := allBatches(tx)
		if err != nil {
			return nil, err
		}
		var docs []finder.Document
		for _, b := range list {
			if refs != nil && !slices.Contains(refs, b.Ref()) {
				continue
			}
			docs = append(docs, finder.Document{Ref: b.Ref(), Kind: "import", Address: "/staff/imports/" + itoa(b.ID), Title: finder.Languages(b.FileName, "", ""),
				Names: []string{itoa(b.ID)}, Text: finder.Languages(b.Target+" "+b.Actor, "", ""), Weight: 50,
				Day: calendar.Of(b.At.In(clock.Brussels())), Audience: seen})
		}
		return docs, nil
	}}
}
