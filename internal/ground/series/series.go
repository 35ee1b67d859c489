package series

import (
	"regexp"
	"time"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/object"
)

// Text is a short text in the three languages; NL and EN may be empty.
type Text struct {
	FR string `json:"fr" toml:"fr"`
	NL string `json:"nl,omitempty" toml:"nl"`
	EN string `json:"en,omitempty" toml:"en"`
}

// In gives the text in a language, otherwise in French. other is "fr" when the
// text is not in the language asked for, as a lang attribute wants it, else "".
func (t Text) In(lang string) (text, other string) {
	switch {
	case lang == "nl" && t.NL != "":
		return t.NL, ""
	case lang == "en" && t.EN != "":
		return t.EN, ""
	case lang == "fr":
		return t.FR, ""
	}
	return t.FR, "fr"
}

// Polarity tells which way of a figure is wished for: "up", "down", or "" when
// neither is better.
type Polarity string

// Dataset is what is counted.
type Dataset struct {
	ID          int64    `json:"-"`
	Key         string   `json:"key"`
	Title       Text     `json:"title"`
	Description Text     `json:"description,omitzero"`
	Unit        Text     `json:"unit"`
	Decimals    int      `json:"decimals"` // values are scaled by 10^Decimals
	Additive    bool     `json:"additive"` // communes may be summed
	Publisher   string   `json:"publisher,omitempty"`
	Source      string   `json:"source,omitempty"`
	Note        string   `json:"note,omitempty"`
	Polarity    Polarity `json:"polarity,omitempty"`
	Version     int64    `json:"version,omitempty"` // for the optimistic lock
}

// MaxDecimals is the largest scale of a dataset; 10^12 leaves six digits before the point.
const MaxDecimals = 12

var keySyntax = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,79}$`)

// Ref names the dataset.
func (d Dataset) Ref() object.Ref { return object.Ref{Kind: "dataset", Key: d.Key} }

// Format writes a value of the dataset with its unit. Inhabitants need none: the
// title says what is counted.
func (d Dataset) Format(p *i18n.Printer, v int64) string {
	unit, _ := d.Unit.In(p.Lang())
	if unit == "" || d.Unit.FR == "habitants" {
		return p.Fixed(v, d.Decimals)
	}
	return p.Fixed(v, d.Decimals) + "\u00a0" + unit
}

// Vintage is one publication of a dataset.
type Vintage struct {
	ID          int64         `json:"-"`
	Dataset     int64         `json:"-"`
	Number      int           `json:"number"`    // from 1 within the dataset
	Published   calendar.Date `json:"published"` // by the publisher; decides what as_of sees
	FileHash    string        `json:"file_hash,omitempty"`
	Batch       int64         `json:"batch,omitempty"` // the import, 0 for a pack
	RecordedAt  time.Time     `json:"recorded_at"`
	WithdrawnAt time.Time     `json:"withdrawn_at,omitzero"`
}

// State tells whether a figure has a value, and why not.
type State int8

// The states of a figure. The zero State is a value.
const (
	Value         State = iota
	Missing             // the publisher gives nothing
	Suppressed          // hidden by the publisher: too few people
	NotApplicable       // the question does not arise here
)

var stateNames = [...]string{"value", "missing", "suppressed", "not_applicable"}

// String is the state's word in files and in the API.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return "missing"
	}
	return stateNames[s]
}

// MarshalText writes the word.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Figure is one value of a vintage.
type Figure struct {
	Vintage int64
	Area    int64
	Year    int
	Dim     string // "" or "age=00-04;sex=F"
	Value   int64  // scaled by the dataset's decimals; 0 unless State is Value
	State   State
}

// Found is a figure with what it is a figure of.
type Found struct {
	Figure
	Dataset *Dataset
	Number  int // of the vintage
}
