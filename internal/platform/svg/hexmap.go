package svg

import (
	"cmp"
	"io"
	"math"
)

// Tile is one hexagon of a tile map.
type Tile struct {
	Code  string // identity in the data; not drawn
	Name  string
	X, Y  int    // doubled-width coordinates: neighbours differ by (±2,0) or (±1,±1); y down
	Href  string // empty: the tile is no link
	Class Class  // empty is Other
	Value string // formatted figure for tooltip and name; may be empty
	Short string // text within the tile, about four letters; only for a Size from 22
	Mark  bool   // outlined and announced as the current one
}

// HexMapOptions describes a hexagon tile map.
type HexMapOptions struct {
	ID, Title, Desc string
	Tiles           []Tile
	Legend          []LegendItem // drawn in the lower left corner when free, else below
	Size            float64      // circumradius of a cell in units; 0 is 11, the locator; 26 suits 700 px
	Sep             string       // between a name and its value; empty is ": "
}

// Geometry of a pointy-top hexagon of circumradius r in doubled-width
// coordinates: a step of one in x is r·√3/2, a row is r·3/2. See
// https://www.redblobgames.com/grids/hexagons/#coordinates-doubled
const (
	hexMargin = 2.0
	hexInset  = 0.95 // drawn radius against the cell's: the gap is what separates two tiles
	hexRadius = 11.0
)

var halfWidth = math.Sqrt(3) / 2

// hexGrid maps tile coordinates to the picture.
type hexGrid struct {
	r              float64
	x0, y0, x1, y1 int // bounds of the tiles
}

func newHexGrid(tiles []Tile, r float64) hexGrid {
	g := hexGrid{r, tiles[0].X, tiles[0].Y, tiles[0].X, tiles[0].Y}
	for _, t := range tiles {
		g.x0, g.x1 = min(g.x0, t.X), max(g.x1, t.X)
		g.y0, g.y1 = min(g.y0, t.Y), max(g.y1, t.Y)
	}
	return g
}

// centre returns the middle of a cell.
func (g hexGrid) centre(x, y int) (cx, cy float64) {
	return hexMargin + g.r*halfWidth*float64(x-g.x0+1), hexMargin + g.r*(1+1.5*float64(y-g.y0))
}

// size returns the width and height of the picture.
func (g hexGrid) size() (w, h float64) {
	cx, cy := g.centre(g.x1, g.y1)
	return cx + g.r*halfWidth + hexMargin, cy + g.r + hexMargin
}

// HexMap draws a tile map: one link per tile, in the order given, which is also
// the order of the keyboard. False when there are no tiles.
func HexMap(w io.Writer, o HexMapOptions) (bool, error) {
	if len(o.Tiles) == 0 {
		return false, nil
	}
	if !(o.Size > 0) || math.IsInf(o.Size, 0) {
		o.Size = hexRadius
	}
	if o.Sep == "" {
		o.Sep = ": "
	}
	g := newHexGrid(o.Tiles, o.Size)
	width, height := g.size()
	at, lx, ly, height := g.placeLegend(o, width, height)
	p := &pen{id: o.ID}
	p.open("hexmap", "group", [4]float64{0, 0, width, height}, o.Title, o.Desc)
	p.hexDefs(o)
	p.put(`<g text-anchor="middle">`)
	for _, t := range o.Tiles {
		p.tile(g, t, o.Sep)
	}
	p.put("</g>")
	p.legend(o.Legend, at, lx, ly, 1)
	return p.flush(w)
}

// hexDefs writes the shared hexagon around the origin, and the patterns.
func (p *pen) hexDefs(o HexMapOptions) {
	r := o.Size * hexInset
	a, b := r*halfWidth, r/2
	p.put("<defs><path")
	p.attr("id", p.id+"-h")
	p.put(` d="`)
	p.cmd('M', 0, -r)
	p.cmd('L', a, -b)
	p.cmd('V', b)
	p.cmd('L', 0, r)
	p.cmd('L', -a, b)
	p.cmd('V', -b)
	p.put(`z"/></defs>`)
	var classes []Class
	for _, t := range o.Tiles {
		classes = append(classes, t.Class)
	}
	for _, it := range o.Legend {
		classes = append(classes, it.Class)
	}
	p.defs(classes...)
}

func (p *pen) tile(g hexGrid, t Tile, sep string) {
	x, y := g.centre(t.X, t.Y)
	t.Class = cmp.Or(t.Class, Other)
	end := p.link(t.Href, joined(t.Name, sep, t.Value), t.Class, t.Mark || t.Class == Sel)
	p.put("<use")
	p.attr("href", "#"+p.id+"-h")
	p.at("x", x)
	p.at("y", y)
	p.paint(t.Class)
	if t.Mark {
		p.put(` class="mark"`)
	}
	p.put("/>")
	if t.Short != "" {
		p.text(x, y+4, "", "", t.Short)
	}
	p.put(end)
}

// joined is the name of a mark: its name and, when there is one, its value.
func joined(name, sep, value string) string {
	if value == "" {
		return name
	}
	return name + sep + value
}

// placeLegend puts the legend as a column into the lower left corner when no
// tile stands there, else below the map. It returns the height needed.
func (g hexGrid) placeLegend(o HexMapOptions, w, h float64) (at [][2]float64, x, y, height float64) {
	if len(o.Legend) == 0 {
		return nil, 0, 0, h
	}
	at, column := legendFlow(o.Legend, 0)
	var need float64
	for _, it := range o.Legend {
		need = max(need, legendWidth(it))
	}
	free := w
	for _, t := range o.Tiles {
		if cx, cy := g.centre(t.X, t.Y); cy+g.r > h-column-legendLine/2 {
			free = min(free, cx-g.r*halfWidth)
		}
	}
	if need <= free && column <= h {
		return at, hexMargin, h - column, h
	}
	at, column = legendFlow(o.Legend, w)
	return at, hexMargin, h + 8, h + 8 + column
}
