package project

import (
	"net/url"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// formRoutes registers the forms. The messages after a change:
//
// i18n: project.flash.* fault.project.*
func (s *Service) formRoutes(r *web.Routes) {
	ref := map[string]string{"ref": "SUPRA-2017-03"}
	for _, f := range []struct {
		pattern, summary string
		sample           map[string]string
	}{{"/projects/new", "add a project", nil}, {"/projects/{ref}/edit", "change a project", ref}} {
		r.Add(web.Route{Pattern: f.pattern, Kind: web.PageRoute, Rule: EditProjects, Handle: s.showForm, Summary: "Form: " + f.summary, Sample: f.sample})
		r.Add(web.Route{Method: "POST", Pattern: f.pattern, Kind: web.FormRoute, Rule: EditProjects, Handle: s.saveForm, Summary: f.summary, Sample: f.sample})
	}
}

func inputs(p *i18n.Printer) []register.Input {
	return []register.Input{{Name: "title_fr", Required: true}, {Name: "title_nl"}, {Name: "title_en"}, {Name: "cycle", Width: "s"}, {Name: "territory", Width: "m"}, {Name: "carrier"},
		{Name: "communes", Kind: "area"}, {Name: "completeness", Kind: "select", Options: register.Options(p, "project.completeness.", p.T("register.choose"), Degrees())},
		{Name: "amount_eur", Width: "s"}, {Name: "state", Kind: "select", Options: register.Options(p, "project.state.", p.T("register.choose"), States())},
		{Name: "mission", Width: "m"}, {Name: "valid_from", Kind: "date"}, {Name: "valid_to", Kind: "date"}, {Name: "source"}}
}

// stored is the project of the address and its fields; of a new one, none.
func (s *Service) stored(x *web.Exchange) (*Project, url.Values, error) {
	if x.Path("ref") == "" {
		return nil, url.Values{}, nil
	}
	w, err := s.whole(x.Context())
	if err != nil {
		return nil, nil, err
	}
	p := w.find(x.Path("ref"))
	if p == nil {
		return nil, nil, fault.Missing("project")
	}
	return p, register.Stored(inputs(x.P), p.fields(w.atlas)), nil
}

func (s *Service) showForm(x *web.Exchange) error {
	p, values, err := s.stored(x)
	if err != nil {
		return err
	}
	return show(x, p, values, values, nil)
}

func show(x *web.Exchange, p *Project, stored, values url.Values, err error) error {
	title, back, status := x.P.T("project.add"), "/projects", 200
	if p != nil {
		name, _ := p.Title.In(x.P.Lang())
		title, back = x.P.T("register.edit")+" – "+name, p.Address()
	}
	v := register.FormView{P: x.P, Action: x.R.URL.Path, Submit: x.P.T("register.save"), Cancel: ui.Link{Label: x.P.T("register.cancel"), Href: back},
		Inputs: inputs(x.P), Version: values.Get("version"), Form: register.NewForm(x.P, values, err)}
	if err != nil {
		status, _ = register.Refused(err)
		if register.IsStale(err) {
			v.Conflict, v.Version = register.Compare(x.P, v.Inputs, stored, values), stored.Get("version")
		}
	}
	return x.PageStatus(status, ui.Page{Title: title, Compact: true, Crumbs: []ui.Link{{Label: x.P.T("project.title"), Href: "/projects"}, {Label: title}}}, register.Page(v))
}

func (s *Service) saveForm(x *web.Exchange) error {
	old, stored, err := s.stored(x)
	if err != nil {
		return err
	}
	values, err := x.Form(register.Names(inputs(x.P))...)
	if err != nil {
		return err
	}
	var p Project
	if old == nil {
		p, err = s.CreateProject(x.Context(), x.Actor, values.Get)
	} else {
		p, err = s.UpdateProject(x.Context(), x.Actor, old.Ref, values.Get)
	}
	if err != nil {
		if _, again := register.Refused(err); again {
			return show(x, old, stored, values, err)
		}
		return err
	}
	x.Flash("project.flash.saved")
	return x.Redirect(p.Address())
}
