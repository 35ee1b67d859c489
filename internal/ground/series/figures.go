package series

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/svg"
	"beffroi/internal/platform/ui"
)

// kpis are the figures that matter in the chosen year: the commune set apart,
// the province, the lowest and the highest.
func (v datasetView) kpis() (list []ui.KPI) {
	p, d, year := v.p, v.dataset, strconv.Itoa(v.year)
	if v.commune != nil {
		f, ok := v.figures[v.year][v.commune.ID]
		value := v.text(f, ok)
		if ok && f.State == Value {
			value = d.Format(p, f.Value)
		}
		list = append(list, ui.KPI{Value: value, Text: p.T("series.kpi.area", "area", v.commune.Name(p.Lang()), "year", year), Explain: ui.Link{Label: p.T("series.kpi.commune"), Href: v.keep(v.commune.Address())}})
	}
	if t := v.total(v.year); t.OK {
		list = append(list, ui.KPI{Value: d.Format(p, t.Value), Text: p.T("series.kpi.province", "year", year, "how", v.how(t))})
	}
	var low, high *territory.Area
	var least, most int64
	for _, a := range v.atlas.Communes(v.day) {
		f, ok := v.figures[v.year][a.ID]
		if !ok || f.State != Value {
			continue
		}
		if low == nil || f.Value < least {
			low, least = a, f.Value
		}
		if high == nil || f.Value > most {
			high, most = a, f.Value
		}
	}
	if low != nil && least != most {
		list = append(list, ui.KPI{Value: d.Format(p, least), Text: p.T("series.kpi.low", "area", low.Name(p.Lang()))},
			ui.KPI{Value: d.Format(p, most), Text: p.T("series.kpi.high", "area", high.Name(p.Lang()))})
	}
	return list
}

// dimText writes a dimension for readers: "age 00-04, sex F".
func dimText(p *i18n.Printer, dim string) string {
	if dim == "" {
		return p.T("series.dim.whole")
	}
	return strings.NewReplacer("=", " ", ";", ", ").Replace(dim)
}

// what names what the pictures and tables show: title, dimension.
func (v datasetView) what() string {
	title, _ := v.dataset.Title.In(v.p.Lang())
	if v.dim.text != "" {
		title += " (" + dimText(v.p, v.dim.text) + ")"
	}
	return title
}

// unit is the unit in the header of tables.
func (v datasetView) unit() string {
	unit, _ := v.dataset.Unit.In(v.p.Lang())
	return unit
}

// choropleth colours the communes by their figure in the chosen year; where the
// question does not arise they are outlined.
func (v datasetView) choropleth() ui.Picture {
	p, byArea := v.p, v.figures[v.year]
	values := map[int64]float64{}
	for id, f := range byArea {
		if f.State == Value {
			values[id] = float64(f.Value)
		}
	}
	c := territory.Choropleth{ID: "dataset-map", Title: v.what() + ", " + strconv.Itoa(v.year), Desc: p.T("series.map.desc"), Values: values,
		Format: func(n float64) string { return v.dataset.Format(p, int64(math.Round(n))) },
		Href:   func(a *territory.Area) string { return v.keep(a.Address()) }}
	if v.commune != nil {
		c.Marked = v.commune.ID
	}
	o := v.atlas.Choropleth(p, v.day, c)
	class, value := o.Class, o.Value
	o.Class = func(a *territory.Area) string {
		if f, ok := byArea[a.ID]; ok && f.State == NotApplicable {
			return string(svg.NotApplicable)
		}
		return class(a)
	}
	o.Value = func(a *territory.Area) string {
		if f, ok := byArea[a.ID]; ok && f.State != Value {
			return p.T("series.state." + f.State.String())
		}
		return value(a)
	}
	return ui.Picture{ID: "map-figure", Title: c.Title, Sub: p.T("series.map.sub", "unit", orDash(v.unit())), SVG: v.atlas.Map(o), Source: v.source()}
}

// source says who publishes the figures.
func (v datasetView) source() string {
	if v.dataset.Publisher == "" {
		return ""
	}
	return v.p.T("series.source", "publisher", v.dataset.Publisher)
}

// curve is the figure of the commune set apart, or of the province, over the
// years; a rate is compared with that of the province. Nothing with fewer than
// two values.
func (v datasetView) curve() (ui.Picture, bool) {
	p := v.p
	o := svg.LinesOptions{ID: "dataset-lines", Desc: p.T("series.lines.desc"), Format: func(n float64) string { return p.Float(n, v.decimalsOf(n)) }}
	o.ValueFormat = func(n float64) string { return p.Float(n, v.dataset.Decimals) }
	if len(v.years) == 0 {
		return ui.Picture{}, false
	}
	var own, province []float64
	for y := v.years[0]; y <= v.years[len(v.years)-1]; y++ {
		o.Labels = append(o.Labels, strconv.Itoa(y))
		province = append(province, math.NaN())
		if t := v.total(y); t.OK {
			province[len(province)-1] = v.scaled(t.Value)
		}
		own = append(own, math.NaN())
		if v.commune != nil {
			if f, ok := v.figures[y][v.commune.ID]; ok && f.State == Value {
				own[len(own)-1] = v.scaled(f.Value)
			}
		}
	}
	name, drawn := p.T("series.province"), province
	if v.commune != nil {
		name, drawn = v.commune.Name(p.Lang()), own
		if !v.dataset.Additive { // a sum and a part do not share a scale
			o.Ref, o.RefName = province, p.T("series.province")
		}
	}
	o.Series = []svg.Series{{Name: name, Class: svg.K1, Values: drawn}}
	o.Title = v.what() + ", " + name
	known := slices.DeleteFunc(slices.Clone(drawn), math.IsNaN)
	return ui.Picture{ID: "lines-figure", Title: o.Title, Sub: v.unit(), SVG: ui.Drawn(svg.Lines, o), Source: v.source()}, len(known) > 1
}

// decimalsOf is how many decimals a tick of an axis needs.
func (v datasetView) decimalsOf(n float64) int {
	if n == math.Trunc(n) {
		return 0
	}
	return max(1, v.dataset.Decimals)
}

// provinceTable is the province's figure by year, with how it came about.
func (v datasetView) provinceTable() *ui.DataTable {
	p := v.p
	columns := []ui.Column{{Label: p.T("series.col.year"), RowHeader: true}}
	if v.commune != nil {
		columns = append(columns, ui.Column{Label: v.commune.Name(p.Lang()), Unit: v.unit(), Numeric: true})
	}
	t := ui.NewTable(p.T("series.province.caption"), append(columns, ui.Column{Label: p.T("series.province"), Unit: v.unit(), Numeric: true}, ui.Column{Label: p.T("series.col.how")})...).HideCaption()
	for _, y := range v.shown() {
		total := v.total(y)
		cells := []ui.Cell{ui.Text(strconv.Itoa(y))}
		if v.commune != nil {
			f, ok := v.figures[y][v.commune.ID]
			cells = append(cells, ui.Text(v.text(f, ok)))
		}
		t.Row(append(cells, ui.Text(v.text(Figure{Value: total.Value}, total.OK)), ui.Text(v.how(total)))...)
	}
	return t
}

// table lists the communes with their figures by year, the one set apart first.
func (v datasetView) table() *ui.DataTable {
	p, years := v.p, v.shown()
	columns := []ui.Column{{Label: p.T("series.col.commune"), RowHeader: true}}
	for _, y := range years {
		columns = append(columns, ui.Column{Label: strconv.Itoa(y), Unit: v.unit(), Numeric: true})
	}
	t := ui.NewTable(p.T("series.table.caption"), columns...).HideCaption().Empty(p.T("series.table.empty"))
	row := func(first ui.Cell, text func(int) string) {
		cells := []ui.Cell{first}
		for _, y := range years {
			cells = append(cells, ui.Text(text(y)))
		}
		t.Row(cells...)
	}
	for _, a := range v.ordered() {
		first := ui.LinkTo(a.Name(p.Lang()), v.keep(a.Address()))
		if a == v.commune {
			first = ui.Body(chosenName(p, a, v.keep(a.Address())))
		}
		row(first, func(y int) string { f, ok := v.figures[y][a.ID]; return v.text(f, ok) })
	}
	return t.Total(v.totals(years)...)
}

// ordered are the communes by name, the one set apart first.
func (v datasetView) ordered() []*territory.Area {
	list := slices.Clone(v.atlas.Communes(v.day))
	if at := slices.Index(list, v.commune); at > 0 {
		return slices.Insert(slices.Delete(list, at, at+1), 0, v.commune)
	}
	return list
}

func (v datasetView) totals(years []int) []ui.Cell {
	cells := []ui.Cell{ui.Text(v.p.T("series.province"))}
	for _, y := range years {
		t := v.total(y)
		cells = append(cells, ui.Text(v.text(Figure{Value: t.Value}, t.OK)))
	}
	return cells
}

// recodings tells of the communes whose code changed within the years of the
// table: their older figures were moved under today's code.
func (v datasetView) recodings() (notes []string) {
	years := v.shown()
	if len(years) == 0 {
		return nil
	}
	names := map[calendar.Date][]string{}
	var days []calendar.Date
	for _, a := range v.atlas.Communes(v.day) {
		for _, e := range v.atlas.Events(a.ID) {
			if e.Kind != territory.Recode || e.Date.Year() <= years[0] || e.Date.Year() > years[len(years)-1] || slices.Contains(names[e.Date], a.Name(v.p.Lang())) {
				continue
			}
			if names[e.Date] == nil {
				days = append(days, e.Date)
			}
			names[e.Date] = append(names[e.Date], a.Name(v.p.Lang()))
		}
	}
	slices.SortFunc(days, calendar.Date.Compare)
	for _, day := range days {
		notes = append(notes, v.p.T("series.recoded.note", "day", day, "communes", v.p.List(names[day])))
	}
	return notes
}

// facts say what is counted, by whom, and how to read it.
// i18n: series.polarity.*
func (v datasetView) facts() []ui.Fact {
	p, d := v.p, v.dataset
	list := []ui.Fact{{Term: p.T("series.col.unit"), Value: orDash(v.unit())}, {Term: p.T("series.col.publisher"), Value: orDash(d.Publisher)}, {Term: p.T("series.col.source"), Body: sourceText(p, d)}}
	if d.Note != "" {
		list = append(list, ui.Fact{Term: p.T("series.note"), Body: french(p, d.Note)})
	}
	sums := p.T("series.sums.no")
	if d.Additive {
		sums = p.T("series.sums.yes")
	}
	list = append(list, ui.Fact{Term: p.T("series.sums"), Value: sums})
	if d.Polarity != "" {
		list = append(list, ui.Fact{Term: p.T("series.polarity"), Value: p.T("series.polarity." + string(d.Polarity))})
	}
	return append(list, ui.Fact{Term: p.T("series.col.key"), Value: d.Key})
}

// vintagesTable lists the publications, newest first.
func (v datasetView) vintagesTable() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("series.vintages.caption"), ui.Column{Label: p.T("series.col.vintage"), RowHeader: true, Numeric: true}, ui.Column{Label: p.T("series.col.published")},
		ui.Column{Label: p.T("series.col.recorded")}, ui.Column{Label: p.T("series.col.state")}).HideCaption().Empty(p.T("series.vintages.none"))
	for _, o := range v.vintages {
		t.Row(ui.Text(strconv.Itoa(o.Number)), ui.Text(p.Date(o.Published)), ui.Text(p.Instant(o.RecordedAt)), ui.Body(v.vintageTag(o)))
	}
	return t
}

func (v datasetView) vintageTag(o Vintage) templ.Component {
	switch {
	case !o.WithdrawnAt.IsZero():
		return ui.Tag(ui.Stopped, v.p.T("series.vintage.withdrawn", "at", v.p.Instant(o.WithdrawnAt)))
	case o.Published.After(v.day):
		return ui.Tag(ui.Late, v.p.T("series.vintage.later"))
	}
	return ui.Tag(ui.OnTime, v.p.T("series.vintage.seen"))
}

// standing are the vintages that may be withdrawn.
func (v datasetView) standing() (list []ui.Option) {
	for _, o := range v.vintages {
		if o.WithdrawnAt.IsZero() {
			n := strconv.Itoa(o.Number)
			list = append(list, ui.Option{Value: n, Label: v.p.T("series.vintage", "n", n, "day", v.p.DateShort(o.Published))})
		}
	}
	return list
}

func (v datasetView) yearOptions() (list []ui.Option) {
	for _, y := range slices.Backward(v.years) {
		list = append(list, ui.Option{Value: strconv.Itoa(y), Label: strconv.Itoa(y)})
	}
	return list
}

func (v datasetView) dimOptions() (list []ui.Option) {
	for _, d := range v.dims {
		list = append(list, ui.Option{Value: d.text, Label: dimText(v.p, d.text)})
	}
	return list
}

func (v datasetView) communeOptions() []ui.Option {
	list := []ui.Option{{Label: v.p.T("series.commune.none")}}
	for _, a := range v.atlas.Communes(v.day) {
		list = append(list, ui.Option{Value: a.Key, Label: a.Name(v.p.Lang())})
	}
	return list
}

func (v datasetView) communeKey() string {
	if v.commune == nil {
		return ""
	}
	return v.commune.Key
}
