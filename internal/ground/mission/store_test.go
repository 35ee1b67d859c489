package mission

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
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
	return []db.Schema{setting.Schema(), audit.Schema(), auth.Schema(), jobs.Schema(), webhook.Schema(), news.Schema(), intake.Schema(), territory.Schema(), party.Schema(), Schema()}
}

var boss = auth.System("test")

func each(t *testing.T, f func(t *testing.T, d *db.DB)) { dbtest.Each(t, schemas(), f) }

// below is the territory and the bodies of the reference province, without missions.
func below(t testing.TB, d *db.DB) (*Service, fs.FS) {
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
	bodies := party.NewService(d, places)
	list, err := party.LoadPack(files)
	if err == nil {
		err = bodies.Seed(t.Context(), boss, list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return NewService(d, places, bodies), files
}

func full(t testing.TB, d *db.DB) *Service {
	t.Helper()
	s, files := below(t, d)
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

func TestSeedHoldsTheReferenceProvince(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		c, err := s.Catalogue(t.Context())
		if err != nil || len(c.All()) != 33 || c.All()[0].Domain != party.Education {
			t.Fatalf("%d missions, %v", len(c.All()), err)
		}
		if f, ok := c.Latest("CUL-ART", Staff, today); !ok || f.Value != 7400 || f.Status != party.Fictitious {
			t.Errorf("74 places are %+v", f)
		}
		list, err := s.Scenarios(t.Context())
		if err != nil || len(list) != 2 || len(list[0].Tags) != 33 || !list[0].Hypothetical {
			t.Fatalf("%v %v", list, err)
		}
		var whole [2]int64
		for i, sc := range list {
			for _, total := range sc.Totals(c, today) {
				whole[i] += total.Cost
			}
			if tag, ok := sc.Of(c, c.Mission("EDU-SEC")); !ok || tag.Sentence.FR == "" {
				t.Errorf("%s: %+v", sc.Key, tag)
			}
		}
		if whole[0] != whole[1] || whole[0] == 0 {
			t.Errorf("the scenarios split %d and %d", whole[0], whole[1])
		}
		if n := len(scenarioOf(list, "status-quo").Totals(c, today)); n != 1 {
			t.Errorf("the status quo knows %d destinies", n)
		}
		held, err := s.HeldBy(t.Context(), "body-069", today)
		if err != nil || len(held) == 0 || held[0].Holder != "body-069" {
			t.Errorf("%v %v", held, err)
		}
	})
}

func TestMissionLife(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		ctx := t.Context()
		m, err := s.CreateMission(ctx, boss, fields("code", "TER-VEL", "title_fr", "Vélo", "domain", "territory", "part", "local-support", "parent", "TER",
			"holder", "body-125", "scope", "list", "communes", "57081;53053", "legal_basis", "CDLD"))
		if err != nil || len(m.Communes) != 2 {
			t.Fatalf("%+v %v", m, err)
		}
		if _, err := s.UpdateMission(ctx, boss, "TER-VEL", fields("title_fr", "Vélo", "domain", "territory", "communes", "51004", "version", "1")); err != nil {
			t.Fatal(err)
		}
		c, _ := s.Catalogue(ctx)
		if m := c.Mission("TER-VEL"); len(m.Communes) != 1 || m.Scope != List || m.Version != 2 || m.Parent != "" {
			t.Errorf("%+v", m)
		}
		if _, err := s.UpdateMission(ctx, boss, "TER-VEL", fields("title_fr", "x", "domain", "territory", "version", "1")); fault.KindOf(err) != fault.Conflict {
			t.Errorf("stale: %v", err)
		}
		if _, err := s.EndMission(ctx, boss, "TER-VEL", fields("valid_to", "2026-01-31", "version", "2")); err != nil {
			t.Fatal(err)
		}
		c, _ = s.Catalogue(ctx)
		for _, m := range c.InForce(today) {
			if m.Code == "TER-VEL" {
				t.Error("an ended mission goes on")
			}
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			atlas, err := s.places.AtlasTx(tx)
			if err != nil {
				return err
			}
			ath, _, _ := atlas.Commune("51004")
			list, err := s.MissionsOf(tx, ath.ID, today)
			if len(list) != 33 {
				t.Errorf("Ath is served by %d missions", len(list))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestFiguresAreAppended(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		ctx := t.Context()
		start, _ := s.Catalogue(ctx)
		before := start.History("CUL-ART")
		if _, err := s.AddFigure(ctx, boss, "CUL-ART", fields("year", "2025", "measure", "cost_cents", "value", "6 500 000,50", "source", "compte 2025")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddFigure(ctx, boss, "CUL-ART", fields("year", "2024", "measure", "staff_fte", "value", "72,5", "source", "compte 2024")); err != nil {
			t.Fatal(err)
		}
		c, _ := s.Catalogue(ctx)
		after := c.History("CUL-ART")
		f, _ := c.Latest("CUL-ART", Cost, today)
		if len(after) != len(before)+2 || f.Value != 650000050 || f.Supersedes == 0 || f.Actor != "test" {
			t.Errorf("%d rows, %+v", len(after), f)
		}
		for _, c := range []struct {
			get  func(string) string
			want string
		}{
			{fields("year", "2025", "measure", "cost_cents", "value", "12,345", "source", "x"), "value:register.amount"},
			{fields("year", "2025", "measure", "cost_cents", "value", "-5", "source", "x"), "value:register.amount"},
			{fields("year", "2025", "measure", "staff_fte", "value", "1,234", "source", "x"), "value:register.decimal"},
			{fields("year", "25", "measure", "users", "value", "5", "source", "x"), "year:register.year"},
			{fields("year", "2025", "measure", "users", "value", "5"), "source:required"},
			{fields("year", "2025", "measure", "users", "source", "x"), "value:required"},
			{fields("year", "2025", "measure", "joy", "value", "5", "source", "x"), "measure:register.enum"},
		} {
			if _, err := s.AddFigure(ctx, boss, "CUL-ART", c.get); code(t, err) != c.want {
				t.Errorf("%s: %v", c.want, err)
			}
		}
	})
}

func TestMissionRefusals(t *testing.T) {
	s := full(t, dbtest.SQLite(t, schemas()))
	good := map[string]string{"code": "N", "title_fr": "Neuf", "domain": "culture"}
	for _, c := range []struct{ field, value, want string }{
		{"code", "EDU", "code:register.duplicate"},
		{"code", "a/b", "code:register.key"},
		{"title_fr", "", "title_fr:required"},
		{"domain", "magic", "domain:register.enum"},
		{"part", "flood-control", "part:mission.part"},
		{"holder", "ghost", "holder:register.unknown"},
		{"parent", "ghost", "parent:register.unknown"},
		{"parent", "N", "parent:party.cycle"},
		{"communes", "57081;99999", "communes:register.nis"},
		{"scope", "list", "communes:required"},
	} {
		_, err := s.CreateMission(t.Context(), boss, func(n string) string {
			if n == c.field {
				return c.value
			}
			return good[n]
		})
		if code(t, err) != c.want {
			t.Errorf("%s=%q: %v", c.field, c.value, err)
		}
	}
	local := auth.Actor{Username: "l", Grants: []auth.Grant{{Role: auth.Registrar, Body: "body-069"}}}
	if _, err := s.AddFigure(t.Context(), local, "CUL-ART", fields()); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("a figure of another body: %v", err)
	}
	if _, err := s.TagMissions(t.Context(), local, "status-quo", 1, nil); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("a scenario by a registrar of one body: %v", err)
	}
}

func TestScenarioLife(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		ctx := t.Context()
		sc, err := s.CreateScenario(ctx, boss, fields("key", "mine", "title_fr", "Le mien"))
		if err != nil || !sc.Hypothetical {
			t.Fatal(err)
		}
		sc, err = s.TagMissions(ctx, boss, "mine", 1, map[string]Tag{"CUL": {Destiny: ToCommunity}, "EDU": {Destiny: Keep}})
		if err != nil || sc.Version != 2 || len(sc.Tags) != 2 {
			t.Fatalf("%+v %v", sc, err)
		}
		if _, err = s.UpdateScenario(ctx, boss, "mine", fields("title_fr", "Autre", "decided", "1", "version", "2")); err != nil {
			t.Fatal(err)
		}
		if _, err = s.TagMissions(ctx, boss, "mine", 2, nil); fault.KindOf(err) != fault.Conflict {
			t.Errorf("stale: %v", err)
		}
		if sc, err = s.TagMissions(ctx, boss, "mine", 3, map[string]Tag{"CUL": {}}); err != nil || len(sc.Tags) != 1 || sc.Hypothetical || sc.Title.FR != "Autre" {
			t.Errorf("%+v %v", sc, err)
		}
		_, err = s.TagMissions(ctx, boss, "mine", 4, map[string]Tag{"GHOST": {Destiny: Keep}, "EDU": {Destiny: "moon"}})
		if err == nil || len(fault.From(err).Fields) != 2 {
			t.Errorf("%v", err)
		}
		if _, err := s.CreateScenario(ctx, boss, fields("key", "mine", "title_fr", "x")); code(t, err) != "key:register.duplicate" {
			t.Errorf("%v", err)
		}
	})
}

func upload(t *testing.T, s *Service, text string) (intake.Batch, error) {
	t.Helper()
	in := intake.NewService(s.db, s.Targets()...)
	f, err := in.Upload(t.Context(), boss, "x.csv", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return in.Apply(t.Context(), boss, intake.Request{Target: "missions", File: f, Again: true})
}

func TestImportThePlan(t *testing.T) {
	data := shared(t, "plan-hainaut.csv")
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		batch, err := upload(t, s, data)
		c, _ := s.Catalogue(t.Context())
		labels, _ := s.Labels(t.Context())
		if err != nil || batch.Outcome.Created != 51 || len(c.All())+len(labels) != 33+51 {
			t.Fatalf("%+v %v: %d missions, %d labels", batch.Outcome, err, len(c.All()), len(labels))
		}
		if m := c.Mission("AD4-T6"); m == nil || m.Domain != party.Territory || m.Period.To.String() != "2030-12-31" {
			t.Errorf("%+v", m)
		}
		if m := c.Mission("APA-A1"); m != nil {
			t.Errorf("a savings measure became a mission: %+v", m)
		}
		again, err := upload(t, s, data)
		if err != nil || again.Outcome.Unchanged != 51 {
			t.Errorf("%+v %v", again.Outcome, err)
		}
		if err := intake.NewService(d, s.Targets()...).Undo(t.Context(), boss, batch.ID); err != nil {
			t.Fatal(err)
		}
		c, _ = s.Catalogue(t.Context())
		if labels, _ = s.Labels(t.Context()); len(c.All()) != 33 || len(labels) != 0 {
			t.Errorf("after undo %d missions and %d labels", len(c.All()), len(labels))
		}
	})
}

func TestImportThePackLayout(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		files, _ := packs.Open("hainaut")
		text, err := fs.ReadFile(files, "missions.csv")
		if err != nil {
			t.Fatal(err)
		}
		batch, err := upload(t, s, string(text))
		if err != nil || batch.Outcome.Unchanged != 33 {
			t.Fatalf("%+v %v", batch.Outcome, err)
		}
		changed, err := upload(t, s, "code,title_fr,domain,communes\nEDU,Écoles,education,57081\n")
		if err != nil || changed.Outcome.Updated != 1 {
			// the scope "all" stands in the register: a list must say that it replaces it
			if err == nil || changed.Outcome.Notes[0].Code != "mission.all_and_list" {
				t.Fatalf("%+v %v", changed.Outcome, err)
			}
		}
		changed, err = upload(t, s, "code,title_fr,domain,scope,communes\nEDU,Écoles,education,list,57081\n")
		if err != nil || changed.Outcome.Updated != 1 {
			t.Fatalf("%+v %v", changed.Outcome, err)
		}
		if err := intake.NewService(d, s.Targets()...).Undo(t.Context(), boss, changed.ID); err != nil {
			t.Fatal(err)
		}
		c, _ := s.Catalogue(t.Context())
		if m := c.Mission("EDU"); m.Scope != All || len(m.Communes) != 0 || m.Title.FR != "Enseignement" {
			t.Errorf("%+v", m)
		}
	})
}

func TestImportRefusesByLine(t *testing.T) {
	s := full(t, dbtest.SQLite(t, schemas()))
	for _, c := range []struct{ text, column, value, code string }{
		{"code,title_fr,domain\nA,a,culture\nA,b,culture\n", "ref", "A", "register.twice"},
		{"code,title_fr,domain\nA,a,magic\n", "domain", "magic", "register.enum"},
		{"code,title_fr,domain,communes\nA,a,culture,57081;4000\n", "communes", "57081;4000", "register.nis"},
		{"code,title_fr,domain,valid_from,valid_to\nA,a,culture,2026-02-01,2026-01-01\n", "valid_to", "2026-01-01", "register.period"},
		{"code,title_fr,domain,parent\nA,a,culture,B\nB,b,culture,A\n", "parent", "B", "party.cycle"},
		{"code,level,parent_code,title_fr,source\nA,dream,,Culture,x\n", "level", "dream", "register.enum"},
		{"code,level,parent_code,title_fr,source\nA,theme,GHOST,Culture,x\n", "parent", "GHOST", "register.unknown"},
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
