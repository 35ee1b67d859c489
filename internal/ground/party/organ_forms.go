package party

import (
	"context"
	"net/url"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/web"
)

func organInputs() []register.Input {
	return []register.Input{{Name: "key", Required: true, Width: "m"}, {Name: "name_fr", Required: true}, {Name: "name_nl"}, {Name: "name_en"}, {Name: "body", Width: "m"},
		{Name: "valid_from", Kind: "date"}, {Name: "valid_to", Kind: "date"}, {Name: "planned", Kind: "check"}, {Name: "source"}}
}

func ruleInputs(p *i18n.Printer) []register.Input {
	return []register.Input{{Name: "purpose", Required: true, Width: "m"},
		{Name: "count", Kind: "select", Required: true, Options: register.Options(p, "party.count.", "", Counts())},
		{Name: "weights", Kind: "area"}, {Name: "dataset", Width: "m"}, {Name: "majority", Required: true, Width: "xs"}, {Name: "majority_strict", Kind: "check"},
		{Name: "basis", Kind: "select", Required: true, Options: register.Options(p, "party.basis.", "", Bases())},
		{Name: "quorum", Width: "xs"}, {Name: "quorum_strict", Kind: "check"},
		{Name: "double_count", Kind: "select", Options: register.Options(p, "party.count.", p.T("party.rule.none"), Counts())},
		{Name: "double_majority", Width: "xs"}, {Name: "double_strict", Kind: "check"},
		{Name: "valid_from", Kind: "date"}, {Name: "valid_to", Kind: "date"}, {Name: "planned", Kind: "check"}, {Name: "note", Kind: "area"}}
}

func newOrganScreen(p *i18n.Printer) screen {
	return screen{title: p.T("party.organ.add"), submit: p.T("register.save"), flash: "party.flash.organ", back: "/organs", inputs: organInputs()}
}

func (s *Service) formNewOrgan(x *web.Exchange) error {
	if err := EditOrgans.Check(x.Actor, targetHouse()); err != nil {
		return err
	}
	return newOrganScreen(x.P).show(x, url.Values{}, nil, nil)
}

func (s *Service) saveNewOrgan(x *web.Exchange) error {
	return newOrganScreen(x.P).save(x, nil, func(get func(string) string) (string, error) {
		v := register.NewValues(0, get)
		b := parseBoard(v)
		if err := v.Err(); err != nil {
			return "", err
		}
		return b.Address(), s.CreateBoard(x.Context(), x.Actor, b)
	})
}

// board is the board of the address, for those who may change it.
func (s *Service) board(x *web.Exchange) (*Board, error) {
	if err := EditOrgans.Check(x.Actor, targetHouse()); err != nil {
		return nil, err
	}
	boards, err := s.Boards(x.Context())
	if err != nil {
		return nil, err
	}
	if b := boardOf(boards, x.Path("key")); b != nil {
		return b, nil
	}
	return nil, fault.Missing("organ")
}

// ruleScreen is the form of a new version of a rule. It begins with what the
// newest rule says, since most changes are small.
func (s *Service) ruleScreen(x *web.Exchange) (screen, *Board, url.Values, error) {
	b, err := s.board(x)
	if err != nil {
		return screen{}, nil, nil, err
	}
	name, _ := b.Name.In(x.P.Lang())
	sc := screen{title: x.P.T("party.rule.title", "name", name), submit: x.P.T("party.rule.add"), flash: "party.flash.rule", back: b.Address(), inputs: ruleInputs(x.P)}
	newest := VotingRule{Count: PerHead, Basis: Cast, Majority: Threshold{Num: 1, Den: 2, Strict: true}}
	for _, r := range b.Rules {
		newest = r
	}
	values := register.Stored(sc.inputs, newest.field)
	values.Set("version", itoa(b.Version))
	return sc, b, values, nil
}

func (s *Service) formRule(x *web.Exchange) error {
	sc, _, values, err := s.ruleScreen(x)
	if err != nil {
		return err
	}
	values.Del("valid_from") // the new version has days of its own
	values.Del("valid_to")
	return sc.show(x, values, nil, nil)
}

func (s *Service) saveRule(x *web.Exchange) error {
	sc, b, stored, err := s.ruleScreen(x)
	if err != nil {
		return err
	}
	return sc.save(x, stored, func(get func(string) string) (string, error) {
		v := register.NewValues(0, get)
		r, version := parseRule(v), v.Whole("version")
		if err := v.Err(); err != nil {
			return "", err
		}
		return b.Address() + "#rules", s.AddRule(x.Context(), x.Actor, b.Key, version, r)
	})
}

// endOrganScreen is the form that ends an organ, with what is stored.
func (s *Service) endOrganScreen(x *web.Exchange) (screen, *Board, url.Values, error) {
	b, err := s.board(x)
	if err != nil {
		return screen{}, nil, nil, err
	}
	name, _ := b.Name.In(x.P.Lang())
	sc := screen{title: x.P.T("party.end.title", "name", name), submit: x.P.T("party.organ.end"), flash: "party.flash.ended", back: b.Address(), inputs: endInputs()[:1]}
	return sc, b, url.Values{"valid_to": {b.Period.To.String()}, "version": {itoa(b.Version)}}, nil
}

func (s *Service) formEndOrgan(x *web.Exchange) error {
	sc, _, values, err := s.endOrganScreen(x)
	if err != nil {
		return err
	}
	return sc.show(x, values, nil, nil)
}

func (s *Service) saveEndOrgan(x *web.Exchange) error {
	sc, b, stored, err := s.endOrganScreen(x)
	if err != nil {
		return err
	}
	return sc.save(x, stored, func(get func(string) string) (string, error) {
		v := register.NewValues(0, get)
		last, version := v.Date("valid_to"), v.Whole("version")
		if err := v.Err(); err != nil {
			return "", err
		}
		return b.Address(), s.EndBoard(x.Context(), x.Actor, b.Key, version, last)
	})
}

// mandateOf is the mandate of the address and its body, for those who may change it.
func (s *Service) mandateOf(x *web.Exchange) (m Mandate, b *Body, err error) {
	if m, err = s.Mandate(x.Context(), x.Path("ref")); err != nil {
		return m, nil, err
	}
	tree, err := s.Tree(x.Context())
	if err != nil {
		return m, nil, err
	}
	b = tree.Body(m.Body)
	return m, b, EditMandate.Check(x.Actor, scope(tree, b))
}

// mandateVerb changes the mandate of a reference by the fields of a form.
type mandateVerb func(ctx context.Context, actor auth.Actor, ref string, get func(string) string) (Mandate, error)

// mandateForm is the form that changes the mandate of the address, with what is stored.
type mandateForm func(*i18n.Printer, Mandate) screen

func (s *Service) mandateScreen(x *web.Exchange, form mandateForm) (screen, Mandate, url.Values, error) {
	m, b, err := s.mandateOf(x)
	if err != nil {
		return screen{}, m, nil, err
	}
	sc := form(x.P, m)
	sc.back = b.Address() + "#mandates"
	return sc, m, register.Stored(sc.inputs, m.field), nil
}

func (s *Service) showMandate(form mandateForm) web.Handler {
	return func(x *web.Exchange) error {
		sc, _, values, err := s.mandateScreen(x, form)
		if err != nil {
			return err
		}
		return sc.show(x, values, nil, nil)
	}
}

func (s *Service) changeMandate(form mandateForm, verb mandateVerb) web.Handler {
	return func(x *web.Exchange) error {
		sc, m, stored, err := s.mandateScreen(x, form)
		if err != nil {
			return err
		}
		return sc.save(x, stored, func(get func(string) string) (string, error) {
			_, err := verb(x.Context(), x.Actor, m.Ref, get)
			return sc.back, err
		})
	}
}

func editMandate(p *i18n.Printer, m Mandate) screen {
	return screen{title: p.T("party.edit", "name", m.title()), submit: p.T("register.save"), flash: "party.flash.saved", inputs: mandateInputs(p)}
}

func endMandate(p *i18n.Printer, m Mandate) screen {
	return screen{title: p.T("party.mandate.end", "name", m.title()), submit: p.T("party.end"), flash: "party.flash.ended", inputs: endInputs()[:1]}
}

// title names a mandate by its role and holder.
func (m Mandate) title() string { return m.Role + " – " + m.Holder }

// field gives a mandate by the names of its form's fields.
func (m Mandate) field(name string) string {
	return map[string]string{"role": m.Role, "holder": m.Holder, "valid_from": m.Period.From.String(), "valid_to": m.Period.To.String(),
		"status": string(m.Status), "source": m.Source, "version": itoa(m.Version)}[name]
}
