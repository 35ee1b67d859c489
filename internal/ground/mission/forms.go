package mission

import (
	"net/url"
	"strings"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

func house() auth.Target { return auth.Target{} }

// formRoutes registers the forms. The messages after a change, and the words of choices:
//
// i18n: mission.flash.* mission.scope.* fault.mission.*
func (s *Service) formRoutes(r *web.Routes) {
	code, key := map[string]string{"code": "TER-EAU"}, map[string]string{"key": "reform-2030"}
	add := func(pattern, summary string, rule auth.Rule, show, save web.Handler, sample map[string]string) {
		r.Add(web.Route{Pattern: pattern, Kind: web.PageRoute, Rule: rule, Handle: show, Summary: "Form: " + summary, Sample: sample})
		r.Add(web.Route{Method: "POST", Pattern: pattern, Kind: web.FormRoute, Rule: rule, Handle: save, Summary: summary, Sample: sample})
	}
	add("/missions/new", "add a mission", EditMissions, s.formNew, s.saveNew, nil)
	add("/missions/{code}/edit", "change a mission", EditMissions, s.formEdit, s.saveEdit, code)
	add("/missions/{code}/end", "end a mission", EditMissions, s.formEnd, s.saveEnd, code)
	add("/missions/{code}/figures/new", "add or correct a figure", EditFigures, s.formFigure, s.saveFigure, code)
	add("/scenarios/new", "add a scenario", EditScenarios, s.formScenario, s.saveScenario, nil)
	add("/scenarios/{key}/edit", "change the words of a scenario", EditScenarios, s.formScenario, s.saveScenario, key)
	add("/scenarios/{key}/tags", "say who would hold each mission", EditScenarios, s.formTags, s.saveTags, key)
}

func inputs(p *i18n.Printer, fresh bool) []register.Input {
	list := []register.Input{{Name: "title_fr", Required: true}, {Name: "title_nl"}, {Name: "title_en"},
		{Name: "description_fr", Kind: "area"}, {Name: "description_nl", Kind: "area"}, {Name: "description_en", Kind: "area"},
		{Name: "domain", Kind: "select", Required: true, Options: register.Options(p, "party.domain.", p.T("register.choose"), party.Domains())},
		{Name: "part", Kind: "select", Options: register.Options(p, "mission.part.", p.T("party.domain.none"), Parts())},
		{Name: "parent", Width: "m"}, {Name: "legal_basis", Kind: "area"}, {Name: "holder", Width: "m"}, {Name: "valid_from", Kind: "date"}, {Name: "valid_to", Kind: "date"},
		{Name: "scope", Kind: "select", Options: register.Options(p, "mission.scope.", "", []Scope{All, List})}, {Name: "communes", Kind: "area"}, {Name: "source"}}
	if fresh {
		list = append([]register.Input{{Name: "code", Required: true, Width: "m"}}, list...)
	}
	return list
}

func endInputs() []register.Input {
	return []register.Input{{Name: "valid_to", Kind: "date", Required: true}}
}

func figureInputs(p *i18n.Printer) []register.Input {
	return []register.Input{{Name: "year", Required: true, Width: "xs"}, {Name: "measure", Kind: "select", Required: true, Options: register.Options(p, "mission.measure.", "", Measures())},
		{Name: "value", Required: true, Width: "s"}, {Name: "status", Kind: "select", Options: register.Options(p, "register.status.", "", party.Statuses())}, {Name: "source", Required: true}}
}

func scenarioInputs(fresh bool) []register.Input {
	list := []register.Input{{Name: "title_fr", Required: true}, {Name: "title_nl"}, {Name: "title_en"}, {Name: "description_fr", Kind: "area"}, {Name: "description_nl", Kind: "area"},
		{Name: "description_en", Kind: "area"}, {Name: "sentence_fr"}, {Name: "sentence_nl"}, {Name: "sentence_en"}, {Name: "decided", Kind: "check"}, {Name: "source"}}
	if fresh {
		list = append([]register.Input{{Name: "key", Required: true, Width: "m"}}, list...)
	}
	return list
}

// screen is a form page of this room.
type screen struct {
	title, submit, flash, back string
	inputs                     []register.Input
	stored                     url.Values
}

func (sc screen) show(x *web.Exchange, values url.Values, err error) error {
	status := 200
	v := register.FormView{P: x.P, Action: x.R.URL.Path, Submit: sc.submit, Cancel: ui.Link{Label: x.P.T("register.cancel"), Href: sc.back},
		Inputs: sc.inputs, Version: values.Get("version"), Form: register.NewForm(x.P, values, err)}
	if err != nil {
		status, _ = register.Refused(err)
		if register.IsStale(err) {
			v.Conflict, v.Version = register.Compare(x.P, sc.inputs, sc.stored, values), sc.stored.Get("version")
		}
	}
	return x.PageStatus(status, ui.Page{Title: sc.title, Compact: true, Crumbs: []ui.Link{{Label: x.P.T("mission.title"), Href: "/missions"}, {Label: sc.title}}}, register.Page(v))
}

func (sc screen) save(x *web.Exchange, verb func(get func(string) string) (string, error)) error {
	values, err := x.Form(register.Names(sc.inputs)...)
	if err != nil {
		return err
	}
	next, err := verb(values.Get)
	if err != nil {
		if _, again := register.Refused(err); again {
			return sc.show(x, values, err)
		}
		return err
	}
	x.Flash(sc.flash)
	return x.Redirect(next)
}

func newScreen(p *i18n.Printer) screen {
	return screen{title: p.T("mission.add"), submit: p.T("register.save"), flash: "mission.flash.saved", back: "/missions", inputs: inputs(p, true), stored: url.Values{}}
}

func (s *Service) formNew(x *web.Exchange) error {
	return newScreen(x.P).show(x, url.Values{}, nil)
}

func (s *Service) saveNew(x *web.Exchange) error {
	return newScreen(x.P).save(x, func(get func(string) string) (string, error) {
		m, err := s.CreateMission(x.Context(), x.Actor, get)
		return m.Address(), err
	})
}

// screenOf is a form about the mission of the address.
func (s *Service) screenOf(x *web.Exchange, title, submit, flash string, list []register.Input) (screen, *Mission, error) {
	w, err := s.whole(x.Context())
	if err != nil {
		return screen{}, nil, err
	}
	m := w.missions.Mission(x.Path("code"))
	if m == nil {
		return screen{}, nil, fault.Missing("mission")
	}
	if err := x.Route.Rule.Check(x.Actor, scope(w.bodies, m)); err != nil {
		return screen{}, nil, err
	}
	name, _ := m.Title.In(x.P.Lang())
	return screen{title: title + " – " + name, submit: submit, flash: flash, back: m.Address(), inputs: list, stored: register.Stored(list, m.fields(w.atlas))}, m, nil
}

func (s *Service) editScreen(x *web.Exchange) (screen, *Mission, error) {
	return s.screenOf(x, x.P.T("register.edit"), x.P.T("register.save"), "mission.flash.saved", inputs(x.P, false))
}

func (s *Service) formEdit(x *web.Exchange) error {
	sc, _, err := s.editScreen(x)
	if err != nil {
		return err
	}
	return sc.show(x, sc.stored, nil)
}

func (s *Service) saveEdit(x *web.Exchange) error {
	sc, m, err := s.editScreen(x)
	if err != nil {
		return err
	}
	return sc.save(x, func(get func(string) string) (string, error) {
		_, err := s.UpdateMission(x.Context(), x.Actor, m.Code, get)
		return m.Address(), err
	})
}

func (s *Service) endScreen(x *web.Exchange) (screen, *Mission, error) {
	return s.screenOf(x, x.P.T("party.end"), x.P.T("party.end"), "mission.flash.ended", endInputs())
}

func (s *Service) formEnd(x *web.Exchange) error {
	sc, _, err := s.endScreen(x)
	if err != nil {
		return err
	}
	return sc.show(x, sc.stored, nil)
}

func (s *Service) saveEnd(x *web.Exchange) error {
	sc, m, err := s.endScreen(x)
	if err != nil {
		return err
	}
	return sc.save(x, func(get func(string) string) (string, error) {
		_, err := s.EndMission(x.Context(), x.Actor, m.Code, get)
		return m.Address(), err
	})
}

func (s *Service) figureScreen(x *web.Exchange) (screen, *Mission, error) {
	return s.screenOf(x, x.P.T("mission.figure.add"), x.P.T("register.save"), "mission.flash.figure", figureInputs(x.P))
}

func (s *Service) formFigure(x *web.Exchange) error {
	sc, _, err := s.figureScreen(x)
	if err != nil {
		return err
	}
	return sc.show(x, url.Values{}, nil)
}

func (s *Service) saveFigure(x *web.Exchange) error {
	sc, m, err := s.figureScreen(x)
	if err != nil {
		return err
	}
	return sc.save(x, func(get func(string) string) (string, error) {
		_, err := s.AddFigure(x.Context(), x.Actor, m.Code, get)
		return m.Address() + "#figures", err
	})
}

// scenarioScreen is the form of a new scenario, or of that of the address.
func (s *Service) scenarioScreen(x *web.Exchange) (screen, error) {
	key := x.Path("key")
	if key == "" {
		return screen{title: x.P.T("mission.scenario.add"), submit: x.P.T("register.save"), flash: "mission.flash.scenario", back: "/scenarios", inputs: scenarioInputs(true), stored: url.Values{}}, nil
	}
	all, err := s.Scenarios(x.Context())
	if err != nil {
		return screen{}, err
	}
	sc := scenarioOf(all, key)
	if sc == nil {
		return screen{}, fault.Missing("scenario")
	}
	name, _ := sc.Title.In(x.P.Lang())
	return screen{title: x.P.T("register.edit") + " – " + name, submit: x.P.T("register.save"), flash: "mission.flash.scenario", back: sc.Address(), inputs: scenarioInputs(false), stored: sc.values()}, nil
}

func (sc *Scenario) values() url.Values {
	v := url.Values{"version": {itoa(sc.Version)}, "source": {sc.Source}}
	for name, t := range map[string]register.Text{"title": sc.Title, "description": sc.Description, "sentence": sc.Sentence} {
		v.Set(name+"_fr", t.FR)
		v.Set(name+"_nl", t.NL)
		v.Set(name+"_en", t.EN)
	}
	if !sc.Hypothetical {
		v.Set("decided", "1")
	}
	return v
}

func (s *Service) formScenario(x *web.Exchange) error {
	sc, err := s.scenarioScreen(x)
	if err != nil {
		return err
	}
	return sc.show(x, sc.stored, nil)
}

func (s *Service) saveScenario(x *web.Exchange) error {
	sc, err := s.scenarioScreen(x)
	if err != nil {
		return err
	}
	return sc.save(x, func(get func(string) string) (string, error) {
		if key := x.Path("key"); key != "" {
			_, err := s.UpdateScenario(x.Context(), x.Actor, key, get)
			return sc.back, err
		}
		made, err := s.CreateScenario(x.Context(), x.Actor, get)
		return made.Address(), err
	})
}

func (s *Service) formTags(x *web.Exchange) error {
	v, err := s.scenarioView(x)
	if err != nil {
		return err
	}
	return v.showTags(x, 200)
}

func (v scenarioView) showTags(x *web.Exchange, status int) error {
	title, _ := v.scenario.Title.In(x.P.Lang())
	return x.PageStatus(status, ui.Page{Title: x.P.T("mission.tags.edit"), Lede: title, Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("mission.scenarios"), Href: "/scenarios"}, {Label: title, Href: v.scenario.Address()}, {Label: x.P.T("mission.tags.edit")}}}, tagsPage(v))
}

// saveTags keeps the sentence of a mission whose destiny stays as it was.
func (s *Service) saveTags(x *web.Exchange) error {
	v, err := s.scenarioView(x)
	if err != nil {
		return err
	}
	values, err := x.Form("version", "tag.*")
	if err != nil {
		return err
	}
	tags := map[string]Tag{}
	for name := range values {
		code, isTag := strings.CutPrefix(name, "tag.")
		if !isTag {
			continue
		}
		t := v.scenario.Tags[code]
		if d := Destiny(values.Get(name)); d != t.Destiny {
			t = Tag{Destiny: d}
			tags[code] = t
		}
	}
	version := register.NewValues(0, values.Get).Whole("version")
	if _, err := s.TagMissions(x.Context(), x.Actor, v.scenario.Key, version, tags); err != nil {
		status, again := register.Refused(err)
		if !again {
			return err
		}
		if register.IsStale(err) {
			err = &fault.Error{Kind: fault.Conflict, Code: "stale", Fields: []fault.Field{{Name: "version", Code: "stale"}}}
		}
		v.form = register.NewForm(x.P, values, err)
		return v.showTags(x, status)
	}
	x.Flash("mission.flash.scenario")
	return x.Redirect(v.scenario.Address() + "#tags")
}

func (v scenarioView) version() string { return itoa(v.scenario.Version) }

// tagFields are one choice per mission, as typed or else as stored.
func (v scenarioView) tagFields() []ui.Field {
	var list []ui.Field
	for _, m := range v.missions.InForce(v.x.AsOf) {
		title, _ := m.Title.In(v.p.Lang())
		f := v.form.Field("tag."+m.Code, m.Code+" · "+title)
		if v.form.Values == nil {
			f.Value = string(v.scenario.Tags[m.Code].Destiny)
		}
		list = append(list, f)
	}
	return list
}

func (v scenarioView) destinies() []ui.Option {
	return register.Options(v.p, "mission.tag.", v.p.T("mission.tag.none"), Destinies())
}

func titleIn(p *i18n.Printer, e Entry) string {
	title, _ := e.Title.In(p.Lang())
	return title
}
