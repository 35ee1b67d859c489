package calendar

import "slices"

// Easter returns Easter Sunday of a year by the Gregorian rule (the algorithm
// of Meeus, Jones and Butcher), or the zero Date outside MinYear..MaxYear.
func Easter(year int) Date {
	if year < MinYear || year > MaxYear {
		return Date{}
	}
	a, b, c := year%19, year/100, year%100
	g := (8*b + 13) / 25
	h := (19*a + b - b/4 - g + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 19*l) / 433
	month := (h + l - 7*m + 90) / 25
	day := (h + l - 7*m + 33*month + 19) % 32
	return Date{int16(year), uint8(month), uint8(day)}
}

// Holidays returns the ten Belgian public holidays of a year in order (royal
// decree of 18 April 1974, article 1). Years outside MinYear..MaxYear have none.
func Holidays(year int) []Date {
	easter := Easter(year)
	if easter.IsZero() {
		return nil
	}
	y := int16(year)
	list := []Date{
		{y, 1, 1}, easter.AddDays(1), {y, 5, 1}, easter.AddDays(39), easter.AddDays(50),
		{y, 7, 21}, {y, 8, 15}, {y, 11, 1}, {y, 11, 11}, {y, 12, 25},
	}
	slices.SortFunc(list, Date.Compare)
	return list
}

// Workdays counts the days on which work is done: Monday to Friday but for
// Belgian public holidays and the closures given. It never changes and may be
// used by any number of goroutines.
type Workdays struct {
	index []int32 // of each day since 1 January MinYear: how many working days come before it
	days  []int32 // the working days, as days since then
}

// firstWeekday is that of 1 January 1800, a Wednesday, with Monday as 0.
const firstWeekday = 2

// NewWorkdays makes the count of all working days from MinYear to MaxYear.
func NewWorkdays(closures ...Date) *Workdays {
	first, last := Date{MinYear, 1, 1}, Date{MaxYear, 12, 31}
	free := make([]bool, last.DaysSince(first)+1)
	for year := MinYear; year <= MaxYear; year++ {
		for _, d := range Holidays(year) {
			free[d.DaysSince(first)] = true
		}
	}
	for _, d := range closures {
		if !d.IsZero() {
			free[d.DaysSince(first)] = true
		}
	}
	w := &Workdays{index: make([]int32, len(free)+1), days: make([]int32, 0, len(free)*5/7)}
	for i, off := range free {
		w.index[i] = int32(len(w.days))
		if !off && (i+firstWeekday)%7 < 5 {
			w.days = append(w.days, int32(i))
		}
	}
	w.index[len(free)] = int32(len(w.days))
	return w
}

// Is reports whether work is done on a day; never on the zero Date.
func (w *Workdays) Is(d Date) bool {
	if d.IsZero() {
		return false
	}
	i := d.DaysSince(Date{MinYear, 1, 1})
	return w.index[i+1] > w.index[i]
}

// Index returns how many working days come before d, so that the difference of
// two indexes is the number of working days from one day (included) to the
// other (excluded). It returns 0 for the zero Date.
func (w *Workdays) Index(d Date) int {
	if d.IsZero() {
		return 0
	}
	return int(w.index[d.DaysSince(Date{MinYear, 1, 1})])
}

// At returns the working day of an index: At(Index(d)) is d when work is done on
// d, else the next working day. Indexes outside the accepted years are clamped.
func (w *Workdays) At(index int) Date {
	i := min(max(index, 0), len(w.days)-1)
	return Date{MinYear, 1, 1}.AddDays(int(w.days[i]))
}

// Between returns the number of working days from the first day to the last,
// both included; 0 when either is unset or last comes before first.
func (w *Workdays) Between(first, last Date) int {
	if first.IsZero() || last.IsZero() || last.Before(first) {
		return 0
	}
	n := w.Index(last) - w.Index(first)
	if w.Is(last) {
		n++
	}
	return n
}
