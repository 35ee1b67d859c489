package series

import (
	"iter"
	"net/url"
	"strconv"
	"strings"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/search"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// listed is a dataset with what it covers.
type listed struct {
	Dataset
	extent
	vintage Vintage // the newest
}

// Address is the path of the dataset's page.
func (d Dataset) Address() string { return "/datasets/" + url.PathEscape(d.Key) }

// years says the years that are covered.
func (e extent) years() string {
	switch {
	case e.areas == 0:
		return ""
	case e.first == e.last:
		return strconv.Itoa(e.first)
	}
	return strconv.Itoa(e.first) + "–" + strconv.Itoa(e.last)
}

// about tells whether every word of q begins a word of the title, in any
// language, of the key or of the publisher.
func (d Dataset) about(q string) bool {
	text := " " + search.Fold(strings.Join([]string{d.Title.FR, d.Title.NL, d.Title.EN, d.Key, d.Publisher}, " "))
	for word := range strings.FieldsSeq(search.Fold(q)) {
		if !strings.Contains(text, " "+word) {
			return false
		}
	}
	return true
}

// catalogue reads the datasets that the address asks for, by key.
func (s *Service) catalogue(x *web.Exchange) (list []listed, err error) {
	err = s.db.Read(x.Context(), func(tx *db.Tx) error {
		datasets, err := s.Datasets(tx)
		if err != nil {
			return err
		}
		covers, err := extents(tx, x.AsOf)
		if err != nil {
			return err
		}
		newest, err := newestVintages(tx, x.AsOf)
		for _, d := range datasets {
			if d.about(x.Query("q")) {
				list = append(list, listed{Dataset: d, extent: covers[d.ID], vintage: newest[d.ID]})
			}
		}
		return err
	})
	return list, err
}

type listView struct {
	p    *i18n.Printer
	asOf ui.AsOf
	list []listed
	q    string
	day  string // the day asked for, "" for today
	may  bool
	keep func(string) string
}

func (s *Service) listPage(x *web.Exchange) error {
	list, err := s.catalogue(x)
	if err != nil {
		return err
	}
	api := "/api/v1/datasets"
	if q := x.Query("q"); q != "" {
		api += "?q=" + url.QueryEscape(q)
	}
	v := listView{p: x.P, asOf: asOf(x, fileLinks(x, api)...), list: list, q: x.Query("q"), day: x.Query("as_of"), may: editor(x.Actor), keep: x.Keep}
	if x.Exporting() {
		p := x.P
		return x.Sheet("datasets", []sheet.Column{{Title: p.T("series.col.key"), Width: 28}, {Title: p.T("series.col.title"), Width: 44}, {Title: p.T("series.col.unit")}, {Title: p.T("series.col.publisher")},
			{Title: p.T("series.col.first")}, {Title: p.T("series.col.last")}, {Title: p.T("series.col.vintage")}, {Title: p.T("series.col.published")}, {Title: p.T("series.col.areas")}, {Title: p.T("series.col.source"), Width: 44}}, v.rows())
	}
	return x.Page(ui.Page{Title: x.P.T("series.title"), Lede: x.P.T("series.lede"), Crumbs: crumbs(x.P)}, listBody(v))
}

func (v listView) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, d := range v.list {
			title, _ := d.Title.In(v.p.Lang())
			unit, _ := d.Unit.In(v.p.Lang())
			row := []any{d.Key, title, unit, d.Publisher, nil, nil, nil, nil, d.areas, d.Source}
			if d.areas > 0 {
				row[4], row[5] = d.first, d.last
			}
			if d.vintage.Number > 0 {
				row[6], row[7] = d.vintage.Number, d.vintage.Published.String()
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func (v listView) table() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("series.list.caption"), ui.Column{Label: p.T("series.col.title"), RowHeader: true}, ui.Column{Label: p.T("series.col.unit")}, ui.Column{Label: p.T("series.col.publisher")},
		ui.Column{Label: p.T("series.col.years")}, ui.Column{Label: p.T("series.col.newest")}, ui.Column{Label: p.T("series.col.areas"), Numeric: true}).HideCaption()
	for _, d := range v.list {
		title, lang := d.Title.In(p.Lang())
		unit, unitLang := d.Unit.In(p.Lang())
		newest := "–"
		if d.vintage.Number > 0 {
			newest = p.T("series.vintage", "n", strconv.Itoa(d.vintage.Number), "day", p.DateShort(d.vintage.Published))
		}
		t.Row(ui.Cell{Text: title, Href: v.keep(d.Address()), Lang: lang}, ui.Cell{Text: orDash(unit), Lang: unitLang}, ui.Text(orDash(d.Publisher)), ui.Text(orDash(d.years())), ui.Text(newest), ui.Text(p.Int(int64(d.areas))))
	}
	return t
}
