package territory

import (
	"strings"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/object"
)

// Kind is what an area is: a level of the State or a grouping of communes.
type Kind string

// The kinds of areas.
const (
	Region           Kind = "region"
	Province         Kind = "province"
	Arrondissement   Kind = "arrondissement"
	Commune          Kind = "commune"
	FormerCommune    Kind = "former_commune" // merged away, mostly in 1977
	RescueZone       Kind = "rescue_zone"
	PoliceZone       Kind = "police_zone"
	ProjectTerritory Kind = "territory" // of the supracommunal projects
	RiverContract    Kind = "river_contract"
)

// Kinds lists every kind, in the order of the pages.
func Kinds() []Kind {
	return []Kind{Region, Province, Arrondissement, ProjectTerritory, RescueZone, PoliceZone, RiverContract, Commune, FormerCommune}
}

// IsGroup tells whether communes are members of areas of this kind by dated memberships.
func (k Kind) IsGroup() bool {
	switch k {
	case Arrondissement, ProjectTerritory, RescueZone, PoliceZone, RiverContract:
		return true
	}
	return false
}

// Tile is the place of a commune on the hexagon map, in doubled-width
// coordinates: neighbours differ by (±2,0) or (±1,±1).
type Tile struct{ X, Y int }

// Area is a piece of territory. Areas of an Atlas are shared: read, never write.
type Area struct {
	ID       int64
	Kind     Kind
	Key      string // public key: today's NIS code of a commune, a slug for a group
	NameFR   string
	NameNL   string // "" means as in French
	NameDE   string // "" means as in French
	Sort     string // French dictionary order of NameFR
	Parent   int64  // the area above (region, province, arrondissement), 0 for none
	Period   calendar.Period
	Hectares int64 // official area in hectares: 12790 is 127.90 km²; 0 when unknown
	Tile     *Tile // nil without a place on the hexagon map
	Source   string
	Version  int64 // for the optimistic lock
}

// Name is the name in a language ("fr", "nl", "de"), otherwise the French one.
func (a *Area) Name(lang string) string {
	name := ""
	switch lang {
	case "nl":
		name = a.NameNL
	case "de":
		name = a.NameDE
	}
	if name == "" {
		return a.NameFR
	}
	return name
}

// Ref points at the area: kind "commune" or "area".
func (a *Area) Ref() object.Ref {
	if a.Kind == Commune {
		return object.Ref{Kind: "commune", Key: a.Key}
	}
	return object.Ref{Kind: "area", Key: a.Key}
}

// Address is the path of the area's page.
func (a *Area) Address() string {
	if a.Kind == Commune {
		return "/communes/" + a.Key
	}
	return "/areas/" + string(a.Kind) + "/" + a.Key
}

// Refnis is the scheme of the codes of Statbel's register of geographical units.
const Refnis = "refnis"

// ValidCode tells whether a text has the form of a REFNIS code: five digits.
func ValidCode(s string) bool {
	return len(s) == 5 && strings.Trim(s, "0123456789") == ""
}

// Code is a code that an area has or had. Codes of the register have the scheme Refnis.
type Code struct {
	Area   int64
	Scheme string
	Code   string
	Period calendar.Period
	Source string
}

// Alias is another name of an area: Use is "translation", "former", "spelling" or "register".
type Alias struct {
	Area   int64
	Lang   string
	Name   string
	Use    string
	Period calendar.Period
	Source string
}

// Membership is a commune's belonging to a group between two days.
type Membership struct {
	ID     int64
	Area   int64
	Group  int64
	Period calendar.Period
	Source string
}

// Postal is a postal code of an area; Main marks the code of its centre.
type Postal struct {
	Area   int64
	Code   string
	Main   bool
	Source string
}
