package rights

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
	"beffroi/internal/site/statement"
)

// view is a person's page: hers, or of her for others.
type view struct {
	personal.Overview
	action string
	own    bool
	may    bool // take away and have erased
}

// waiting is the erasure that can still be withdrawn, nil when there is none.
func (v view) waiting() *personal.Request {
	i := slices.IndexFunc(v.Requests, func(r personal.Request) bool {
		return r.Wish == personal.WishErasure && r.State == personal.Waiting
	})
	if i < 0 {
		return nil
	}
	return &v.Requests[i]
}

// ready are the exports that can be fetched.
func (v view) ready() (list []personal.Request) {
	for _, r := range v.Requests {
		if r.Wish == personal.WishExport && r.State == personal.Done {
			list = append(list, r)
		}
	}
	return list
}

func address(ref object.Ref) string {
	return "/staff/privacy/" + url.PathEscape(ref.Kind) + "/" + url.PathEscape(ref.Key)
}

// i18n: privacy.purpose.* privacy.data.* privacy.why.*

func dataText(p *i18n.Printer, words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = p.T("privacy.data." + w)
	}
	return strings.Join(list, ", ")
}

// line is what is kept for one purpose, of one sort, with one end.
type line struct {
	purpose, data, end string
	table              string // the last one counted
	rows               int64
}

// lines gathers the holdings that read the same.
func lines(p *i18n.Printer, list []personal.Holding) (out []line) {
	for _, h := range list {
		l := line{p.T("privacy.purpose." + h.Use.Purpose), dataText(p, h.Data), statement.EndText(p, h.End.How, h.End.Why), "", 0}
		i := slices.IndexFunc(out, func(o line) bool { return o.purpose == l.purpose && o.data == l.data && o.end == l.end })
		if i < 0 {
			out, i = append(out, l), len(out)
		}
		if out[i].table != h.Table { // the same rows may end column by column
			out[i].rows, out[i].table = out[i].rows+h.Rows, h.Table
		}
	}
	return out
}

func holdingTable(p *i18n.Printer, list []personal.Holding) *ui.DataTable {
	t := ui.NewTable(p.T("rights.kept"), ui.Column{Label: p.T("rights.purpose"), RowHeader: true}, ui.Column{Label: p.T("rights.data")},
		ui.Column{Label: p.T("rights.rows"), Numeric: true}, ui.Column{Label: p.T("rights.end")}).HideCaption().Empty(p.T("rights.kept.none"))
	for _, l := range lines(p, list) {
		t.Row(ui.Text(l.purpose), ui.Text(l.data), ui.Text(p.Int(l.rows)), ui.Text(l.end))
	}
	return t
}

func dueTable(p *i18n.Printer, list []personal.Due) *ui.DataTable {
	t := ui.NewTable(p.T("rights.retention"), ui.Column{Label: p.T("rights.table"), RowHeader: true}, ui.Column{Label: p.T("rights.term")},
		ui.Column{Label: p.T("rights.due"), Numeric: true}, ui.Column{Label: p.T("rights.due.held"), Numeric: true}, ui.Column{Label: p.T("rights.oldest")}).HideCaption().Empty(p.T("rights.retention.none"))
	for _, d := range list {
		t.Row(ui.Cell{Text: d.Table, Lang: "en"}, ui.Text(statement.TermText(p, d.Event, d.After)), ui.Text(p.Int(d.Rows)), ui.Text(p.Int(d.Held)), ui.Text(oldest(p, d)))
	}
	return t
}

func total(list []personal.Due) (n int64) {
	for _, d := range list {
		n += d.Rows - d.Held
	}
	return n
}

func holdTable(x *web.Exchange, list []personal.Hold, may bool) *ui.DataTable {
	p := x.P
	columns := []ui.Column{{Label: p.T("rights.hold.object"), RowHeader: true}, {Label: p.T("rights.hold.reason")}, {Label: p.T("rights.hold.by")}, {Label: p.T("rights.hold.placed")}, {Label: p.T("rights.hold.until")}}
	if may {
		columns = append(columns, ui.Column{Label: p.T("account.verbs")})
	}
	t := ui.NewTable(p.T("rights.holds"), columns...).HideCaption().Empty(p.T("rights.holds.none"))
	for _, h := range list {
		until := p.T("rights.hold.open")
		if !h.Until.IsZero() {
			until = p.Date(h.Until)
		}
		cells := []ui.Cell{ui.Text(kindText(p, h.Object.Kind) + " " + h.Object.Key), ui.Text(h.Reason), ui.Text(h.By), ui.Text(p.Instant(h.Placed)), ui.Text(until)}
		if may {
			cells = append(cells, ui.Body(releaseForm(x, h)))
		}
		t.Row(cells...)
	}
	return t
}

// i18n: rights.kind.*
func kindText(p *i18n.Printer, kind string) string { return p.T("rights.kind." + kind) }

func kindOptions(p *i18n.Printer, kinds []string) (list []ui.Option) {
	for _, k := range kinds {
		list = append(list, ui.Option{Value: k, Label: kindText(p, k)})
	}
	return list
}

var stateTints = map[string]ui.State{personal.Waiting: ui.Late, personal.Done: ui.OnTime, personal.Withdrawn: ui.Neutral, personal.Stopped: ui.Stopped}

// i18n: rights.state.* rights.wish.*
func requestTable(x *web.Exchange, list []personal.Request, named bool) (*ui.DataTable, error) {
	p := x.P
	columns := []ui.Column{{Label: p.T("rights.wish"), RowHeader: true}, {Label: p.T("rights.asked.at")}, {Label: p.T("rights.asked.by")}, {Label: p.T("rights.state")}, {Label: p.T("rights.outcome")}}
	if named {
		columns = append([]ui.Column{{Label: p.T("rights.person")}}, columns...)
	}
	t := ui.NewTable(p.T("rights.requests"), columns...).HideCaption().Empty(p.T("rights.requests.none"))
	for _, r := range list {
		outcomes, err := r.Outcomes()
		if err != nil {
			return nil, fmt.Errorf("rights: request %d: %w", r.ID, err)
		}
		cells := []ui.Cell{ui.Text(p.T("rights.wish." + r.Wish)), ui.Text(p.Instant(r.Asked)), ui.Text(r.By),
			ui.Body(ui.Tag(stateTints[r.State], p.T("rights.state."+r.State))), ui.Body(outcome(x, r, outcomes))}
		if named {
			cells = append([]ui.Cell{ui.LinkTo(r.Person.Key, address(r.Person))}, cells...)
		}
		t.Row(cells...)
	}
	return t, nil
}

func outcomeTable(p *i18n.Printer, list []personal.Outcome) *ui.DataTable {
	t := ui.NewTable(p.T("rights.outcome"), ui.Column{Label: p.T("rights.table"), RowHeader: true}, ui.Column{Label: p.T("rights.columns")}, ui.Column{Label: p.T("rights.rows"), Numeric: true},
		ui.Column{Label: p.T("rights.became")}, ui.Column{Label: p.T("rights.keys")}).HideCaption().Empty(p.T("rights.outcome.none"))
	for _, o := range list {
		keys := strings.Join(o.Keys, ", ")
		if int64(len(o.Keys)) < o.Rows && keys != "" {
			keys += "…"
		}
		t.Row(ui.Cell{Text: o.Table, Lang: "en"}, ui.Cell{Text: strings.Join(o.Columns, ", "), Lang: "en"}, ui.Text(p.Int(o.Rows)), ui.Text(statement.EndText(p, o.How, o.Why)), ui.Text(keys))
	}
	return t
}

// Readable is the page of an export for who has no program to read data with.
func Readable(b *i18n.Bundle, e personal.Export) ([]byte, error) {
	lang := i18n.Negotiate(e.Person.Language, "", "", b.Langs())
	var out bytes.Buffer
	err := exportPage(b.Printer(lang), e).Render(context.Background(), &out)
	return out.Bytes(), err
}

func cellText(p *i18n.Printer, v any) string {
	switch x := v.(type) {
	case nil:
		return "–"
	case string:
		if x == "" {
			return "–"
		}
		return x
	}
	return fmt.Sprint(v)
}

func errorOf(errs []ui.FieldError, field string) string {
	for _, e := range errs {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}
