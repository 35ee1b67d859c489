package money_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"beffroi/internal/platform/money"

	"pgregory.net/rapid"
)

func TestSplitInt(t *testing.T) {
	for _, c := range []struct {
		name    string
		total   money.Cents
		weights []int64
		want    []money.Cents
	}{
		{"ties to the smaller code", 100, []int64{1, 1, 1}, []money.Cents{34, 33, 33}},
		{"largest remainder", 10, []int64{6, 5, 1}, []money.Cents{5, 4, 1}},
		{"refund mirrors", -100, []int64{1, 1, 1}, []money.Cents{-34, -33, -33}},
		{"no weight, no cent", 5, []int64{0, 3, 3}, []money.Cents{0, 3, 2}},
		{"nothing to share", 0, []int64{1, 2}, []money.Cents{0, 0}},
		{"alone", math.MinInt64, []int64{math.MaxInt64}, []money.Cents{math.MinInt64}},
		{"largest numbers", math.MaxInt64, []int64{math.MaxInt64, math.MaxInt64}, []money.Cents{1 << 62, 1<<62 - 1}},
	} {
		codes := []string{"a", "b", "c"}[:len(c.weights)]
		got, err := money.SplitInt(c.total, codes, c.weights)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestSplitRefusals(t *testing.T) {
	max := int64(math.MaxInt64)
	for _, c := range []struct {
		name    string
		codes   []string
		weights []int64
		want    error
	}{
		{"nobody", nil, nil, money.ErrNoWeight},
		{"zero weights", []string{"a", "b"}, []int64{0, 0}, money.ErrNoWeight},
		{"negative weight", []string{"a", "b"}, []int64{3, -1}, money.ErrNegativeWeight},
		{"same code twice", []string{"a", "a"}, []int64{1, 1}, money.ErrDuplicateCode},
		{"lengths", []string{"a"}, []int64{1, 1}, money.ErrLengths},
		{"sum beyond 64 bits", []string{"a", "b", "c"}, []int64{max, max, max}, money.ErrOverflow},
	} {
		if got, err := money.SplitInt(100, c.codes, c.weights); !errors.Is(err, c.want) || got != nil {
			t.Errorf("SplitInt, %s: %v, %v; want %v", c.name, got, err, c.want)
		}
		if c.want == money.ErrLengths || c.want == money.ErrOverflow {
			continue // cannot happen to Split
		}
		if got, err := money.Split(100, parts(c.codes, c.weights)); !errors.Is(err, c.want) || got != nil {
			t.Errorf("Split, %s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
	if got, err := money.Split(7, []money.Part{{"a", nil}, {"b", big.NewRat(1, 3)}}); err != nil || !slices.Equal(got, []money.Cents{0, 7}) {
		t.Errorf("a nil weight counts as zero: %v, %v", got, err)
	}
}

func parts(codes []string, weights []int64) []money.Part {
	list := make([]money.Part, len(codes))
	for i := range codes {
		list[i] = money.Part{Code: codes[i], Weight: new(big.Rat).SetInt64(weights[i])}
	}
	return list
}

// drawParts draws fractions, many of them equal or zero, so that ties happen.
func drawParts(t *rapid.T) []money.Part {
	n := rapid.IntRange(1, 12).Draw(t, "n")
	list := make([]money.Part, n)
	for i := range list {
		num := rapid.OneOf(rapid.Int64Range(0, 4), rapid.Int64Range(0, 1<<40)).Draw(t, "num")
		den := rapid.OneOf(rapid.Just(int64(1)), rapid.Int64Range(1, 5000)).Draw(t, "den")
		list[i] = money.Part{Code: fmt.Sprintf("%05d", 51000+i), Weight: big.NewRat(num, den)}
	}
	if sumOf(list).Sign() == 0 {
		list[0].Weight = big.NewRat(1, 1)
	}
	return list
}

func sumOf(list []money.Part) *big.Rat {
	sum := new(big.Rat)
	for _, p := range list {
		sum.Add(sum, p.Weight)
	}
	return sum
}

func TestSplitProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list, total := drawParts(t), money.Cents(edge(t, "total"))
		shares, err := money.Split(total, list)
		if err != nil {
			t.Fatal(err)
		}
		checkExactSum(t, total, shares)
		checkWithinOneCent(t, total, list, shares)
		checkMonotone(t, total, list, shares)
		checkPermutation(t, total, list, shares)
		if total != math.MinInt64 {
			mirrored, err := money.Split(-total, list)
			for i := range mirrored {
				if err != nil || mirrored[i] != -shares[i] {
					t.Fatalf("Split(%d) = %v, Split(%d) = %v, %v", total, shares, -total, mirrored, err)
				}
			}
		}
	})
}

func checkExactSum(t *rapid.T, total money.Cents, shares []money.Cents) {
	sum := new(big.Int)
	for _, s := range shares {
		sum.Add(sum, big.NewInt(int64(s)))
	}
	if !sum.IsInt64() || sum.Int64() != int64(total) {
		t.Fatalf("%v sum to %v, want %d", shares, sum, int64(total))
	}
}

func checkWithinOneCent(t *rapid.T, total money.Cents, list []money.Part, shares []money.Cents) {
	for i, p := range list {
		exact := new(big.Rat).Mul(new(big.Rat).SetInt64(int64(total)), p.Weight)
		exact.Quo(exact, sumOf(list))
		off := exact.Sub(exact, new(big.Rat).SetInt64(int64(shares[i])))
		if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
			t.Fatalf("%s gets %d, a cent or more from its exact share", p.Code, shares[i])
		}
	}
}

// checkMonotone: a greater weight never gets less, equal weights differ by the
// tie-break alone: one cent, to the smaller code.
func checkMonotone(t *rapid.T, total money.Cents, list []money.Part, shares []money.Cents) {
	sign := money.Cents(1)
	if total < 0 {
		sign = -1
	}
	for i := range list {
		for j := range list {
			more := sign*shares[i] - sign*shares[j]
			switch order := list[i].Weight.Cmp(list[j].Weight); {
			case order > 0 && more < 0,
				order == 0 && i < j && (more < 0 || more > 1): // codes ascend with i
				t.Fatalf("%v: %v gets %d and %v gets %d", total, list[i], shares[i], list[j], shares[j])
			}
		}
	}
}

func checkPermutation(t *rapid.T, total money.Cents, list []money.Part, shares []money.Cents) {
	want := map[string]money.Cents{}
	for i, p := range list {
		want[p.Code] = shares[i]
	}
	shuffled := rapid.Permutation(list).Draw(t, "order")
	again, err := money.Split(total, shuffled)
	for i, p := range shuffled {
		if err != nil || again[i] != want[p.Code] {
			t.Fatalf("%s gets %d in one order and %v, %v in another", p.Code, want[p.Code], again, err)
		}
	}
}

func TestSplitIntIsSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, math.MaxInt64/16)), 1, 12).Draw(t, "weights")
		codes := make([]string, len(weights))
		for i := range codes {
			codes[i] = strconv.Itoa(i)
		}
		total := money.Cents(edge(t, "total"))
		fast, errFast := money.SplitInt(total, codes, weights)
		slow, errSlow := money.Split(total, parts(codes, weights))
		if !errors.Is(errFast, errSlow) || !slices.Equal(fast, slow) {
			t.Fatalf("SplitInt = %v, %v; Split = %v, %v", fast, errFast, slow, errSlow)
		}
	})
}

// The supracommunal envelope of 2018: 0.75 EUR per inhabitant, 1,341,645
// inhabitants in the 69 communes (Statbel, 1 January 2018; announced by the
// province as about 1 million EUR). Each commune's share is then whole cents.
func TestSupracommunalEnvelope2018(t *testing.T) {
	codes, inhabitants := population2018(t)
	const envelope money.Cents = 100_623_375
	shares, err := money.SplitInt(envelope, codes, inhabitants)
	if err != nil {
		t.Fatal(err)
	}
	var people int64
	for i, n := range inhabitants {
		people += n
		if want := money.Cents(75 * n); shares[i] != want {
			t.Errorf("%s gets %v, want %v", codes[i], shares[i], want)
		}
	}
	if people != 1_341_645 || len(codes) != 69 {
		t.Errorf("%d inhabitants in %d communes, want 1341645 in 69", people, len(codes))
	}
	million, err := money.SplitInt(100_000_000, codes, inhabitants) // does not divide evenly
	var sum money.Cents
	for _, s := range million {
		sum += s
	}
	if err != nil || sum != 100_000_000 {
		t.Errorf("one million splits into %v, %v", sum, err)
	}
}

func population2018(t *testing.T) (codes []string, inhabitants []int64) {
	dir := os.Getenv("BEFFROI_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared") // beside the module root
	}
	f, err := os.Open(filepath.Join(dir, "data", "communes-hainaut.csv"))
	if err != nil {
		t.Skipf("real data absent: set BEFFROI_SHARED to the folder that holds data/communes-hainaut.csv (%v)", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(rows[0], "pop_2018")
	for _, row := range rows[1:] {
		n, err := strconv.ParseInt(row[column], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		codes, inhabitants = append(codes, row[0]), append(inhabitants, n)
	}
	return codes, inhabitants
}

func BenchmarkSplitInt69(b *testing.B) {
	codes, weights := make([]string, 69), make([]int64, 69)
	for i := range codes {
		codes[i], weights[i] = strconv.Itoa(51000+i), int64(1000+i*i*37)
	}
	for b.Loop() {
		if _, err := money.SplitInt(100_623_375, codes, weights); err != nil {
			b.Fatal(err)
		}
	}
}
