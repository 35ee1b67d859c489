package staff

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: role.* action.* severity.* target.*

func demoTable(p *i18n.Printer, list []Account) *ui.DataTable {
	t := ui.NewTable(p.T("signin.demo"), ui.Column{Label: p.T("signin.username")}, ui.Column{Label: p.T("signin.password")}, ui.Column{Label: p.T("account.role")}).HideCaption()
	for _, a := range list {
		t.Row(ui.Text(a.Username), ui.Text(a.Password), ui.Text(p.T("role."+a.Role)))
	}
	return t
}

func auditTable(x *web.Exchange, list []audit.Entry, address func(audit.Entry) string) *ui.DataTable {
	p := x.P
	t := ui.NewTable(p.T("audit.caption"), ui.Column{Label: p.T("audit.seq"), Numeric: true}, ui.Column{Label: p.T("audit.at")}, ui.Column{Label: p.T("audit.actor")},
		ui.Column{Label: p.T("audit.action"), RowHeader: true}, ui.Column{Label: p.T("audit.object")}, ui.Column{Label: p.T("audit.change")}).HideCaption().Empty(p.T("audit.empty"))
	for _, e := range list {
		t.Row(ui.Text(p.Int(e.Seq)), ui.Text(p.Instant(e.At)), ui.Text(e.Actor), ui.Text(actionText(p, e.Action)),
			ui.LinkTo(e.Object.Kind+" "+e.Object.Key, address(e)), ui.Body(changeList(changes(e))))
	}
	return t
}

// actionText is the name of a deed; a deed without a text of its own shows its code.
func actionText(p *i18n.Printer, action string) string {
	if key := "action." + action; p.Has(key) {
		return p.T(key)
	}
	return action
}

// change is one field of an object before and after a deed.
type change struct{ field, before, after string }

// changes compares the two states field by field; equal fields are left out.
func changes(e audit.Entry) []change {
	before, after := fields(e.Before), fields(e.After)
	var names []string
	for n := range before {
		names = append(names, n)
	}
	for n := range after {
		if _, ok := before[n]; !ok {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	var list []change
	for _, n := range names {
		if before[n] != after[n] {
			list = append(list, change{n, before[n], after[n]})
		}
	}
	for _, n := range slices.Sorted(mapKeys(e.Summary)) {
		list = append(list, change{field: n, after: e.Summary[n]})
	}
	return list
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// fields flattens a state: nested values are shown as JSON.
func fields(state any) map[string]string {
	out := map[string]string{}
	switch v := state.(type) {
	case nil:
	case map[string]any:
		for name, value := range v {
			out[name] = short(value)
		}
	default:
		out["value"] = short(v)
	}
	return out
}

func short(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	s := []rune(string(b))
	if len(s) > 300 {
		return string(s[:300]) + "…"
	}
	return string(s)
}

func grantText(p *i18n.Printer, g auth.Grant) string {
	text := p.T("role." + string(g.Role))
	if g.Body != "" {
		text += " · " + g.Body
	}
	if g.Domain != "" {
		text += " · " + g.Domain
	}
	if !g.Period.From.IsZero() {
		text += " · " + p.T("account.since", "day", g.Period.From)
	}
	if !g.Period.To.IsZero() {
		text += " · " + p.T("account.until", "day", g.Period.To)
	}
	if g.Mandate != "" {
		text += " · " + p.T("account.by", "mandate", g.Mandate)
	}
	return text
}

func grantTexts(p *i18n.Printer, grants []auth.Grant) string {
	var list []string
	for _, g := range grants {
		list = append(list, grantText(p, g))
	}
	return strings.Join(list, " ; ")
}

func batchTable(p *i18n.Printer, list []intake.Batch) *ui.DataTable {
	t := ui.NewTable(p.T("import.list"), ui.Column{Label: p.T("import.file"), RowHeader: true}, ui.Column{Label: p.T("import.target")}, ui.Column{Label: p.T("audit.at")}, ui.Column{Label: p.T("audit.actor")},
		ui.Column{Label: p.T("import.created"), Numeric: true}, ui.Column{Label: p.T("import.updated"), Numeric: true}, ui.Column{Label: p.T("import.state")}).HideCaption().Empty(p.T("import.empty"))
	for _, b := range list {
		t.Row(ui.LinkTo(b.FileName, fmt.Sprintf("/staff/imports/%d", b.ID)), ui.Text(p.T("target."+b.Target)), ui.Text(p.Instant(b.At)), ui.Text(b.Actor),
			ui.Text(p.Int(int64(b.Outcome.Created))), ui.Text(p.Int(int64(b.Outcome.Updated))), ui.Body(batchTag(p, b)))
	}
	return t
}

func noteTable(x *web.Exchange, notes []intake.Note) *ui.DataTable {
	p := x.P
	t := ui.NewTable(p.T("import.notes"), ui.Column{Label: p.T("import.line"), Numeric: true}, ui.Column{Label: p.T("import.column")}, ui.Column{Label: p.T("import.value")},
		ui.Column{Label: p.T("import.note"), RowHeader: true}, ui.Column{Label: p.T("import.severity")}).HideCaption().Empty(p.T("import.clean"))
	for _, n := range notes[:min(200, len(notes))] {
		line := ""
		if n.Line > 0 {
			line = p.Int(int64(n.Line))
		}
		t.Row(ui.Text(line), ui.Text(n.Column), ui.Text(n.Value), ui.Text(web.Message(p, n.Code, n.Args)), ui.Body(severityTag(p, n.Severity)))
	}
	return t
}

func sampleTable(p *i18n.Printer, in intake.Inspection) *ui.DataTable {
	columns := make([]ui.Column, len(in.Header))
	for i, h := range in.Header {
		if h == "" {
			h = p.T("import.unnamed", "n", int64(i+1))
		}
		columns[i] = ui.Column{Label: h}
	}
	t := ui.NewTable(p.T("import.sample"), columns...)
	for _, row := range in.Samples {
		cells := make([]ui.Cell, len(columns))
		for i := range cells {
			if i < len(row) {
				cells[i] = ui.Text(row[i])
			}
		}
		t.Row(cells...)
	}
	return t
}
