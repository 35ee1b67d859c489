package key

import (
	"regexp"
	"time"

	"beffroi/internal/ground/series"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/object"
)

// Kind is how a key divides.
type Kind string

// The kinds of keys.
const (
	Weighted Kind = "weighted" // by criteria
	Equal    Kind = "equal"    // the same for each commune of the base
)

// Status is where a version stands.
type Status string

// The statuses of a version.
const (
	Draft   Status = "draft"
	InForce Status = "in_force"
	Retired Status = "retired"
)

// Key is a named rule.
type Key struct {
	ID       int64       `json:"-"`
	Key      string      `json:"key"`
	Title    series.Text `json:"title"`
	Note     string      `json:"note,omitempty"`
	Kind     Kind        `json:"kind"`
	Versions []Version   `json:"versions,omitempty"` // newest first
}

// Ref names the key.
func (k Key) Ref() object.Ref { return object.Ref{Kind: "key", Key: k.Key} }

// At gives the version in force on a day, otherwise the newest that the reader
// may see; ok is false without any.
func (k Key) At(day calendar.Date) (v Version, ok bool) {
	for _, v := range k.Versions {
		if v.Status != Draft && v.Period.Contains(day) {
			return v, true
		}
	}
	if len(k.Versions) == 0 {
		return v, false
	}
	return k.Versions[0], true
}

// Version is one state of a key, never changed but for its status and period.
type Version struct {
	ID         int64           `json:"-"`
	KeyID      int64           `json:"-"`
	Number     int             `json:"number"`
	Status     Status          `json:"status"`
	Fictitious bool            `json:"fictitious"`
	Decision   string          `json:"decision,omitempty"`
	Period     calendar.Period `json:"period"`
	RecordedAt time.Time       `json:"recorded_at"`
	Actor      string          `json:"-"`
	Criteria   []Pin           `json:"criteria"`
}

// Pin is a criterion of a version: a dataset's year in one vintage.
type Pin struct {
	Dataset string          `json:"dataset"`
	Year    int             `json:"year"`
	Number  int             `json:"vintage"` // of the vintage
	Vintage int64           `json:"-"`
	Weight  int64           `json:"weight_bp"`
	Values  map[int64]int64 `json:"-"` // by area, scaled by the dataset's decimals
}

var keySyntax = regexp.MustCompile(`^[a-z][a-z0-9-]{1,59}$`)

// reserved are codes that would hide pages of the room.
var reserved = []string{"new", "workshop", "compare"}
