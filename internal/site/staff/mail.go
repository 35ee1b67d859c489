package staff

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: letter.state.* letter.withheld.* letter.again.done letter.cleared

// stopping is the rule of the page behind the link of every letter.
var stopping = auth.Rule{Name: "mail.stop", Public: true}

func (d *Desk) mailRoutes(r *web.Routes) {
	states := make([]string, 0, len(mail.States()))
	for _, s := range mail.States() {
		states = append(states, string(s))
	}
	letter := web.Query("letter", "int", "number of the letter")
	token := web.Query("letter", "string", "what the link of the letter holds")
	for _, route := range []web.Route{
		{Pattern: "/staff/mail", Kind: web.PageRoute, Rule: mail.View, Handle: d.pageMail, Summary: "Letters that were written, and what became of them",
			Params: append(web.Paging(), web.Query("state", "enum", "state of the letter", states...), web.Query("kind", "string", "kind of letter"), web.Query("to", "string", "address"), web.Format())},
		{Method: http.MethodPost, Pattern: "/staff/mail/{id}", Kind: web.FormRoute, Rule: mail.Manage, Handle: d.formLetter, Summary: "Post a letter again", Sample: map[string]string{"id": "1"}},
		{Method: http.MethodPost, Pattern: "/staff/mail/addresses", Kind: web.FormRoute, Rule: mail.Manage, Handle: d.formAddress, Summary: "Write to an address again"},
		{Pattern: "/staff/mailbox", Kind: web.PageRoute, Rule: mail.Own, Handle: d.pageMailbox, Summary: "Letters to me that were kept because there is no mail server", Params: append(web.Paging(), letter)},
		{Pattern: "/staff/mailbox/letter", Kind: web.DataRoute, Rule: mail.Own, Handle: d.letterDocument, Summary: "A letter as its reader sees it; a specimen without a number", Params: []web.Param{letter}, Media: "text/html"},
		{Pattern: "/mail/stop", Kind: web.PageRoute, Rule: stopping, Handle: d.pageStop, Summary: "Stop receiving letters", Params: []web.Param{token}},
		{Method: http.MethodPost, Pattern: "/mail/stop", Kind: web.FormRoute, Rule: stopping, Handle: d.formStop, Summary: "Stop receiving letters, also by one click of a mail program (RFC 8058)", Params: []web.Param{token}},
	} {
		r.Add(route)
	}
}

// pageMail answers "did my letter arrive".
func (d *Desk) pageMail(x *web.Exchange) error {
	f := mail.Filter{State: mail.State(x.Query("state")), Kind: x.Query("kind"), To: x.Query("to"), Limit: x.Limit() + 1}
	if err := x.Cursor(&f.Below); err != nil {
		return err
	}
	if x.Exporting() {
		return d.exportMail(x, f)
	}
	o, err := d.Mail.Overview(x.Context(), x.Actor, f)
	if err != nil {
		return err
	}
	rows, err := web.CutPage(x, o.Letters, f.Limit-1, func(r mail.Record) any { return r.ID })
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("letter.title"), Lede: x.P.T("letter.lede"), Compact: true, Crumbs: deskCrumbs(x, "mail"), Chips: letterChips(x.P, o.States)}
	return x.Page(page, mailPage(x, o, letterTable(x, rows.Items), d.pager(x, rows.Next)))
}

func deskCrumbs(x *web.Exchange, key string) []ui.Link {
	return []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu." + key), Current: true}}
}

func (d *Desk) exportMail(x *web.Exchange, f mail.Filter) error {
	columns := []sheet.Column{{Title: "id"}, {Title: "at"}, {Title: "to", Width: 30}, {Title: "kind"}, {Title: "state"}, {Title: "attempts"}, {Title: "tried_at"}, {Title: "answer", Width: 60}}
	return x.Sheet("mail", columns, func(yield func([]any, error) bool) {
		f.Limit = 500
		for {
			o, err := d.Mail.Overview(x.Context(), x.Actor, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range o.Letters {
				tried := ""
				if !r.Tried.IsZero() {
					tried = r.Tried.Format("2006-01-02T15:04:05Z")
				}
				if !yield([]any{r.ID, r.At.Format("2006-01-02T15:04:05Z"), r.To.Mail, r.Kind, string(r.State), int64(r.Attempts), tried, r.Answer}, nil) {
					return
				}
				f.Below = r.ID
			}
			if len(o.Letters) < f.Limit {
				return
			}
		}
	})
}

// letterTints: what did not arrive waits for somebody.
var letterTints = map[mail.State]ui.State{mail.Queued: ui.Info, mail.Sent: ui.OnTime, mail.Kept: ui.Neutral, mail.Refused: ui.Stopped, mail.Failed: ui.Late, mail.Withheld: ui.Stopped, mail.Bounced: ui.Late}

func letterTable(x *web.Exchange, list []mail.Record) *ui.DataTable {
	p, may := x.P, mail.Manage.Gate(x.Actor) == nil
	columns := []ui.Column{{Label: p.T("letter.number"), Numeric: true}, {Label: p.T("letter.at")}, {Label: p.T("letter.to"), RowHeader: true}, {Label: p.T("letter.kind")},
		{Label: p.T("letter.state.title")}, {Label: p.T("letter.attempts"), Numeric: true}, {Label: p.T("letter.answer")}}
	if may {
		columns = append(columns, ui.Column{Label: p.T("account.verbs")})
	}
	t := ui.NewTable(p.T("letter.list"), columns...).HideCaption().Empty(p.T("letter.empty"))
	for _, r := range list {
		cells := []ui.Cell{ui.Text(fmt.Sprint(r.ID)), ui.Text(p.Instant(r.At)), ui.Text(r.To.Mail), ui.Text(letterKind(p, r.Kind)), ui.Body(ui.Tag(letterTints[r.State], p.T("letter.state."+string(r.State)))),
			ui.Text(p.Int(int64(r.Attempts))), ui.Text(answerText(p, r))}
		if may {
			cells = append(cells, ui.Body(letterVerbs(x, r)))
		}
		t.Row(cells...)
	}
	return t
}

// letterKind is the name of a kind of letter; one without a text shows its code.
func letterKind(p *i18n.Printer, kind string) string {
	if key := "mail." + kind + ".name"; p.Has(key) {
		return p.T(key)
	}
	return kind
}

func answerText(p *i18n.Printer, r mail.Record) string {
	if r.State == mail.Withheld {
		return p.T("letter.withheld." + r.Answer)
	}
	return cmp.Or(r.Answer, "–")
}

// letterChips count the letters by state; each leads to its letters.
func letterChips(p *i18n.Printer, counts map[mail.State]int64) (list []ui.Link) {
	for _, s := range mail.States() {
		if n := counts[s]; n > 0 {
			list = append(list, ui.Link{Label: p.T("letter.state."+string(s)) + " " + p.Int(n), Href: "/staff/mail?state=" + string(s)})
		}
	}
	return list
}

func letterStates(p *i18n.Printer) []ui.Option {
	list := []ui.Option{{Label: p.T("job.any")}}
	for _, s := range mail.States() {
		list = append(list, ui.Option{Value: string(s), Label: p.T("letter.state." + string(s))})
	}
	return list
}

func failureTable(x *web.Exchange, list []mail.Failure) *ui.DataTable {
	p, may := x.P, mail.Manage.Gate(x.Actor) == nil
	columns := []ui.Column{{Label: p.T("letter.to"), RowHeader: true}, {Label: p.T("letter.since")}, {Label: p.T("letter.answer")}}
	if may {
		columns = append(columns, ui.Column{Label: p.T("account.verbs")})
	}
	t := ui.NewTable(p.T("letter.failures"), columns...).HideCaption().Empty(p.T("letter.failures.none"))
	for _, f := range list {
		cells := []ui.Cell{ui.Text(f.Address), ui.Text(p.Instant(f.At)), ui.Text(f.Reason)}
		if may {
			cells = append(cells, ui.Body(failureVerbs(x, f)))
		}
		t.Row(cells...)
	}
	return t
}

// formLetter posts a letter again.
func (d *Desk) formLetter(x *web.Exchange) error {
	if _, err := x.Form(); err != nil {
		return err
	}
	id, err := strconv.ParseInt(x.Path("id"), 10, 64)
	if err != nil {
		return fault.Missing("letter")
	}
	if err := d.Mail.Again(x.Context(), x.Actor, id); err != nil {
		return err
	}
	x.Flash("letter.again.done")
	return x.Redirect("/staff/mail")
}

// formAddress lets an address be written to again.
func (d *Desk) formAddress(x *web.Exchange) error {
	form, err := x.Form("address")
	if err != nil {
		return err
	}
	if err := d.Mail.Clear(x.Context(), x.Actor, form.Get("address")); err != nil {
		return err
	}
	x.Flash("letter.cleared")
	return x.Redirect("/staff/mail")
}

// pageMailbox shows the letters that were kept, or one of them.
func (d *Desk) pageMailbox(x *web.Exchange) error {
	if id := x.QueryInt("letter", 0); id > 0 {
		return d.pageKept(x, int64(id))
	}
	f := mail.Filter{Limit: x.Limit() + 1}
	if err := x.Cursor(&f.Below); err != nil {
		return err
	}
	list, err := d.Mail.Mailbox(x.Context(), x.Actor, f)
	if err != nil {
		return err
	}
	rows, err := web.CutPage(x, list, f.Limit-1, func(r mail.Record) any { return r.ID })
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("mailbox.title"), Lede: x.P.T("mailbox.lede"), Compact: true, Crumbs: deskCrumbs(x, "mailbox")}
	return x.Page(page, mailboxPage(x, rows.Items, d.pager(x, rows.Next)))
}

func (d *Desk) pageKept(x *web.Exchange, id int64) error {
	r, err := d.Mail.Kept(x.Context(), x.Actor, id)
	if err != nil {
		return err
	}
	crumbs := []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu.mailbox"), Href: "/staff/mailbox"}, {Label: x.P.T("letter.number") + " " + fmt.Sprint(id), Current: true}}
	page := ui.Page{Title: cmp.Or(r.Subject, x.P.T("mailbox.blank")), Lede: x.P.T("mailbox.letter.lede", "name", cmp.Or(r.To.Name, r.To.Mail)), Compact: true, Crumbs: crumbs}
	return x.Page(page, keptPage(x, r, d.Mail.Letterhead(r)))
}

// letterPolicy lets the one document with inline styles show them, and nothing
// else happen in it: no script, no form, no picture from elsewhere.
const letterPolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox allow-top-navigation-by-user-activation"

// letterDocument is a letter as a mail program shows it.
func (d *Desk) letterDocument(x *web.Exchange) error {
	r, err := d.Mail.Specimen(x.Actor)
	if id := x.QueryInt("letter", 0); id > 0 {
		r, err = d.Mail.Kept(x.Context(), x.Actor, int64(id))
	}
	if err != nil {
		return err
	}
	text, err := d.Mail.Letterhead(r).HTML(x.Context())
	if err != nil {
		return err
	}
	x.W.Header().Set("Content-Security-Policy", letterPolicy)
	return x.Text("text/html; charset=utf-8", []byte(text))
}

// pageStop asks before it stops: programs open links by themselves.
func (d *Desk) pageStop(x *web.Exchange) error {
	token := x.Query("letter")
	page := ui.Page{Title: x.P.T("stop.title"), Lede: x.P.T("stop.lede"), Crumbs: []ui.Link{{Label: x.P.T("stop.title"), Current: true}}}
	if token == "" {
		page.Lede = x.P.T("stop.how")
		return x.Page(page, stopPage(x, "", "", false))
	}
	r, err := d.Mail.Stopping(x.Context(), token)
	if err != nil {
		return err
	}
	return x.Page(page, stopPage(x, token, d.Mail.Why(x.P, r), false))
}

// formStop stops. A mail program sends the one field of RFC 8058, the page none.
func (d *Desk) formStop(x *web.Exchange) error {
	if _, err := x.Form("List-Unsubscribe"); err != nil {
		return err
	}
	if err := d.Mail.Stop(x.Context(), x.Query("letter")); err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("stop.done"), Lede: x.P.T("stop.done.lede"), Crumbs: []ui.Link{{Label: x.P.T("stop.title"), Current: true}}}
	return x.Page(page, stopPage(x, "", "", true))
}
