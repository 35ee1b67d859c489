package web

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"beffroi/internal/platform/object"
	"beffroi/internal/platform/ui"
)

// Block is a part that a room adds to the page of something that is not its
// own: the missions on the page of the body that holds them. So a later room
// stands on the pages of earlier ones, which know nothing of it.
type Block struct {
	Key string // its anchor on the page, its name in JSON and, on communes, of its public switch
	On  string // the kind of the objects on whose pages it stands: "commune", "province", "body", "mission"
	// Read gives what the block says about an object as of the day of the
	// exchange, in a constant number of statements (none when it can be kept in
	// memory, see db.Copy: pages have eight for all their rooms).
	Read func(x *Exchange, about object.Ref) (Panel, error)
}

// Panel is what a block says on one page. Without a View it is left out.
type Panel struct {
	Key, Title, Sub string
	View            templ.Component
	Data            any     // the same for JSON
	Rows            [][]any // the same for CSV: item, period, value, unit, source
}

// Panels are what the blocks say about an object, in the order of the rooms.
func (x *Exchange) Panels(about object.Ref) (list []Panel, err error) {
	for _, b := range x.site.Blocks {
		if b.On != about.Kind {
			continue
		}
		panel, err := b.Read(x, about)
		if err != nil {
			return nil, err
		}
		if panel.View != nil {
			panel.Key = b.Key
			list = append(list, panel)
		}
	}
	return list, nil
}

// BlockKeys names the blocks on the pages of a kind of objects.
func (x *Exchange) BlockKeys(kind string) (keys []string) {
	for _, b := range x.site.Blocks {
		if b.On == kind {
			keys = append(keys, b.Key)
		}
	}
	return keys
}

// Section is the panel on its page.
func (p Panel) Section() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Section(p.Key, p.Title, p.Sub).Render(templ.WithChildren(ctx, p.View), w)
	})
}

// Sections are panels one below the other.
func Sections(list []Panel) templ.Component {
	parts := make([]templ.Component, len(list))
	for i, p := range list {
		parts[i] = p.Section()
	}
	return templ.Join(parts...)
}
