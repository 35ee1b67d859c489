package territory

import (
	"cmp"
	"slices"
	"strconv"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/search"
)

// Levels of the REFNIS file.
const (
	levelRegion = iota + 1
	levelProvince
	levelArrondissement
	levelCommune
)

// refnisLine is one line of the REFNIS file: an area under one code and one name.
type refnisLine struct {
	line       int
	level      int
	nis        string
	parent     string
	fr, nl, de string
	period     calendar.Period
}

// lineage is one area through its codes and names, newest record first.
type lineage struct {
	kind    Kind
	key     string
	records []refnisLine
}

func (l lineage) newest() refnisLine { return l.records[0] }
func (l lineage) oldest() refnisLine { return l.records[len(l.records)-1] }

// period is the life of the area as far as the file knows it.
func (l lineage) period() calendar.Period {
	return calendar.Period{From: l.oldest().period.From, To: l.newest().period.To}
}

// lineages joins the records of the REFNIS file into areas. A commune goes on
// under another name when its code does, and under another code when a commune
// of the same name begins the day after it ends, or when it is the only one that
// ends and one alone begins. Other areas of the same code but another name are
// other areas: the arrondissement of Tournai is not that of Tournai-Mouscron.
// Newest lineages come first.
func lineages(records []refnisLine) []lineage {
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(x, y refnisLine) int { return y.period.From.Compare(x.period.From) })
	var list []lineage
	at := map[string]int{}
	for _, r := range records {
		key := strconv.Itoa(r.level) + r.nis
		if r.level != levelCommune {
			key += search.Fold(r.fr)
		}
		if i, ok := at[key]; ok {
			list[i].records = append(list[i].records, r)
			continue
		}
		at[key] = len(list)
		list = append(list, lineage{records: []refnisLine{r}})
	}
	list = joinRecoded(list)
	keys := map[string]bool{}
	for i := range list {
		l := &list[i]
		l.kind, l.key = kindOfLevel(l.newest()), l.newest().nis
		if keys[l.key] {
			l.key += "-" + strconv.Itoa(l.oldest().period.From.Year())
		}
		keys[l.key] = true
	}
	return list
}

func kindOfLevel(r refnisLine) Kind {
	switch {
	case r.level == levelRegion:
		return Region
	case r.level == levelProvince:
		return Province
	case r.level == levelArrondissement:
		return Arrondissement
	case r.period.To.IsZero():
		return Commune
	}
	return FormerCommune
}

// joinRecoded appends to each commune the lineage that ended where it began.
func joinRecoded(list []lineage) []lineage {
	ends, begins := map[calendar.Date][]int{}, map[calendar.Date][]int{}
	for i, l := range list {
		if l.newest().level == levelCommune {
			begins[l.oldest().period.From] = append(begins[l.oldest().period.From], i)
			if to := l.newest().period.To; !to.IsZero() {
				ends[to.AddDays(1)] = append(ends[to.AddDays(1)], i)
			}
		}
	}
	gone := map[int]bool{}
	for i := range list { // newest first: a chain of two recodings is joined link by link
		if list[i].newest().level != levelCommune || gone[i] {
			continue
		}
		for {
			day := list[i].oldest().period.From
			j, ok := ancestor(list, i, ends[day], len(begins[day]) == 1)
			if !ok || gone[j] {
				break
			}
			gone[j] = true
			list[i].records = append(list[i].records, list[j].records...)
		}
	}
	kept := list[:0:0]
	for i, l := range list {
		if !gone[i] {
			kept = append(kept, l)
		}
	}
	return kept
}

func ancestor(list []lineage, i int, ended []int, alone bool) (int, bool) {
	name := search.Fold(list[i].oldest().fr)
	found, n := 0, 0
	for _, j := range ended {
		if j != i && search.Fold(list[j].newest().fr) == name {
			found, n = j, n+1
		}
	}
	if n == 0 && alone && len(ended) == 1 && ended[0] != i {
		return ended[0], true
	}
	return found, n == 1
}

// codes are the codes of the area, each over the records that bear it.
func (l lineage) codes() []Code {
	var list []Code
	for _, r := range l.records {
		if n := len(list); n > 0 && list[n-1].Code == r.nis {
			list[n-1].Period.From = r.period.From
			continue
		}
		list = append(list, Code{Scheme: Refnis, Code: r.nis, Period: r.period})
	}
	return list
}

// events are the recodings and renamings between the records.
func (l lineage) events() []Event {
	var list []Event
	for i := 1; i < len(l.records); i++ {
		newer, older := l.records[i-1], l.records[i]
		e := Event{Date: newer.period.From, Kind: Recode, From: []Party{{Code: older.nis}}, To: []Party{{Code: newer.nis}}}
		switch {
		case newer.nis != older.nis:
		case newer.fr != older.fr:
			e.Kind, e.Note = Rename, proper(older.fr)+" → "+proper(newer.fr)
			e.From, e.To = []Party{{}}, []Party{{}}
		default:
			continue
		}
		list = append(list, e)
	}
	return list
}

// former are the names that the area no longer bears.
func (l lineage) former() []Alias {
	var list []Alias
	for _, r := range l.records[1:] {
		if search.Fold(r.fr) != search.Fold(l.newest().fr) {
			list = append(list, Alias{Lang: "fr", Name: proper(r.fr), Use: "former", Period: r.period})
		}
		if r.nl != "" && search.Fold(r.nl) != search.Fold(cmp.Or(l.newest().nl, l.newest().fr)) && r.nl != r.fr {
			list = append(list, Alias{Lang: "nl", Name: proper(r.nl), Use: "former", Period: r.period})
		}
	}
	return list
}
