package staff

import (
	"net/http"
	"slices"
	"strings"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
	"beffroi/internal/platform/webhook"
)

// pageDesk: an agent opens it in the morning and sees what was done lately and
// what she may do.
func (d *Desk) pageDesk(x *web.Exchange) error {
	batches, err := d.Intake.Batches(x.Context(), x.Actor, 0, 5)
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("desk.title"), Lede: x.P.T("desk.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("menu.desk"), Current: true}}, Shortcuts: shortcuts(x)}
	return x.Page(page, deskPage(x, d.verbs(x), batches))
}

func shortcuts(x *web.Exchange) []ui.Shortcut {
	return []ui.Shortcut{{Key: "/", Label: x.P.T("shortcut.search")}, {Key: "i", Label: x.P.T("shortcut.import")}}
}

// verbs are the things that this actor may start from the desk.
func (d *Desk) verbs(x *web.Exchange) []ui.Item {
	var list []ui.Item
	add := func(key, href string, roles ...auth.Role) {
		if (auth.Rule{Name: key, Roles: roles}).Gate(x.Actor) == nil {
			list = append(list, ui.Item{Title: x.P.T("desk." + key), Href: href, Meta: x.P.T("desk." + key + ".sub")})
		}
	}
	// i18n: desk.*
	add("ledger", "/ledger/new", auth.Accountant)
	add("key", "/keys/workshop", auth.Accountant)
	add("body", "/bodies/new", auth.Registrar)
	add("mission", "/missions/new", auth.Registrar)
	add("territory", "/territory", auth.Registrar)
	add("import", "/staff/imports", auth.Registrar, auth.Accountant, auth.Analyst)
	add("audit", "/staff/audit", auth.Auditor, auth.Admin)
	add("accounts", "/staff/accounts", auth.Admin, auth.Auditor)
	add("jobs", "/staff/jobs", jobs.View.Roles...)
	add("webhooks", "/staff/webhooks", webhook.View.Roles...)
	add("mail", "/staff/mail", mail.View.Roles...)
	add("access", "/staff/access", auth.Roles()...)
	return list
}

func (d *Desk) filter(x *web.Exchange, limit int) (audit.Filter, error) {
	f := audit.Filter{Actor: x.Query("actor"), Kind: x.Query("kind"), Action: x.Query("action"), Limit: limit}
	return f, x.Cursor(&f.Before)
}

// pageAudit answers "who did what": newest first.
func (d *Desk) pageAudit(x *web.Exchange) error {
	f, err := d.filter(x, x.Limit()+1)
	if err != nil {
		return err
	}
	if x.Exporting() {
		return d.exportAudit(x, f)
	}
	var list []audit.Entry
	var size int64
	var root string
	err = d.DB.Read(x.Context(), func(tx *db.Tx) error {
		if list, err = audit.List(tx, f); err != nil {
			return err
		}
		size, root, err = audit.Root(tx)
		return err
	})
	if err != nil {
		return err
	}
	rows, err := web.CutPage(x, list, f.Limit-1, func(e audit.Entry) any { return e.Seq })
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("audit.title"), Lede: x.P.T("audit.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu.audit"), Current: true}}}
	return x.Page(page, auditPage(x, auditTable(x, rows.Items, d.address), d.pager(x, rows.Next), size, root))
}

func (d *Desk) exportAudit(x *web.Exchange, f audit.Filter) error {
	columns := []sheet.Column{{Title: "seq"}, {Title: "at"}, {Title: "actor"}, {Title: "action"}, {Title: "object", Width: 30}, {Title: "change", Width: 60}}
	return x.Sheet("audit", columns, func(yield func([]any, error) bool) {
		for {
			var list []audit.Entry
			err := d.DB.Read(x.Context(), func(tx *db.Tx) (err error) {
				f.Limit = 500
				list, err = audit.List(tx, f)
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range list {
				if !yield([]any{e.Seq, e.At.Format("2006-01-02T15:04:05Z"), e.Actor, e.Action, e.Object.String(), changeText(e)}, nil) {
					return
				}
				f.Before = e.Seq
			}
			if len(list) < 500 || f.Before == 0 {
				return
			}
		}
	})
}

func changeText(e audit.Entry) string {
	var b strings.Builder
	for _, c := range changes(e) {
		b.WriteString(c.field + ": " + c.before + " → " + c.after + "; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func (d *Desk) address(e audit.Entry) string {
	if a := d.Directory.Address(e.Object); a != "" {
		return a
	}
	return "/history/" + e.Object.Kind + "/" + e.Object.Key
}

func (d *Desk) pager(x *web.Exchange, next string) ui.PageLinks {
	links := ui.PageLinks{Label: x.P.T("list.pages")}
	if x.Query("cursor") != "" {
		links.First = ui.Link{Label: x.P.T("list.first"), Href: x.Here("cursor", "")}
	}
	if next != "" {
		links.Next = ui.Link{Label: x.P.T("list.next"), Href: x.Here("cursor", next)}
	}
	return links
}

// pageHistory shows every state that one object went through.
func (d *Desk) pageHistory(x *web.Exchange) error {
	ref := object.Ref{Kind: x.Path("kind"), Key: x.Path("key")}
	f := audit.Filter{Object: ref, Limit: x.Limit() + 1}
	if err := x.Cursor(&f.Before); err != nil {
		return err
	}
	if ref.Kind == "account" {
		if err := reading.Check(x.Actor, auth.Target{Hidden: true}); err != nil && x.Actor.Username != ref.Key {
			return err
		}
	}
	if err := d.mayOpen(x, ref); err != nil {
		return err
	}
	var list []audit.Entry
	err := d.DB.Read(x.Context(), func(tx *db.Tx) (err error) {
		if err := d.See(tx, x.Actor, ref); err != nil {
			return err
		}
		list, err = audit.List(tx, f)
		return err
	})
	if err != nil {
		return err
	}
	rows, err := web.CutPage(x, list, f.Limit-1, func(e audit.Entry) any { return e.Seq })
	if err != nil {
		return err
	}
	crumbs := []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}}
	if a := d.Directory.Address(ref); a != "" {
		crumbs = append(crumbs, ui.Link{Label: ref.Key, Href: a})
	}
	page := ui.Page{Title: x.P.T("history.title", "kind", ref.Kind, "key", ref.Key), Lede: x.P.T("history.lede"), Compact: true,
		Crumbs: append(crumbs, ui.Link{Label: x.P.T("history.crumb"), Current: true})}
	return x.Page(page, historyPage(x, rows.Items, d.pager(x, rows.Next)))
}

// mayOpen holds the history of a thing to the rule of the thing's own page.
func (d *Desk) mayOpen(x *web.Exchange, ref object.Ref) error {
	address, _, _ := strings.Cut(d.Directory.Address(ref), "?")
	for _, r := range d.Routed() {
		if address != "" && r.Kind == web.PageRoute && fits(r.Pattern, address) && r.Rule.Gate(x.Actor) != nil {
			return fault.Missing(ref.Kind)
		}
	}
	return nil
}

// pageAccess explains which rule guards an address and who passes it: each role,
// or one person with the role that lets her in.
func (d *Desk) pageAccess(x *web.Exchange) error {
	routes := d.Routed()
	path := x.Query("path")
	if path != "" {
		routes = slices.DeleteFunc(slices.Clone(routes), func(r web.Route) bool { return !fits(r.Pattern, path) })
	}
	table := accessTable(x, routes)
	if username := x.Query("person"); username != "" {
		person, err := d.Auth.Of(x.Context(), x.Actor, username)
		if err != nil {
			return err
		}
		table = personTable(x, person, routes)
	}
	page := ui.Page{Title: x.P.T("access.title"), Lede: x.P.T("access.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu.access"), Current: true}}}
	return x.Page(page, accessPage(x, path, table))
}

// personTable tells for one person what each address answers, and why.
func personTable(x *web.Exchange, person auth.Actor, routes []web.Route) *ui.DataTable {
	p := x.P
	t := ui.NewTable(p.T("access.person.caption", "name", person.Username), ui.Column{Label: p.T("access.path"), RowHeader: true}, ui.Column{Label: p.T("access.rule")},
		ui.Column{Label: p.T("access.allowed")}, ui.Column{Label: p.T("access.why")}).Empty(p.T("access.none"))
	for _, r := range routes {
		allowed, why := p.T("access.no"), p.T("access.norole")
		if r.Rule.Gate(person) == nil {
			allowed, why = p.T("access.yes"), p.T("role.public")
			if !r.Rule.Public {
				why = grantTexts(p, person.Through(r.Rule))
			}
		}
		t.Row(ui.Text(r.Method+" "+r.Pattern), ui.Text(r.Rule.Name), ui.Text(allowed), ui.Text(why))
	}
	return t
}

// fits tells whether an address is one of a pattern's.
func fits(pattern, path string) bool {
	p, a := strings.Split(strings.TrimSuffix(pattern, "{$}"), "/"), strings.Split(path, "/")
	if len(p) != len(a) {
		return false
	}
	for i := range p {
		if !strings.HasPrefix(p[i], "{") && p[i] != a[i] {
			return false
		}
	}
	return true
}

func accessTable(x *web.Exchange, routes []web.Route) *ui.DataTable {
	p := x.P
	columns := []ui.Column{{Label: p.T("access.path"), RowHeader: true}, {Label: p.T("access.rule")}, {Label: p.T("role.public")}}
	for _, role := range auth.Roles() {
		columns = append(columns, ui.Column{Label: p.T("role." + string(role))})
	}
	t := ui.NewTable(p.T("access.title"), columns...).HideCaption().Empty(p.T("access.none"))
	word := map[bool]string{true: p.T("access.yes"), false: "–"}
	for _, r := range routes {
		cells := []ui.Cell{ui.Text(r.Method + " " + r.Pattern), ui.Text(r.Rule.Name), ui.Text(word[r.Rule.Public])}
		for _, role := range auth.Roles() {
			actor := auth.Actor{Username: string(role), Grants: []auth.Grant{{Role: role}}}
			cells = append(cells, ui.Text(word[r.Rule.Gate(actor) == nil]))
		}
		t.Row(cells...)
	}
	return t
}

// pageImports lists imports and takes a file.
func (d *Desk) pageImports(x *web.Exchange) error { return d.showImports(x, http.StatusOK, "") }

func (d *Desk) showImports(x *web.Exchange, status int, problem string) error {
	var below int64
	if err := x.Cursor(&below); err != nil {
		return err
	}
	limit := x.Limit()
	list, err := d.Intake.Batches(x.Context(), x.Actor, below, limit+1)
	if err != nil {
		return err
	}
	rows, err := web.CutPage(x, list, limit, func(b intake.Batch) any { return b.ID })
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("import.title"), Lede: x.P.T("import.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu.imports"), Current: true}}}
	return x.PageStatus(status, page, importsPage(x, rows.Items, d.pager(x, rows.Next), imports.Gate(x.Actor) == nil, problem))
}
