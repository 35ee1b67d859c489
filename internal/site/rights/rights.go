// Package rights is the pages on which people get what the law gives them: what
// is kept about me, my data to take away, their erasure; and those on which the
// house keeps its promises: what has had its time, what is held, who asked for what.
//
// Law: Regulation (EU) 2016/679, articles 5(1)(e), 12, 15, 17 and 20.
package rights

import (
	"embed"
	"io/fs"
	"net/http"
	"strconv"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
	"beffroi/internal/site/statement"
)

//go:embed locale/*.toml
var texts embed.FS

// Locale is the texts of the pages.
func Locale() fs.FS { return texts }

// Pages are the pages of one house.
type Pages struct {
	DB       *db.DB
	Personal *personal.Service
}

// Messages left for the next page:
// i18n: rights.asked rights.withdrawn rights.export.later rights.ran rights.held rights.released

// Routes registers the pages and their API.
func (g *Pages) Routes(r *web.Routes) {
	form := func(pattern string, h web.Handler, summary string, sample map[string]string) {
		r.Add(web.Route{Method: http.MethodPost, Pattern: pattern, Kind: web.FormRoute, Rule: personal.Manage, Handle: h, Summary: summary, Sample: sample})
	}
	person := map[string]string{"kind": "account", "key": "demo-agent"}
	r.Add(web.Route{Pattern: "/staff/me/data", Kind: web.PageRoute, Rule: personal.Own, Handle: g.pageMe, Summary: "My data: what is kept, a copy, their erasure"})
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/staff/me/data", Kind: web.FormRoute, Rule: personal.Own, Handle: g.formMe, Summary: "Take my data away, have them erased, or think again"})
	r.Add(web.Route{Pattern: "/staff/privacy", Kind: web.PageRoute, Rule: personal.View, Handle: g.pageBoard, Summary: "What has had its time, what is held, who asked for what", Params: append(web.Paging(), web.Format())})
	form("/staff/privacy", g.formBoard, "Remove what has had its time", nil)
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/staff/privacy/find", Kind: web.FormRoute, Rule: personal.View, Handle: g.formFind, Summary: "Open the page of a person"})
	form("/staff/privacy/holds", g.formHold, "Hold a person or an object", nil)
	form("/staff/privacy/holds/{id}", g.formRelease, "End a hold", map[string]string{"id": "1"})
	r.Add(web.Route{Pattern: "/staff/privacy/{kind}/{key}", Kind: web.PageRoute, Rule: personal.View, Handle: g.pagePerson, Summary: "What is kept about one person", Sample: person})
	form("/staff/privacy/{kind}/{key}", g.formPerson, "Take a person's data away or have them erased, for her", person)
	r.Add(web.Route{Pattern: "/api/v1/privacy", Kind: web.APIRoute, Rule: personal.View, Handle: g.apiBoard, Summary: "What has had its time and what is held", Returns: BoardJSON{Due: []personal.Due{{}}, Holds: []HoldJSON{{}}}})
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/api/v1/privacy/holds", Kind: web.APIRoute, Rule: personal.Manage, Handle: g.apiHold, Summary: "Hold a person or an object",
		Body: HoldJSON{Object: "account:c.exemple", Reason: "…", Until: "2027-01-31"}, Returns: HoldJSON{}})
}

// overview reads what is kept about somebody.
func (g *Pages) overview(x *web.Exchange, ref object.Ref) (o personal.Overview, err error) {
	err = g.DB.Read(x.Context(), func(tx *db.Tx) error {
		o, err = g.Personal.Overview(tx, x.Actor, ref)
		return err
	})
	return o, err
}

// pageMe answers: what does the house keep about me, and what can I do about it?
func (g *Pages) pageMe(x *web.Exchange) error {
	o, err := g.overview(x, personal.Me(x.Actor))
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("rights.me.title"), Lede: x.P.T("rights.me.lede"), Compact: true, Crumbs: trail(x, ui.Link{Label: x.P.T("menu.mydata"), Current: true})}
	return x.Page(page, personPage(x, view{Overview: o, action: "/staff/me/data", own: true, may: true}))
}

// pagePerson shows the same of anybody to who looks after requests.
func (g *Pages) pagePerson(x *web.Exchange) error {
	ref := object.Ref{Kind: x.Path("kind"), Key: x.Path("key")}
	o, err := g.overview(x, ref)
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("rights.person.title", "name", ref.Key), Lede: x.P.T("rights.person.lede"), Compact: true,
		Crumbs: trail(x, ui.Link{Label: x.P.T("menu.privacy"), Href: "/staff/privacy"}, ui.Link{Label: ref.Key, Current: true})}
	return x.Page(page, personPage(x, view{Overview: o, action: address(ref), may: personal.Manage.Gate(x.Actor) == nil}))
}

func (g *Pages) formMe(x *web.Exchange) error {
	return g.act(x, personal.Me(x.Actor), "/staff/me/data")
}

func (g *Pages) formPerson(x *web.Exchange) error {
	ref := object.Ref{Kind: x.Path("kind"), Key: x.Path("key")}
	return g.act(x, ref, address(ref))
}

// act does what the buttons of a person's page say.
func (g *Pages) act(x *web.Exchange, ref object.Ref, back string) error {
	form, err := x.Form("do", "id")
	if err != nil {
		return err
	}
	id, _ := strconv.ParseInt(form.Get("id"), 10, 64) // 0 is nobody's request
	switch form.Get("do") {
	case "export":
		archive, _, err := g.Personal.Take(x.Context(), x.Actor, ref)
		if err != nil || archive != nil {
			return download(x, archive, err)
		}
		x.Flash("rights.export.later")
	case "fetch":
		archive, err := g.Personal.Fetch(x.Context(), x.Actor, id)
		return download(x, archive, err)
	case "erase":
		if _, err := g.Personal.AskErasure(x.Context(), x.Actor, ref); err != nil {
			return err
		}
		x.Flash("rights.asked")
	case "withdraw":
		if err := g.Personal.Withdraw(x.Context(), x.Actor, id); err != nil {
			return err
		}
		x.Flash("rights.withdrawn")
	default:
		return fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": form.Get("do")})
	}
	return x.Redirect(back)
}

func download(x *web.Exchange, archive []byte, err error) error {
	if err != nil {
		return err
	}
	_, _ = x.Attach(x.P.T("rights.file", "day", x.Today.String())+".zip", "application/zip").Write(archive) // when the reader went away nobody is left to tell
	return nil
}

// holdForm is what was typed into the form of a hold.
type holdForm struct {
	kind, key, reason, until string
	errs                     []ui.FieldError
}

func (g *Pages) pageBoard(x *web.Exchange) error {
	return g.showBoard(x, http.StatusOK, holdForm{kind: personal.Account}, findForm{kind: personal.Account})
}

func (g *Pages) showBoard(x *web.Exchange, status int, f holdForm, find findForm) error {
	var below int64
	if err := x.Cursor(&below); err != nil {
		return err
	}
	b, err := g.board(x, below, x.Limit()+1)
	if err != nil {
		return err
	}
	if x.Exporting() {
		return x.Sheet("retention", dueColumns(x.P), dueRows(x.P, b.Due))
	}
	list, err := web.CutPage(x, b.Requests, x.Limit(), func(r personal.Request) any { return r.ID })
	if err != nil {
		return err
	}
	pages := ui.PageLinks{Label: x.P.T("list.pages")}
	if x.Query("cursor") != "" {
		pages.First = ui.Link{Label: x.P.T("list.first"), Href: x.Here("cursor", "")}
	}
	if list.Next != "" {
		pages.Next = ui.Link{Label: x.P.T("list.next"), Href: x.Here("cursor", list.Next)}
	}
	b.Requests = list.Items
	page := ui.Page{Title: x.P.T("rights.board.title"), Lede: x.P.T("rights.board.lede"), Compact: true, Crumbs: trail(x, ui.Link{Label: x.P.T("menu.privacy"), Current: true})}
	return x.PageStatus(status, page, boardPage(x, g.Personal, b, pages, f, find))
}

func (g *Pages) board(x *web.Exchange, below int64, n int) (b personal.Board, err error) {
	err = g.DB.Read(x.Context(), func(tx *db.Tx) error {
		b, err = g.Personal.Board(tx, x.Actor, below, n)
		return err
	})
	return b, err
}

func (g *Pages) formBoard(x *web.Exchange) error {
	form, err := x.Form("do")
	if err != nil {
		return err
	}
	if form.Get("do") != "retain" {
		return fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": form.Get("do")})
	}
	if _, err := g.Personal.Retain(x.Context(), x.Actor); err != nil {
		return err
	}
	x.Flash("rights.ran")
	return x.Redirect("/staff/privacy")
}

// findForm is what was typed to find a person. It is posted: a name in an
// address would stand in every log on the way.
type findForm struct {
	kind, key string
	errs      []ui.FieldError
}

func (g *Pages) formFind(x *web.Exchange) error {
	form, err := x.Form("kind", "key")
	if err != nil {
		return err
	}
	f := findForm{kind: form.Get("kind"), key: form.Get("key")}
	ref := object.Ref{Kind: f.kind, Key: f.key}
	if _, err = g.overview(x, ref); err == nil {
		return x.Redirect(address(ref))
	}
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	f.errs = []ui.FieldError{{Field: "find", Text: web.Message(x.P, "privacy.unknown", fault.Args{"value": f.key})}}
	return g.showBoard(x, http.StatusUnprocessableEntity, holdForm{kind: personal.Account}, f)
}

func (g *Pages) formHold(x *web.Exchange) error {
	form, err := x.Form("kind", "key", "reason", "until")
	if err != nil {
		return err
	}
	f := holdForm{kind: form.Get("kind"), key: form.Get("key"), reason: form.Get("reason"), until: form.Get("until")}
	hold := personal.Hold{Object: object.Ref{Kind: f.kind, Key: f.key}, Reason: f.reason}
	if hold.Until, err = day("until", f.until); err == nil {
		_, err = g.Personal.Place(x.Context(), x.Actor, hold)
	}
	if err != nil && fault.KindOf(err) == fault.Invalid {
		for _, e := range fault.From(err).Fields {
			f.errs = append(f.errs, ui.FieldError{Field: e.Name, Text: web.Message(x.P, e.Code, e.Args)})
		}
		return g.showBoard(x, http.StatusUnprocessableEntity, f, findForm{kind: personal.Account})
	}
	if err != nil {
		return err
	}
	x.Flash("rights.held")
	return x.Redirect("/staff/privacy")
}

// day reads a day that may be left out.
func day(name, text string) (calendar.Date, error) {
	if text == "" {
		return calendar.Date{}, nil
	}
	d, err := calendar.Parse(text)
	if err != nil {
		return d, fault.Bad(name, text, "param.date", fault.Args{"name": name, "value": text})
	}
	return d, nil
}

func (g *Pages) formRelease(x *web.Exchange) error {
	if _, err := x.Form(); err != nil {
		return err
	}
	id, err := strconv.ParseInt(x.Path("id"), 10, 64)
	if err != nil {
		return fault.Missing("hold")
	}
	if err := g.Personal.Release(x.Context(), x.Actor, id); err != nil {
		return err
	}
	x.Flash("rights.released")
	return x.Redirect("/staff/privacy")
}

// BoardJSON is what is due and held, for machines.
type BoardJSON struct {
	Due   []personal.Due `json:"due"`
	Holds []HoldJSON     `json:"holds"`
}

// HoldJSON is a hold for machines. ID, By and Placed are given, not taken.
type HoldJSON struct {
	ID     int64  `json:"id,omitempty"`
	Object string `json:"object"` // kind:key
	Reason string `json:"reason"`
	Until  string `json:"until,omitempty"` // last day, YYYY-MM-DD
	By     string `json:"by,omitempty"`
	Placed string `json:"placed,omitempty"` // RFC 3339
}

func (g *Pages) apiBoard(x *web.Exchange) error {
	b, err := g.board(x, 0, 1)
	if err != nil {
		return err
	}
	doc := BoardJSON{Due: append([]personal.Due{}, b.Due...), Holds: []HoldJSON{}}
	for _, h := range b.Holds {
		doc.Holds = append(doc.Holds, HoldJSON{ID: h.ID, Object: h.Object.String(), Reason: h.Reason, Until: h.Until.String(), By: h.By, Placed: h.Placed.Format("2006-01-02T15:04:05Z07:00")})
	}
	return x.JSON(doc)
}

func (g *Pages) apiHold(x *web.Exchange) error {
	var in HoldJSON
	if err := x.Decode(&in); err != nil {
		return err
	}
	ref, err := object.Parse(in.Object)
	if err != nil {
		return fault.Bad("object", in.Object, "privacy.unknown", fault.Args{"value": in.Object})
	}
	hold := personal.Hold{Object: ref, Reason: in.Reason}
	if hold.Until, err = day("until", in.Until); err != nil {
		return err
	}
	id, err := g.Personal.Place(x.Context(), x.Actor, hold)
	if err != nil {
		return err
	}
	in.ID, in.By = id, x.Actor.Username
	return x.JSONStatus(http.StatusCreated, in)
}

func trail(x *web.Exchange, more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}}, more...)
}

func dueColumns(p *i18n.Printer) []sheet.Column {
	return []sheet.Column{{Title: p.T("rights.table"), Width: 24}, {Title: p.T("rights.term"), Width: 32}, {Title: p.T("rights.due")}, {Title: p.T("rights.due.held")}, {Title: p.T("rights.oldest"), Width: 24}}
}

func dueRows(p *i18n.Printer, list []personal.Due) func(func([]any, error) bool) {
	return func(yield func([]any, error) bool) {
		for _, d := range list {
			if !yield([]any{d.Table, statement.TermText(p, d.Event, d.After), d.Rows, d.Held, oldest(p, d)}, nil) {
				return
			}
		}
	}
}

func oldest(p *i18n.Printer, d personal.Due) string {
	if d.Oldest.IsZero() {
		return "–"
	}
	return p.Instant(d.Oldest)
}
