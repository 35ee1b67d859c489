package ledger

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
)

// summary is one side of Summaries.
func (w world) summary(tx *db.Tx, area int64, asOf calendar.Date) ([]Sum, error) {
	own, whole, err := w.s.Summaries(tx, area, 0, asOf)
	if area == WholeArea {
		return whole, err
	}
	return own, err
}

// plain adds up the parts (the entries, for everything) dated on the day or
// before, without the totals kept by year.
func plain(tx *db.Tx, area int64, asOf calendar.Date) ([]Sum, error) {
	query, args := "SELECT year, kind, measure, amount FROM ledger_part WHERE date <= $1 AND counts = $2 AND area_id = $3", []any{asOf, true, area}
	if area == WholeArea {
		query, args = "SELECT year, kind, measure, amount FROM ledger_entry WHERE date <= $1 AND counts = $2", args[:2]
	}
	rows, err := db.All(tx, scanSum, query, args...)
	return merge(rows), err
}

// Whatever was posted and reversed, on whatever day one looks, the sums are those
// of the entries themselves, for a commune, for nobody and for everything.
func TestSummariesAreTheSumsOfTheEntries(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		codes := []string{"51004", "51008", "53053"}
		var refs []Ref
		looked := 0
		rapid.Check(t, func(rt *rapid.T) {
			w.act(t, rt, codes, &refs)
			day := drawDay(rt, "as of")
			areas := []int64{w.area(t, rapid.SampledFrom(codes).Draw(rt, "area")), NoArea, WholeArea}
			w.read(t, func(tx *db.Tx) error {
				for _, area := range areas {
					want, err := plain(tx, area, day)
					if err != nil {
						return err
					}
					got, err := w.summary(tx, area, day)
					if err != nil {
						return err
					}
					if looked += len(want); !slices.Equal(got, want) {
						rt.Fatalf("area %d as of %s: %v, want %v", area, day, got, want)
					}
				}
				return nil
			})
		})
		if looked == 0 {
			t.Error("every sum was empty: nothing was compared")
		}
	})
}

// act posts an entry or reverses one.
func (w world) act(t *testing.T, rt *rapid.T, codes []string, refs *[]Ref) {
	if len(*refs) > 0 && rapid.IntRange(0, 3).Draw(rt, "reverse") == 0 {
		_, err := w.s.Reverse(t.Context(), accountant, rapid.SampledFrom(*refs).Draw(rt, "ref"), "x")
		if err != nil && fault.KindOf(err) != fault.Conflict {
			rt.Fatal(err)
		}
		return
	}
	base := rapid.Permutation(codes).Draw(rt, "base")[:rapid.IntRange(0, len(codes)).Draw(rt, "n")]
	p := grant(drawDay(rt, "day").String(), rapid.Int64Range(1, 1000).Draw(rt, "amount"), base...)
	p.Kind = rapid.SampledFrom([]Kind{Grant, Works}).Draw(rt, "kind")
	p.Projection = rapid.Bool().Draw(rt, "projection")
	e, err := w.s.Post(t.Context(), accountant, p)
	if err != nil {
		rt.Fatal(err)
	}
	*refs = append(*refs, e.Ref)
}

// drawDay is a day of three years, often one of few, so that days coincide.
func drawDay(rt *rapid.T, name string) calendar.Date {
	return calendar.MustParse(fmt.Sprintf("%d-%02d-%02d", rapid.IntRange(2024, 2026).Draw(rt, name+" year"),
		rapid.SampledFrom([]int{1, 6, 12}).Draw(rt, name+" month"), rapid.SampledFrom([]int{1, 15, 30}).Draw(rt, name+" day")))
}
