package geo

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"beffroi/internal/platform/fault"
	"github.com/paulmach/orb"
)

// The parts of TopoJSON 1.0 (Bostock and others, topojson-specification) that
// areas need.
type topology struct {
	Transform *struct {
		Scale, Translate [2]float64
	}
	Arcs    json.RawMessage
	Objects map[string]topoObject
}

type topoObject struct {
	Type       string
	ID         json.RawMessage
	Properties map[string]json.RawMessage
	Arcs       json.RawMessage
	Geometries []topoObject
}

// unroller turns arc references into rings.
type unroller struct {
	arcs  []orb.LineString
	left  int // vertices still allowed
	limit int // features allowed
	raws  []raw
}

// decodeTopoJSON reads one layer of a Topology.
func decodeTopoJSON(data []byte, layer string, lim Limits) (document, error) {
	var topo topology
	if err := json.Unmarshal(data, &topo); err != nil {
		return document{}, invalid("geo.not-topojson", fault.Args{"detail": err.Error()})
	}
	object, err := pickLayer(topo.Objects, layer)
	if err != nil {
		return document{}, err
	}
	u := unroller{left: lim.Vertices, limit: lim.Features}
	if u.arcs, err = decodeArcs(topo, lim); err != nil {
		return document{}, err
	}
	if err := u.walk(object); err != nil {
		return document{}, err
	}
	return document{raws: u.raws}, nil
}

func pickLayer(objects map[string]topoObject, layer string) (topoObject, error) {
	names := slices.Sorted(maps.Keys(objects))
	if layer == "" && len(names) == 1 {
		layer = names[0]
	}
	if o, ok := objects[layer]; ok {
		return o, nil
	}
	return topoObject{}, invalid("geo.choose-layer", fault.Args{"layer": clip(layer), "layers": clip(strings.Join(names, ", "))})
}

// decodeArcs reads the arcs and undoes quantisation: with a transform, each
// position is the difference to the one before, in steps of the grid.
func decodeArcs(topo topology, lim Limits) ([]orb.LineString, error) {
	left := lim.Vertices
	s := scanner{data: topo.Arcs, left: &left}
	lines, err := list(&s, (*scanner).ring)
	if err != nil {
		return nil, s.explain(err, "arcs")
	}
	arcs := make([]orb.LineString, len(lines))
	for i, line := range lines {
		arcs[i] = orb.LineString(line)
		if t := topo.Transform; t != nil {
			var x, y float64
			for j, d := range line {
				x, y = x+d[0], y+d[1]
				line[j] = orb.Point{x*t.Scale[0] + t.Translate[0], y*t.Scale[1] + t.Translate[1]}
			}
		}
	}
	return arcs, nil
}

// walk unrolls an object, and the members of collections in turn.
func (u *unroller) walk(o topoObject) error {
	if o.Type == "GeometryCollection" {
		for _, g := range o.Geometries {
			if err := u.walk(g); err != nil {
				return err
			}
		}
		return nil
	}
	if len(u.raws) >= u.limit {
		return tooLarge("geo.too-many-features", fault.Args{"limit": u.limit})
	}
	where := place(len(u.raws), o.ID)
	out := raw{id: o.ID, props: o.Properties}
	var refs [][][]int
	var err error
	switch o.Type {
	case "Polygon":
		var one [][]int
		err = json.Unmarshal(o.Arcs, &one)
		refs = [][][]int{one}
	case "MultiPolygon":
		err = json.Unmarshal(o.Arcs, &refs)
	case "": // null geometry
	default:
		return invalid("geo.not-an-area", fault.Args{"feature": where, "type": clip(o.Type)})
	}
	if err != nil {
		return invalid("geo.bad-arcs", fault.Args{"feature": where, "detail": err.Error()})
	}
	if out.geom, err = u.polygons(refs, where); err != nil {
		return err
	}
	u.raws = append(u.raws, out)
	return nil
}

func (u *unroller) polygons(refs [][][]int, where string) (orb.MultiPolygon, error) {
	var mp orb.MultiPolygon
	for _, rings := range refs {
		var poly orb.Polygon
		for _, ring := range rings {
			r, err := u.ring(ring, where)
			if err != nil {
				return nil, err
			}
			poly = append(poly, r)
		}
		if len(poly) > 0 {
			mp = append(mp, poly)
		}
	}
	return mp, nil
}

// ring joins arcs end to end; a negative reference ~i is arc i backwards. The
// end of each arc is the start of the next and is kept once.
func (u *unroller) ring(refs []int, where string) (orb.Ring, error) {
	var ring orb.Ring
	for _, ref := range refs {
		i := ref
		if ref < 0 {
			i = ^ref
		}
		if i >= len(u.arcs) {
			return nil, invalid("geo.bad-arcs", fault.Args{"feature": where, "arc": ref})
		}
		arc := u.arcs[i]
		if u.left -= len(arc); u.left < 0 {
			return nil, tooLarge(string(faultVertices), fault.Args{"feature": where})
		}
		if len(arc) == 0 {
			continue
		}
		if ref < 0 {
			arc = slices.Clone(arc)
			arc.Reverse()
		}
		if len(ring) > 0 {
			if ring[len(ring)-1] != arc[0] {
				return nil, invalid("geo.arc-gap", fault.Args{"feature": where, "arc": ref})
			}
			arc = arc[1:]
		}
		ring = append(ring, arc...)
	}
	return ring, nil
}
