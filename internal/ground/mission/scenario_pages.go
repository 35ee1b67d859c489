package mission

import (
	"iter"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// scenarioView is what the pages of scenarios show.
type scenarioView struct {
	whole
	p        *i18n.Printer
	x        *web.Exchange
	asOf     ui.AsOf
	scenario *Scenario
	with     *Scenario // to compare with, nil for none
	edit     bool
	form     register.Form // of the tags, after a refusal
}

func (s *Service) scenarioView(x *web.Exchange, links ...ui.Link) (v scenarioView, err error) {
	w, err := s.whole(x.Context())
	if err != nil {
		return v, err
	}
	v = scenarioView{whole: w, p: x.P, x: x, asOf: register.AsOf(x, links...), edit: EditScenarios.Check(x.Actor, house()) == nil, form: register.NewForm(x.P, nil, nil)}
	if key := x.Path("key"); key != "" {
		if v.scenario = scenarioOf(w.scenarios, key); v.scenario == nil {
			return v, fault.Missing("scenario")
		}
	}
	v.with = scenarioOf(w.scenarios, x.Query("with"))
	return v, nil
}

func (s *Service) pageScenarios(x *web.Exchange) error {
	v, err := s.scenarioView(x, ui.Link{Label: "JSON", Href: x.Keep("/api/v1/scenarios")})
	if err != nil {
		return err
	}
	return x.Page(ui.Page{Title: x.P.T("mission.scenarios"), Lede: x.P.T("mission.scenarios.lede"),
		Crumbs: []ui.Link{{Label: x.P.T("mission.title"), Href: "/missions"}, {Label: x.P.T("mission.scenarios")}}}, scenariosPage(v))
}

func (v scenarioView) items() []ui.Item {
	var list []ui.Item
	for _, s := range v.scenarios {
		title, _ := s.Title.In(v.p.Lang())
		meta, _ := s.Description.In(v.p.Lang())
		list = append(list, ui.Item{Title: title, Href: v.x.Keep(s.Address()), Meta: meta, State: v.state(s), Word: v.word(s)})
	}
	return list
}

func (v scenarioView) state(s *Scenario) ui.State {
	if s.Hypothetical {
		return ui.Late
	}
	return ui.OnTime
}

func (v scenarioView) word(s *Scenario) string {
	if s.Hypothetical {
		return v.p.T("mission.hypothetical")
	}
	return v.p.T("mission.decided")
}

func (s *Service) pageScenario(x *web.Exchange) error {
	v, err := s.scenarioView(x, scenarioLinks(x)...)
	if err != nil {
		return err
	}
	return v.show(x, 200)
}

func scenarioLinks(x *web.Exchange) []ui.Link {
	dossier := "/scenarios/" + x.Path("key") + "/dossier"
	return []ui.Link{{Label: x.P.T("mission.dossier"), Href: x.Keep(dossier)}, {Label: "XLSX", Href: x.Keep(dossier + "?format=xlsx")}, {Label: "JSON", Href: x.Keep(dossier + ".json")}}
}

func (v scenarioView) show(x *web.Exchange, status int) error {
	title, _ := v.scenario.Title.In(x.P.Lang())
	lede, _ := v.scenario.Description.In(x.P.Lang())
	return x.PageStatus(status, ui.Page{Title: title, Lede: lede, Chips: []ui.Link{{Label: v.word(v.scenario)}},
		Crumbs: []ui.Link{{Label: x.P.T("mission.title"), Href: "/missions"}, {Label: x.P.T("mission.scenarios"), Href: "/scenarios"}, {Label: title}}}, scenarioPage(v))
}

// tagWord names a destiny; "" is what a scenario does not mention.
func tagWord(p *i18n.Printer, d Destiny) string {
	if d == "" {
		return p.T("mission.tag.none")
	}
	return p.T("mission.tag." + string(d))
}

func (v scenarioView) totals() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("mission.totals"), ui.Column{Label: p.T("mission.tag")}, ui.Column{Label: p.T("mission.missions"), Numeric: true}, ui.Column{Label: p.T("mission.measure.cost_cents"), Unit: "€", Numeric: true},
		ui.Column{Label: p.T("mission.coverage.cost")}, ui.Column{Label: p.T("mission.measure.staff_fte"), Numeric: true}, ui.Column{Label: p.T("mission.coverage.staff")}).HideCaption()
	totals := v.scenario.Totals(v.missions, v.x.AsOf)
	for _, s := range totals {
		t.Row(ui.Text(tagWord(p, s.Destiny)), ui.Text(p.Int(int64(s.Missions))), ui.Text(p.Money(money.Cents(s.Cost))), ui.Text(coverage(p, s.CostKnown, s.Missions)),
			ui.Text(p.Fixed(s.Staff, 2)), ui.Text(coverage(p, s.StaffKnown, s.Missions)))
	}
	all := sum(totals)
	return t.Total(ui.Text(p.T("mission.total")), ui.Text(p.Int(int64(all.Missions))), ui.Text(p.Money(money.Cents(all.Cost))), ui.Text(coverage(p, all.CostKnown, all.Missions)),
		ui.Text(p.Fixed(all.Staff, 2)), ui.Text(coverage(p, all.StaffKnown, all.Missions)))
}

// coverage says on how many missions a sum rests.
func coverage(p *i18n.Printer, known, of int) string {
	return p.T("mission.coverage", "known", known, "of", of)
}

func (v scenarioView) fictitious() bool {
	for _, t := range v.scenario.Totals(v.missions, v.x.AsOf) {
		if t.Fictitious {
			return true
		}
	}
	return false
}

// others are the scenarios to compare with.
func (v scenarioView) others() []ui.Option {
	list := []ui.Option{{Label: v.p.T("mission.compare.none")}}
	for _, s := range v.scenarios {
		if s.Key != v.scenario.Key {
			title, _ := s.Title.In(v.p.Lang())
			list = append(list, ui.Option{Value: s.Key, Label: title})
		}
	}
	return list
}

// versus are the totals of two scenarios side by side, destiny by destiny. Each
// rests on the same figures: only who would hold the missions differs.
func (v scenarioView) versus() *ui.DataTable {
	p := v.p
	left, _ := v.scenario.Title.In(p.Lang())
	right, _ := v.with.Title.In(p.Lang())
	columns := []ui.Column{{Label: p.T("mission.tag")}}
	for _, what := range []string{p.T("mission.missions"), p.T("mission.measure.cost_cents"), p.T("mission.measure.staff_fte")} {
		for _, name := range []string{left, right} {
			columns = append(columns, ui.Column{Label: p.T("mission.versus.column", "what", what, "scenario", name), Numeric: true})
		}
	}
	t := ui.NewTable(p.T("mission.versus"), columns...)
	a, b := v.scenario.Totals(v.missions, v.x.AsOf), v.with.Totals(v.missions, v.x.AsOf)
	for _, d := range append(Destinies(), "") {
		if x, y := taking(a, d), taking(b, d); x.Missions+y.Missions > 0 {
			t.Row(pairs(p, tagWord(p, d), x, y)...)
		}
	}
	return t.Total(pairs(p, p.T("mission.total"), sum(a), sum(b))...)
}

// pairs are the cells of a row of versus.
func pairs(p *i18n.Printer, word string, a, b Total) []ui.Cell {
	return []ui.Cell{ui.Text(word), ui.Text(p.Int(int64(a.Missions))), ui.Text(p.Int(int64(b.Missions))), ui.Text(p.Money(money.Cents(a.Cost))), ui.Text(p.Money(money.Cents(b.Cost))),
		ui.Text(p.Fixed(a.Staff, 2)), ui.Text(p.Fixed(b.Staff, 2))}
}

// known says on how many missions the compared totals rest.
func (v scenarioView) known() string {
	all := sum(v.scenario.Totals(v.missions, v.x.AsOf))
	return v.p.T("mission.versus.known", "cost", all.CostKnown, "staff", all.StaffKnown, "of", all.Missions)
}

// differences are the missions on which two scenarios disagree.
func (v scenarioView) differences() *ui.DataTable {
	p := v.p
	left, _ := v.scenario.Title.In(p.Lang())
	right, _ := v.with.Title.In(p.Lang())
	t := ui.NewTable(p.T("mission.compare"), ui.Column{Label: p.T("register.field.mission")}, ui.Column{Label: left}, ui.Column{Label: right}).HideCaption()
	for _, m := range v.missions.Leaves(v.x.AsOf) {
		a, _ := v.scenario.Of(v.missions, m)
		b, _ := v.with.Of(v.missions, m)
		if a.Destiny != b.Destiny {
			title, other := m.Title.In(p.Lang())
			t.Row(register.Named(title, other, v.x.Keep(m.Address())), ui.Text(tagWord(p, a.Destiny)), ui.Text(tagWord(p, b.Destiny)))
		}
	}
	return t.Empty(p.T("mission.compare.same"))
}

func (v scenarioView) tags() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("mission.tags"), ui.Column{Label: p.T("register.field.mission")}, ui.Column{Label: p.T("mission.tag")}, ui.Column{Label: p.T("mission.sentence")}).HideCaption()
	for _, m := range v.missions.InForce(v.x.AsOf) {
		title, other := m.Title.In(p.Lang())
		tag, _ := v.scenario.Of(v.missions, m)
		sentence, lang := tag.Sentence.In(p.Lang())
		t.Row(register.Named(title, other, v.x.Keep(m.Address())), ui.Text(tagWord(p, tag.Destiny)), ui.Cell{Text: sentence, Lang: lang})
	}
	return t
}

// consequences says for each commune how many missions would leave the Province.
func (v scenarioView) consequences() *ui.DataTable {
	p := v.p
	t := ui.NewTable(p.T("mission.consequences"), ui.Column{Label: p.T("register.field.commune")}, ui.Column{Label: p.T("mission.leaving"), Numeric: true}).HideCaption()
	for _, c := range v.scenario.Consequences(v.missions, v.atlas.Communes(v.x.AsOf), v.x.AsOf) {
		t.Row(ui.LinkTo(c.Commune.Name(p.Lang()), v.x.Keep(c.Commune.Address())), ui.Text(p.Int(int64(len(c.Missions)))))
	}
	return t.Empty(p.T("mission.consequences.none"))
}

// Entry is one mission in a dossier.
type Entry struct {
	Code       string        `json:"code"`
	Title      register.Text `json:"title"`
	Domain     string        `json:"domain"`
	LegalBasis string        `json:"legal_basis"`
	Holder     string        `json:"holder"` // ref of the body
	HolderName string        `json:"holder_name"`
	Cost       *int64        `json:"cost_cents"` // nil when it is not known
	CostYear   int           `json:"cost_year,omitempty"`
	CostSource string        `json:"cost_source,omitempty"`
	Staff      *int64        `json:"staff_hundredths"`
	StaffYear  int           `json:"staff_year,omitempty"`
	Fictitious bool          `json:"fictitious"`
	Communes   int           `json:"communes_served"`
	Proposed   Destiny       `json:"proposed_holder"`
	Sentence   register.Text `json:"sentence"`
}

// Dossier is a scenario with every mission in force, to be handed over.
type Dossier struct {
	Scenario     string        `json:"scenario"`
	Title        register.Text `json:"title"`
	Hypothetical bool          `json:"hypothetical"`
	AsOf         string        `json:"as_of"`
	Totals       []Total       `json:"totals"`
	Missions     []Entry       `json:"missions"`
}

func (v scenarioView) dossier() Dossier {
	d := Dossier{Scenario: v.scenario.Key, Title: v.scenario.Title, Hypothetical: v.scenario.Hypothetical, AsOf: v.x.AsOf.String(),
		Totals: v.scenario.Totals(v.missions, v.x.AsOf), Missions: []Entry{}}
	for _, m := range v.missions.InForce(v.x.AsOf) {
		d.Missions = append(d.Missions, v.entry(m))
	}
	return d
}

func (v scenarioView) entry(m *Mission) Entry {
	tag, _ := v.scenario.Of(v.missions, m)
	e := Entry{Code: m.Code, Title: m.Title, Domain: string(m.Domain), LegalBasis: m.LegalBasis, Holder: m.Holder, HolderName: m.Holder,
		Communes: len(v.served(m, v.x.AsOf)), Proposed: tag.Destiny, Sentence: tag.Sentence}
	if b := v.bodies.Body(m.Holder); b != nil {
		e.HolderName, _ = b.Name(v.p.Lang())
	}
	if f, ok := v.missions.Latest(m.Code, Cost, v.x.AsOf); ok {
		e.Cost, e.CostYear, e.CostSource, e.Fictitious = &f.Value, f.Year, f.Source, f.Status == "fictitious"
	}
	if f, ok := v.missions.Latest(m.Code, Staff, v.x.AsOf); ok {
		e.Staff, e.StaffYear = &f.Value, f.Year
		e.Fictitious = e.Fictitious || f.Status == "fictitious"
	}
	return e
}

func (s *Service) pageDossier(x *web.Exchange) error {
	v, err := s.scenarioView(x, scenarioLinks(x)[1:]...)
	if err != nil {
		return err
	}
	d := v.dossier()
	if x.Exporting() {
		return x.Sheet("dossier", dossierHeads(x.P), dossierRows(x.P, d))
	}
	title, _ := v.scenario.Title.In(x.P.Lang())
	return x.Page(ui.Page{Title: x.P.T("mission.dossier.title", "title", title), Lede: x.P.T("mission.dossier.lede"),
		Crumbs: []ui.Link{{Label: x.P.T("mission.scenarios"), Href: "/scenarios"}, {Label: title, Href: v.scenario.Address()}, {Label: x.P.T("mission.dossier")}}}, dossierPage(v, d))
}

func (s *Service) jsonDossier(x *web.Exchange) error {
	v, err := s.scenarioView(x)
	if err != nil {
		return err
	}
	return x.JSON(v.dossier())
}

func dossierHeads(p *i18n.Printer) []sheet.Column {
	return []sheet.Column{{Title: p.T("register.field.code")}, {Title: p.T("register.field.title"), Width: 40}, {Title: p.T("register.field.domain"), Width: 24}, {Title: p.T("register.field.legal_basis"), Width: 40},
		{Title: p.T("register.field.holder"), Width: 32}, {Title: p.T("mission.proposed"), Width: 24}, {Title: p.T("mission.sentence"), Width: 60}, {Title: p.T("mission.measure.cost_cents")},
		{Title: p.T("mission.cost.year")}, {Title: p.T("mission.measure.staff_fte")}, {Title: p.T("register.field.scope")}, {Title: p.T("register.field.status")}}
}

func dossierRows(p *i18n.Printer, d Dossier) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, e := range d.Missions {
			title, _ := e.Title.In(p.Lang())
			sentence, _ := e.Sentence.In(p.Lang())
			var cost, staff, year any
			if e.Cost != nil {
				cost, year = sheet.Cents(*e.Cost), e.CostYear
			}
			if e.Staff != nil {
				staff = sheet.Decimal{Unscaled: *e.Staff, Scale: 2}
			}
			status := ""
			if e.Fictitious {
				status = p.T("register.fictitious")
			}
			if !yield([]any{e.Code, title, p.T("party.domain." + e.Domain), e.LegalBasis, e.HolderName, tagWord(p, e.Proposed), sentence, cost, year, staff, e.Communes, status}, nil) {
				return
			}
		}
	}
}

// facts are the lines of one mission in the printed dossier.
func (e Entry) facts(p *i18n.Printer) []ui.Fact {
	unknown := p.T("mission.unknown")
	basis, cost, staff := e.LegalBasis, unknown, unknown
	if basis == "" {
		basis = p.T("mission.basis.none")
	}
	mark := ""
	if e.Fictitious {
		mark = " (" + p.T("register.fictitious") + ")"
	}
	if e.Cost != nil {
		cost = p.Money(money.Cents(*e.Cost)) + ", " + p.Year(e.CostYear) + mark
	}
	if e.Staff != nil {
		staff = p.Fixed(*e.Staff, 2) + ", " + p.Year(e.StaffYear) + mark
	}
	sentence, _ := e.Sentence.In(p.Lang())
	return []ui.Fact{{Term: p.T("mission.proposed"), Value: tagWord(p, e.Proposed)}, {Term: p.T("mission.sentence"), Value: sentence}, {Term: p.T("register.field.legal_basis"), Value: basis},
		{Term: p.T("register.field.holder"), Value: e.HolderName}, {Term: p.T("mission.measure.cost_cents"), Value: cost}, {Term: p.T("mission.measure.staff_fte"), Value: staff},
		{Term: p.T("register.field.scope"), Value: p.Int(int64(e.Communes))}}
}
