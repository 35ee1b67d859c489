package party

import (
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/web"
)

// RuleJSON adds a version to an organ's rules; the version of the rule itself
// is given by the house.
type RuleJSON struct {
	Version int64      `json:"version"` // of the organ that was read
	Rule    VotingRule `json:"rule"`
}

// EndJSON gives something its last day.
type EndJSON struct {
	Version int64         `json:"version"` // that was read
	ValidTo calendar.Date `json:"valid_to"`
}

func (d EndJSON) get(name string) string {
	return map[string]string{"version": itoa(d.Version), "valid_to": d.ValidTo.String()}[name]
}

// organAPI registers the writing of organs and mandates.
func (s *Service) organAPI(r *web.Routes) {
	key, ref := map[string]string{"key": "council"}, map[string]string{"ref": "M-1"}
	add := func(method, pattern, summary string, rule auth.Rule, h web.Handler, body, returns any, sample map[string]string) {
		r.Add(web.Route{Method: method, Pattern: "/api/v1" + pattern, Kind: web.APIRoute, Rule: rule, Handle: h, Summary: summary, Body: body, Returns: returns, Sample: sample})
	}
	add("POST", "/organs", "Add an organ, with its voting rules or without; versions are given by the house", EditOrgans, s.apiNewOrgan, Board{}, Board{}, nil)
	add("POST", "/organs/{key}/rules", "Add a version of a voting rule", EditOrgans, s.apiRule, RuleJSON{}, Board{}, key)
	add("POST", "/organs/{key}/end", "End an organ", EditOrgans, s.apiEndOrgan, EndJSON{}, Board{}, key)
	add("POST", "/bodies/{ref}/mandates", "Add a mandate; its reference is given by the house", EditMandate, s.apiNewMandate, Mandate{}, Mandate{}, map[string]string{"ref": "organ-conseil"})
	add("PUT", "/mandates/{ref}", "Correct a mandate; version is the one that was read", EditMandate, s.apiMandate, Mandate{}, Mandate{}, ref)
	add("POST", "/mandates/{ref}/end", "End a mandate", EditMandate, s.apiEndMandate, EndJSON{}, Mandate{}, ref)
}

func (s *Service) apiNewOrgan(x *web.Exchange) error {
	var b Board
	if err := x.Decode(&b); err != nil {
		return err
	}
	if err := s.CreateBoard(x.Context(), x.Actor, b); err != nil {
		return err
	}
	return s.answerBoard(x, 201, b.Key)
}

func (s *Service) apiRule(x *web.Exchange) error {
	var d RuleJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	if err := s.AddRule(x.Context(), x.Actor, x.Path("key"), d.Version, d.Rule); err != nil {
		return err
	}
	return s.answerBoard(x, 201, x.Path("key"))
}

func (s *Service) apiEndOrgan(x *web.Exchange) error {
	var d EndJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	if err := s.EndBoard(x.Context(), x.Actor, x.Path("key"), d.Version, d.ValidTo); err != nil {
		return err
	}
	return s.answerBoard(x, 200, x.Path("key"))
}

// answerBoard answers with a board as it is stored now.
func (s *Service) answerBoard(x *web.Exchange, status int, key string) error {
	boards, err := s.Boards(x.Context())
	if err != nil {
		return err
	}
	b := boardOf(boards, key)
	if b == nil {
		return fault.Missing("organ")
	}
	return x.JSONStatus(status, b)
}

func (s *Service) apiNewMandate(x *web.Exchange) error {
	var d Mandate
	if err := x.Decode(&d); err != nil {
		return err
	}
	m, err := s.AddMandate(x.Context(), x.Actor, x.Path("ref"), d.field)
	if err != nil {
		return err
	}
	return x.JSONStatus(201, m)
}

func (s *Service) apiMandate(x *web.Exchange) error {
	var d Mandate
	if err := x.Decode(&d); err != nil {
		return err
	}
	m, err := s.UpdateMandate(x.Context(), x.Actor, x.Path("ref"), d.field)
	if err != nil {
		return err
	}
	return x.JSON(m)
}

func (s *Service) apiEndMandate(x *web.Exchange) error {
	var d EndJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	m, err := s.EndMandate(x.Context(), x.Actor, x.Path("ref"), d.get)
	if err != nil {
		return err
	}
	return x.JSON(m)
}
