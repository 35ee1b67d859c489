package territory

import (
	"context"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/geo"
	"beffroi/internal/platform/svg"
)

// MapOptions says what a map shows.
type MapOptions struct {
	ID, Title, Desc string
	Class           func(*Area) string // an svg.Class; nil marks Marked alone
	Value           func(*Area) string // formatted figure, "" for none; may be nil
	Href            func(*Area) string // nil leads to the commune's page
	Marked          int64              // the commune the page is about, 0 for none
	Legend          []svg.LegendItem
	Lang            string
	Day             calendar.Date
	Small           bool // a locator, not a choropleth
}

// tileSize is the radius of a hexagon of a wide map, at which names fit in.
const tileSize = 26

// Map draws the communes of a day: with their real boundaries when every one of
// them has one, otherwise as hexagons. It draws nothing when there is neither.
func (a *Atlas) Map(o MapOptions) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		communes := a.Communes(o.Day)
		if a.charted(communes) {
			return a.drawShapes(w, o, communes)
		}
		return drawTiles(w, o, communes)
	})
}

// Drawable tells whether Map has something to draw on a day.
func (a *Atlas) Drawable(day calendar.Date) bool {
	communes := a.Communes(day)
	for _, c := range communes {
		if c.Tile != nil {
			return true
		}
	}
	return a.charted(communes)
}

func (a *Atlas) charted(communes []*Area) bool {
	for _, c := range communes {
		if _, ok := a.shapes[c.ID]; !ok {
			return false
		}
	}
	return len(communes) > 0
}

func (a *Atlas) drawShapes(w io.Writer, o MapOptions, communes []*Area) error {
	drawing := a.land().wide
	if o.Small {
		drawing = a.land().small
	}
	areas := make([]svg.Area, 0, len(communes))
	for _, c := range communes {
		areas = append(areas, svg.Area{Code: c.Key, Name: c.Name(o.Lang), Path: drawing.Paths[c.Key],
			Href: o.href(c), Class: o.class(c), Value: o.value(c), Mark: c.ID == o.Marked})
	}
	_, err := svg.AreaMap(w, svg.AreaMapOptions{ID: o.ID, Title: o.Title, Desc: o.Desc, ViewBox: box(drawing), Areas: areas, Legend: o.Legend, Sep: o.sep()})
	return err
}

func box(d geo.Drawing) [4]float64 { return [4]float64{0, 0, d.Width, d.Height} }

func drawTiles(w io.Writer, o MapOptions, communes []*Area) error {
	size := 0.0 // the locator's
	if !o.Small {
		size = tileSize
	}
	var tiles []svg.Tile
	for _, c := range communes {
		if c.Tile == nil {
			continue
		}
		t := svg.Tile{Code: c.Key, Name: c.Name(o.Lang), X: c.Tile.X, Y: c.Tile.Y,
			Href: o.href(c), Class: o.class(c), Value: o.value(c), Mark: c.ID == o.Marked}
		if !o.Small {
			t.Short = short(t.Name)
		}
		tiles = append(tiles, t)
	}
	_, err := svg.HexMap(w, svg.HexMapOptions{ID: o.ID, Title: o.Title, Desc: o.Desc, Tiles: tiles, Legend: o.Legend, Size: size, Sep: o.sep()})
	return err
}

func (o MapOptions) href(c *Area) string {
	if o.Href != nil {
		return o.Href(c)
	}
	return c.Address()
}

func (o MapOptions) class(c *Area) svg.Class {
	if o.Class != nil {
		return svg.Class(o.Class(c))
	}
	if c.ID == o.Marked {
		return svg.Sel
	}
	return svg.Other
}

func (o MapOptions) value(c *Area) string {
	if o.Value == nil {
		return ""
	}
	return o.Value(c)
}

// sep is the colon of the language: French puts a no-break space before it.
func (o MapOptions) sep() string {
	if o.Lang == "fr" {
		return "\u00a0: "
	}
	return ": "
}

// short is what of a name fits into a tile: four letters of its telling word.
func short(name string) string {
	for _, article := range []string{"La ", "Le ", "Les ", "L’"} {
		name = strings.TrimPrefix(name, article)
	}
	n := 0
	for i := range name {
		if n == 4 {
			return name[:i]
		}
		n++
	}
	if utf8.RuneCountInString(name) <= 4 {
		return name
	}
	return name
}
