package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// BalanceLine proves one sum: Communes + Unallocated = Total.
type BalanceLine struct {
	Year        int     `json:"year"`
	Kind        Kind    `json:"kind"`
	Measure     Measure `json:"measure"`
	Communes    int64   `json:"communes"`
	Unallocated int64   `json:"unallocated"`
	Total       int64   `json:"total"` // of the entries themselves, not of their parts
	OK          bool    `json:"ok"`
}

// Balance gives the proof for each year, kind and measure as of a day. Totals
// come from the entries, the two sides from their parts.
func (s *Service) Balance(tx *db.Tx, asOf calendar.Date) ([]BalanceLine, error) {
	lines := map[Sum]*BalanceLine{}
	line := func(x Sum) *BalanceLine {
		x.Amount = 0
		if lines[x] == nil {
			lines[x] = &BalanceLine{Year: x.Year, Kind: x.Kind, Measure: x.Measure}
		}
		return lines[x]
	}
	totals, err := db.All(tx, scanSum, "SELECT year, kind, measure, CAST(sum(amount) AS BIGINT) FROM ledger_entry WHERE date <= $1 AND counts = $2 GROUP BY year, kind, measure", asOf, true)
	if err != nil {
		return nil, err
	}
	for _, x := range totals {
		line(x).Total = x.Amount
	}
	for _, side := range []struct {
		where string
		add   func(*BalanceLine, int64)
	}{{"area_id > 0", func(b *BalanceLine, n int64) { b.Communes = n }}, {"area_id = 0", func(b *BalanceLine, n int64) { b.Unallocated = n }}} {
		parts, err := db.All(tx, scanSum, "SELECT year, kind, measure, CAST(sum(amount) AS BIGINT) FROM ledger_part WHERE date <= $1 AND counts = $2 AND "+side.where+" GROUP BY year, kind, measure", asOf, true)
		if err != nil {
			return nil, err
		}
		for _, x := range parts {
			side.add(line(x), x.Amount)
		}
	}
	return ordered(lines), nil
}

func ordered(lines map[Sum]*BalanceLine) []BalanceLine {
	list := make([]BalanceLine, 0, len(lines))
	for _, x := range slices.SortedFunc(maps.Keys(lines), compareSums) {
		b := lines[x]
		b.OK = b.Communes+b.Unallocated == b.Total
		list = append(list, *b)
	}
	return list
}

// Verify recomputes every invariant of the store and lists what is broken, in
// words for an operator; an empty list is a sound ledger.
func (s *Service) Verify(ctx context.Context) (broken []string, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		for _, check := range []func(*db.Tx) ([]string, error){verifyParts, verifyColumns, verifyNumbers, verifyTotals, verifyReversals} {
			found, err := check(tx)
			if err != nil {
				return err
			}
			broken = append(broken, found...)
		}
		return nil
	})
	return broken, err
}

func verifyParts(tx *db.Tx) ([]string, error) {
	return db.All(tx, func(s db.Scanner) (string, error) {
		var r Ref
		var amount, sum int64
		err := s.Scan(&r.Year, &r.Number, &amount, &sum)
		return fmt.Sprintf("%s: parts sum to %d, not %d", r, sum, amount), err
	}, `SELECT e.year, e.number, e.amount, CAST(coalesce(sum(p.amount), 0) AS BIGINT) FROM ledger_entry e LEFT JOIN ledger_part p ON p.entry_id = e.id
		GROUP BY e.id, e.year, e.number, e.amount HAVING e.amount <> coalesce(sum(p.amount), 0) OR count(p.entry_id) = 0 ORDER BY e.year, e.number`)
}

// verifyColumns finds parts that contradict their entry.
func verifyColumns(tx *db.Tx) ([]string, error) {
	return db.All(tx, func(s db.Scanner) (string, error) {
		var r Ref
		var area int64
		err := s.Scan(&r.Year, &r.Number, &area)
		return fmt.Sprintf("%s: the part of area %d differs from the entry in year, day, kind, measure or counts", r, area), err
	}, `SELECT e.year, e.number, p.area_id FROM ledger_entry e JOIN ledger_part p ON p.entry_id = e.id
		WHERE p.year <> e.year OR p.date <> e.date OR p.kind <> e.kind OR p.measure <> e.measure OR p.counts <> e.counts ORDER BY e.year, e.number, p.area_id`)
}

func verifyNumbers(tx *db.Tx) ([]string, error) {
	return db.All(tx, func(s db.Scanner) (string, error) {
		var year, n, first, last int64
		err := s.Scan(&year, &n, &first, &last)
		return fmt.Sprintf("%d: %d entries numbered %d to %d", year, n, first, last), err
	}, "SELECT year, count(*), min(number), max(number) FROM ledger_entry GROUP BY year HAVING min(number) <> 1 OR max(number) <> count(*) ORDER BY year")
}

func verifyTotals(tx *db.Tx) ([]string, error) {
	type total struct {
		totalKey
		amount int64
	}
	scan := func(s db.Scanner) (t total, err error) {
		return t, s.Scan(&t.area, &t.year, &t.kind, &t.measure, &t.amount)
	}
	stored, err := db.All(tx, scan, "SELECT area_id, year, kind, measure, amount FROM ledger_total ORDER BY area_id, year, kind, measure")
	if err != nil {
		return nil, err
	}
	want := map[totalKey]int64{}
	for _, query := range []string{
		"SELECT area_id, year, kind, measure, CAST(sum(amount) AS BIGINT) FROM ledger_part WHERE counts = $1 GROUP BY area_id, year, kind, measure",
		"SELECT CAST(-1 AS BIGINT), year, kind, measure, CAST(sum(amount) AS BIGINT) FROM ledger_entry WHERE counts = $1 GROUP BY year, kind, measure",
	} {
		rows, err := db.All(tx, scan, query, true)
		if err != nil {
			return nil, err
		}
		for _, t := range rows {
			want[t.totalKey] = t.amount
		}
	}
	var broken []string
	for _, t := range stored {
		if want[t.totalKey] != t.amount {
			broken = append(broken, fmt.Sprintf("total of area %d, %d, %s, %s: %d, not %d", t.area, t.year, t.kind, t.measure, t.amount, want[t.totalKey]))
		}
		delete(want, t.totalKey)
	}
	for k, amount := range want {
		if amount != 0 {
			broken = append(broken, fmt.Sprintf("total of area %d, %d, %s, %s: absent, not %d", k.area, k.year, k.kind, k.measure, amount))
		}
	}
	slices.Sort(broken)
	return broken, nil
}

func verifyReversals(tx *db.Tx) ([]string, error) {
	return db.All(tx, func(s db.Scanner) (string, error) {
		var r Ref
		err := s.Scan(&r.Year, &r.Number)
		return fmt.Sprintf("%s: is not the exact negative of the entry it reverses", r), err
	}, `SELECT e.year, e.number FROM ledger_entry e JOIN ledger_entry o ON o.id = e.reverses
		WHERE e.amount <> -o.amount OR e.kind <> o.kind OR e.measure <> o.measure OR e.counts <> o.counts OR e.year <> o.year ORDER BY e.year, e.number`)
}
