package calendar

// Period is a run of days [From, To], both included. A zero From has no
// beginning, a zero To has no end ("until further notice"), so the zero Period
// is always.
type Period struct {
	From Date `json:"from,omitzero"`
	To   Date `json:"to,omitzero"`
}

// Valid reports whether the period holds at least one day.
func (p Period) Valid() bool {
	return p.From.IsZero() || p.To.IsZero() || !p.To.Before(p.From)
}

// Contains reports whether d is one of the period's days. The zero Date is in no period.
func (p Period) Contains(d Date) bool {
	return !d.IsZero() && !d.Before(p.From) && (p.To.IsZero() || !d.After(p.To))
}

// Overlaps reports whether the two periods share at least one day. A period
// that is not Valid shares none.
func (p Period) Overlaps(o Period) bool {
	return p.Valid() && o.Valid() && p.startsBy(o.To) && o.startsBy(p.To)
}

// startsBy reports whether p begins on or before end, a zero end being never.
func (p Period) startsBy(end Date) bool { return end.IsZero() || !p.From.After(end) }
