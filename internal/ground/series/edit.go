package series

import (
	"net/http"
	"net/url"
	"strconv"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// editable are the fields of the form, in order; "additive", "polarity" and
// "version" are asked beside them.
//
// i18n: series.field.* series.flash.*
var editable = []struct {
	name     string
	long     bool
	required bool
	of       func(*Dataset) *string
}{
	{"title_fr", false, true, func(d *Dataset) *string { return &d.Title.FR }},
	{"title_nl", false, false, func(d *Dataset) *string { return &d.Title.NL }},
	{"title_en", false, false, func(d *Dataset) *string { return &d.Title.EN }},
	{"description_fr", true, false, func(d *Dataset) *string { return &d.Description.FR }},
	{"description_nl", true, false, func(d *Dataset) *string { return &d.Description.NL }},
	{"description_en", true, false, func(d *Dataset) *string { return &d.Description.EN }},
	{"unit_fr", false, false, func(d *Dataset) *string { return &d.Unit.FR }},
	{"unit_nl", false, false, func(d *Dataset) *string { return &d.Unit.NL }},
	{"unit_en", false, false, func(d *Dataset) *string { return &d.Unit.EN }},
	{"publisher", false, false, func(d *Dataset) *string { return &d.Publisher }},
	{"source", true, false, func(d *Dataset) *string { return &d.Source }},
	{"note", true, false, func(d *Dataset) *string { return &d.Note }},
}

// values are the fields of a form that shows the dataset.
func (d Dataset) values() url.Values {
	v := url.Values{"polarity": {string(d.Polarity)}, "version": {strconv.FormatInt(d.Version, 10)}}
	for _, f := range editable {
		v.Set(f.name, *f.of(&d))
	}
	if d.Additive {
		v.Set("additive", "1")
	}
	return v
}

// with is the dataset with the words of a posted form.
func (d Dataset) with(v url.Values) Dataset {
	for _, f := range editable {
		*f.of(&d) = v.Get(f.name)
	}
	d.Additive, d.Polarity = v.Get("additive") == "1", Polarity(v.Get("polarity"))
	d.Version, _ = strconv.ParseInt(v.Get("version"), 10, 64) // no number is no version: stale
	return d
}

type editView struct {
	p      *i18n.Printer
	stored Dataset
	form   url.Values
	errors []ui.FieldError
	stale  bool
}

func (s *Service) readOne(x *web.Exchange) (d Dataset, err error) {
	err = s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		d, err = s.Dataset(tx, x.Path("key"))
		return err
	})
	return d, err
}

func (s *Service) editPage(x *web.Exchange) error {
	d, err := s.readOne(x)
	if err != nil {
		return err
	}
	return x.Page(editView{p: x.P, stored: d}.page(), editBody(editView{p: x.P, stored: d, form: d.values()}))
}

func (v editView) page() ui.Page {
	title, _ := v.stored.Title.In(v.p.Lang())
	return ui.Page{Title: v.p.T("series.edit.title", "title", title), Compact: true,
		Crumbs: crumbs(v.p, ui.Link{Label: title, Href: v.stored.Address()}, ui.Link{Label: v.p.T("series.edit"), Current: true})}
}

func (s *Service) postEdit(x *web.Exchange) error {
	allowed := []string{"additive", "polarity", "version"}
	for _, f := range editable {
		allowed = append(allowed, f.name)
	}
	form, err := x.Form(allowed...)
	if err != nil {
		return err
	}
	d, err := s.readOne(x)
	if err != nil {
		return err
	}
	err = s.Save(x.Context(), x.Actor, d.with(form))
	if err == nil {
		x.Flash("series.flash.saved")
		return x.Redirect(d.Address())
	}
	v, refusal := editView{p: x.P, stored: d, form: form}, fault.From(err)
	switch refusal.Kind {
	case fault.Invalid:
		v.errors = told(x.P, refusal)
		return x.PageStatus(http.StatusUnprocessableEntity, v.page(), editBody(v))
	case fault.Conflict:
		v.stale = true
		v.form.Set("version", strconv.FormatInt(d.Version, 10))
		return x.PageStatus(http.StatusConflict, v.page(), editBody(v))
	}
	return err
}

// told are the refusals of fields in words.
func told(p *i18n.Printer, refusal *fault.Error) (list []ui.FieldError) {
	for _, f := range refusal.Fields {
		list = append(list, ui.FieldError{Field: f.Name, Text: web.Message(p, f.Code, f.Args)})
	}
	return list
}

// differences are the fields that somebody else left otherwise than the form has them.
func (v editView) differences() (list []ui.Fact) {
	stored := v.stored.values()
	for _, f := range editable {
		if stored.Get(f.name) != v.form.Get(f.name) {
			list = append(list, ui.Fact{Term: v.p.T("series.field." + f.name), Value: orDash(stored.Get(f.name))})
		}
	}
	return list
}

func (v editView) field(name string, required bool) ui.Field {
	f := ui.Field{Name: name, Label: v.p.T("series.field." + name), Value: v.form.Get(name), Required: required, Error: errorOf(v.errors, name)}
	if !required {
		f.Optional = v.p.T("series.optional")
	}
	return f
}

func (v editView) polarities() []ui.Option {
	return []ui.Option{{Label: v.p.T("series.polarity.none")}, {Value: "up", Label: v.p.T("series.polarity.up")}, {Value: "down", Label: v.p.T("series.polarity.down")}}
}

// errorOf is the message of a field, "" when it is right.
func errorOf(list []ui.FieldError, name string) string {
	for _, e := range list {
		if e.Field == name {
			return e.Text
		}
	}
	return ""
}

func (s *Service) postWithdraw(x *web.Exchange) error {
	form, err := x.Form("vintage", "reason")
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(form.Get("vintage")) // no number is no vintage: NotFound
	err = s.Withdraw(x.Context(), x.Actor, x.Path("key"), number, form.Get("reason"))
	if err == nil {
		x.Flash("series.flash.withdrawn")
		return x.Redirect(Dataset{Key: x.Path("key")}.Address())
	}
	refusal := fault.From(err)
	if refusal.Kind != fault.Invalid {
		return err
	}
	v, err := s.datasetView(x)
	if err != nil {
		return err
	}
	v.form, v.errors = form, told(x.P, refusal)
	return x.PageStatus(http.StatusUnprocessableEntity, v.page(), datasetBody(v))
}
