package territory

import (
	"math"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/svg"
)

// Choropleth is a map of values by commune, in at most five classes of similar
// count. A commune without a value is hatched.
type Choropleth struct {
	ID, Title, Desc string
	Values          map[int64]float64    // by area
	Format          func(float64) string // a value with its unit
	Href            func(*Area) string   // nil leads to the commune's page
	Marked          int64                // the commune the page is about, 0 for none
}

// classes is the most that a reader can tell apart on a map.
const classes = 5

// Choropleth gives the options by which Map draws c as of a day.
func (a *Atlas) Choropleth(p *i18n.Printer, day calendar.Date, c Choropleth) MapOptions {
	communes := a.Communes(day)
	var values []float64
	for _, area := range communes {
		if v, ok := c.Values[area.ID]; ok {
			values = append(values, v)
		}
	}
	breaks := svg.Classes(values, classes)
	legend := svg.LegendOf(breaks, func(lo, hi float64) string { return classText(p, c.Format, lo, hi) })
	if len(values) < len(communes) {
		legend = append(legend, svg.LegendItem{Class: svg.NoData, Label: p.T("territory.map.nodata")})
	}
	return MapOptions{ID: c.ID, Title: c.Title, Desc: c.Desc, Lang: p.Lang(), Day: day, Href: c.Href, Marked: c.Marked, Legend: legend,
		Class: func(area *Area) string {
			v, ok := c.Values[area.ID]
			if i := svg.ClassOf(v, breaks); ok && i >= 0 {
				return string(svg.Sequential(i, len(breaks)+1))
			}
			return string(svg.NoData)
		},
		Value: func(area *Area) string {
			if v, ok := c.Values[area.ID]; ok {
				return c.Format(v)
			}
			return p.T("territory.map.nodata")
		}}
}

// classText names a class of a map: the first and the last are open.
func classText(p *i18n.Printer, format func(float64) string, lo, hi float64) string {
	switch {
	case math.IsInf(lo, -1) && math.IsInf(hi, 1):
		return p.T("territory.map.all")
	case math.IsInf(lo, -1):
		return p.T("territory.map.below", "hi", format(hi))
	case math.IsInf(hi, 1):
		return p.T("territory.map.above", "lo", format(lo))
	}
	return p.T("territory.map.range", "lo", format(lo), "hi", format(hi))
}
