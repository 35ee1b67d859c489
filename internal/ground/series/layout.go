package series

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

// Columns that a file of figures may have, by the names of the intake target.
const (
	colArea      = "nis"
	colYear      = "year"
	colIndicator = "indicator"
	colValue     = "value"
	colUnit      = "unit"
	colMonth     = "month"
)

// layout says where a file keeps what; -1 means that it has no such column.
type layout struct {
	area, year, month, indicator, unit int
	measures                           []measure
	dims                               []dimension
}

// measure is a column of values. A fixed key or year applies when the file has
// no column for it.
type measure struct {
	at   int
	name string // header, for messages
	key  string // "" when the indicator column names the dataset
	unit string // "" when the unit column tells
	year int    // 0 when the year column tells
}

type dimension struct {
	name string
	at   int
}

// named are value columns of published files that carry no indicator column.
var named = map[string]measure{
	"average_score":  {key: "deprivation_average_score", unit: "score"},
	"rank_of_589":    {key: "deprivation_rank", unit: "rank"},
	"decile":         {key: "deprivation_decile", unit: "decile"},
	"km_in_hainaut":  {key: "watercourse_length", unit: "km"},
	"area_km2":       {key: "area_km2", unit: "km2"},
	"average_rank":   {key: "deprivation_average_rank", unit: "rank"},
	"share_deprived": {key: "deprivation_share", unit: "percent"},
}

// wideKeys names the datasets of wide columns such as pop_2018.
var wideKeys = map[string]measure{"pop": {key: "population", unit: "persons"}}

var (
	wideSyntax   = regexp.MustCompile(`^([a-z][a-z0-9_]*)_((?:18|19|20|21)[0-9]{2})$`)
	describes    = regexp.MustCompile(`_(fr|nl|de|en)$`)
	describing   = []string{"name", "label", "source", "rule", "manager", "note", "commune"}
	notMeasured  = []string{"nis", "code", "ins", "refnis"}
	monthAliases = []string{"mois", "maand"}
)

// readLayout recognises the layout by its header. A file has one value column
// with an indicator column or the dataset option, or wide columns (pop_2018), or
// value columns known by name.
func readLayout(header []string, mapping map[string]string, dataset string) (layout, error) {
	find := func(name string) int { return slices.Index(header, mapping[name]) }
	l := layout{area: find(colArea), year: find(colYear), month: find(colMonth), indicator: find(colIndicator), unit: find(colUnit)}
	if i := find(colValue); i >= 0 {
		m := measure{at: i, name: header[i]}
		if l.indicator < 0 {
			m.key = dataset
		}
		l.measures = []measure{m}
		if l.indicator < 0 && dataset == "" {
			return l, fault.Bad(colIndicator, "", "series.dataset.required", nil)
		}
	} else {
		l.wide(header)
	}
	if len(l.measures) == 0 {
		return l, fault.Bad(colValue, strings.Join(header, ", "), "series.layout", fault.Args{"values": strings.Join(header, ", ")})
	}
	if l.measures[0].year == 0 {
		l.findDims(header)
	}
	return l, nil
}

// wide finds the value columns of a file without one named value.
func (l *layout) wide(header []string) {
	for i, h := range header {
		name := strings.ToLower(h)
		if m, ok := named[name]; ok && l.year >= 0 || ok && l.area < 0 {
			m.at, m.name = i, h
			l.measures = append(l.measures, m)
		}
	}
	if len(l.measures) > 0 || l.year >= 0 {
		return
	}
	for i, h := range header {
		parts := wideSyntax.FindStringSubmatch(strings.ToLower(h))
		if parts == nil || slices.Contains(notMeasured, parts[1]) {
			continue
		}
		m, ok := wideKeys[parts[1]]
		if !ok {
			m = measure{key: parts[1]}
		}
		m.at, m.name = i, h
		m.year, _ = strconv.Atoi(parts[2]) // four digits
		l.measures = append(l.measures, m)
	}
}

// findDims takes every column that is neither a place, a time, a measure nor a
// description as a dimension, in the order of names.
func (l *layout) findDims(header []string) {
	used := []int{l.area, l.year, l.month, l.indicator, l.unit}
	for _, m := range l.measures {
		used = append(used, m.at)
	}
	for i, h := range header {
		name := strings.ToLower(strings.TrimSpace(h))
		if slices.Contains(used, i) || name == "" || describes.MatchString(name) || slices.Contains(describing, name) {
			continue
		}
		l.dims = append(l.dims, dimension{dimName(name), i})
	}
	if l.month >= 0 {
		l.dims = append(l.dims, dimension{colMonth, l.month})
	}
	slices.SortFunc(l.dims, func(a, b dimension) int { return strings.Compare(a.name, b.name) })
}

var dimMarks = strings.NewReplacer(" ", "_", ";", "_", "=", "_")

func dimName(s string) string { return dimMarks.Replace(s) }

var dimValues = strings.NewReplacer(";", ",", "=", "-")

// appendDim writes the canonical dimension of a row: "age=00-04;sex=F".
// Empty cells are left out.
func (l *layout) appendDim(b []byte, cells []string) []byte {
	for _, d := range l.dims {
		v := cells[d.at]
		if v == "" {
			continue
		}
		if len(b) > 0 {
			b = append(b, ';')
		}
		if strings.ContainsAny(v, ";=") {
			v = dimValues.Replace(v)
		}
		b = append(append(append(b, d.name...), '='), v...)
	}
	return b
}

// parseYear reads a year within the calendar.
func parseYear(s string) (int, bool) {
	y, err := strconv.Atoi(s)
	return y, err == nil && len(s) == 4 && y >= calendar.MinYear && y <= calendar.MaxYear
}
