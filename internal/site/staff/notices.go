package staff

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/notice"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: notice.read.done notice.chosen

// NoticeView is a notice in the JSON API.
type NoticeView struct {
	ID   int64      `json:"id"`
	Kind string     `json:"kind"`
	Text string     `json:"text"`
	Ref  string     `json:"ref"`            // kind:key of what it is about
	Href string     `json:"href,omitempty"` // its page
	At   time.Time  `json:"at"`
	Read *time.Time `json:"read,omitempty"` // absent while it is unread
}

func (d *Desk) noticeRoutes(r *web.Routes) {
	filter := append(web.Paging(), web.Query("unread", "enum", "only what is unread", "1"), web.Query("kind", "string", "kind of notice"))
	view := NoticeView{ID: 1, Kind: "role.given", Text: "You have the role “Registrar” from 1 December 2026", Ref: "account:demo-agent", Href: "/history/account/demo-agent"}
	for _, route := range []web.Route{
		{Pattern: notice.ListPath, Kind: web.PageRoute, Rule: notice.Own, Handle: d.pageNotices, Summary: "What concerns me", Params: append(filter[:len(filter):len(filter)], web.Format())},
		{Method: http.MethodPost, Pattern: notice.ListPath, Kind: web.FormRoute, Rule: notice.Own, Handle: d.formNotices, Summary: "Mark my notices as read"},
		{Pattern: "/staff/notices/choices", Kind: web.PageRoute, Rule: notice.Own, Handle: d.pageChoices, Summary: "How I want to be told"},
		{Method: http.MethodPost, Pattern: "/staff/notices/choices", Kind: web.FormRoute, Rule: notice.Own, Handle: d.formChoices, Summary: "Choose how I want to be told"},
		{Pattern: "/api/v1/notices", Kind: web.APIRoute, Rule: notice.Own, Handle: d.apiNotices, Summary: "My notices, newest first", Params: filter, Returns: web.Rows[NoticeView]{Items: []NoticeView{view}}},
		{Method: http.MethodPost, Pattern: "/api/v1/notices/{id}/read", Kind: web.APIRoute, Rule: notice.Own, Handle: d.apiRead, Summary: "Mark one of my notices as read", Sample: map[string]string{"id": "1"}, Returns: map[string]int64{"unread": 0}},
	} {
		r.Add(route)
	}
}

func (d *Desk) notices(x *web.Exchange) (rows web.Rows[notice.Record], err error) {
	f := notice.Filter{Unread: x.Query("unread") != "", Kind: x.Query("kind"), Limit: x.Limit() + 1}
	if err := x.Cursor(&f.Below); err != nil {
		return rows, err
	}
	list, err := d.Notice.List(x.Context(), x.Actor, f)
	if err != nil {
		return rows, err
	}
	return web.CutPage(x, list, f.Limit-1, func(r notice.Record) any { return r.ID })
}

// pageNotices answers "what is new for me".
func (d *Desk) pageNotices(x *web.Exchange) error {
	if x.Exporting() {
		return d.exportNotices(x)
	}
	rows, err := d.notices(x)
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("notice.title"), Lede: x.P.T("notice.lede"), Compact: true, Crumbs: deskCrumbs(x, "notices")}
	return x.Page(page, noticesPage(x, d, rows.Items, d.pager(x, rows.Next)))
}

func (d *Desk) exportNotices(x *web.Exchange) error {
	columns := []sheet.Column{{Title: "id"}, {Title: "at"}, {Title: "kind"}, {Title: "text", Width: 60}, {Title: "ref", Width: 30}, {Title: "read_at"}}
	f := notice.Filter{Unread: x.Query("unread") != "", Kind: x.Query("kind"), Limit: 500}
	return x.Sheet("notices", columns, func(yield func([]any, error) bool) {
		for {
			list, err := d.Notice.List(x.Context(), x.Actor, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, r := range list {
				read := ""
				if !r.Read.IsZero() {
					read = r.Read.Format(time.RFC3339)
				}
				if !yield([]any{r.ID, r.At.Format(time.RFC3339), r.Kind, d.Notice.Text(x.P, r), r.Ref.String(), read}, nil) {
					return
				}
				f.Below = r.ID
			}
			if len(list) < f.Limit {
				return
			}
		}
	})
}

// formNotices marks one notice as read, or all of them.
func (d *Desk) formNotices(x *web.Exchange) error {
	form, err := x.Form("do", "id")
	if err != nil {
		return err
	}
	switch form.Get("do") {
	case "all":
		err = d.Notice.ReadAll(x.Context(), x.Actor)
		x.Flash("notice.read.done")
	case "read":
		id, perr := strconv.ParseInt(form.Get("id"), 10, 64)
		if perr != nil {
			return fault.Missing("notice")
		}
		err = d.Notice.Read(x.Context(), x.Actor, id)
	default:
		err = fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": form.Get("do")})
	}
	if err != nil {
		return err
	}
	return x.Redirect(notice.ListPath)
}

func (d *Desk) pageChoices(x *web.Exchange) error { return d.showChoices(x, http.StatusOK, nil, nil) }

// showChoices shows the form, with what was typed when it was refused.
func (d *Desk) showChoices(x *web.Exchange, status int, typed map[string]string, errs []ui.FieldError) error {
	list, err := d.Notice.Choices(x.Context(), x.Actor)
	if err != nil {
		return err
	}
	for i, c := range list {
		list[i].Frequency = notice.Frequency(cmp.Or(typed[c.Kind], string(c.Frequency)))
	}
	crumbs := []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu.notices"), Href: notice.ListPath}, {Label: x.P.T("notice.choices"), Current: true}}
	page := ui.Page{Title: x.P.T("notice.choices"), Lede: x.P.T("notice.choices.lede"), Compact: true, Crumbs: crumbs}
	return x.PageStatus(status, page, choicesPage(x, list, errs))
}

func (d *Desk) formChoices(x *web.Exchange) error {
	list, err := d.Notice.Choices(x.Context(), x.Actor)
	if err != nil {
		return err
	}
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Kind
	}
	form, err := x.Form(names...)
	if err != nil {
		return err
	}
	typed := map[string]string{}
	for i, c := range list {
		typed[c.Kind] = form.Get(c.Kind)
		list[i].Frequency = notice.Frequency(form.Get(c.Kind))
	}
	err = d.Notice.Choose(x.Context(), x.Actor, list...)
	if err != nil && fault.KindOf(err) == fault.Invalid {
		return d.showChoices(x, http.StatusUnprocessableEntity, typed, fieldErrors(x, fault.From(err)))
	}
	if err != nil {
		return err
	}
	x.Flash("notice.chosen")
	return x.Redirect("/staff/notices/choices")
}

func frequencyOptions(p *i18n.Printer) (list []ui.Option) {
	for _, f := range notice.Frequencies() {
		list = append(list, ui.Option{Value: string(f), Label: p.T("notice.frequency." + string(f))})
	}
	return list
}

func (d *Desk) noticeView(x *web.Exchange, r notice.Record) NoticeView {
	v := NoticeView{ID: r.ID, Kind: r.Kind, Text: d.Notice.Text(x.P, r), Ref: r.Ref.String(), Href: d.Notice.Address(r), At: r.At}
	if !r.Read.IsZero() {
		v.Read = &r.Read
	}
	return v
}

func (d *Desk) apiNotices(x *web.Exchange) error {
	rows, err := d.notices(x)
	if err != nil {
		return err
	}
	views := make([]NoticeView, 0, len(rows.Items))
	for _, r := range rows.Items {
		views = append(views, d.noticeView(x, r))
	}
	return x.JSON(web.Rows[NoticeView]{Items: views, Next: rows.Next})
}

func (d *Desk) apiRead(x *web.Exchange) error {
	id, err := strconv.ParseInt(x.Path("id"), 10, 64)
	if err != nil {
		return fault.Missing("notice")
	}
	if err := d.Notice.Read(x.Context(), x.Actor, id); err != nil {
		return err
	}
	n, err := d.Notice.Unread(x.Context(), x.Actor)
	if err != nil {
		return err
	}
	return x.JSON(map[string]int64{"unread": n})
}

func mailboxItems(x *web.Exchange, list []mail.Record) (items []ui.Item) {
	for _, r := range list {
		items = append(items, ui.Item{Title: cmp.Or(r.Subject, x.P.T("mailbox.blank")), Href: "/staff/mailbox?letter=" + strconv.FormatInt(r.ID, 10), Meta: addressText(r.To) + " · " + x.P.Instant(r.At)})
	}
	return items
}

func addressText(a mail.Address) string {
	if a.Name == "" {
		return a.Mail
	}
	return a.Name + " · " + a.Mail
}

// langOf marks a text that is not in the language of the page.
func langOf(x *web.Exchange, lang string) templ.Attributes {
	if lang == x.P.Lang() {
		return nil
	}
	return templ.Attributes{"lang": lang}
}
