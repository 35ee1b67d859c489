package series

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// yearsShown is how many years the tables of a page hold; the file has them all.
const yearsShown = 8

// datasetView is what the page of a dataset shows.
type datasetView struct {
	p        *i18n.Printer
	asOf     ui.AsOf
	dataset  Dataset
	vintages []Vintage
	atlas    *territory.Atlas
	day      calendar.Date
	asked    string // the day asked for, "" for today
	dims     []dimensionRow
	dim      dimensionRow
	years    []int                    // ascending
	figures  map[int]map[int64]Figure // by year and area
	year     int                      // of the map, 0 without figures
	commune  *territory.Area          // set apart, nil for none
	may      bool
	keep     func(string) string
	errors   []ui.FieldError
	form     url.Values // of the withdrawal, as typed
}

// dimOf finds a dimension by its text; the whole, or the first, when none is asked.
func dimOf(list []dimensionRow, text string) (dimensionRow, error) {
	for _, d := range list {
		if d.text == text {
			return d, nil
		}
	}
	if text != "" {
		return dimensionRow{}, fault.New(fault.BadRequest, "series.dim", fault.Args{"name": "dim", "value": text})
	}
	if len(list) == 0 {
		return dimensionRow{id: whole}, nil
	}
	return list[0], nil
}

func (s *Service) datasetView(x *web.Exchange) (v datasetView, err error) {
	v = datasetView{p: x.P, day: x.AsOf, asked: x.Query("as_of"), may: editor(x.Actor), keep: x.Keep, figures: map[int]map[int64]Figure{}, form: url.Values{}}
	var found []Found
	err = s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		if v.dataset, err = s.Dataset(tx, x.Path("key")); err != nil {
			return err
		}
		if v.vintages, err = s.Vintages(tx, v.dataset.ID); err != nil {
			return err
		}
		if v.atlas, err = s.areas.AtlasTx(tx); err != nil {
			return err
		}
		if v.dims, err = dims(tx, v.dataset.ID, x.AsOf); err != nil {
			return err
		}
		if v.dim, err = dimOf(v.dims, x.Query("dim")); err != nil {
			return err
		}
		found, err = s.figures(tx, []string{v.dataset.Key}, nil, anyYear, v.dim.id, x.AsOf)
		return err
	})
	if err != nil {
		return v, err
	}
	v.take(found)
	v.asOf = asOf(x, fileLinks(x, v.api(x))...)
	return v, v.choose(x)
}

// api is the address of the same figures in JSON.
func (v datasetView) api(x *web.Exchange) string {
	address := "/api/v1" + v.dataset.Address() + "/figures"
	if x.Query("dim") != "" {
		address += "?dim=" + url.QueryEscape(v.dim.text)
	}
	return address
}

func (v *datasetView) take(found []Found) {
	for _, f := range found {
		if v.figures[f.Year] == nil {
			v.figures[f.Year] = map[int64]Figure{}
		}
		v.figures[f.Year][f.Area] = f.Figure
	}
	v.years = slices.Sorted(maps.Keys(v.figures))
}

// choose reads the year and the commune that the address asks for.
func (v *datasetView) choose(x *web.Exchange) error {
	if len(v.years) > 0 {
		v.year = v.years[len(v.years)-1]
	}
	if x.Query("year") != "" {
		v.year = x.QueryInt("year", 0)
		if !slices.Contains(v.years, v.year) {
			return fault.New(fault.BadRequest, "param.enum", fault.Args{"name": "year", "value": x.Query("year"), "values": strings.Join(yearTexts(v.years), ", ")})
		}
	}
	if code := x.Query("commune"); code != "" {
		area, _, ok := v.atlas.Commune(code)
		if !ok {
			return fault.New(fault.BadRequest, "series.commune", fault.Args{"name": "commune", "value": code})
		}
		v.commune = area
	}
	return nil
}

func yearTexts(numbers []int) []string {
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = strconv.Itoa(n)
	}
	return list
}

// shown are the years of the tables: the latest, or those up to an earlier year
// that was chosen.
func (v datasetView) shown() []int {
	last := len(v.years)
	if at := slices.Index(v.years, v.year); at >= 0 && at < last-yearsShown {
		last = at + 1
	}
	return v.years[max(0, last-yearsShown):last]
}

func (s *Service) datasetPage(x *web.Exchange) error {
	v, err := s.datasetView(x)
	if err != nil {
		return err
	}
	if x.Exporting() {
		return x.Sheet(v.dataset.Key, v.columns(), v.rows())
	}
	return x.Page(v.page(), datasetBody(v))
}

func (v datasetView) page() ui.Page {
	title, _ := v.dataset.Title.In(v.p.Lang())
	lede, _ := v.dataset.Description.In(v.p.Lang())
	return ui.Page{Title: title, Lede: cmp.Or(lede, v.p.T("series.one.lede")), Crumbs: crumbs(v.p, ui.Link{Label: title, Current: true})}
}

// columns head the file: one per year.
func (v datasetView) columns() []sheet.Column {
	list := []sheet.Column{{Title: v.p.T("series.col.area")}, {Title: v.p.T("series.col.name"), Width: 28}}
	for _, y := range v.years {
		list = append(list, sheet.Column{Title: strconv.Itoa(y)})
	}
	return list
}

// rows are the communes, then the other areas of which something is published,
// over all years. A cell without a number says why, unless it is missing.
func (v datasetView) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, a := range slices.Concat(v.atlas.Communes(v.day), v.groups()) {
			row := []any{a.Key, a.Name(v.p.Lang())}
			for _, y := range v.years {
				var cell any
				switch f, ok := v.figures[y][a.ID]; {
				case ok && f.State == Value:
					cell = sheet.Decimal{Unscaled: f.Value, Scale: v.dataset.Decimals}
				case ok && f.State != Missing:
					cell = v.p.T("series.state." + f.State.String())
				}
				row = append(row, cell)
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// groups are the areas with figures that are no communes of the day, by kind and name.
func (v datasetView) groups() (list []*territory.Area) {
	seen := map[int64]bool{}
	for _, a := range v.atlas.Communes(v.day) {
		seen[a.ID] = true
	}
	for _, byArea := range v.figures {
		for id := range byArea {
			if a := v.atlas.ByID(id); a != nil && !seen[id] {
				seen[id] = true
				list = append(list, a)
			}
		}
	}
	slices.SortFunc(list, func(a, b *territory.Area) int {
		return cmp.Or(cmp.Compare(slices.Index(territory.Kinds(), a.Kind), slices.Index(territory.Kinds(), b.Kind)), cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// total is the figure of the province in a year, and how it came about.
func (v datasetView) total(year int) Total {
	province := v.atlas.Province()
	if province == nil {
		return Total{How: "incomplete"}
	}
	var members []int64
	for _, c := range v.atlas.Members(province.ID, v.day) {
		members = append(members, c.ID)
	}
	return TotalOf(v.dataset, v.figures[year], province.ID, members)
}

// how says how a total came about.
// i18n: series.how.*
func (v datasetView) how(t Total) string {
	if t.Missing > 0 {
		return v.p.N("series.lacking", int64(t.Missing))
	}
	return v.p.T("series.how." + t.How)
}

// text writes a figure without its unit, or why there is none.
// i18n: series.state.*
func (v datasetView) text(f Figure, ok bool) string {
	switch {
	case !ok || f.State == Missing:
		return "–"
	case f.State != Value:
		return v.p.T("series.state." + f.State.String())
	}
	return v.p.Fixed(f.Value, v.dataset.Decimals)
}

// scaled is a value as a length in a picture.
func (v datasetView) scaled(n int64) float64 {
	return float64(n) / math.Pow10(v.dataset.Decimals)
}
