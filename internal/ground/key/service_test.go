package key

import (
	"math/big"
	"strings"
	"testing"

	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/news"
	"beffroi/internal/platform/setting"
	"beffroi/internal/platform/webhook"
	"beffroi/packs"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

var (
	schemas    = []db.Schema{setting.Schema(), audit.Schema(), auth.Schema(), jobs.Schema(), webhook.Schema(), news.Schema(), intake.Schema(), territory.Schema(), series.Schema(), Schema()}
	system     = auth.System("test")
	accountant = auth.Actor{Username: "accountant", Grants: []auth.Grant{{Role: auth.Accountant}}}
	today      = calendar.MustParse("2026-11-23")
)

type world struct {
	d      *db.DB
	s      *Service
	series *series.Service
	atlas  *territory.Atlas
}

// newWorld is a house with the territory, the figures and the keys of the pack.
func newWorld(t testing.TB, d *db.DB) world {
	t.Helper()
	files, err := packs.Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	areas := territory.NewService(d)
	figures := series.NewService(d, areas)
	s := NewService(d, areas, figures)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	land, err := territory.LoadPack(files)
	must(err)
	must(areas.Seed(t.Context(), system, land))
	pack, err := series.LoadPack(files)
	must(err)
	list, err := figures.Publications(t.Context(), pack)
	must(err)
	must(figures.Seed(t.Context(), system, list))
	keys, err := LoadPack(files)
	must(err)
	must(s.Seed(t.Context(), system, keys))
	atlas, err := areas.Atlas(t.Context())
	must(err)
	return world{d, s, figures, atlas}
}

func (w world) get(t testing.TB, actor auth.Actor, code string) (k Key, err error) {
	t.Helper()
	err = w.d.Read(t.Context(), func(tx *db.Tx) error {
		if k, err = w.s.Get(tx, actor, code); err != nil {
			return err
		}
		for i := range k.Versions {
			if err := w.s.Values(tx, &k.Versions[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return k, err
}

func (w world) communes(t testing.TB, codes ...string) (list []*territory.Area) {
	t.Helper()
	for _, c := range codes {
		a, _, ok := w.atlas.Commune(c)
		if !ok {
			t.Fatalf("no commune %s", c)
		}
		list = append(list, a)
	}
	return list
}

// inhabitants is the sum of the criterion's values over a base.
func inhabitants(v Version, base []*territory.Area) (sum int64) {
	for _, a := range base {
		sum += v.Criteria[0].Values[a.ID]
	}
	return sum
}

// The published amounts of the supracommunal rounds: 0.75 € a year for each
// inhabitant of 2018 (specification 3.3).
func TestPublishedEnvelopes(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		k, err := w.get(t, auth.Actor{}, "population-2018")
		if err != nil {
			t.Fatal(err)
		}
		v, _ := k.At(today)
		all := w.atlas.Communes(today)
		if got, _ := money.Cents(75).Mul(inhabitants(v, all)); got != 100_623_375 {
			t.Errorf("0.75 € × inhabitants = %s, want 1006233.75", got)
		}
		charleroi := w.communes(t, "56001", "56005", "52011", "52012", "52021", "52025", "56086", "52075", "52048", "52055", "56088", "56078")
		if n := inhabitants(v, charleroi); n != 362_619 {
			t.Errorf("the 12 communes have %d inhabitants, want 362619", n)
		}
		total, _ := money.Cents(150).Mul(inhabitants(v, charleroi))
		if total != 54_392_850 {
			t.Errorf("0.75 € × 2 × inhabitants = %s, want 543928.50", total)
		}
		shares, err := v.Over(k.Kind, charleroi)
		if err != nil {
			t.Fatal(err)
		}
		list, err := Allocate(total, shares)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list { // exactly 1.50 € an inhabitant: no rounding at all
			a := w.communes(t, p.Code)[0]
			if int64(p.Amount) != 150*v.Criteria[0].Values[a.ID] || p.Up {
				t.Errorf("%s gets %d", a.NameFR, p.Amount)
			}
		}
	})
}

func TestAllKeysOfThePackSumToOne(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	for _, code := range []string{"population-2018", "six-criteria", "equal"} {
		k, err := w.get(t, auth.Actor{}, code)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := k.At(today)
		shares, err := v.Over(k.Kind, w.atlas.Communes(today))
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Rat)
		for _, s := range shares {
			sum.Add(sum, s)
		}
		if len(shares) != 69 || sum.Cmp(big.NewRat(1, 1)) != 0 {
			t.Errorf("%s: %d shares sum to %s", code, len(shares), sum)
		}
	}
}

// New figures never change what an old version divides.
func TestVersionsKeepTheirValues(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var figures []series.Figure
		for _, a := range w.atlas.Communes(today) {
			figures = append(figures, series.Figure{Area: a.ID, Year: 2018, Value: 1})
		}
		err := w.series.Seed(t.Context(), system, []series.Publication{{Dataset: series.Dataset{Key: "population"}, Published: today, Figures: figures}})
		if err != nil {
			t.Fatal(err)
		}
		v, err := w.s.Propose(t.Context(), accountant, Proposal{Key: "population-2018", Criteria: []Choice{{"population", 2018, WholeWeight}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.s.Decide(t.Context(), accountant, "population-2018", v.Number, "Conseil, 24 novembre 2026", calendar.MustParse("2027-01-01")); err != nil {
			t.Fatal(err)
		}
		k, err := w.get(t, auth.Actor{}, "population-2018")
		if err != nil {
			t.Fatal(err)
		}
		all := w.atlas.Communes(today)
		old, _ := k.At(today)
		fresh, _ := k.At(calendar.MustParse("2027-01-01"))
		if old.Number != 1 || old.Status != Retired || inhabitants(old, all) != 1_341_645 || old.Period.To != calendar.MustParse("2026-12-31") {
			t.Errorf("old version: %+v with %d", old.Number, inhabitants(old, all))
		}
		if fresh.Number != 2 || fresh.Criteria[0].Number != 2 || inhabitants(fresh, all) != 69 {
			t.Errorf("new version: %d pinned to vintage %d with %d", fresh.Number, fresh.Criteria[0].Number, inhabitants(fresh, all))
		}
	})
}

func TestDraftsAreHidden(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	p := Proposal{Key: "essai", Title: series.Text{FR: "Essai"}, Kind: Weighted, Criteria: []Choice{{"population", 2018, WholeWeight}}}
	if _, err := w.s.Propose(t.Context(), auth.Actor{}, p); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("anybody may propose: %v", err)
	}
	if _, err := w.s.Propose(t.Context(), accountant, p); err != nil {
		t.Fatal(err)
	}
	if _, err := w.get(t, auth.Actor{}, "essai"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a draft is seen by anybody: %v", err)
	}
	if _, err := w.get(t, accountant, "essai"); err != nil {
		t.Errorf("a draft is hidden from its editor: %v", err)
	}
}

func TestProposalsAreRefused(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	pop := Choice{"population", 2018, WholeWeight}
	for _, c := range []struct {
		name  string
		p     Proposal
		field string
		code  string
	}{
		{"weights", Proposal{Key: "k1", Title: series.Text{FR: "x"}, Kind: Weighted, Criteria: []Choice{{"population", 2018, 9000}}}, "weight", "key.weights"},
		{"twice", Proposal{Key: "k1", Title: series.Text{FR: "x"}, Kind: Weighted, Criteria: []Choice{{"population", 2018, 5000}, {"population", 2018, 5000}}}, "criterion", "key.twice"},
		{"none", Proposal{Key: "k1", Title: series.Text{FR: "x"}, Kind: Weighted}, "criterion", "key.criteria"},
		{"no figures", Proposal{Key: "k1", Title: series.Text{FR: "x"}, Kind: Weighted, Criteria: []Choice{{"population", 1950, WholeWeight}}}, "criterion", "key.missing"},
		{"missing communes", Proposal{Key: "k1", Title: series.Text{FR: "x"}, Kind: Weighted, Criteria: []Choice{{"new_dwellings", 2025, WholeWeight}}}, "criterion", "key.missing"},
		{"code", Proposal{Key: "K 1", Title: series.Text{FR: "x"}, Kind: Weighted, Criteria: []Choice{pop}}, "key", "key.code"},
		{"reserved code", Proposal{Key: "compare", Title: series.Text{FR: "x"}, Kind: Weighted, Criteria: []Choice{pop}}, "key", "key.code"},
		{"title", Proposal{Key: "k1", Kind: Weighted, Criteria: []Choice{pop}}, "title_fr", "required"},
		{"equal with criteria", Proposal{Key: "k1", Title: series.Text{FR: "x"}, Kind: Equal, Criteria: []Choice{pop}}, "criterion", "key.equal"},
	} {
		_, err := w.s.Propose(t.Context(), accountant, c.p)
		f := fault.From(err)
		if len(f.Fields) == 0 || f.Fields[0].Name != c.field || f.Fields[0].Code != c.code {
			t.Errorf("%s: %v, want %s %s", c.name, err, c.field, c.code)
		}
		if c.name == "missing communes" && len(f.Fields) > 0 && !strings.Contains(f.Fields[0].Args["communes"].(string), ", ") {
			t.Errorf("the communes are not named: %v", f.Fields[0].Args)
		}
	}
}

func TestStatusMachine(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, schemas))
	ctx, day := t.Context(), calendar.MustParse("2027-01-01")
	if err := w.s.Decide(ctx, accountant, "equal", 1, "x", day); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a version in force is decided again: %v", err)
	}
	if err := w.s.Decide(ctx, accountant, "equal", 1, "", calendar.Date{}); len(fault.From(err).Fields) != 2 {
		t.Errorf("without decision and day: %v", err)
	}
	if err := w.s.Retire(ctx, accountant, "equal", 1, day); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Retire(ctx, accountant, "equal", 1, day); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a retired version is retired again: %v", err)
	}
	if err := w.s.Retire(ctx, accountant, "none", 1, day); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an unknown key: %v", err)
	}
}
