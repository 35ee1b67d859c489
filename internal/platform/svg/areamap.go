package svg

import (
	"cmp"
	"io"
)

// Area is one region with a real boundary.
type Area struct {
	Code  string // identity in the data; not drawn
	Name  string
	Path  string // SVG path data in units of the ViewBox
	Href  string // empty: the area is no link
	Class Class  // empty is Other
	Value string // formatted figure for tooltip and name; may be empty
	Mark  bool   // outlined above its neighbours and announced as the current one
}

// AreaMapOptions describes a map of real boundaries.
type AreaMapOptions struct {
	ID, Title, Desc string
	ViewBox         [4]float64 // min x, min y, width, height; in units that make it some hundreds wide
	Areas           []Area
	Legend          []LegendItem // drawn below the map
	Sep             string       // between a name and its value; empty is ": "
}

// areaWidth is the width in pixels at which the legend of an area map has its
// nominal size.
const areaWidth = 700.0

// AreaMap draws regions with their boundaries: one link per region, with the
// same names, order and keyboard as [HexMap]. False when there are no areas or
// the view box is empty.
func AreaMap(w io.Writer, o AreaMapOptions) (bool, error) {
	box := o.ViewBox
	if len(o.Areas) == 0 || !(box[2] > 0) || !(box[3] > 0) {
		return false, nil
	}
	if o.Sep == "" {
		o.Sep = ": "
	}
	scale := box[2] / areaWidth
	at, lh := legendFlow(o.Legend, areaWidth)
	below := box[1] + box[3] + 8*scale
	if lh > 0 {
		box[3] += (8 + lh) * scale
	}
	p := &pen{id: o.ID}
	p.open("areamap", "group", box, o.Title, o.Desc)
	p.areaDefs(o)
	marked := false
	for _, a := range o.Areas {
		p.area(a, o.Sep, a.Mark && !marked)
		marked = marked || a.Mark
	}
	if marked { // drawn again last, or later neighbours would cover its outline
		p.put("<use")
		p.attr("href", "#"+p.id+"-m")
		p.put(` class="mark" fill="none"/>`)
	}
	p.legend(o.Legend, at, box[0], below, scale)
	return p.flush(w)
}

func (p *pen) areaDefs(o AreaMapOptions) {
	var classes []Class
	for _, a := range o.Areas {
		classes = append(classes, a.Class)
	}
	for _, it := range o.Legend {
		classes = append(classes, it.Class)
	}
	p.defs(classes...)
}

func (p *pen) area(a Area, sep string, shared bool) {
	a.Class = cmp.Or(a.Class, Other)
	end := p.link(a.Href, joined(a.Name, sep, a.Value), a.Class, a.Mark || a.Class == Sel)
	p.put("<path")
	if shared {
		p.attr("id", p.id+"-m")
	}
	p.attr("d", a.Path)
	p.paint(a.Class)
	p.put("/>", end)
}
