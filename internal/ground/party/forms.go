package party

import (
	"net/url"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// formRoutes registers the forms. The messages after a change:
//
// i18n: party.flash.*
func (s *Service) formRoutes(r *web.Routes) {
	ref, key, mandate := map[string]string{"ref": "body-069"}, map[string]string{"key": "council"}, map[string]string{"ref": "M-1"}
	add := func(pattern, summary string, rule auth.Rule, show, save web.Handler, sample map[string]string) {
		r.Add(web.Route{Pattern: pattern, Kind: web.PageRoute, Rule: rule, Handle: show, Summary: "Form: " + summary, Sample: sample})
		r.Add(web.Route{Method: "POST", Pattern: pattern, Kind: web.FormRoute, Rule: rule, Handle: save, Summary: summary, Sample: sample})
	}
	add("/bodies/new", "add a body", EditBodies, s.formNew, s.saveNew, nil)
	add("/bodies/{ref}/edit", "change a body", EditBodies, s.formEdit, s.saveEdit, ref)
	add("/bodies/{ref}/end", "end a body, with its successor", EditBodies, s.formEnd, s.saveEnd, ref)
	add("/bodies/{ref}/mandates/new", "add a mandate", EditMandate, s.formMandate, s.saveMandate, ref)
	add("/mandates/{ref}/edit", "correct a mandate", EditMandate, s.showMandate(editMandate), s.changeMandate(editMandate, s.UpdateMandate), mandate)
	add("/mandates/{ref}/end", "end a mandate", EditMandate, s.showMandate(endMandate), s.changeMandate(endMandate, s.EndMandate), mandate)
	add("/organs/new", "add an organ", EditOrgans, s.formNewOrgan, s.saveNewOrgan, nil)
	add("/organs/{key}/rules/new", "add a version of a voting rule", EditOrgans, s.formRule, s.saveRule, key)
	add("/organs/{key}/end", "end an organ", EditOrgans, s.formEndOrgan, s.saveEndOrgan, key)
}

// inputs are the fields of a body's form.
func inputs(p *i18n.Printer, fresh bool) []register.Input {
	list := []register.Input{{Name: "kind", Kind: "select", Required: true, Options: register.Options(p, "party.kind.", p.T("register.choose"), Kinds())},
		{Name: "domain", Kind: "select", Options: register.Options(p, "party.domain.", p.T("party.domain.none"), Domains())},
		{Name: "name_fr", Required: true}, {Name: "name_nl"}, {Name: "acronym", Width: "s"}, {Name: "parent", Width: "m"},
		{Name: "valid_from", Kind: "date"}, {Name: "valid_to", Kind: "date"}, {Name: "successor", Width: "m"}, {Name: "seat_commune", Width: "s"},
		{Name: "email", Width: "m"}, {Name: "phone", Width: "m"}, {Name: "website"}, {Name: "source"}}
	if fresh {
		list = append([]register.Input{{Name: "ref", Required: true, Width: "m"}}, list...)
	}
	return list
}

func endInputs() []register.Input {
	return []register.Input{{Name: "valid_to", Kind: "date", Required: true}, {Name: "successor", Width: "m"}}
}

func mandateInputs(p *i18n.Printer) []register.Input {
	return []register.Input{{Name: "role", Required: true}, {Name: "holder", Required: true}, {Name: "valid_from", Kind: "date"}, {Name: "valid_to", Kind: "date"},
		{Name: "status", Kind: "select", Options: register.Options(p, "register.status.", "", Statuses())}, {Name: "source"}}
}

// screen is a form page of this room: where it stands and what it says.
type screen struct {
	title, submit, flash, back string
	inputs                     []register.Input
}

// show draws a form; err is what a verb refused, nil at first.
func (sc screen) show(x *web.Exchange, values, stored url.Values, err error) error {
	status := 200
	v := register.FormView{P: x.P, Action: x.R.URL.Path, Submit: sc.submit, Cancel: ui.Link{Label: x.P.T("register.cancel"), Href: sc.back},
		Inputs: sc.inputs, Version: values.Get("version"), Form: register.NewForm(x.P, values, err)}
	if err != nil {
		status, _ = register.Refused(err)
		if register.IsStale(err) {
			v.Conflict, v.Version = register.Compare(x.P, sc.inputs, stored, values), stored.Get("version")
		}
	}
	return x.PageStatus(status, ui.Page{Title: sc.title, Compact: true, Crumbs: []ui.Link{{Label: x.P.T("party.title"), Href: "/bodies"}, {Label: sc.title}}}, register.Page(v))
}

// save reads the form and runs a verb, which gives the address to go on to.
func (sc screen) save(x *web.Exchange, stored url.Values, verb func(get func(string) string) (string, error)) error {
	values, err := x.Form(register.Names(sc.inputs)...)
	if err != nil {
		return err
	}
	next, err := verb(values.Get)
	if err != nil {
		if _, again := register.Refused(err); again {
			return sc.show(x, values, stored, err)
		}
		return err
	}
	x.Flash(sc.flash)
	return x.Redirect(next)
}

func (s *Service) newScreen(p *i18n.Printer) screen {
	return screen{title: p.T("party.add"), submit: p.T("register.save"), flash: "party.flash.created", back: "/bodies", inputs: inputs(p, true)}
}

func (s *Service) formNew(x *web.Exchange) error {
	return s.newScreen(x.P).show(x, url.Values{}, nil, nil)
}

func (s *Service) saveNew(x *web.Exchange) error {
	return s.newScreen(x.P).save(x, nil, func(get func(string) string) (string, error) {
		b, err := s.CreateBody(x.Context(), x.Actor, get)
		return b.Address(), err
	})
}

// stored is the body of the address and its fields.
func (s *Service) stored(x *web.Exchange, list []register.Input) (*Body, url.Values, error) {
	tree, atlas, err := s.readBoth(x.Context())
	if err != nil {
		return nil, nil, err
	}
	return storedIn(tree, atlas, x, list)
}

func storedIn(tree *Tree, atlas *territory.Atlas, x *web.Exchange, list []register.Input) (*Body, url.Values, error) {
	b := tree.Body(x.Path("ref"))
	if b == nil {
		return nil, nil, fault.Missing("body")
	}
	if err := EditBodies.Check(x.Actor, scope(tree, b)); err != nil {
		return nil, nil, err
	}
	return b, register.Stored(list, b.fields(atlas)), nil
}

func editScreen(p *i18n.Printer, b *Body) screen {
	return screen{title: p.T("party.edit", "name", nameOf(b, p)), submit: p.T("register.save"), flash: "party.flash.saved", back: b.Address(), inputs: inputs(p, false)}
}

func endScreen(p *i18n.Printer, b *Body) screen {
	return screen{title: p.T("party.end.title", "name", nameOf(b, p)), submit: p.T("party.end"), flash: "party.flash.ended", back: b.Address(), inputs: endInputs()}
}

func (s *Service) formEdit(x *web.Exchange) error {
	b, values, err := s.stored(x, inputs(x.P, false))
	if err != nil {
		return err
	}
	return editScreen(x.P, b).show(x, values, nil, nil)
}

func (s *Service) saveEdit(x *web.Exchange) error {
	b, values, err := s.stored(x, inputs(x.P, false))
	if err != nil {
		return err
	}
	return editScreen(x.P, b).save(x, values, func(get func(string) string) (string, error) {
		_, err := s.UpdateBody(x.Context(), x.Actor, b.Ref, get)
		return b.Address(), err
	})
}

func (s *Service) formEnd(x *web.Exchange) error {
	b, values, err := s.stored(x, endInputs())
	if err != nil {
		return err
	}
	return endScreen(x.P, b).show(x, values, nil, nil)
}

func (s *Service) saveEnd(x *web.Exchange) error {
	b, values, err := s.stored(x, endInputs())
	if err != nil {
		return err
	}
	return endScreen(x.P, b).save(x, values, func(get func(string) string) (string, error) {
		_, err := s.EndBody(x.Context(), x.Actor, b.Ref, get)
		return b.Address(), err
	})
}

func newMandateScreen(p *i18n.Printer, b *Body) screen {
	return screen{title: p.T("party.mandate.title", "name", nameOf(b, p)), submit: p.T("party.mandate.add"), flash: "party.flash.mandate", back: b.Address(), inputs: mandateInputs(p)}
}

func (s *Service) formMandate(x *web.Exchange) error {
	b, _, err := s.stored(x, nil)
	if err != nil {
		return err
	}
	return newMandateScreen(x.P, b).show(x, url.Values{}, nil, nil)
}

func (s *Service) saveMandate(x *web.Exchange) error {
	b, _, err := s.stored(x, nil)
	if err != nil {
		return err
	}
	return newMandateScreen(x.P, b).save(x, nil, func(get func(string) string) (string, error) {
		_, err := s.AddMandate(x.Context(), x.Actor, b.Ref, get)
		return b.Address() + "#mandates", err
	})
}
