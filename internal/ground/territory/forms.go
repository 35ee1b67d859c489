package territory

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// formRoutes registers the forms of the registrar: each is shown by GET and
// carried out by POST at the same address.
func (s *Service) formRoutes(r *web.Routes) {
	area := map[string]string{"kind": "territory", "key": "ter-coeur-du-hainaut"}
	for _, f := range []struct {
		pattern, summary string
		sample           map[string]string
		show, post       web.Handler
	}{
		{"/territory/areas/new", "add an area", nil, s.showAdd, s.postAdd},
		{"/territory/events/new", "record an event", nil, s.showEvent, s.postEvent},
		{"/areas/{kind}/{key}/rename", "rename an area", area, s.showRename, s.postRename},
		{"/areas/{kind}/{key}/members", "put a commune into a group or take it out", area, s.showMembers, s.postMembers},
		{"/areas/{kind}/{key}/end", "end an area", area, s.showEnd, s.postEnd},
	} {
		r.Add(web.Route{Pattern: f.pattern, Kind: web.PageRoute, Rule: change, Handle: f.show, Summary: "Form: " + f.summary, Sample: f.sample})
		r.Add(web.Route{Method: http.MethodPost, Pattern: f.pattern, Kind: web.FormRoute, Rule: change, Handle: f.post, Summary: "Form sent: " + f.summary, Sample: f.sample})
	}
}

// formView is a form with what was typed and what is wrong with it.
type formView struct {
	p        *i18n.Printer
	title    string
	lede     string
	action   string
	submit   string
	weight   ui.Kind
	cancel   ui.Link
	summary  string
	errors   []ui.FieldError
	controls []templ.Component

	values url.Values
	wrong  map[string]string
}

// newForm starts a form named by the texts territory.form.NAME.*; cause is why
// it comes back, nil the first time.
func newForm(x *web.Exchange, name, cancel string, values url.Values, cause error, args ...any) *formView {
	p := x.P
	f := &formView{p: p, title: p.T("territory.form."+name+".title", args...), lede: p.T("territory.form."+name+".lede", args...),
		action: x.R.URL.Path, submit: p.T("territory.form." + name + ".submit"), cancel: ui.Link{Label: p.T("territory.form.cancel"), Href: cancel}, values: values, wrong: map[string]string{}}
	if cause == nil {
		return f
	}
	e := fault.From(cause)
	f.summary = p.T("territory.form.refused")
	for _, field := range e.Fields {
		text := web.Message(p, field.Code, field.Args)
		f.wrong[field.Name] = text
		f.errors = append(f.errors, ui.FieldError{Field: field.Name, Text: text})
	}
	if len(e.Fields) == 0 {
		f.errors = []ui.FieldError{{Text: web.Message(p, e.Code, e.Args)}}
	}
	return f
}

// field is the control data of a field named by territory.field.NAME.
//
// i18n: territory.hint.*
func (f *formView) field(name string) ui.Field {
	field := ui.Field{Name: name, Label: f.p.T("territory.field." + name), Value: f.values.Get(name), Error: f.wrong[name]}
	if key := "territory.hint." + name; f.p.Has(key) {
		field.Hint = f.p.T(key)
	}
	return field
}

func (f *formView) input(names ...string) *formView {
	for _, n := range names {
		f.controls = append(f.controls, ui.Input(f.field(n)))
	}
	return f
}

func (f *formView) date(name string) *formView {
	f.controls = append(f.controls, ui.DateField(f.field(name)))
	return f
}

func (f *formView) choose(name string, options []ui.Option) *formView {
	f.controls = append(f.controls, ui.Select(f.field(name), options))
	return f
}

func (f *formView) hidden(name, value string) *formView {
	f.controls = append(f.controls, ui.Hidden(name, value))
	return f
}

// show answers with the form: 200 the first time, the refusal's status after it.
// Errors other than refusals of what was typed go to the error page.
func (f *formView) show(x *web.Exchange, cause error) error {
	status := http.StatusOK
	if cause != nil {
		e := fault.From(cause)
		if e.Kind != fault.Invalid && e.Kind != fault.Conflict {
			return cause
		}
		status = e.Status()
	}
	page := ui.Page{Title: f.title, Lede: f.lede, Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("territory.home"), Href: "/"}, {Label: x.P.T("territory.title"), Href: "/territory"}, {Label: f.title}}}
	return x.PageStatus(status, page, formBody(*f))
}

// day reads a date field; a text that is no date is refused under its name.
func day(values url.Values, name string, bad *fault.Fields) calendar.Date {
	return dayOf(values.Get(name), name, bad)
}

func dayOf(text, name string, bad *fault.Fields) calendar.Date {
	if text == "" {
		return calendar.Date{}
	}
	d, _, ok := parseDay(text)
	if !ok {
		bad.Add(name, text, "territory.date", fault.Args{"value": text})
	}
	return d
}

func kindOptions(p *i18n.Printer, kinds []Kind) []ui.Option {
	var out []ui.Option
	for _, k := range kinds {
		out = append(out, ui.Option{Value: string(k), Label: p.T("territory.kind." + string(k))})
	}
	return out
}

func (s *Service) showAdd(x *web.Exchange) error { return s.addForm(x, url.Values{}, nil) }

func (s *Service) addForm(x *web.Exchange, values url.Values, cause error) error {
	return newForm(x, "add", "/territory", values, cause).choose("kind", kindOptions(x.P, Kinds())).
		input("name_fr", "name_nl", "name_de", "key").date("day").input("area_km2", "source").show(x, cause)
}

func (s *Service) postAdd(x *web.Exchange) error {
	values, err := x.Form("kind", "name_fr", "name_nl", "name_de", "key", "day", "area_km2", "source")
	if err != nil {
		return err
	}
	var bad fault.Fields
	n := NewArea{Kind: Kind(values.Get("kind")), Key: values.Get("key"), NameFR: values.Get("name_fr"), NameNL: values.Get("name_nl"), NameDE: values.Get("name_de"),
		From: day(values, "day", &bad), Source: values.Get("source")}
	if text := values.Get("area_km2"); text != "" {
		if n.Hectares, err = readHectares(text); err != nil || n.Hectares <= 0 {
			bad.Add("area_km2", text, "territory.area.bad", fault.Args{"value": text})
		}
	}
	if err := bad.Err(); err != nil {
		return s.addForm(x, values, err)
	}
	area, err := s.AddArea(x.Context(), x.Actor, n)
	if err != nil {
		return s.addForm(x, values, err)
	}
	return saidAndDone(x, area.Address())
}

// saidAndDone leads on with a message.
//
// i18n: territory.flash.saved
func saidAndDone(x *web.Exchange, to string) error {
	x.Flash("territory.flash.saved")
	return x.Redirect(to)
}

func (s *Service) showRename(x *web.Exchange) error {
	_, area, err := s.at(x)
	if err != nil {
		return err
	}
	return s.renameForm(x, area, url.Values{"name_fr": {area.NameFR}, "name_nl": {area.NameNL}, "name_de": {area.NameDE}, "version": {strconv.FormatInt(area.Version, 10)}}, nil)
}

func (s *Service) renameForm(x *web.Exchange, area *Area, values url.Values, cause error) error {
	return newForm(x, "rename", area.Address(), values, cause, "name", area.Name(x.P.Lang())).input("name_fr", "name_nl", "name_de").date("since").
		input("source").hidden("version", values.Get("version")).show(x, cause)
}

func (s *Service) postRename(x *web.Exchange) error {
	_, area, err := s.at(x)
	if err != nil {
		return err
	}
	values, err := x.Form("name_fr", "name_nl", "name_de", "since", "source", "version")
	if err != nil {
		return err
	}
	var bad fault.Fields
	n := Naming{ID: area.ID, Version: version(values), FR: values.Get("name_fr"), NL: values.Get("name_nl"), DE: values.Get("name_de"),
		From: day(values, "since", &bad), Source: values.Get("source")}
	if err = bad.Err(); err == nil {
		_, err = s.RenameArea(x.Context(), x.Actor, n)
	}
	if err != nil {
		return s.renameForm(x, area, values, err)
	}
	return saidAndDone(x, area.Address())
}

// version reads the hidden field of the optimistic lock; a bad one is stale.
func version(values url.Values) int64 {
	n, err := strconv.ParseInt(values.Get("version"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func (s *Service) showEnd(x *web.Exchange) error {
	_, area, err := s.at(x)
	if err != nil {
		return err
	}
	return s.endForm(x, area, url.Values{"version": {strconv.FormatInt(area.Version, 10)}}, nil)
}

func (s *Service) endForm(x *web.Exchange, area *Area, values url.Values, cause error) error {
	f := newForm(x, "end", area.Address(), values, cause, "name", area.Name(x.P.Lang())).date("date").input("note").hidden("version", values.Get("version"))
	f.weight = ui.Danger
	return f.show(x, cause)
}

func (s *Service) postEnd(x *web.Exchange) error {
	_, area, err := s.at(x)
	if err != nil {
		return err
	}
	values, err := x.Form("date", "note", "version")
	if err != nil {
		return err
	}
	var bad fault.Fields
	last := day(values, "date", &bad)
	if err = bad.Err(); err == nil {
		err = s.EndArea(x.Context(), x.Actor, area.ID, version(values), last, values.Get("note"))
	}
	if err != nil {
		return s.endForm(x, area, values, err)
	}
	return saidAndDone(x, area.Address())
}

func (s *Service) showMembers(x *web.Exchange) error {
	a, area, err := s.at(x)
	if err != nil {
		return err
	}
	return s.membersForm(x, a, area, url.Values{"step": {"join"}}, nil)
}

func (s *Service) membersForm(x *web.Exchange, a *Atlas, area *Area, values url.Values, cause error) error {
	options := []ui.Option{{Value: "", Label: x.P.T("territory.form.choose")}}
	for _, c := range a.Communes(x.Today) {
		options = append(options, ui.Option{Value: c.Key, Label: c.Name(x.P.Lang())})
	}
	f := newForm(x, "members", area.Address(), values, cause, "name", area.Name(x.P.Lang())).choose("commune", options)
	f.controls = append(f.controls, ui.Radios(f.field("step"), []ui.Option{{Value: "join", Label: x.P.T("territory.step.join")}, {Value: "leave", Label: x.P.T("territory.step.leave")}}))
	return f.date("day").input("source").show(x, cause)
}

func (s *Service) postMembers(x *web.Exchange) error {
	a, area, err := s.at(x)
	if err != nil {
		return err
	}
	values, err := x.Form("commune", "step", "day", "source")
	if err != nil {
		return err
	}
	var bad fault.Fields
	j := Joining{Group: area.ID, From: day(values, "day", &bad), Leave: values.Get("step") == "leave", Source: values.Get("source")}
	if c, _, ok := a.Commune(values.Get("commune")); ok {
		j.Area = c.ID
	}
	if err = bad.Err(); err == nil {
		err = s.SetMembership(x.Context(), x.Actor, j)
	}
	if err != nil {
		return s.membersForm(x, a, area, values, err)
	}
	return saidAndDone(x, area.Address())
}

func (s *Service) showEvent(x *web.Exchange) error { return s.eventForm(x, url.Values{}, nil) }

// recordable are the events that the form records; others have forms of their own.
var recordable = []EventKind{Recode, Merge, Split, Transfer}

func (s *Service) eventForm(x *web.Exchange, values url.Values, cause error) error {
	var kinds []ui.Option
	for _, k := range recordable {
		kinds = append(kinds, ui.Option{Value: string(k), Label: x.P.T("territory.event." + string(k))})
	}
	return newForm(x, "event", "/territory", values, cause).choose("kind", kinds).date("date").
		input("from", "to", "code", "weights", "moved", "note", "source").show(x, cause)
}

func (s *Service) postEvent(x *web.Exchange) error {
	values, err := x.Form("kind", "date", "from", "to", "code", "weights", "moved", "note", "source")
	if err != nil {
		return err
	}
	a, err := s.Atlas(x.Context())
	if err != nil {
		return err
	}
	event, err := a.readEvent(values)
	if err == nil {
		err = s.RecordEvent(x.Context(), x.Actor, event)
	}
	if err != nil {
		return s.eventForm(x, values, err)
	}
	return saidAndDone(x, "/territory")
}

// readEvent makes an event of a form: areas by key, weights in percent, lists
// separated by blanks, commas or semicolons.
func (a *Atlas) readEvent(values url.Values) (Event, error) {
	var bad fault.Fields
	e := Event{Date: day(values, "date", &bad), Kind: EventKind(values.Get("kind")), Note: values.Get("note"), Source: values.Get("source")}
	if !slices.Contains(recordable, e.Kind) {
		bad.Add("kind", string(e.Kind), "territory.event.kind", nil)
	}
	e.From, e.To, e.Moved = a.keyed(values, "from", &bad), a.keyed(values, "to", &bad), a.keyed(values, "moved", &bad)
	if e.Kind == Recode {
		a.recoding(&e, values.Get("code"))
	}
	if e.Kind == Split {
		for i, text := range listed(values.Get("weights")) {
			if percent, err := readHectares(text); err == nil && i < len(e.To) { // two decimals, as square kilometres
				e.To[i].Weight = percent
			}
		}
	}
	return e, bad.Err()
}

// recoding completes an event that gives one area another code.
func (a *Atlas) recoding(e *Event, code string) {
	if len(e.From) != 1 {
		return
	}
	e.From[0].Code = a.CodeAt(e.From[0].Area, closing(e.Date))
	e.To = []Party{{Area: e.From[0].Area, Code: code}}
}

func listed(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" ;\n\t", c) })
}

func (a *Atlas) keyed(values url.Values, name string, bad *fault.Fields) []Party {
	var list []Party
	for _, key := range listed(values.Get(name)) {
		if area := a.called(key, name, bad); area != nil {
			list = append(list, Party{Area: area.ID})
		}
	}
	return list
}

// called is the area of a key, or the commune of a NIS code old or new; others
// are refused under the name of a field.
func (a *Atlas) called(key, name string, bad *fault.Fields) *Area {
	if area := a.byKey[key]; area != nil {
		return area
	}
	if area, _, ok := a.Commune(key); ok {
		return area
	}
	bad.Add(name, key, "territory.nis.unknown", fault.Args{"value": key})
	return nil
}
