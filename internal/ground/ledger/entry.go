package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"beffroi/internal/ground/series"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

// Kind is what the province did.
type Kind string

// The kinds of entries.
const (
	Grant      Kind = "grant"
	Project    Kind = "project"
	Works      Kind = "works"
	Hours      Kind = "hours"
	Training   Kind = "training"
	Attendance Kind = "attendance"
	Assistance Kind = "service"
)

// Kinds lists the kinds in the order of the pages.
func Kinds() []Kind {
	return []Kind{Grant, Project, Works, Hours, Training, Attendance, Assistance}
}

// Measure is the unit of an amount; measures are never added to each other.
type Measure string

// The measures.
const (
	EurCents Measure = "eur_cents"
	InHours  Measure = "hours"   // whole hours
	Persons  Measure = "persons" // heads
)

// Measures lists the measures in the order of the pages.
func Measures() []Measure { return []Measure{EurCents, InHours, Persons} }

// Attribution is whom an entry is for.
type Attribution string

// The attributions.
const (
	Direct      Attribution = "direct"
	Shared      Attribution = "shared"
	Territory   Attribution = "territory"
	Unallocated Attribution = "unallocated"
)

// Attributions lists the attributions in the order of the pages.
func Attributions() []Attribution { return []Attribution{Direct, Shared, Territory, Unallocated} }

// Ref is an entry's public reference: the year of its day and its number in it.
type Ref struct {
	Year   int
	Number int64
}

// String is "L-2026-000042".
func (r Ref) String() string { return fmt.Sprintf("L-%04d-%06d", r.Year, r.Number) }

// MarshalText writes String, nothing for no entry.
func (r Ref) MarshalText() ([]byte, error) {
	if r == (Ref{}) {
		return nil, nil
	}
	return []byte(r.String()), nil
}

// ParseRef reads "L-2026-000042"; letters may be small and zeros left out.
func ParseRef(s string) (Ref, bool) {
	rest, ok := strings.CutPrefix(strings.ToUpper(s), "L-")
	year, number, cut := strings.Cut(rest, "-")
	y, err := strconv.Atoi(year)
	n, err2 := strconv.ParseInt(number, 10, 64)
	if !ok || !cut || err != nil || err2 != nil || len(year) != 4 || y < calendar.MinYear || y > calendar.MaxYear || n <= 0 || number[0] == '+' {
		return Ref{}, false
	}
	return Ref{y, n}, true
}

// Posting is an entry to write.
type Posting struct {
	Date        calendar.Date
	Kind        Kind
	Source      object.Ref // what it comes from: mission:…, project:…, body:…; may be zero
	Title       series.Text
	Measure     Measure
	Amount      int64 // cents, hours or persons; positive but in a reversal
	Attribution Attribution
	Base        []string // NIS codes (direct, shared) or the key of one group (territory)
	Key         string   // of the room key; "" shares equally
	KeyVersion  int      // 0 is the one in force on the date
	Projection  bool     // a target or projection: recorded, never added
	Fictitious  bool
	Note        string
	Origin      string // who says so: publications
	External    string // reference in the file or pack it came from
	Reverses    string // reference, or External of the same batch, of the entry that this one cancels
}

// Entry is a posted entry.
type Entry struct {
	ID          int64
	Ref         Ref
	Date        calendar.Date
	Kind        Kind
	Source      string // "mission:TER-EAU"
	Title       series.Text
	Measure     Measure
	Amount      int64
	Attribution Attribution
	Base        []string
	KeyVersion  int64 // id of the version of the key, 0 when none divided
	Counts      bool
	Fictitious  bool
	Note        string
	Origin      string
	External    string
	Reverses    int64 // id, 0 for none
	Batch       int64
	RecordedAt  time.Time
	Actor       string
}

// ObjectRef names the entry.
func (e Entry) ObjectRef() object.Ref { return object.Ref{Kind: "ledger", Key: e.Ref.String()} }

// Part is what an entry means for one area; area 0 is the province as a whole.
type Part struct {
	Area   int64
	Amount int64
}

// NoArea is the area of what is not allocated, and WholeArea, in totals only,
// that of everything.
const (
	NoArea    int64 = 0
	WholeArea int64 = -1
)

// maxTitle bounds titles and notes, in bytes.
const maxTitle = 300

// check refuses what no territory is needed to refuse.
func (p Posting) check() error {
	var f fault.Fields
	p.checkWords(&f)
	if p.Date.IsZero() {
		f.Add("date", "", "required", nil)
	}
	switch {
	case p.Amount == 0:
		f.Add("amount", "0", "ledger.amount.zero", nil)
	case p.Amount < 0 && p.Reverses == "":
		f.Add("amount", strconv.FormatInt(p.Amount, 10), "ledger.amount.negative", nil)
	}
	if want, ok := baseSizes[p.Attribution]; ok && (len(p.Base) < want[0] || len(p.Base) > want[1]) {
		f.Add("base", strings.Join(p.Base, ";"), "ledger.base."+string(p.Attribution), nil)
	}
	if p.Attribution == Territory && p.Key == "" && p.Reverses == "" {
		f.Add("key", "", "ledger.key.required", nil)
	}
	if p.Key != "" && (p.Attribution == Direct || p.Attribution == Unallocated) {
		f.Add("key", p.Key, "ledger.key.unused", nil)
	}
	return f.Err()
}

// baseSizes is how many areas an attribution names.
// i18n: fault.ledger.base.*
var baseSizes = map[Attribution][2]int{Direct: {1, 1}, Shared: {2, 600}, Territory: {1, 1}, Unallocated: {0, 0}}

func (p Posting) checkWords(f *fault.Fields) {
	oneOf(f, "kind", p.Kind, Kinds())
	oneOf(f, "measure", p.Measure, Measures())
	oneOf(f, "attribution", p.Attribution, Attributions())
	if p.Title.FR == "" {
		f.Add("title_fr", "", "required", nil)
	}
	for _, x := range []struct{ name, value string }{{"title_fr", p.Title.FR}, {"title_nl", p.Title.NL}, {"title_en", p.Title.EN}} {
		if len(x.value) > maxTitle {
			f.Add(x.name, x.value[:40], "ledger.long", fault.Args{"max": int64(maxTitle)})
		}
	}
	if !p.Source.IsZero() && !slices.Contains([]string{"mission", "project", "body"}, p.Source.Kind) {
		f.Add("source", p.Source.String(), "ledger.source", fault.Args{"value": p.Source.String()})
	}
}

func oneOf[T ~string](f *fault.Fields, name string, v T, list []T) {
	if slices.Contains(list, v) {
		return
	}
	words := make([]string, len(list))
	for i, x := range list {
		words[i] = string(x)
	}
	f.Add(name, string(v), "param.enum", fault.Args{"name": name, "value": string(v), "values": strings.Join(words, ", ")})
}
