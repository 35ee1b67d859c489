package project

import (
	"slices"
	"strings"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/search"
)

// Completeness is how much is known of the communes of a project.
type Completeness string

// The degrees.
const (
	Complete        Completeness = "complete"         // the list is that of the source
	WholeTerritory  Completeness = "territory"        // the source names the territory only
	CommunesUnknown Completeness = "communes-unknown" // the source does not say
)

// Degrees lists the degrees.
func Degrees() []Completeness { return []Completeness{Complete, WholeTerritory, CommunesUnknown} }

// State is where a project stands.
type State string

// The states.
const (
	Planned   State = "planned"
	Submitted State = "submitted"
	Granted   State = "granted"
	Refused   State = "refused"
	Ongoing   State = "ongoing"
	InService State = "in-service"
	Finished  State = "finished"
	Unknown   State = "unknown"
)

// States lists the states in the order of a project's life.
func States() []State {
	return []State{Planned, Submitted, Granted, Refused, Ongoing, InService, Finished, Unknown}
}

// Project is something done together. Its JSON is the image kept by the audit
// and by imports.
type Project struct {
	Ref          string          `json:"ref"`
	Cycle        string          `json:"cycle,omitempty"`     // "2017-2018", "" outside the calls
	Territory    int64           `json:"territory,omitempty"` // area id, 0 when unknown
	Title        register.Text   `json:"title"`
	Carrier      string          `json:"carrier,omitempty"`
	Communes     []int64         `json:"communes,omitempty"` // area ids, ascending
	Amount       *money.Cents    `json:"amount_cents"`       // nil when it is not known
	Completeness Completeness    `json:"completeness"`
	State        State           `json:"state"`
	Mission      string          `json:"mission,omitempty"` // code
	Period       calendar.Period `json:"period"`
	Source       string          `json:"source,omitempty"`
	Version      int64           `json:"version"`
	fold         string
	sort         string
}

// Object points at the project.
func (p *Project) Object() object.Ref { return object.Ref{Kind: "project", Key: p.Ref} }

// Address is the path of the project's page.
func (p *Project) Address() string { return "/projects/" + p.Ref }

// Ledger is the path of the ledger entries that name the project.
func (p *Project) Ledger() string { return "/ledger?source=project:" + p.Ref }

// With tells whether a commune takes part.
func (p *Project) With(area int64) bool { return slices.Contains(p.Communes, area) }

// Gap is a fact that a project lacks.
type Gap string

// The gaps.
const (
	NoAmount    Gap = "amount"
	NoCommunes  Gap = "communes"
	NoCarrier   Gap = "carrier"
	NoTerritory Gap = "territory"
	Presumed    Gap = "presumed" // the communes are those of the territory
)

// Gaps lists the gaps.
func Gaps() []Gap { return []Gap{NoAmount, NoCommunes, Presumed, NoCarrier, NoTerritory} }

// Missing are the facts that the project lacks.
func (p *Project) Missing() []Gap {
	var list []Gap
	for gap, lacks := range map[Gap]bool{
		NoAmount: p.Amount == nil, NoCommunes: len(p.Communes) == 0, Presumed: p.Completeness == WholeTerritory && len(p.Communes) > 0,
		NoCarrier: p.Carrier == "", NoTerritory: p.Territory == 0 && p.Cycle != "",
	} {
		if lacks {
			list = append(list, gap)
		}
	}
	slices.SortFunc(list, func(a, b Gap) int { return slices.Index(Gaps(), a) - slices.Index(Gaps(), b) })
	return list
}

// RefOf makes the reference of a project of which a source gives only cycle and
// title: "supra-2017-un-arbre-pour-la-wallonie-picarde". The same cycle and
// title always give the same reference; the slug is cut at a word within 60
// characters.
func RefOf(cycle, title string) string {
	slug := ""
	for word := range strings.FieldsSeq(search.Fold(title)) {
		if len(slug)+len(word) >= 60 {
			break
		}
		slug += "-" + word
	}
	year, _, _ := strings.Cut(search.Fold(cycle), " ")
	if year == "" {
		return "supra" + slug
	}
	return "supra-" + year + slug
}

// twin tells whether two projects are the same one under different references.
func (p *Project) twin(cycle, title string) bool {
	return p.Cycle == cycle && search.Fold(p.Title.FR) == search.Fold(title)
}
