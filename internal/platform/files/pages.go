package files

import (
	"context"
	"io"
	"strconv"
	"strings"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files/content"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// overhead is what a form adds to the file that it carries, in bytes.
const overhead = 64 << 10

// Routes registers the download of files and, for each kind of thing that
// carries them, the page where they are kept, and its API.
//
// i18n: file.flash.* file.state.*
func (s *Service) Routes(r *web.Routes) {
	if len(s.owners) == 0 {
		return
	}
	sample := map[string]string{"id": s.owners[0].Sample.File, "name": s.owners[0].Sample.Name}
	var media []string
	for _, t := range append(content.Documents(), content.ZIP) {
		media = append(media, string(t))
	}
	r.Add(web.Route{Pattern: "/files/{id}/{name}", Kind: web.DataRoute, Rule: Read, Handle: s.download, Summary: "A file, or a range of its bytes, for whoever may see what carries it",
		Media: strings.Join(media, ", "), Sample: sample})
	for _, o := range s.owners {
		s.ownerRoutes(r, o)
	}
}

func (s *Service) ownerRoutes(r *web.Routes, o Owner) {
	h := hands{s, o}
	key := map[string]string{h.wildcard(): o.Sample.Key}
	one := map[string]string{h.wildcard(): o.Sample.Key, "id": o.Sample.File}
	name := web.Query("name", "string", "name of the file with its extension")
	name.Required = true
	api := "/api/v1" + o.Page + "/files"
	for _, route := range []web.Route{
		{Pattern: o.Page + "/files", Kind: web.PageRoute, Rule: o.Edit, Handle: h.page, Summary: "Form: add and remove files of a " + o.Kind, Sample: key},
		{Method: "POST", Pattern: o.Page + "/files", Kind: web.FormRoute, Rule: o.Edit, Handle: h.add, Summary: "Add files to a " + o.Kind, Sample: key, Limit: o.Use.Max + overhead},
		{Method: "POST", Pattern: o.Page + "/files/{id}/remove", Kind: web.FormRoute, Rule: o.Edit, Handle: h.remove, Summary: "Remove a file of a " + o.Kind, Sample: one},
		{Method: "POST", Pattern: o.Page + "/files/{id}/restore", Kind: web.FormRoute, Rule: o.Edit, Handle: h.restore, Summary: "Put back a file of a " + o.Kind, Sample: one},
		{Pattern: api, Kind: web.APIRoute, Rule: o.Read, Handle: h.apiList, Summary: "The files of a " + o.Kind, Returns: []Document{}, Sample: key},
		{Method: "POST", Pattern: api, Kind: web.APIRoute, Rule: o.Edit, Handle: h.apiAdd, Summary: "Add a file, which is the body, to a " + o.Kind, Params: []web.Param{name},
			Takes: "application/octet-stream", Returns: Document{}, Sample: key, Limit: o.Use.Max + overhead},
		{Method: "DELETE", Pattern: api + "/{id}", Kind: web.APIRoute, Rule: o.Edit, Handle: h.apiRemove, Summary: "Remove a file of a " + o.Kind + "; for thirty days staff can put it back", Sample: one, Returns: Document{}},
	} {
		r.Add(route)
	}
}

// number reads the id of the address.
func number(x *web.Exchange) (int64, error) {
	id, err := strconv.ParseInt(x.Path("id"), 10, 64)
	if err != nil {
		return 0, fault.Missing("file")
	}
	return id, nil
}

func (s *Service) download(x *web.Exchange) error {
	id, err := number(x)
	if err != nil {
		return err
	}
	f, private, r, err := s.Open(x.Context(), x.Actor, id)
	if err != nil {
		return err
	}
	defer r.Close()
	if x.Path("name") != f.Name {
		return fault.Missing("file")
	}
	x.Download(f.Name, string(f.Type), string(f.Sum), private, r)
	return nil
}

// hands are the routes of one kind of thing.
type hands struct {
	*Service
	owner Owner
}

// wildcard is the name of the wildcard of the thing's page.
func (h hands) wildcard() string {
	_, rest, _ := strings.Cut(h.owner.Page, "{")
	return strings.TrimSuffix(rest, "}")
}

func (h hands) ref(x *web.Exchange) object.Ref {
	return object.Ref{Kind: h.owner.Kind, Key: x.Path(h.wildcard())}
}

// address is the page of the thing.
func (h hands) address(x *web.Exchange) string {
	return strings.ReplaceAll(h.owner.Page, "{"+h.wildcard()+"}", x.Path(h.wildcard()))
}

// view is what the page of a thing's files shows.
type view struct {
	p       *i18n.Printer
	action  string
	use     Use
	kept    []File
	removed []File
	problem []ui.FieldError
	message string
}

func (h hands) page(x *web.Exchange) error { return h.show(x, 200, nil) }

func (h hands) show(x *web.Exchange, status int, refusal *fault.Error) error {
	t, list, err := h.All(x.Context(), x.Actor, h.ref(x))
	if err != nil {
		return err
	}
	v := view{p: x.P, action: h.address(x) + "/files", use: h.owner.Use}
	for _, f := range list {
		if f.Removed.IsZero() {
			v.kept = append(v.kept, f)
		} else {
			v.removed = append(v.removed, f)
		}
	}
	if refusal != nil {
		for _, f := range refusal.Fields {
			v.problem = append(v.problem, ui.FieldError{Field: "file", Text: web.Message(x.P, f.Code, f.Args)})
		}
		if len(v.problem) == 0 {
			v.problem = []ui.FieldError{{Field: "file", Text: web.Message(x.P, refusal.Code, refusal.Args)}}
		}
		v.message = v.problem[0].Text
	}
	title := t.Title(x.P.Lang())
	return x.PageStatus(status, ui.Page{Title: x.P.T("file.page.title", "name", title), Lede: x.P.T("file.page.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: title, Href: h.address(x)}, {Label: x.P.T("file.section"), Current: true}}}, filesPage(v))
}

func (h hands) add(x *web.Exchange) error {
	state := Clean
	err := x.Uploads("file", func(name string, r io.Reader) error {
		f, err := h.Add(x.Context(), x.Actor, h.ref(x), name, r)
		if f.State == Waiting {
			state = Waiting
		}
		return err
	})
	if e := fault.From(err); err != nil && (e.Kind == fault.Invalid || e.Kind == fault.TooLarge) {
		return h.show(x, e.Status(), e)
	}
	if err != nil {
		return err
	}
	x.Flash("file.flash." + string(state))
	return x.Redirect(h.address(x) + "/files")
}

func (h hands) remove(x *web.Exchange) error { return h.move(x, h.Remove, "file.flash.removed") }

func (h hands) restore(x *web.Exchange) error { return h.move(x, h.Restore, "file.flash.restored") }

type mover func(ctx context.Context, actor auth.Actor, ref object.Ref, id int64) (File, error)

func (h hands) move(x *web.Exchange, verb mover, flash string) error {
	if _, err := x.Form(); err != nil {
		return err
	}
	id, err := number(x)
	if err != nil {
		return err
	}
	_, err = verb(x.Context(), x.Actor, h.ref(x), id)
	if e := fault.From(err); err != nil && e.Kind == fault.Invalid {
		return h.show(x, e.Status(), e)
	}
	if err != nil {
		return err
	}
	x.Flash(flash)
	return x.Redirect(h.address(x) + "/files")
}

// Document is a file as the API gives it.
type Document struct {
	File
	Href string `json:"href"`
}

func document(f File) Document { return Document{f, f.Address()} }

func (h hands) apiList(x *web.Exchange) error {
	list, err := h.Listed(x.Context(), x.Actor, h.ref(x))
	if err != nil {
		return err
	}
	out := []Document{}
	for _, f := range list {
		out = append(out, document(f))
	}
	return x.JSON(out)
}

func (h hands) apiAdd(x *web.Exchange) error {
	f, err := h.Add(x.Context(), x.Actor, h.ref(x), x.Query("name"), x.Incoming())
	if err != nil {
		return err
	}
	return x.JSONStatus(201, document(f))
}

func (h hands) apiRemove(x *web.Exchange) error {
	id, err := number(x)
	if err != nil {
		return err
	}
	f, err := h.Remove(x.Context(), x.Actor, h.ref(x), id)
	if err != nil {
		return err
	}
	return x.JSON(document(f))
}

// hint says what is taken.
func (v view) hint() string {
	return v.p.T("file.hint", "max", v.use.Max, "values", strings.Join(content.Extensions(v.use.Types), ", "))
}

func (v view) accept() string { return strings.Join(content.Extensions(v.use.Types), ",") }

var tints = map[State]ui.State{Arriving: ui.Neutral, Waiting: ui.Late, Clean: ui.OnTime, Infected: ui.Stopped}

func (v view) keptTable() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("file.list"), ui.Column{Label: p.T("file.name"), RowHeader: true}, ui.Column{Label: p.T("file.type")}, ui.Column{Label: p.T("file.size"), Numeric: true},
		ui.Column{Label: p.T("file.added")}, ui.Column{Label: p.T("file.state")}, ui.Column{Label: p.T("file.verb")}).HideCaption().Empty(p.T("file.none"))
	for _, f := range v.kept {
		name := ui.Text(f.Name)
		if f.public() {
			name = ui.LinkTo(f.Name, f.Address())
		}
		t.Row(name, ui.Text(f.Type.Short()), ui.Text(p.Bytes(f.Size)), ui.Text(p.T("file.by", "at", p.Instant(f.Created), "actor", f.Actor)),
			ui.Body(ui.Tag(tints[f.State], p.T("file.state."+string(f.State)))), ui.Body(verb(v, f, ui.Danger, "remove", p.T("file.remove"))))
	}
	return t
}

func (v view) removedTable() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("file.gone"), ui.Column{Label: p.T("file.name"), RowHeader: true}, ui.Column{Label: p.T("file.size"), Numeric: true},
		ui.Column{Label: p.T("file.removed")}, ui.Column{Label: p.T("file.verb")}).HideCaption()
	for _, f := range v.removed {
		t.Row(ui.Text(f.Name), ui.Text(p.Bytes(f.Size)), ui.Text(p.T("file.by", "at", p.Instant(f.Removed), "actor", f.Remover)),
			ui.Body(verb(v, f, ui.Secondary, "restore", p.T("file.restore"))))
	}
	return t
}

// Blocks put the files of a thing on its page.
func (s *Service) Blocks() (list []web.Block) {
	for _, o := range s.owners {
		list = append(list, web.Block{Key: "files", On: o.Kind, Read: s.block})
	}
	return list
}

func (s *Service) block(x *web.Exchange, about object.Ref) (web.Panel, error) {
	list, err := s.shown(x.Context(), about)
	if err != nil || len(list) == 0 {
		return web.Panel{}, err
	}
	var data []Document
	for _, f := range list {
		data = append(data, document(f))
	}
	return web.Panel{Title: x.P.T("file.section"), Sub: x.P.T("file.section.sub"), View: ui.Rows(items(x.P, list)), Data: data}, nil
}

// items are files as a page shows them to everybody.
func items(p *i18n.Printer, list []File) []ui.Item {
	var out []ui.Item
	for _, f := range list {
		out = append(out, ui.Item{Title: f.Name, Href: f.Address(), Meta: p.T("file.meta", "type", f.Type.Short(), "size", p.Bytes(f.Size))})
	}
	return out
}
