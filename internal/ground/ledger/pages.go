package ledger

import (
	"iter"
	"net/http"
	"strconv"
	"strings"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: ledger.kind.* ledger.measure.* ledger.attribution.* ledger.flash.*

// Routes registers the pages, the forms and the API.
func (s *Service) Routes(r *web.Routes) {
	sample := map[string]string{"ref": "L-2018-000001"}
	r.Add(web.Route{Pattern: "/ledger", Kind: web.PageRoute, Rule: ruleView, Handle: s.listPage, Summary: "The entries of the ledger, with filters and the sum of what is listed",
		Params: append(append(filters(), web.AsOf(), web.Format()), web.Paging()...)})
	r.Add(web.Route{Pattern: "/ledger/explain", Kind: web.PageRoute, Rule: ruleView, Handle: s.explainPage, Summary: "The entries that make a sum, one by one",
		Params: append([]web.Param{web.AsOf(), web.Format()}, append(sumParams(), web.Paging()...)...)})
	r.Add(web.Route{Pattern: "/ledger/balance", Kind: web.PageRoute, Rule: ruleView, Handle: s.balancePage, Summary: "The proof that communes and unallocated make the total, per year and kind", Params: []web.Param{web.AsOf(), web.Format()}})
	r.Add(web.Route{Pattern: "/ledger/{ref}", Kind: web.PageRoute, Rule: ruleView, Handle: s.entryPage, Summary: "One entry: whom it is for, how it was divided, what corrects it", Params: []web.Param{web.AsOf(), web.Format()}, Sample: sample})
	r.Add(web.Route{Pattern: "/ledger/new", Kind: web.PageRoute, Rule: rulePost, Handle: s.newPage, Summary: "The form of a new entry", Params: []web.Param{web.Query("from", "string", "reference of an entry to start from")}})
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/ledger/new", Kind: web.FormRoute, Rule: rulePost, Handle: s.postNew, Summary: "See the split of a new entry, then post it"})
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/ledger/{ref}/reverse", Kind: web.FormRoute, Rule: rulePost, Handle: s.postReverse, Summary: "Cancel an entry by its exact negative", Sample: sample})
	s.apiRoutes(r, sample)
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func sumParams() []web.Param {
	return []web.Param{web.Query("area", "string", "NIS code of a commune, 0 for what is not allocated, absent for the whole province"), web.Query("year", "int", "year of the entries"),
		web.Query("kind", "enum", "kind of the entries", words(Kinds())...), web.Query("measure", "enum", "unit of the amounts, default eur_cents", words(Measures())...)}
}

func filters() []web.Param {
	return append(sumParams(), web.Query("q", "string", "beginning of any word of the title, or a reference"), web.Query("source", "string", "object that the entry comes from, for example mission:TER-EAU"),
		web.Query("from", "date", "first day"), web.Query("to", "date", "last day"))
}

// filter reads the filters of the address. The situation of a day has no later entries.
func filter(x *web.Exchange, atlas *territory.Atlas) (f Filter, area *territory.Area, err error) {
	f = Filter{Year: x.QueryInt("year", 0), Kind: Kind(x.Query("kind")), Measure: Measure(x.Query("measure")), Q: x.Query("q"), Source: x.Query("source"), To: x.AsOf}
	f.From, _ = calendar.Parse(x.Query("from")) // checked by the route
	if to, err := calendar.Parse(x.Query("to")); err == nil && to.Before(f.To) {
		f.To = to
	}
	switch code := x.Query("area"); code {
	case "":
	case "0":
		f.HasArea = true
	default:
		a, _, ok := atlas.Commune(code)
		if !ok {
			return f, nil, &fault.Error{Kind: fault.BadRequest, Code: "ledger.commune", Args: fault.Args{"value": code}}
		}
		f.Area, f.HasArea, area = a.ID, true, a
	}
	return f, area, x.Cursor(&f.Position)
}

func asOf(x *web.Exchange, links ...ui.Link) ui.AsOf {
	return ui.AsOf{Label: x.P.T("ledger.asof"), Day: x.P.Date(x.AsOf), ISO: x.AsOf.String(), Print: x.P.T("ledger.print"), Links: links}
}

func fileLinks(x *web.Exchange, json string) []ui.Link {
	return []ui.Link{{Label: "CSV", Href: x.Here("format", "csv", "cursor", "")}, {Label: "XLSX", Href: x.Here("format", "xlsx", "cursor", "")}, {Label: "JSON", Href: json}}
}

func crumbs(p *i18n.Printer, last string) []ui.Link {
	if last == "" {
		return []ui.Link{{Label: p.T("ledger.title"), Current: true}}
	}
	return []ui.Link{{Label: p.T("ledger.title"), Href: "/ledger"}, {Label: last, Current: true}}
}

func mayPost(a auth.Actor) bool { return rulePost.Gate(a) == nil }

// amountText writes an amount with its unit.
func amountText(p *i18n.Printer, m Measure, n int64) string {
	if m == EurCents {
		return p.Money(money.Cents(n))
	}
	return p.N("ledger.amount."+string(m), n)
}

// amountCell is the value of an amount in a file.
func amountCell(m Measure, n int64) any {
	if m == EurCents {
		return sheet.Cents(n)
	}
	return n
}

type listView struct {
	p      *i18n.Printer
	x      *web.Exchange
	asOf   ui.AsOf
	atlas  *territory.Atlas
	f      Filter
	area   *territory.Area
	page   web.Rows[Line]
	sums   []Sum
	may    bool
	years  []int
	first  bool
	strict bool // the page of an explanation: no filter form
}

// list reads a page of entries, and the sums of the whole filter when they are
// shown. counts keeps only what is added.
func (s *Service) list(x *web.Exchange, counts, sums bool) (v listView, err error) {
	v = listView{p: x.P, x: x, may: mayPost(x.Actor), first: x.Query("cursor") == ""}
	err = s.db.Read(x.Context(), func(tx *db.Tx) error {
		if v.atlas, err = s.areas.AtlasTx(tx); err != nil {
			return err
		}
		if v.f, v.area, err = filter(x, v.atlas); err != nil {
			return err
		}
		if counts {
			v.f.Counts = true
			if v.f.Measure == "" {
				v.f.Measure = EurCents
			}
		}
		lines, err := entries(tx, v.f, x.Limit()+1)
		if err != nil {
			return err
		}
		if v.page, err = web.CutPage(x, lines, x.Limit(), func(l Line) any { return Position{l.Date, l.ID} }); err != nil {
			return err
		}
		if !sums {
			return nil
		}
		f := v.f
		f.Position = Position{}
		v.sums, err = filteredSums(tx, f)
		return err
	})
	return v, err
}

func (s *Service) listPage(x *web.Exchange) error {
	if x.Exporting() {
		return s.export(x, "ledger", false)
	}
	v, err := s.list(x, false, true)
	if err != nil {
		return err
	}
	v.asOf = asOf(x, fileLinks(x, "/api/v1/ledger?"+x.R.URL.RawQuery)...)
	for y := x.Today.Year(); y > x.Today.Year()-13; y-- {
		v.years = append(v.years, y)
	}
	return x.Page(ui.Page{Title: x.P.T("ledger.title"), Lede: x.P.T("ledger.lede"), Crumbs: crumbs(x.P, "")}, listBody(v))
}

// export streams the whole filter, page by page, in one transaction each.
func (s *Service) export(x *web.Exchange, name string, counts bool) error {
	p := x.P
	columns := []sheet.Column{{Title: p.T("ledger.col.ref")}, {Title: p.T("ledger.col.date")}, {Title: p.T("ledger.col.kind")}, {Title: p.T("ledger.col.title"), Width: 48}, {Title: p.T("ledger.col.measure")},
		{Title: p.T("ledger.col.amount")}, {Title: p.T("ledger.col.part")}, {Title: p.T("ledger.col.attribution")}, {Title: p.T("ledger.col.base"), Width: 30}, {Title: p.T("ledger.col.source")},
		{Title: p.T("ledger.col.counts")}, {Title: p.T("ledger.col.fictitious")}, {Title: p.T("ledger.col.note"), Width: 30}, {Title: p.T("ledger.col.origin")}}
	var f Filter
	err := s.db.Read(x.Context(), func(tx *db.Tx) error {
		atlas, err := s.areas.AtlasTx(tx)
		if err == nil {
			f, _, err = filter(x, atlas)
		}
		return err
	})
	if err != nil {
		return err
	}
	if f.Counts = counts; counts && f.Measure == "" {
		f.Measure = EurCents
	}
	return x.Sheet(name, columns, s.stream(x, f))
}

func (s *Service) stream(x *web.Exchange, f Filter) iter.Seq2[[]any, error] {
	const chunk = 500
	return func(yield func([]any, error) bool) {
		for {
			var lines []Line
			err := s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
				lines, err = entries(tx, f, chunk)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, l := range lines {
				title, _ := l.Title.In(x.P.Lang())
				if !yield([]any{l.Ref.String(), l.Date.String(), string(l.Kind), title, string(l.Measure), amountCell(l.Measure, l.Amount), amountCell(l.Measure, l.Part),
					string(l.Attribution), strings.Join(l.Base, ";"), l.Source, l.Counts, l.Fictitious, l.Note, l.Origin}, nil) {
					return
				}
			}
			if len(lines) < chunk {
				return
			}
			f.Position = Position{lines[chunk-1].Date, lines[chunk-1].ID}
		}
	}
}

// table lists the entries; the part of the filtered area has its own column.
func (v listView) table() *ui.DataTable {
	p := v.p
	columns := []ui.Column{{Label: p.T("ledger.col.title"), RowHeader: true}, {Label: p.T("ledger.col.date")}, {Label: p.T("ledger.col.kind")}, {Label: p.T("ledger.col.attribution")}, {Label: p.T("ledger.col.amount"), Numeric: true}}
	if v.f.HasArea {
		columns = append(columns, ui.Column{Label: p.T("ledger.col.part"), Numeric: true})
	}
	t := ui.NewTable(p.T("ledger.list.caption"), columns...).HideCaption()
	for _, l := range v.page.Items {
		title, lang := l.Title.In(p.Lang())
		cells := []ui.Cell{{Text: title, Href: v.x.Keep("/ledger/" + l.Ref.String()), Lang: lang}, ui.Text(p.DateShort(l.Date)), ui.Text(p.T("ledger.kind." + string(l.Kind))),
			ui.Text(p.T("ledger.attribution." + string(l.Attribution))), ui.Text(amountText(p, l.Measure, l.Amount))}
		if v.f.HasArea {
			cells = append(cells, ui.Text(amountText(p, l.Measure, l.Part)))
		}
		t.Row(cells...)
	}
	return t
}

// sumText is the sum of the whole filter: "12 345,00 € · 40 heures".
func (v listView) sumText() string {
	var list []string
	for _, x := range v.sums {
		list = append(list, amountText(v.p, x.Measure, x.Amount))
	}
	if len(list) == 0 {
		return amountText(v.p, EurCents, 0)
	}
	return strings.Join(list, " · ")
}

func (v listView) pager() ui.PageLinks {
	links := ui.PageLinks{Label: v.p.T("ledger.pages")}
	if !v.first {
		links.First = ui.Link{Label: v.p.T("ledger.first"), Href: v.x.Here("cursor", "")}
	}
	if v.page.Next != "" {
		links.Next = ui.Link{Label: v.p.T("ledger.next"), Href: v.x.Here("cursor", v.page.Next)}
	}
	return links
}

func options[T ~string](p *i18n.Printer, prefix string, list []T, all string) []ui.Option {
	var out []ui.Option
	if all != "" {
		out = append(out, ui.Option{Label: all})
	}
	for _, v := range list {
		out = append(out, ui.Option{Value: string(v), Label: p.T(prefix + string(v))})
	}
	return out
}

func (v listView) areaOptions() []ui.Option {
	out := []ui.Option{{Label: v.p.T("ledger.all.areas")}, {Value: "0", Label: v.p.T("ledger.unallocated")}}
	for _, a := range v.atlas.Communes(v.x.AsOf) {
		out = append(out, ui.Option{Value: a.Key, Label: a.Name(v.p.Lang())})
	}
	return out
}

func (v listView) yearOptions() []ui.Option {
	out := []ui.Option{{Label: v.p.T("ledger.all.years")}}
	for _, y := range v.years {
		out = append(out, ui.Option{Value: strconv.Itoa(y), Label: strconv.Itoa(y)})
	}
	return out
}

// explainPage is the list with nothing but what makes one sum.
func (s *Service) explainPage(x *web.Exchange) error {
	if x.Exporting() {
		return s.export(x, "ledger-explain", true)
	}
	v, err := s.list(x, true, true)
	if err != nil {
		return err
	}
	v.strict = true
	v.asOf = asOf(x, fileLinks(x, "/api/v1/ledger?"+x.R.URL.RawQuery)...)
	title := x.P.T("ledger.explain.title", "about", v.about())
	return x.Page(ui.Page{Title: title, Lede: x.P.T("ledger.explain.lede", "sum", v.sumText()), Crumbs: crumbs(x.P, x.P.T("ledger.explain.crumb"))}, listBody(v))
}

// about names the sum: area, year, kind.
func (v listView) about() string {
	parts := []string{v.p.T("ledger.province")}
	switch {
	case v.area != nil:
		parts[0] = v.area.Name(v.p.Lang())
	case v.f.HasArea:
		parts[0] = v.p.T("ledger.unallocated")
	}
	if v.f.Year != 0 {
		parts = append(parts, strconv.Itoa(v.f.Year))
	}
	if v.f.Kind != "" {
		parts = append(parts, v.p.T("ledger.kind."+string(v.f.Kind)))
	}
	return strings.Join(parts, " · ")
}

type balanceView struct {
	p     *i18n.Printer
	asOf  ui.AsOf
	lines []BalanceLine
}

func (s *Service) balancePage(x *web.Exchange) error {
	v := balanceView{p: x.P}
	err := s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		v.lines, err = s.Balance(tx, x.AsOf)
		return err
	})
	if err != nil {
		return err
	}
	if x.Exporting() {
		p := x.P
		return x.Sheet("ledger-balance", []sheet.Column{{Title: p.T("ledger.col.year")}, {Title: p.T("ledger.col.kind")}, {Title: p.T("ledger.col.measure")}, {Title: p.T("ledger.col.communes")},
			{Title: p.T("ledger.unallocated")}, {Title: p.T("ledger.col.total")}}, v.rows())
	}
	v.asOf = asOf(x, fileLinks(x, x.Keep("/api/v1/ledger/balance"))...)
	return x.Page(ui.Page{Title: x.P.T("ledger.balance.title"), Lede: x.P.T("ledger.balance.lede"), Crumbs: crumbs(x.P, x.P.T("ledger.balance.title"))}, balanceBody(v))
}

func (v balanceView) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, l := range v.lines {
			if !yield([]any{l.Year, string(l.Kind), string(l.Measure), amountCell(l.Measure, l.Communes), amountCell(l.Measure, l.Unallocated), amountCell(l.Measure, l.Total)}, nil) {
				return
			}
		}
	}
}

func (v balanceView) sound() bool {
	for _, l := range v.lines {
		if !l.OK {
			return false
		}
	}
	return true
}

func (v balanceView) table() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("ledger.balance.caption"), ui.Column{Label: p.T("ledger.col.year"), RowHeader: true}, ui.Column{Label: p.T("ledger.col.kind")}, ui.Column{Label: p.T("ledger.col.communes"), Numeric: true},
		ui.Column{Label: p.T("ledger.unallocated"), Numeric: true}, ui.Column{Label: p.T("ledger.col.total"), Numeric: true}, ui.Column{Label: p.T("ledger.col.check")}).HideCaption()
	for _, l := range v.lines {
		t.Row(ui.Text(strconv.Itoa(l.Year)), ui.Text(p.T("ledger.kind."+string(l.Kind))), ui.Text(amountText(p, l.Measure, l.Communes)), ui.Text(amountText(p, l.Measure, l.Unallocated)),
			ui.Text(amountText(p, l.Measure, l.Total)), ui.Body(checkTag(p, l.OK)))
	}
	return t
}
