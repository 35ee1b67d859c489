package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Drawn makes a component of a picture of package svg and its options:
// ui.Drawn(svg.StackedBars, svg.BarsOptions{…}). A picture with nothing to show
// draws nothing.
func Drawn[O any](draw func(io.Writer, O) (bool, error), o O) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := draw(w, o)
		return err
	})
}
