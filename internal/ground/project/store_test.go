package project

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/news"
	"beffroi/internal/platform/setting"
	"beffroi/internal/platform/webhook"
	"beffroi/packs"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

func schemas() []db.Schema {
	return []db.Schema{setting.Schema(), audit.Schema(), auth.Schema(), jobs.Schema(), webhook.Schema(), news.Schema(), intake.Schema(), territory.Schema(), Schema()}
}

var (
	boss  = auth.System("test")
	today = calendar.MustParse("2026-11-23")
)

func each(t *testing.T, f func(t *testing.T, d *db.DB)) { dbtest.Each(t, schemas(), f) }

func empty(t testing.TB, d *db.DB) (*Service, fs.FS) {
	t.Helper()
	files, err := packs.Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	places := territory.NewService(d)
	areas, err := territory.LoadPack(files)
	if err == nil {
		err = places.Seed(t.Context(), boss, areas)
	}
	if err != nil {
		t.Fatal(err)
	}
	return NewService(d, places), files
}

func full(t testing.TB, d *db.DB) *Service {
	t.Helper()
	s, files := empty(t, d)
	p, err := LoadPack(files)
	if err == nil {
		err = s.Seed(t.Context(), boss, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fields(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func code(t *testing.T, err error) string {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("no refusal: %v", err)
	}
	if len(e.Fields) > 0 {
		return e.Fields[0].Name + ":" + e.Fields[0].Code
	}
	return e.Code
}

func (s *Service) one(t *testing.T, ref string) *Project {
	t.Helper()
	list, err := s.Projects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if p.Ref == ref {
			return p
		}
	}
	return nil
}

func TestRefOf(t *testing.T) {
	if got := RefOf("2017-2018", "Un arbre pour la Wallonie picarde"); got != "supra-2017-un-arbre-pour-la-wallonie-picarde" {
		t.Error(got)
	}
	if got := RefOf("", "Proxi Food"); got != "supra-proxi-food" {
		t.Error(got)
	}
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.String().Draw(t, "title")
		ref := RefOf("2019-2020", title)
		//lint:ignore SA6005 EqualFold also takes the long s for an s, which have different references
		if ref != RefOf("2019-2020", strings.ToUpper(title)) && strings.ToLower(strings.ToUpper(title)) == strings.ToLower(title) && isLatin(title) || len(ref) > 80 {
			t.Fatalf("%q gives %q", title, ref)
		}
	})
}

func isLatin(s string) bool {
	for _, r := range s {
		if r > 0x17f {
			return false
		}
	}
	return !strings.ContainsAny(s, "ſıİŉßẞ")
}

func TestSeedHoldsTheReferenceProvince(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		list, err := s.Projects(t.Context())
		if err != nil || len(list) != 29 {
			t.Fatalf("%d projects, %v", len(list), err)
		}
		p := s.one(t, "SUPRA-2017-03")
		if p.Amount == nil || *p.Amount != 54000000 || len(p.Communes) != 12 || p.Territory == 0 || len(p.Missing()) != 0 {
			t.Errorf("%+v", p)
		}
		if gaps := s.one(t, "SUPRA-2019-05").Missing(); len(gaps) != 4 || gaps[0] != NoAmount {
			t.Errorf("%v", gaps)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			atlas, err := s.places.AtlasTx(tx)
			if err != nil {
				return err
			}
			ath, _, _ := atlas.Commune("51004")
			of, err := s.ProjectsOf(tx, ath.ID, today)
			if len(of) != 3 {
				t.Errorf("Ath has %d projects", len(of))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestProjectLife(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		ctx := t.Context()
		p, err := s.CreateProject(ctx, boss, fields("cycle", "2025-2026", "title_fr", "Piscine commune", "communes", "57081;57018", "amount_eur", "1 250 000,50", "mission", "SUP-APP"))
		if err != nil || p.Ref != "supra-2025-piscine-commune" || *p.Amount != 125000050 || p.State != Unknown {
			t.Fatalf("%+v %v", p, err)
		}
		list, err := s.OfMission(ctx, "SUP-APP", today)
		if err != nil || !slices.ContainsFunc(list, func(q *Project) bool { return q.Ref == p.Ref }) {
			t.Errorf("%+v %v", list, err)
		}
		if _, err = s.UpdateProject(ctx, boss, p.Ref, fields("title_fr", "Piscine", "state", "granted", "version", "1")); err != nil {
			t.Fatal(err)
		}
		if got := s.one(t, p.Ref); got.Amount != nil || len(got.Communes) != 0 || got.Version != 2 {
			t.Errorf("%+v", got)
		}
		if _, err = s.UpdateProject(ctx, boss, p.Ref, fields("title_fr", "x", "version", "1")); fault.KindOf(err) != fault.Conflict {
			t.Errorf("stale: %v", err)
		}
		if _, err = s.UpdateProject(ctx, boss, "ghost", fields()); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%v", err)
		}
		if _, err = s.CreateProject(ctx, auth.Actor{}, fields()); fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("%v", err)
		}
	})
}

func TestProjectRefusals(t *testing.T) {
	s := full(t, dbtest.SQLite(t, schemas()))
	good := map[string]string{"ref": "n", "title_fr": "Neuf"}
	for _, c := range []struct{ field, value, want string }{
		{"ref", "NAQIA", "ref:register.duplicate"},
		{"title_fr", "", "title_fr:required"},
		{"territory", "ter-nowhere", "territory:register.unknown"},
		{"communes", "57081;4000", "communes:register.nis"},
		{"amount_eur", "12,345 euros", "amount_eur:register.amount"},
		{"amount_eur", "1.234", "amount_eur:register.amount"},
		{"amount_eur", "-5", "amount_eur:register.amount"},
		{"amount_cents", "5.5", "amount_cents:register.amount"},
		{"state", "dreamt", "state:register.enum"},
		{"completeness", "complete", "completeness:project.completeness"},
	} {
		_, err := s.CreateProject(t.Context(), boss, func(n string) string {
			if n == c.field {
				return c.value
			}
			return good[n]
		})
		if code(t, err) != c.want {
			t.Errorf("%s=%q: %v", c.field, c.value, err)
		}
	}
}

func upload(t *testing.T, s *Service, text string) (intake.Batch, error) {
	t.Helper()
	in := intake.NewService(s.db, s.Targets()...)
	f, err := in.Upload(t.Context(), boss, "x.csv", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return in.Apply(t.Context(), boss, intake.Request{Target: "projects", File: f, Again: true})
}

func TestImportTheCallsForProjects(t *testing.T) {
	data := shared(t, "supracommunal-projects.csv")
	each(t, func(t *testing.T, d *db.DB) {
		s, _ := empty(t, d)
		batch, err := upload(t, s, data)
		if err != nil || batch.Outcome.Created != 14 {
			t.Fatalf("%+v %v", batch.Outcome, err)
		}
		p := s.one(t, "supra-2017-un-arbre-pour-la-wallonie-picarde")
		if p == nil || len(p.Communes) != 11 || p.State != Granted || p.Territory == 0 {
			t.Errorf("%+v", p)
		}
		again, err := upload(t, s, data)
		if err != nil || again.Outcome.Unchanged != 14 {
			t.Errorf("%+v %v", again.Outcome, err)
		}
		if err := intake.NewService(d, s.Targets()...).Undo(t.Context(), boss, batch.ID); err != nil {
			t.Fatal(err)
		}
		if list, _ := s.Projects(t.Context()); len(list) != 0 {
			t.Errorf("%d projects left", len(list))
		}
	})
}

func TestTheCallsOverThePackMakeNoTwins(t *testing.T) {
	data := shared(t, "supracommunal-projects.csv")
	s := full(t, dbtest.SQLite(t, schemas()))
	batch, err := upload(t, s, data)
	list, _ := s.Projects(t.Context())
	if err != nil || len(list) != 29 || batch.Outcome.Created != 0 {
		t.Fatalf("%d projects, %+v %v", len(list), batch.Outcome, err)
	}
	if p := s.one(t, "SUPRA-2017-06"); p.Title.FR != "Réseau cyclable points-nœuds (Vhello)" || p.Title.NL == "" || p.Completeness != WholeTerritory {
		t.Errorf("%+v", p)
	}
}

func TestPackLayoutRoundTripAndUndo(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s, files := empty(t, d)
		p, err := LoadPack(files)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Seed(t.Context(), boss, p); err != nil {
			t.Fatal(err)
		}
		text, _ := fs.ReadFile(files, "projects.csv")
		batch, err := upload(t, s, string(text))
		if err != nil || batch.Outcome.Unchanged != 29 {
			t.Fatalf("%+v %v", batch.Outcome, err)
		}
		changed, err := upload(t, s, "ref,title_fr,amount_eur\nSUPRA-2017-03,Attractivité,12.50\n")
		if err != nil || changed.Outcome.Updated != 1 || *s.one(t, "SUPRA-2017-03").Amount != 1250 || len(s.one(t, "SUPRA-2017-03").Communes) != 12 {
			t.Fatalf("%+v %v", changed.Outcome, err)
		}
		if err := intake.NewService(d, s.Targets()...).Undo(t.Context(), boss, changed.ID); err != nil {
			t.Fatal(err)
		}
		if p := s.one(t, "SUPRA-2017-03"); *p.Amount != 54000000 || p.Version != 3 || len(p.Communes) != 12 {
			t.Errorf("%+v", p)
		}
	})
}

func TestImportRefusesByLine(t *testing.T) {
	s := full(t, dbtest.SQLite(t, schemas()))
	for _, c := range []struct{ text, column, value, code string }{
		{"ref,title_fr\na,A\na,B\n", "ref", "a", "register.twice"},
		{"ref,title_fr,communes\na,A,57081;99999\n", "communes", "57081;99999", "register.nis"},
		{"ref,title_fr,amount_cents\na,A,12.5\n", "amount_cents", "12.5", "register.amount"},
		{"cycle,territory,title_fr,amount_eur\n2017-2018,wallonie-picarde,A,\"1,2,3\"\n", "amount_eur", "1,2,3", "register.amount"},
		{"cycle,territory,title_fr\n2017-2018,atlantis,A\n", "territory", "ter-atlantis", "register.unknown"},
		{"ref,title_fr,valid_from,valid_to\na,A,2026-02-01,2026-01-01\n", "valid_to", "2026-01-01", "register.period"},
		{"cycle,title_fr\n2017-2018,A\n2017-2018,a\n", "ref", "supra-2017-a", "register.twice"},
	} {
		batch, err := upload(t, s, c.text)
		if err == nil || len(batch.Outcome.Notes) == 0 {
			t.Errorf("%q was taken", c.text)
			continue
		}
		if n := batch.Outcome.Notes[0]; n.Code != c.code || n.Column != c.column || n.Value != c.value || n.Line < 2 {
			t.Errorf("%q: %+v", c.text, n)
		}
	}
}

// shared reads a file of the real data, which is not part of the repository.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("BEFFROI_SHARED")
	if dir == "" {
		dir = "../../../../shared"
	}
	b, err := os.ReadFile(dir + "/data/" + name)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no real data: set BEFFROI_SHARED to the folder that holds data/%s", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
