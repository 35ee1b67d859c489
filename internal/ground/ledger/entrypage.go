package ledger

import (
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"beffroi/internal/ground/key"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/svg"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

type entryView struct {
	Detail
	p        *i18n.Printer
	asOf     ui.AsOf
	atlas    *territory.Atlas
	origin   string
	portions map[string]key.Portion // by code, when a key or equal shares divided
	day      calendar.Date
	may      bool
	reason   string
	refused  string
	keep     func(string) string
}

func (s *Service) entryView(x *web.Exchange) (v entryView, err error) {
	ref, ok := ParseRef(x.Path("ref"))
	if !ok {
		return v, fault.Missing("ledger")
	}
	v = entryView{p: x.P, day: x.AsOf, may: mayPost(x.Actor), keep: x.Keep}
	err = s.db.Read(x.Context(), func(tx *db.Tx) error {
		if v.Detail, err = s.Get(tx, ref); err != nil {
			return err
		}
		v.atlas, err = s.areas.AtlasTx(tx)
		return err
	})
	if err != nil {
		return v, err
	}
	v.origin = x.Source(v.Entry.Origin)
	v.asOf = asOf(x, fileLinks(x, x.Keep("/api/v1/ledger/"+ref.String()))...)
	return v, v.divide()
}

// divide recomputes the exact shares, so that the page shows each fraction and
// who got the cents left over.
func (v *entryView) divide() error {
	if v.Entry.Attribution != Shared && v.Entry.Attribution != Territory {
		return nil
	}
	var base []*territory.Area
	for _, p := range v.Parts {
		if a := v.atlas.ByID(p.Area); a != nil {
			base = append(base, a)
		}
	}
	kind, version := key.Equal, key.Version{}
	if v.Key != nil {
		kind, version = v.Key.Key.Kind, v.Key.Version
	}
	shares, err := version.Over(kind, base)
	if err != nil {
		return err
	}
	list, err := key.Allocate(money.Cents(v.Entry.Amount), shares)
	v.portions = map[string]key.Portion{}
	for _, p := range list {
		v.portions[p.Code] = p
	}
	return err
}

func (s *Service) entryPage(x *web.Exchange) error {
	v, err := s.entryView(x)
	if err != nil {
		return err
	}
	if x.Exporting() {
		p := x.P
		return x.Sheet(v.Entry.Ref.String(), []sheet.Column{{Title: p.T("ledger.col.nis")}, {Title: p.T("ledger.col.commune"), Width: 28}, {Title: p.T("ledger.col.part")}, {Title: p.T("ledger.col.share"), Width: 24}, {Title: p.T("ledger.col.rank")}}, v.rows())
	}
	return x.Page(v.page(), entryBody(v))
}

func (v entryView) page() ui.Page {
	title, _ := v.Entry.Title.In(v.p.Lang())
	return ui.Page{Title: title, Lede: v.p.T("ledger.one.lede", "amount", amountText(v.p, v.Entry.Measure, v.Entry.Amount), "day", v.Entry.Date, "attribution", v.p.T("ledger.attribution."+string(v.Entry.Attribution))),
		Crumbs: crumbs(v.p, v.Entry.Ref.String())}
}

func (v entryView) name(id int64) (code, name string, area *territory.Area) {
	if a := v.atlas.ByID(id); a != nil {
		return a.Key, a.Name(v.p.Lang()), a
	}
	return "", v.p.T("ledger.unallocated"), nil
}

func (v entryView) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, part := range v.Parts {
			code, name, _ := v.name(part.Area)
			row := []any{code, name, amountCell(v.Entry.Measure, part.Amount), nil, nil}
			if p, ok := v.portions[code]; ok {
				row[3], row[4] = p.Share.RatString(), p.Rank
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func (v entryView) table() *ui.DataTable {
	p := v.p
	columns := []ui.Column{{Label: p.T("ledger.col.commune"), RowHeader: true}, {Label: p.T("ledger.col.part"), Numeric: true}}
	divided := len(v.portions) > 0
	if divided {
		columns = append(columns, ui.Column{Label: p.T("ledger.col.share"), Numeric: true}, ui.Column{Label: p.T("ledger.col.rank"), Numeric: true})
	}
	t := ui.NewTable(p.T("ledger.parts.caption"), columns...).HideCaption()
	for _, part := range v.Parts {
		code, name, area := v.name(part.Area)
		cells := []ui.Cell{ui.Text(name), ui.Text(amountText(p, v.Entry.Measure, part.Amount))}
		if area != nil {
			cells[0].Href = v.keep(area.Address())
		}
		if divided {
			x := v.portions[code]
			rank := strconv.Itoa(x.Rank)
			if x.Up {
				rank = p.T("ledger.up", "rank", rank)
			}
			cells = append(cells, ui.Text(x.Share.RatString()), ui.Text(rank))
		}
		t.Row(cells...)
	}
	total := []ui.Cell{ui.Text(p.T("ledger.col.total")), ui.Text(amountText(p, v.Entry.Measure, v.Entry.Amount))}
	for range len(columns) - 2 {
		total = append(total, ui.Text(""))
	}
	return t.Total(total...)
}

// picture marks the communes that have a part.
func (v entryView) picture() ui.Picture {
	parts := map[int64]int64{}
	for _, p := range v.Parts {
		parts[p.Area] = p.Amount
	}
	p := v.p
	return ui.Picture{ID: "map", Title: p.T("ledger.map.title"), SVG: v.atlas.Map(territory.MapOptions{ID: "entry-map", Title: p.T("ledger.map.title"), Desc: p.T("ledger.map.desc"), Lang: p.Lang(), Day: v.Entry.Date,
		Class: func(a *territory.Area) string {
			if _, ok := parts[a.ID]; ok {
				return string(svg.Sel)
			}
			return string(svg.Other)
		},
		Value: func(a *territory.Area) string {
			if n, ok := parts[a.ID]; ok {
				return amountText(p, v.Entry.Measure, n)
			}
			return ""
		}})}
}

func (v entryView) facts() []ui.Fact {
	e, p := v.Entry, v.p
	list := []ui.Fact{{Term: p.T("ledger.col.ref"), Value: e.Ref.String()}, {Term: p.T("ledger.col.date"), Value: p.Date(e.Date)}, {Term: p.T("ledger.col.kind"), Value: p.T("ledger.kind." + string(e.Kind))},
		{Term: p.T("ledger.col.attribution"), Value: p.T("ledger.attribution." + string(e.Attribution))}}
	if kind, code, ok := strings.Cut(e.Source, ":"); ok {
		list = append(list, ui.Fact{Term: p.T("ledger.col.source"), Value: code, Href: v.keep(sourceAddress(kind, code))})
	}
	if v.Key != nil {
		title, _ := v.Key.Key.Title.In(p.Lang())
		n := strconv.Itoa(v.Key.Version.Number)
		list = append(list, ui.Fact{Term: p.T("ledger.col.key"), Value: p.T("ledger.key.version", "title", title, "n", n), Href: "/keys/" + v.Key.Key.Key + "?version=" + n})
		for _, c := range v.Key.Version.Criteria {
			list = append(list, ui.Fact{Term: p.T("ledger.criterion"), Value: p.T("ledger.criterion.text", "dataset", c.Dataset, "year", strconv.Itoa(c.Year), "vintage", strconv.Itoa(c.Number), "weight", p.Fixed(c.Weight, 2))})
		}
	}
	for _, f := range []ui.Fact{{Term: p.T("ledger.col.note"), Value: e.Note}, {Term: p.T("ledger.col.origin"), Value: v.origin}} {
		if f.Value != "" {
			list = append(list, f)
		}
	}
	return append(list, ui.Fact{Term: p.T("ledger.col.recorded"), Value: p.Instant(e.RecordedAt)})
}

// sourceAddress is the page of what an entry comes from.
func sourceAddress(kind, code string) string {
	folder := map[string]string{"mission": "/missions/", "project": "/projects/", "body": "/bodies/"}[kind]
	return folder + url.PathEscape(code)
}

func (s *Service) postReverse(x *web.Exchange) error {
	f, err := x.Form("reason")
	if err != nil {
		return err
	}
	ref, ok := ParseRef(x.Path("ref"))
	if !ok {
		return fault.Missing("ledger")
	}
	e, err := s.Reverse(x.Context(), x.Actor, ref, f.Get("reason"))
	if err == nil {
		x.Flash("ledger.flash.reversed")
		return x.Redirect("/ledger/" + e.Ref.String())
	}
	if fault.KindOf(err) != fault.Invalid {
		return err
	}
	v, err := s.entryView(x)
	if err != nil {
		return err
	}
	v.reason, v.refused = f.Get("reason"), x.P.T("fault.required")
	return x.PageStatus(http.StatusUnprocessableEntity, v.page(), entryBody(v))
}
