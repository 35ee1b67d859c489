package project

import (
	"strconv"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/web"
)

// ProjectJSON is a project as the API gives it.
type ProjectJSON struct {
	Ref          string       `json:"ref"`
	Cycle        string       `json:"cycle"`
	Territory    string       `json:"territory"` // key of the area
	TitleFR      string       `json:"title_fr"`
	TitleNL      string       `json:"title_nl"`
	TitleEN      string       `json:"title_en"`
	Carrier      string       `json:"carrier"`
	Communes     string       `json:"communes"`     // NIS codes separated by ";"
	Amount       *money.Cents `json:"amount_cents"` // null when it is not known
	Completeness string       `json:"completeness"`
	State        string       `json:"state"`
	Mission      string       `json:"mission"`
	ValidFrom    string       `json:"valid_from"`
	ValidTo      string       `json:"valid_to"`
	Source       string       `json:"source"`
	Version      int64        `json:"version"`
}

func (d ProjectJSON) get(name string) string {
	amount := ""
	if d.Amount != nil {
		amount = strconv.FormatInt(int64(*d.Amount), 10)
	}
	return map[string]string{"ref": d.Ref, "cycle": d.Cycle, "territory": d.Territory, "title_fr": d.TitleFR, "title_nl": d.TitleNL, "title_en": d.TitleEN, "carrier": d.Carrier,
		"communes": d.Communes, "amount_cents": amount, "completeness": d.Completeness, "state": d.State, "mission": d.Mission, "valid_from": d.ValidFrom, "valid_to": d.ValidTo,
		"source": d.Source, "version": strconv.FormatInt(d.Version, 10)}[name]
}

func (w whole) document(p *Project) ProjectJSON {
	get := p.fields(w.atlas)
	return ProjectJSON{Ref: p.Ref, Cycle: p.Cycle, Territory: get("territory"), TitleFR: p.Title.FR, TitleNL: p.Title.NL, TitleEN: p.Title.EN, Carrier: p.Carrier, Communes: get("communes"),
		Amount: p.Amount, Completeness: string(p.Completeness), State: string(p.State), Mission: p.Mission, ValidFrom: get("valid_from"), ValidTo: get("valid_to"), Source: p.Source, Version: p.Version}
}

func (s *Service) apiRoutes(r *web.Routes) {
	ref := map[string]string{"ref": "SUPRA-2017-03"}
	r.Add(web.Route{Pattern: "/api/v1/projects", Kind: web.APIRoute, Rule: ReadProjects, Handle: s.apiList, Summary: "List projects", Params: listParams(), Returns: web.Rows[ProjectJSON]{}})
	r.Add(web.Route{Pattern: "/api/v1/projects/{ref}", Kind: web.APIRoute, Rule: ReadProjects, Handle: s.apiProject, Summary: "One project", Params: []web.Param{web.AsOf()}, Returns: ProjectJSON{}, Sample: ref})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/projects", Kind: web.APIRoute, Rule: EditProjects, Handle: s.apiCreate, Summary: "Add a project", Body: ProjectJSON{}, Returns: ProjectJSON{}})
	r.Add(web.Route{Method: "PUT", Pattern: "/api/v1/projects/{ref}", Kind: web.APIRoute, Rule: EditProjects, Handle: s.apiUpdate, Summary: "Change a project; version is the one that was read", Body: ProjectJSON{}, Returns: ProjectJSON{}, Sample: ref})
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
	out := web.Rows[ProjectJSON]{Items: []ProjectJSON{}, Next: page.Next}
	for _, p := range page.Items {
		out.Items = append(out.Items, w.document(p))
	}
	return x.JSON(out)
}

func (s *Service) apiProject(x *web.Exchange) error { return s.answer(x, 200, x.Path("ref")) }

func (s *Service) apiCreate(x *web.Exchange) error {
	var d ProjectJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	p, err := s.CreateProject(x.Context(), x.Actor, d.get)
	if err != nil {
		return err
	}
	return s.answer(x, 201, p.Ref)
}

func (s *Service) apiUpdate(x *web.Exchange) error {
	var d ProjectJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	p, err := s.UpdateProject(x.Context(), x.Actor, x.Path("ref"), d.get)
	if err != nil {
		return err
	}
	return s.answer(x, 200, p.Ref)
}

func (s *Service) answer(x *web.Exchange, status int, ref string) error {
	w, err := s.whole(x.Context())
	if err != nil {
		return err
	}
	p := w.find(ref)
	if p == nil {
		return fault.Missing("project")
	}
	return x.JSONStatus(status, w.document(p))
}
