package key

import (
	"iter"
	"strconv"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// keyView is what the page of one key shows.
type keyView struct {
	p        *i18n.Printer
	asOf     ui.AsOf
	key      Key
	version  Version
	names    names
	atlas    *territory.Atlas
	day      calendar.Date
	sharing  sharing
	amount   string // as typed
	refused  string // why the amount cannot be read
	may      bool
	errors   []ui.FieldError
	decision string // as typed
	from     string
	keep     func(string) string
}

// chosen reads a key with the version asked for and its values.
func (s *Service) chosen(tx *db.Tx, x *web.Exchange, code string, number int) (Key, Version, error) {
	k, err := s.Get(tx, x.Actor, code)
	if err != nil {
		return k, Version{}, err
	}
	v, ok := k.At(x.AsOf)
	for _, o := range k.Versions {
		if o.Number == number {
			v, ok = o, true
		}
	}
	if !ok || number > 0 && v.Number != number {
		return k, v, fault.Missing("key")
	}
	return k, v, s.Values(tx, &v)
}

func (s *Service) keyView(x *web.Exchange) (v keyView, err error) {
	v = keyView{p: x.P, day: x.AsOf, amount: x.Query("amount"), may: editor(x.Actor), keep: x.Keep}
	err = s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		if v.key, v.version, err = s.chosen(tx, x, x.Path("key"), x.QueryInt("version", 0)); err != nil {
			return err
		}
		if v.atlas, err = s.areas.AtlasTx(tx); err != nil {
			return err
		}
		v.names, err = s.names(tx)
		return err
	})
	if err != nil {
		return v, err
	}
	total, refused := readAmount(x.P, v.amount)
	v.refused = refused
	v.sharing, err = share(v.atlas, v.key, v.version, v.day, total)
	v.asOf = asOf(x, files(x, "/api/v1/keys/"+v.key.Key+"/shares")...)
	return v, err
}

func (s *Service) keyPage(x *web.Exchange) error {
	v, err := s.keyView(x)
	if err != nil {
		return err
	}
	if x.Exporting() {
		return x.Sheet("key-"+v.key.Key, v.columns(), v.rows())
	}
	return x.Page(v.page(), keyBody(v))
}

func (v keyView) page() ui.Page {
	title, _ := v.key.Title.In(v.p.Lang())
	return ui.Page{Title: title, Lede: v.p.T("key.one.lede", "rule", v.names.rule(v.p, v.key, v.version)), Crumbs: crumbs(v.p, title)}
}

func (v keyView) columns() []sheet.Column {
	p := v.p
	list := []sheet.Column{{Title: p.T("key.col.nis")}, {Title: p.T("key.col.commune"), Width: 28}}
	for i, c := range v.version.Criteria {
		list = append(list, sheet.Column{Title: strconv.Itoa(i+1) + ". " + v.names.title(p, c), Width: 24})
	}
	return append(list, sheet.Column{Title: p.T("key.col.share") + " (%)"}, sheet.Column{Title: p.T("key.col.fraction"), Width: 24}, sheet.Column{Title: p.T("key.col.amount") + " (€)"})
}

func (v keyView) rows() iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, a := range v.sharing.communes {
			portion := v.sharing.portions[a.Key]
			row := []any{a.Key, a.Name(v.p.Lang())}
			for _, c := range v.version.Criteria {
				row = append(row, sheet.Decimal{Unscaled: c.Values[a.ID], Scale: v.names[c.Dataset].Decimals})
			}
			row = append(row, sheet.Decimal{Unscaled: ratio(portion.Share, 6), Scale: 4}, portion.Share.RatString(), sheet.Cents(portion.Amount))
			if !yield(row, nil) {
				return
			}
		}
	}
}

// table lists the communes with the values that made their shares.
func (v keyView) table() *ui.DataTable {
	p := v.p
	columns := []ui.Column{{Label: p.T("key.col.commune"), RowHeader: true}}
	for _, c := range v.version.Criteria {
		unit, _ := v.names[c.Dataset].Unit.In(p.Lang())
		columns = append(columns, ui.Column{Label: v.names.title(p, c), Unit: unit, Numeric: true})
	}
	columns = append(columns, ui.Column{Label: p.T("key.col.share"), Unit: "%", Numeric: true})
	if v.sharing.total != 0 {
		columns = append(columns, ui.Column{Label: p.T("key.col.amount"), Unit: "€", Numeric: true})
	}
	t := ui.NewTable(p.T("key.shares.caption"), columns...).HideCaption()
	for _, a := range v.sharing.communes {
		portion := v.sharing.portions[a.Key]
		cells := []ui.Cell{ui.LinkTo(a.Name(p.Lang()), v.keep(a.Address()))}
		for _, c := range v.version.Criteria {
			cells = append(cells, ui.Text(p.Fixed(c.Values[a.ID], v.names[c.Dataset].Decimals)))
		}
		cells = append(cells, ui.Text(shareText(p, portion.Share)))
		if v.sharing.total != 0 {
			cells = append(cells, ui.Text(p.Fixed(int64(portion.Amount), 2)))
		}
		t.Row(cells...)
	}
	return t.Total(v.totals()...)
}

func (v keyView) totals() []ui.Cell {
	cells := []ui.Cell{ui.Text(v.p.T("key.total"))}
	for _, c := range v.version.Criteria {
		var sum int64
		for _, a := range v.sharing.communes {
			sum += c.Values[a.ID]
		}
		cells = append(cells, ui.Text(v.p.Fixed(sum, v.names[c.Dataset].Decimals)))
	}
	cells = append(cells, ui.Text(v.p.Int(100)))
	if v.sharing.total != 0 {
		cells = append(cells, ui.Text(v.p.Fixed(int64(v.sharing.sum()), 2)))
	}
	return cells
}

func (v keyView) kpis() []ui.KPI {
	var most Portion
	for _, c := range v.sharing.communes {
		if p := v.sharing.portions[c.Key]; most.Share == nil || p.Share.Cmp(most.Share) > 0 {
			most = p
		}
	}
	list := []ui.KPI{{Value: v.p.Int(int64(len(v.sharing.communes))), Text: v.p.T("key.kpi.communes")}}
	if most.Share != nil {
		a, _, _ := v.atlas.Commune(most.Code)
		list = append(list, ui.KPI{Value: v.p.T("key.percent", "n", v.p.Fixed(ratio(most.Share, 4), 2)), Text: v.p.T("key.kpi.most", "commune", a.Name(v.p.Lang()))})
	}
	if v.sharing.total != 0 {
		list = append(list, ui.KPI{Value: v.p.Money(v.sharing.sum()), Text: v.p.T("key.kpi.sum")})
	}
	return list
}

func (v keyView) picture() ui.Picture {
	return v.sharing.picture(v.atlas, v.p, v.day, v.p.T("key.map.title"), nil)
}

// versionsTable is the history of the key.
func (v keyView) versionsTable() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("key.versions.caption"), ui.Column{Label: p.T("key.col.version"), RowHeader: true, Numeric: true}, ui.Column{Label: p.T("key.col.status")},
		ui.Column{Label: p.T("key.col.rule")}, ui.Column{Label: p.T("key.col.vintage")}, ui.Column{Label: p.T("key.col.period")}, ui.Column{Label: p.T("key.col.decision")}).HideCaption()
	for _, o := range v.key.Versions {
		n := strconv.Itoa(o.Number)
		t.Row(ui.LinkTo(n, v.keep("/keys/"+v.key.Key+"?version="+n)), ui.Body(statusTag(p, o)), ui.Text(v.names.rule(p, v.key, o)), ui.Text(vintages(p, o)), ui.Text(period(p, o)), ui.Text(orDash(o.Decision)))
	}
	return t
}

func vintages(p *i18n.Printer, v Version) string {
	list := make([]string, len(v.Criteria))
	for i, c := range v.Criteria {
		list[i] = strconv.Itoa(c.Number)
	}
	return orDash(p.List(list))
}

func period(p *i18n.Printer, v Version) string {
	switch from, to := v.Period.From, v.Period.To; {
	case v.Status == Draft || from.IsZero() && to.IsZero():
		return "–"
	case to.IsZero():
		return p.T("key.period.from", "from", from)
	case from.IsZero():
		return p.T("key.period.to", "to", to)
	default:
		return p.T("key.period.both", "from", from, "to", to)
	}
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// comparison is two keys side by side.
type comparison struct {
	p        *i18n.Printer
	asOf     ui.AsOf
	options  []ui.Option
	codes    [2]string
	keys     [2]Key
	sharings [2]sharing
	ready    bool
	atlas    *territory.Atlas
	day      calendar.Date
	amount   string
	refused  string
	keep     func(string) string
}

func (s *Service) comparePage(x *web.Exchange) error {
	c, err := s.compare(x)
	if err != nil {
		return err
	}
	if x.Exporting() && c.ready {
		p := x.P
		return x.Sheet("keys-compare", []sheet.Column{{Title: p.T("key.col.nis")}, {Title: p.T("key.col.commune"), Width: 28}, {Title: "A (%)"}, {Title: "B (%)"}, {Title: "B − A (%)"},
			{Title: "A (€)"}, {Title: "B (€)"}, {Title: "B − A (€)"}}, c.rows())
	}
	return x.Page(ui.Page{Title: x.P.T("key.compare.title"), Lede: x.P.T("key.compare.lede"), Crumbs: crumbs(x.P, x.P.T("key.compare.title"))}, compareBody(c))
}

func (s *Service) compare(x *web.Exchange) (c comparison, err error) {
	c = comparison{p: x.P, day: x.AsOf, codes: [2]string{x.Query("a"), x.Query("b")}, amount: x.Query("amount"), asOf: asOf(x, files(x, "/api/v1/keys")...), keep: x.Keep}
	var versions [2]Version
	c.ready = c.codes[0] != "" && c.codes[1] != ""
	err = s.db.Read(x.Context(), func(tx *db.Tx) error {
		list, err := s.List(tx, x.Actor)
		if err != nil {
			return err
		}
		for _, k := range list {
			title, _ := k.Title.In(x.P.Lang())
			c.options = append(c.options, ui.Option{Value: k.Key, Label: title})
			for i, code := range c.codes {
				if k.Key == code {
					c.keys[i] = k
					versions[i], _ = k.At(x.AsOf)
				}
			}
		}
		if c.atlas, err = s.areas.AtlasTx(tx); err != nil || !c.ready {
			return err
		}
		if c.keys[0].Key == "" || c.keys[1].Key == "" {
			return fault.Missing("key")
		}
		if versions[0].ID == versions[1].ID {
			return s.same(tx, &versions)
		}
		return s.Values(tx, &versions[0], &versions[1])
	})
	if err != nil || !c.ready {
		return c, err
	}
	total, refused := readAmount(x.P, c.amount)
	c.refused = refused
	for i := range c.sharings {
		if c.sharings[i], err = share(c.atlas, c.keys[i], versions[i], c.day, total); err != nil {
			return c, err
		}
	}
	return c, nil
}

// same fills two copies of one version.
func (s *Service) same(tx *db.Tx, v *[2]Version) error {
	err := s.Values(tx, &v[0])
	v[1] = v[0]
	return err
}
