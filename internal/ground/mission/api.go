package mission

import (
	"fmt"
	"strconv"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/web"
)

// MissionJSON is a mission as the API gives it.
type MissionJSON struct {
	Code          string   `json:"code"`
	TitleFR       string   `json:"title_fr"`
	TitleNL       string   `json:"title_nl"`
	TitleEN       string   `json:"title_en"`
	DescriptionFR string   `json:"description_fr"`
	DescriptionNL string   `json:"description_nl"`
	DescriptionEN string   `json:"description_en"`
	Domain        string   `json:"domain"`
	Part          string   `json:"part"`
	Parent        string   `json:"parent"`
	LegalBasis    string   `json:"legal_basis"`
	Holder        string   `json:"holder"`
	ValidFrom     string   `json:"valid_from"`
	ValidTo       string   `json:"valid_to"`
	Scope         string   `json:"scope"`
	Communes      string   `json:"communes"` // NIS codes separated by ";" when the scope is list
	Source        string   `json:"source"`
	Version       int64    `json:"version"`
	Figures       []Figure `json:"figures,omitempty"` // read only: those that stand
}

func (d MissionJSON) get(name string) string {
	return map[string]string{"code": d.Code, "title_fr": d.TitleFR, "title_nl": d.TitleNL, "title_en": d.TitleEN, "description_fr": d.DescriptionFR, "description_nl": d.DescriptionNL,
		"description_en": d.DescriptionEN, "domain": d.Domain, "part": d.Part, "parent": d.Parent, "legal_basis": d.LegalBasis, "holder": d.Holder, "valid_from": d.ValidFrom,
		"valid_to": d.ValidTo, "scope": d.Scope, "communes": d.Communes, "source": d.Source, "version": itoa(d.Version)}[name]
}

func (w whole) document(m *Mission) MissionJSON {
	get := m.fields(w.atlas)
	return MissionJSON{Code: m.Code, TitleFR: m.Title.FR, TitleNL: m.Title.NL, TitleEN: m.Title.EN, DescriptionFR: m.Description.FR, DescriptionNL: m.Description.NL,
		DescriptionEN: m.Description.EN, Domain: string(m.Domain), Part: string(m.Part), Parent: m.Parent, LegalBasis: m.LegalBasis, Holder: m.Holder,
		ValidFrom: get("valid_from"), ValidTo: get("valid_to"), Scope: string(m.Scope), Communes: get("communes"), Source: m.Source, Version: m.Version,
		Figures: w.missions.Figures(m.Code)}
}

// ScenarioJSON is a scenario as the API gives it.
type ScenarioJSON struct {
	Scenario
	Totals []Total `json:"totals"`
}

func (s *Service) apiRoutes(r *web.Routes) {
	code, key := map[string]string{"code": "TER-EAU"}, map[string]string{"key": "reform-2030"}
	r.Add(web.Route{Pattern: "/scenarios/{key}/dossier.json", Kind: web.DataRoute, Rule: ReadMissions, Handle: s.jsonDossier, Summary: "A scenario as a dossier, mission by mission", Params: []web.Param{web.AsOf()}, Returns: Dossier{}, Sample: key})
	r.Add(web.Route{Pattern: "/api/v1/missions", Kind: web.APIRoute, Rule: ReadMissions, Handle: s.apiList, Summary: "List missions", Params: listParams(), Returns: web.Rows[MissionJSON]{}})
	r.Add(web.Route{Pattern: "/api/v1/missions/{code}", Kind: web.APIRoute, Rule: ReadMissions, Handle: s.apiMission, Summary: "One mission with its figures", Returns: MissionJSON{}, Sample: code})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/missions", Kind: web.APIRoute, Rule: EditMissions, Handle: s.apiCreate, Summary: "Add a mission", Body: MissionJSON{}, Returns: MissionJSON{}})
	r.Add(web.Route{Method: "PUT", Pattern: "/api/v1/missions/{code}", Kind: web.APIRoute, Rule: EditMissions, Handle: s.apiUpdate, Summary: "Change a mission; version is the one that was read", Body: MissionJSON{}, Returns: MissionJSON{}, Sample: code})
	r.Add(web.Route{Pattern: "/api/v1/scenarios", Kind: web.APIRoute, Rule: ReadMissions, Handle: s.apiScenarios, Summary: "List scenarios with their totals", Params: []web.Param{web.AsOf()}, Returns: []ScenarioJSON{}})
	r.Add(web.Route{Pattern: "/api/v1/scenarios/{key}", Kind: web.APIRoute, Rule: ReadMissions, Handle: s.apiScenario, Summary: "One scenario with its tags and totals", Params: []web.Param{web.AsOf()}, Returns: ScenarioJSON{}, Sample: key})
	r.Add(web.Route{Method: "PUT", Pattern: "/api/v1/scenarios/{key}/tags", Kind: web.APIRoute, Rule: EditScenarios, Handle: s.apiTags, Summary: "Say who would hold some missions", Body: TagsJSON{}, Returns: Scenario{}, Sample: key})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/missions/{code}/figures", Kind: web.APIRoute, Rule: EditFigures, Handle: s.apiFigure, Summary: "Add a figure of a mission, or correct that of its year and measure", Body: FigureJSON{}, Returns: Figure{}, Sample: code})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/scenarios", Kind: web.APIRoute, Rule: EditScenarios, Handle: s.apiNewScenario, Summary: "Add a scenario, which says nothing of the missions yet", Body: WordsJSON{}, Returns: Scenario{}})
	r.Add(web.Route{Method: "PUT", Pattern: "/api/v1/scenarios/{key}", Kind: web.APIRoute, Rule: EditScenarios, Handle: s.apiWords, Summary: "Change the words of a scenario; its tags stay; version is the one that was read", Body: WordsJSON{}, Returns: Scenario{}, Sample: key})
}

func (s *Service) apiList(x *web.Exchange) error {
	w, err := s.whole(x.Context())
	if err != nil {
		return err
	}
	list, err := w.selection(x)
	if err != nil {
		return err
	}
	page, err := cut(x, list)
	if err != nil {
		return err
	}
	out := web.Rows[MissionJSON]{Items: []MissionJSON{}, Next: page.Next}
	for _, m := range page.Items {
		out.Items = append(out.Items, w.document(m))
	}
	return x.JSON(out)
}

func (s *Service) apiMission(x *web.Exchange) error {
	w, err := s.whole(x.Context())
	if err != nil {
		return err
	}
	m := w.missions.Mission(x.Path("code"))
	if m == nil {
		return fault.Missing("mission")
	}
	return x.JSON(w.document(m))
}

func (s *Service) apiCreate(x *web.Exchange) error {
	var d MissionJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	m, err := s.CreateMission(x.Context(), x.Actor, d.get)
	if err != nil {
		return err
	}
	return s.answer(x, 201, m.Code)
}

func (s *Service) apiUpdate(x *web.Exchange) error {
	var d MissionJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	m, err := s.UpdateMission(x.Context(), x.Actor, x.Path("code"), d.get)
	if err != nil {
		return err
	}
	return s.answer(x, 200, m.Code)
}

func (s *Service) answer(x *web.Exchange, status int, code string) error {
	w, err := s.whole(x.Context())
	if err != nil {
		return err
	}
	return x.JSONStatus(status, w.document(w.missions.Mission(code)))
}

func (s *Service) apiScenarios(x *web.Exchange) error {
	w, err := s.whole(x.Context())
	if err != nil {
		return err
	}
	out := []ScenarioJSON{}
	for _, sc := range w.scenarios {
		out = append(out, ScenarioJSON{*sc, sc.Totals(w.missions, x.AsOf)})
	}
	return x.JSON(out)
}

func (s *Service) apiScenario(x *web.Exchange) error {
	v, err := s.scenarioView(x)
	if err != nil {
		return err
	}
	return x.JSON(ScenarioJSON{*v.scenario, v.scenario.Totals(v.missions, x.AsOf)})
}

// TagsJSON is what a writer says of some missions; an empty tag takes one away.
type TagsJSON struct {
	Version int64          `json:"version"`
	Tags    map[string]Tag `json:"tags"`
}

func (s *Service) apiTags(x *web.Exchange) error {
	var d TagsJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	sc, err := s.TagMissions(x.Context(), x.Actor, x.Path("key"), d.Version, d.Tags)
	if err != nil {
		return err
	}
	return x.JSON(sc)
}

// FigureJSON is a figure that a writer gives.
type FigureJSON struct {
	Year    int     `json:"year"`
	Measure Measure `json:"measure"`
	Value   *int64  `json:"value"` // in the unit of the measure: cents, hundredths of a place, persons
	Status  string  `json:"status"`
	Source  string  `json:"source"`
}

// get gives a document as AddFigure reads it: euros and whole places with their
// decimals.
func (d FigureJSON) get(name string) string {
	value := ""
	if d.Value != nil {
		value = itoa(*d.Value)
		if d.Measure != Users && *d.Value >= 0 {
			value = fmt.Sprintf("%d.%02d", *d.Value/100, *d.Value%100)
		}
	}
	return map[string]string{"year": strconv.Itoa(d.Year), "measure": string(d.Measure), "value": value, "status": d.Status, "source": d.Source}[name]
}

func (s *Service) apiFigure(x *web.Exchange) error {
	var d FigureJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	code := x.Path("code")
	made, err := s.AddFigure(x.Context(), x.Actor, code, d.get)
	if err != nil {
		return err
	}
	c, err := s.Catalogue(x.Context())
	if err != nil {
		return err
	}
	for _, f := range c.Figures(code) {
		if f.Year == made.Year && f.Measure == made.Measure {
			made = f // as stored, with its id
		}
	}
	return x.JSONStatus(201, made)
}

// WordsJSON is a scenario without its tags, as a writer gives it.
type WordsJSON struct {
	Key           string `json:"key"`
	TitleFR       string `json:"title_fr"`
	TitleNL       string `json:"title_nl"`
	TitleEN       string `json:"title_en"`
	DescriptionFR string `json:"description_fr"`
	DescriptionNL string `json:"description_nl"`
	DescriptionEN string `json:"description_en"`
	SentenceFR    string `json:"sentence_fr"`
	SentenceNL    string `json:"sentence_nl"`
	SentenceEN    string `json:"sentence_en"`
	Hypothetical  *bool  `json:"hypothetical"` // true when absent: only false says that it was decided
	Source        string `json:"source"`
	Version       int64  `json:"version"`
}

func (d WordsJSON) get(name string) string {
	decided := ""
	if d.Hypothetical != nil && !*d.Hypothetical {
		decided = "1"
	}
	return map[string]string{"key": d.Key, "title_fr": d.TitleFR, "title_nl": d.TitleNL, "title_en": d.TitleEN, "description_fr": d.DescriptionFR, "description_nl": d.DescriptionNL,
		"description_en": d.DescriptionEN, "sentence_fr": d.SentenceFR, "sentence_nl": d.SentenceNL, "sentence_en": d.SentenceEN, "decided": decided,
		"source": d.Source, "version": itoa(d.Version)}[name]
}

func (s *Service) apiNewScenario(x *web.Exchange) error {
	var d WordsJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	sc, err := s.CreateScenario(x.Context(), x.Actor, d.get)
	if err != nil {
		return err
	}
	return x.JSONStatus(201, sc)
}

func (s *Service) apiWords(x *web.Exchange) error {
	var d WordsJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	sc, err := s.UpdateScenario(x.Context(), x.Actor, x.Path("key"), d.get)
	if err != nil {
		return err
	}
	return x.JSON(sc)
}
