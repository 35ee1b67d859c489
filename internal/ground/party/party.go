package party

import (
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/object"
)

// Kind is what a body is.
type Kind string

// The kinds of bodies.
const (
	Province       Kind = "province"
	Organ          Kind = "organ"
	ServiceBody    Kind = "service"
	School         Kind = "school"
	SchoolGuidance Kind = "school-guidance"
	Regie          Kind = "regie"
	Asbl           Kind = "asbl"
	Intercommunale Kind = "intercommunale"
	Housing        Kind = "housing"
	CulturalCentre Kind = "cultural-centre"
	RiverContract  Kind = "river-contract"
	NaturePark     Kind = "nature-park"
	RescueZone     Kind = "rescue-zone"
	PoliceZone     Kind = "police-zone"
	Association    Kind = "association"
	Partner        Kind = "partner"
	Commune        Kind = "commune"
	CPAS           Kind = "cpas"
)

// Kinds lists the kinds in the order of the filter.
func Kinds() []Kind {
	return []Kind{Province, Organ, ServiceBody, School, SchoolGuidance, Regie, Asbl, Intercommunale, Housing, CulturalCentre,
		RiverContract, NaturePark, RescueZone, PoliceZone, Association, Partner, Commune, CPAS}
}

// Domain is the field of action of a body or a mission; "" is none in particular.
type Domain string

// The domains.
const (
	Education     Domain = "education"
	Training      Domain = "training"
	Culture       Domain = "culture"
	Tourism       Domain = "tourism"
	Social        Domain = "social"
	Territory     Domain = "territory"
	Supracommunal Domain = "supracommunal"
	Support       Domain = "support"
)

// Domains lists the domains in the order of the pages.
func Domains() []Domain {
	return []Domain{Education, Training, Culture, Tourism, Social, Territory, Supracommunal, Support}
}

// Body is an institution or a part of one. Its JSON is the image kept by the
// audit and by imports; the API has a view of its own.
type Body struct {
	Ref       string          `json:"ref"` // public and lasting: "body-012", "commune-53053"
	Kind      Kind            `json:"kind"`
	Domain    Domain          `json:"domain,omitempty"`
	NameFR    string          `json:"name_fr"`
	NameNL    string          `json:"name_nl,omitempty"` // "" means as in French
	Acronym   string          `json:"acronym,omitempty"`
	Parent    string          `json:"parent,omitempty"`    // ref of the body above, the latest when it ended
	Period    calendar.Period `json:"period"`              // both days included
	Successor string          `json:"successor,omitempty"` // ref of the body that took over
	Seat      int64           `json:"seat,omitempty"`      // area id of a commune, 0 when unknown
	Email     string          `json:"email,omitempty"`
	Phone     string          `json:"phone,omitempty"`
	Website   string          `json:"website,omitempty"`
	Source    string          `json:"source,omitempty"`
	Version   int64           `json:"version"` // for the optimistic lock, from 1
	Sort      string          `json:"-"`       // French dictionary order of NameFR
	fold      string
}

// Name is the name in a language; other is "fr" when the French one stands in
// for a language that has none of its own, "" otherwise.
func (b *Body) Name(lang string) (name, other string) {
	if lang == "nl" && b.NameNL != "" {
		return b.NameNL, ""
	}
	if lang == "fr" {
		return b.NameFR, ""
	}
	return b.NameFR, "fr"
}

// Object points at the body.
func (b *Body) Object() object.Ref { return object.Ref{Kind: "body", Key: b.Ref} }

// Address is the path of the body's page.
func (b *Body) Address() string { return Address(b.Ref) }

// Address is the path of the page of a body's reference.
func Address(ref string) string { return "/bodies/" + ref }

// Mandate is a dated place in a body: the only way in which persons appear.
type Mandate struct {
	Ref     string          `json:"ref"`
	Body    string          `json:"body"` // ref of the organ or other body
	Role    string          `json:"role"`
	Holder  string          `json:"holder"`
	Period  calendar.Period `json:"period"`
	Status  Status          `json:"status"`
	Source  string          `json:"source,omitempty"`
	Version int64           `json:"version"`
}

// Status tells facts from demonstration data.
type Status string

// The states of data.
const (
	Real       Status = "real"
	Fictitious Status = "fictitious"
)

// Statuses lists both.
func Statuses() []Status { return []Status{Real, Fictitious} }
