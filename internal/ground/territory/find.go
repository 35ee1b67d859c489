package territory

import (
	"cmp"
	"slices"
	"strings"

	"beffroi/internal/platform/search"
)

// Hit is a found area: Matched is the text that matched, Why is "name",
// "dutch" (also German), "old_name", "postal" or "code".
type Hit struct {
	Area    *Area
	Matched string
	Why     string
}

// entry is one text under which an area is found.
type entry struct {
	hit  Hit
	fold string
}

// index lists what areas are found by, and their names for exact look-up.
func (a *Atlas) index() ([]entry, map[string][]*Area) {
	var list []entry
	names := map[string][]*Area{}
	add := func(area *Area, text, why string) {
		fold := search.Fold(text)
		if fold == "" {
			return
		}
		list = append(list, entry{Hit{a.today(area), text, why}, fold})
		if why != "postal" && why != "code" && !slices.Contains(names[fold], area) {
			names[fold] = append(names[fold], area)
		}
	}
	for _, area := range a.areas {
		own := "name"
		if a.today(area) != area {
			own = "old_name"
		}
		add(area, area.NameFR, own)
		if area.NameNL != area.NameFR {
			add(area, area.NameNL, "dutch")
		}
		if area.NameDE != area.NameFR && area.NameDE != area.NameNL {
			add(area, area.NameDE, "dutch")
		}
		for _, n := range a.aliases[area.ID] {
			add(area, n.Name, n.why())
		}
		for _, c := range a.codes[area.ID] {
			add(area, c.Code, "code")
		}
		if area.Kind == FormerCommune {
			add(area, area.Key, "code")
		}
		for _, p := range a.postal[area.ID] {
			add(area, p.Code, "postal")
		}
	}
	return list, names
}

func (n Alias) why() string {
	switch {
	case n.Use == "former":
		return "old_name"
	case n.Lang != "fr":
		return "dutch"
	}
	return "name"
}

// today is the one area that an ended area went into, otherwise the area itself.
func (a *Atlas) today(area *Area) *Area {
	if area.Kind != FormerCommune {
		return area
	}
	next := a.Successors(area.ID)
	if len(next) == 1 && next[0].Weight == Whole {
		return a.byID[next[0].Area]
	}
	return area
}

// Search finds areas by name in any language, old name, postal code or register
// code. Every word of q must begin a word of the text; exact matches come first,
// then texts that begin with q; communes before groups before former communes.
// An area is given once. A limit of 0 or less gives nothing.
func (a *Atlas) Search(q string, limit int) []Hit {
	fold := search.Fold(q)
	if fold == "" {
		return nil
	}
	type found struct {
		Hit
		rank int
	}
	best := map[*Area]found{}
	for _, e := range a.entries {
		rank, ok := match(e, fold)
		if !ok {
			continue
		}
		if old, ok := best[e.hit.Area]; !ok || rank < old.rank {
			best[e.hit.Area] = found{e.hit, rank}
		}
	}
	var list []found
	for _, area := range a.areas {
		if f, ok := best[area]; ok {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(x, y found) int {
		return cmp.Or(cmp.Compare(x.rank, y.rank), cmp.Compare(x.Area.weight(), y.Area.weight()))
	})
	var hits []Hit
	for _, f := range list[:min(len(list), max(0, limit))] {
		hits = append(hits, f.Hit)
	}
	return hits
}

// weight puts communes before groups before former communes.
func (a *Area) weight() int {
	switch a.Kind {
	case Commune:
		return 0
	case FormerCommune:
		return 2
	}
	return 1
}

// match ranks an entry: 0 exact, 1 beginning, 2 words within.
func match(e entry, q string) (rank int, ok bool) {
	switch {
	case e.fold == q:
		return 0, true
	case strings.HasPrefix(e.fold, q):
		return 1, true
	case e.hit.Why == "postal" || e.hit.Why == "code":
		return 0, false
	}
	for word := range strings.SplitSeq(q, " ") {
		if !strings.HasPrefix(e.fold, word) && !strings.Contains(e.fold, " "+word) {
			return 0, false
		}
	}
	return 2, true
}

// Named finds the one commune that bears a name in any language, with any
// apostrophe, accent or case, and with or without a place in parentheses
// ("Celles (Tournai)"). ok is false when no commune or several bear it.
func (a *Atlas) Named(name string) (area *Area, ok bool) {
	for _, text := range []string{name, withoutPlace(name)} {
		var list []*Area
		for _, area := range a.names[search.Fold(text)] {
			if area.Kind == Commune {
				list = append(list, area)
			}
		}
		if len(list) == 1 {
			return list[0], true
		}
	}
	return nil, false
}

// withoutPlace cuts "Celles (Tournai)" to "Celles".
func withoutPlace(name string) string {
	if i := strings.IndexByte(name, '('); i > 0 {
		return strings.TrimSpace(name[:i])
	}
	return name
}
