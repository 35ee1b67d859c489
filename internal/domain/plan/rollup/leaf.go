package rollup

import (
	"math/big"

	"beffroi/internal/platform/calendar"
)

// Step is a milestone or a task of a leaf. Tasks weigh the same.
type Step struct {
	Weight int64 // ≥ 0
	Done   bool
}

// ByMilestones is the progress of a leaf by what is done of its steps, in basis
// points: Σ weight of those done / Σ weight, equal weights when all are zero;
// Unreported without steps.
func ByMilestones(steps []Step) int64 {
	var done, all, count int64
	for _, s := range steps {
		all += s.Weight
		if s.Done {
			done += s.Weight
			count++
		}
	}
	switch {
	case len(steps) == 0:
		return Unreported
	case all == 0:
		return Points(big.NewRat(count, int64(len(steps))))
	}
	return Points(big.NewRat(done, all))
}

// ByRates is the progress of a leaf by its indicators, in basis points:
// Unreported unless all of them have a rate.
func ByRates(rates []Weighted) int64 {
	c := Compose(rates)
	if c.Value == nil {
		return Unreported
	}
	return Points(c.Value)
}

// Expected is where a leaf should be at the end of a day if its work went evenly
// over the working days planned, in basis points; Unreported without both dates.
// A plan that holds no working day is expected on its last day.
func Expected(planned calendar.Period, day calendar.Date, w *calendar.Workdays) int64 {
	switch {
	case planned.From.IsZero() || planned.To.IsZero() || planned.To.Before(planned.From):
		return Unreported
	case day.Before(planned.From):
		return 0
	case !day.Before(planned.To):
		return Whole
	}
	all := w.Between(planned.From, planned.To)
	if all == 0 {
		return 0
	}
	return Points(big.NewRat(int64(w.Between(planned.From, day)), int64(all)))
}

// Facts are what the flags of a node follow from.
type Facts struct {
	Done       bool // done, achieved or abandoned: nothing is awaited any more
	Started    bool
	Planned    calendar.Period
	Forecast   calendar.Date // end as foreseen, zero when nobody said
	Progress   int64         // basis points or Unreported
	Expected   int64         // basis points or Unreported
	Reported   calendar.Date // last update, zero when there was none
	StaleAfter int           // days without an update, 0 for no limit
	Running    bool          // updates are expected
	Piloted    bool          // a service or a person answers for it
	Complete   bool          // title, text, dates and money or an indicator are told
}

// Flags are what is derived of a node on a day; they are never stored.
type Flags struct {
	Late       bool `json:"late,omitempty"`       // its end has passed and it is not over
	StartLate  bool `json:"start_late,omitempty"` // its start has passed and it has not begun
	AtRisk     bool `json:"at_risk,omitempty"`    // it is foreseen late, or 15 points behind what is expected
	Stale      bool `json:"stale,omitempty"`      // nobody reported for too long
	Orphan     bool `json:"orphan,omitempty"`     // nobody answers for it
	Incomplete bool `json:"incomplete,omitempty"` // something that it needs is missing
}

// Behind is by how many basis points a progress may be behind the expected one
// before the node is at risk.
const Behind = 1500

// Flags derives the flags on a day.
func (f Facts) Flags(day calendar.Date) Flags {
	flags := Flags{Orphan: !f.Piloted, Incomplete: !f.Complete}
	if f.Done {
		return Flags{Incomplete: flags.Incomplete}
	}
	end := f.Planned.To
	flags.Late = !end.IsZero() && end.Before(day)
	flags.StartLate = !f.Started && !f.Planned.From.IsZero() && f.Planned.From.Before(day)
	flags.AtRisk = !end.IsZero() && f.Forecast.After(end) ||
		f.Progress != Unreported && f.Expected != Unreported && f.Progress < f.Expected-Behind
	flags.Stale = f.Running && f.StaleAfter > 0 && (f.Reported.IsZero() || day.DaysSince(f.Reported) > f.StaleAfter)
	return flags
}
