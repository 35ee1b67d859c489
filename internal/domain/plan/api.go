package plan

import (
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/web"
)

// PlanJSON is a plan as the API gives it. Progress is in basis points, null when
// too few reported.
type PlanJSON struct {
	outline.Plan
	Progress *int64        `json:"progress"`
	Coverage int64         `json:"coverage"` // basis points
	Actions  int           `json:"actions"`
	Late     int           `json:"late"`
	Money    outline.Money `json:"money"`
}

// NodeJSON is a node as the API gives it, with what follows from it on the day.
type NodeJSON struct {
	outline.Node
	Figures FiguresJSON `json:"figures"`
}

// FiguresJSON are the derived numbers of a node.
type FiguresJSON struct {
	Progress *int64        `json:"progress"` // basis points, null when too few reported
	Exact    string        `json:"exact,omitempty"`
	Coverage int64         `json:"coverage"` // basis points
	Leaves   int           `json:"leaves"`
	Reported int           `json:"reported"`
	Expected *int64        `json:"expected,omitempty"`
	Money    outline.Money `json:"money"`
	Flags    rollup.Flags  `json:"flags"`
}

// ChangesJSON is the comparison of two days.
type ChangesJSON struct {
	From    string           `json:"from"`
	To      string           `json:"to"`
	Changes []outline.Change `json:"changes"`
}

func (s *Service) apiRoutes(r *web.Routes, plan, node map[string]string) {
	r.Add(web.Route{Pattern: "/api/v1/plans", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiPlans, Summary: "List plans", Params: []web.Param{web.AsOf()}, Returns: web.Rows[PlanJSON]{}})
	r.Add(web.Route{Pattern: "/api/v1/plans/{key}", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiPlan, Summary: "One plan with its figures", Params: []web.Param{web.AsOf()}, Returns: PlanJSON{}, Sample: plan})
	r.Add(web.Route{Pattern: "/api/v1/plans/{key}/nodes", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiNodes, Summary: "List the nodes of a plan, in the order of reading", Params: append(append(web.Paging(), filterParams()...), web.AsOf()), Returns: web.Rows[NodeJSON]{}, Sample: plan})
	r.Add(web.Route{Pattern: "/api/v1/plans/{key}/nodes/{code}", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiNode, Summary: "One node", Params: []web.Param{web.AsOf()}, Returns: NodeJSON{}, Sample: node})
	r.Add(web.Route{Pattern: "/api/v1/plans/{key}/changes", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiChanges, Summary: "What became of a plan between two days", Sample: plan, Returns: ChangesJSON{},
		Params: []web.Param{web.Query("from", "date", "earlier day, a year ago when absent"), web.Query("to", "date", "later day, today when absent")}})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/plans/{key}/nodes", Kind: web.APIRoute, Rule: ruleManage, Handle: s.apiAdd, Summary: "Add a node below its parent; its code is given", Body: outline.Node{}, Returns: NodeJSON{}, Sample: plan})
	r.Add(web.Route{Method: "PUT", Pattern: "/api/v1/plans/{key}/nodes/{code}", Kind: web.APIRoute, Rule: ruleManage, Handle: s.apiEdit, Summary: "Change a node; version is the one that was read", Body: outline.Node{}, Returns: NodeJSON{}, Sample: node})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/plans/{key}/nodes/{code}/report", Kind: web.APIRoute, Rule: ruleReport, Handle: s.apiReport, Summary: "Report on an action", Body: Report{}, Returns: NodeJSON{}, Sample: node})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/plans/{key}/nodes/{code}/move", Kind: web.APIRoute, Rule: ruleReport, Handle: s.apiMove, Summary: "Bring a node to another state", Body: Transition{}, Returns: NodeJSON{}, Sample: node})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/plans/{key}/nodes/{code}/remove", Kind: web.APIRoute, Rule: ruleManage, Handle: s.apiRemove, Summary: "Take a node out of the plan; its code stays taken", Body: Removal{}, Returns: Removal{}, Sample: node})
}

// Removal names the version of the node that is to go.
type Removal struct {
	Version int64 `json:"version"`
}

func (v View) planJSON() PlanJSON {
	l := count(v)
	out := PlanJSON{Plan: v.Tree.Plan, Coverage: rollup.Points(v.Total.Progress.Coverage), Actions: l.actions, Late: l.late, Money: v.Total.Money}
	if points, known := v.Total.Progress.Points(v.Tree.Plan.Threshold); known {
		out.Progress = &points
	}
	return out
}

func (v View) nodeJSON(i int) NodeJSON {
	g := v.Of[i]
	f := FiguresJSON{Coverage: rollup.Points(g.Progress.Coverage), Leaves: g.Progress.Leaves, Reported: g.Progress.Reported, Money: g.Money, Flags: g.Flags}
	if points, known := g.Progress.Points(v.Tree.Plan.Threshold); known {
		f.Progress = &points
	}
	if g.Progress.Value != nil {
		f.Exact = g.Progress.Value.RatString()
	}
	if g.Expected != rollup.Unreported {
		f.Expected = &g.Expected
	}
	return NodeJSON{*v.Tree.Nodes[i], f}
}

func (s *Service) apiPlans(x *web.Exchange) error {
	list, err := s.listed(x)
	if err != nil {
		return err
	}
	out := web.Rows[PlanJSON]{Items: []PlanJSON{}}
	for _, l := range list {
		out.Items = append(out.Items, l.planJSON())
	}
	return x.JSON(out)
}

func (s *Service) apiPlan(x *web.Exchange) error {
	v, err := s.open(x)
	if err != nil {
		return err
	}
	return x.JSON(v.planJSON())
}

func (s *Service) apiNodes(x *web.Exchange) error {
	v, err := s.open(x)
	if err != nil {
		return err
	}
	v = v.discreet(x.Actor)
	f := filterOf(x)
	f.objectives = x.Query("show") == "objectives"
	page, err := cut(x, v, v.places(f))
	if err != nil {
		return err
	}
	out := web.Rows[NodeJSON]{Items: []NodeJSON{}, Next: page.Next}
	for _, i := range page.Items {
		out.Items = append(out.Items, v.nodeJSON(i))
	}
	return x.JSON(out)
}

func (s *Service) apiNode(x *web.Exchange) error { return s.giveNode(x, 200, x.Path("code")) }

// giveNode answers with a node as it is after what was done.
func (s *Service) giveNode(x *web.Exchange, status int, code string) error {
	v, err := s.open(x)
	if err != nil {
		return err
	}
	i, err := v.Find(code)
	if err != nil {
		return err
	}
	return x.JSONStatus(status, v.discreet(x.Actor).nodeJSON(i))
}

func (s *Service) apiChanges(x *web.Exchange) error {
	w, err := s.compared(x)
	if err != nil {
		return err
	}
	out := ChangesJSON{From: w.from.String(), To: w.to.String(), Changes: w.changes}
	if out.Changes == nil {
		out.Changes = []outline.Change{}
	}
	return x.JSON(out)
}

func (s *Service) apiAdd(x *web.Exchange) error {
	var n outline.Node
	if err := x.Decode(&n); err != nil {
		return err
	}
	added, err := s.Add(x.Context(), x.Actor, x.Path("key"), n)
	if err != nil {
		return err
	}
	return s.giveNode(x, 201, added.Code)
}

func (s *Service) apiEdit(x *web.Exchange) error {
	var n outline.Node
	if err := x.Decode(&n); err != nil {
		return err
	}
	if n.Code != "" && n.Code != x.Path("code") {
		return fault.Bad("code", n.Code, "plan.node.code", fault.Args{"value": n.Code})
	}
	n.Code = x.Path("code")
	if err := s.Edit(x.Context(), x.Actor, x.Path("key"), n); err != nil {
		return err
	}
	return s.giveNode(x, 200, n.Code)
}

func (s *Service) apiReport(x *web.Exchange) error {
	var r Report
	if err := x.Decode(&r); err != nil {
		return err
	}
	if err := s.Report(x.Context(), x.Actor, x.Path("key"), x.Path("code"), r); err != nil {
		return err
	}
	return s.giveNode(x, 200, x.Path("code"))
}

func (s *Service) apiMove(x *web.Exchange) error {
	var m Transition
	if err := x.Decode(&m); err != nil {
		return err
	}
	if err := s.Move(x.Context(), x.Actor, x.Path("key"), x.Path("code"), m); err != nil {
		return err
	}
	return s.giveNode(x, 200, x.Path("code"))
}

func (s *Service) apiRemove(x *web.Exchange) error {
	var r Removal
	if err := x.Decode(&r); err != nil {
		return err
	}
	if err := s.Remove(x.Context(), x.Actor, x.Path("key"), x.Path("code"), r.Version); err != nil {
		return err
	}
	return x.JSON(r)
}
