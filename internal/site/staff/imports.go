package staff

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// formUpload takes a file and leads to its mapping.
func (d *Desk) formUpload(x *web.Exchange) error {
	if err := x.R.ParseMultipartForm(4 << 20); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return d.showImports(x, http.StatusRequestEntityTooLarge, x.P.T("fault.body.large", "max", int64(intake.MaxFile)))
		}
		return d.showImports(x, http.StatusUnprocessableEntity, x.P.T("import.nofile"))
	}
	file, head, err := x.R.FormFile("file")
	if err != nil {
		return d.showImports(x, http.StatusUnprocessableEntity, x.P.T("import.nofile"))
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	f, err := d.Intake.Upload(x.Context(), x.Actor, head.Filename, data)
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return d.showImports(x, http.StatusUnprocessableEntity, fieldErrors(x, fault.From(err))[0].Text)
	}
	if err != nil {
		return err
	}
	return x.Redirect("/staff/uploads/" + f.Hash)
}

// mapping is the second screen of the wizard.
type mapping struct {
	file    intake.File
	targets []intake.Target
	target  intake.Target // nil until chosen
	in      intake.Inspection
	options map[string]string
	errs    []ui.FieldError
	tried   bool
	outcome intake.Outcome
	twice   string // the message that this file was imported before
}

func (d *Desk) pageMapping(x *web.Exchange) error {
	m, err := d.mapping(x, x.Query("target"))
	if err != nil {
		return err
	}
	return d.showMapping(x, http.StatusOK, m)
}

func (d *Desk) mapping(x *web.Exchange, key string) (m mapping, err error) {
	if m.file, err = d.Intake.File(x.Context(), x.Actor, x.Path("hash")); err != nil {
		return m, err
	}
	m.targets = d.Intake.Targets(x.Actor)
	m.options = map[string]string{}
	if key == "" {
		key = likely(m.targets, m.file)
	}
	if key == "" {
		return m, nil
	}
	if m.target, err = d.Intake.Target(key); err != nil {
		return m, err
	}
	if err := m.target.Rule().Gate(x.Actor); err != nil {
		return m, err
	}
	m.in, err = intake.Inspect(m.target, m.file)
	if e := fault.From(err); err != nil && e.Kind == fault.Invalid {
		m.errs, err = append(m.errs, ui.FieldError{Field: "target", Text: web.Message(x.P, e.Code, e.Args)}), nil
	}
	for _, o := range m.target.Options() {
		m.options[o.Name] = o.Default
	}
	return m, err
}

// likely is the target whose required columns the file has, and most of the others.
func likely(targets []intake.Target, f intake.File) string {
	best, key := 0, ""
	for _, t := range targets {
		in, err := intake.Inspect(t, f)
		if err != nil || t.Columns() == nil || len(in.Missing) > 0 {
			continue
		}
		if len(in.Mapping) > best {
			best, key = len(in.Mapping), t.Key()
		}
	}
	if key == "" && strings.HasPrefix(strings.TrimSpace(string(f.Data[:min(len(f.Data), 64)])), "{") {
		for _, t := range targets {
			if t.Columns() == nil {
				return t.Key()
			}
		}
	}
	return key
}

func (d *Desk) showMapping(x *web.Exchange, status int, m mapping) error {
	page := ui.Page{Title: x.P.T("import.map.title"), Lede: x.P.T("import.map.lede", "file", m.file.Name), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu.imports"), Href: "/staff/imports"}, {Label: m.file.Name, Current: true}}}
	return x.PageStatus(status, page, mappingPage(x, m))
}

// formMapping tries the import, or makes it.
func (d *Desk) formMapping(x *web.Exchange) error {
	form, err := x.Form("target", "do", "again", "column.*", "option.*")
	if err != nil {
		return err
	}
	m, err := d.mapping(x, form.Get("target"))
	if err != nil {
		return err
	}
	if m.target == nil {
		return fault.New(fault.BadRequest, "intake.target", fault.Args{"value": "", "values": ""})
	}
	m.take(form)
	r := intake.Request{Target: m.target.Key(), File: m.file, Mapping: m.in.Mapping, Options: m.options, Again: form.Get("again") != ""}
	if form.Get("do") == "apply" {
		b, err := d.Intake.Apply(x.Context(), x.Actor, r)
		if err == nil {
			x.Flash("import.done")
			return x.Redirect(fmt.Sprintf("/staff/imports/%d", b.ID))
		}
		m.outcome = b.Outcome
		return d.refused(x, m, err)
	}
	m.outcome, err = d.Intake.Try(x.Context(), x.Actor, r)
	m.tried = true
	return d.refused(x, m, err)
}

// take reads what was chosen in the form.
func (m *mapping) take(form url.Values) {
	for name := range form {
		if column, ok := strings.CutPrefix(name, "column."); ok {
			m.in.Mapping[column] = form.Get(name)
		}
		if option, ok := strings.CutPrefix(name, "option."); ok {
			m.options[option] = form.Get(name)
		}
	}
}

// refused shows the wizard again with the report; other errors pass.
func (d *Desk) refused(x *web.Exchange, m mapping, err error) error {
	if err == nil {
		return d.showMapping(x, http.StatusOK, m)
	}
	e := fault.From(err)
	switch e.Kind {
	case fault.Conflict:
		m.twice = web.Message(x.P, e.Code, e.Args)
	case fault.Invalid:
		m.errs = append(m.errs, ui.FieldError{Field: "target", Text: web.Message(x.P, e.Code, e.Args)})
		for _, f := range e.Fields {
			m.errs = append(m.errs, ui.FieldError{Field: "target", Text: f.Name + " : " + web.Message(x.P, f.Code, f.Args)})
		}
	default:
		return err
	}
	return d.showMapping(x, e.Status(), m)
}

func (d *Desk) batch(x *web.Exchange) (int64, error) {
	id, err := strconv.ParseInt(x.Path("id"), 10, 64)
	if err != nil {
		return 0, fault.Missing("import")
	}
	return id, nil
}

func (d *Desk) pageBatch(x *web.Exchange) error {
	id, err := d.batch(x)
	if err != nil {
		return err
	}
	b, err := d.Intake.Batch(x.Context(), x.Actor, id)
	if err != nil {
		return err
	}
	t, err := d.Intake.Target(b.Target)
	may := err == nil && t.Rule().Gate(x.Actor) == nil && !b.Undone()
	page := ui.Page{Title: b.FileName, Lede: x.P.T("import.batch.lede", "target", x.P.T("target."+b.Target), "at", x.P.Instant(b.At), "actor", b.Actor), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu.imports"), Href: "/staff/imports"}, {Label: b.FileName, Current: true}}}
	return x.Page(page, batchPage(x, b, may))
}

func (d *Desk) formUndo(x *web.Exchange) error {
	if _, err := x.Form(); err != nil {
		return err
	}
	id, err := d.batch(x)
	if err != nil {
		return err
	}
	if err := d.Intake.Undo(x.Context(), x.Actor, id); err != nil {
		return err
	}
	x.Flash("import.undo.done")
	return x.Redirect(fmt.Sprintf("/staff/imports/%d", id))
}

func targetOptions(x *web.Exchange, targets []intake.Target) []ui.Option {
	list := []ui.Option{{Value: "", Label: x.P.T("import.choose")}}
	for _, t := range targets {
		list = append(list, ui.Option{Value: t.Key(), Label: x.P.T("target." + t.Key())})
	}
	return list
}

func headerOptions(x *web.Exchange, in intake.Inspection) []ui.Option {
	list := []ui.Option{{Value: "", Label: x.P.T("import.unused")}}
	for _, h := range in.Header {
		if h != "" {
			list = append(list, ui.Option{Value: h, Label: h})
		}
	}
	return list
}

func enumOptions(x *web.Exchange, o intake.Option) []ui.Option {
	list := []ui.Option{}
	if !o.Required {
		list = append(list, ui.Option{Value: "", Label: x.P.T("import.auto")})
	}
	for _, v := range o.Enum {
		list = append(list, ui.Option{Value: v, Label: v})
	}
	return list
}

func outcomeFacts(x *web.Exchange, o intake.Outcome) []ui.Fact {
	p := x.P
	facts := []ui.Fact{
		{Term: p.T("import.created"), Value: p.Int(int64(o.Created))}, {Term: p.T("import.updated"), Value: p.Int(int64(o.Updated))},
		{Term: p.T("import.unchanged"), Value: p.Int(int64(o.Unchanged))}, {Term: p.T("import.skipped"), Value: p.Int(int64(o.Skipped))},
	}
	for _, name := range sortedKeys(o.Facts) {
		facts = append(facts, ui.Fact{Term: name, Value: o.Facts[name]})
	}
	return facts
}
