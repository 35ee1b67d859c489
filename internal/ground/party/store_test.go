package party

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"beffroi/internal/ground/party/register"
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

var boss = auth.System("test")

// empty is a register over the territory of the reference province, without bodies.
func empty(t testing.TB, d *db.DB) *Service {
	t.Helper()
	pack, err := packs.Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	places := territory.NewService(d)
	area, err := territory.LoadPack(pack)
	if err != nil {
		t.Fatal(err)
	}
	if err := places.Seed(t.Context(), boss, area); err != nil {
		t.Fatal(err)
	}
	return NewService(d, places)
}

// full is the register of the reference province.
func full(t testing.TB, d *db.DB) *Service {
	t.Helper()
	s := empty(t, d)
	pack, _ := packs.Open("hainaut")
	p, err := LoadPack(pack)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Seed(t.Context(), boss, p); err != nil {
		t.Fatal(err)
	}
	return s
}

func each(t *testing.T, f func(t *testing.T, d *db.DB)) { dbtest.Each(t, schemas(), f) }

// fields makes a getter of name, value pairs.
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
		tree, err := s.Tree(t.Context())
		if err != nil || len(tree.All()) != 474 {
			t.Fatalf("%d bodies, %v", len(tree.All()), err)
		}
		for _, b := range tree.All() {
			for _, p := range tree.Check(b) {
				if p.Hard {
					t.Errorf("%s: %+v", b.Ref, p)
				}
			}
		}
		if l := tree.Latest("body-002"); l.Ref != "x-hainaut-formation" {
			t.Errorf("IPFH became %s", l.Ref)
		}
		boards, err := s.Boards(t.Context())
		if err != nil || len(boards) != 4 || !boards[3].Model || len(boards[3].Rules[0].Weights) != 5 {
			t.Fatalf("boards %v %v", boards, err)
		}
		if r, ok := boardOf(boards, "council").Rule("special", calendar.MustParse("2026-11-23"), false); !ok || r.Majority != (Threshold{Num: 2, Den: 3}) {
			t.Errorf("special rule %+v", r)
		}
		m, err := s.Mandates(t.Context(), "organ-conseil")
		if err != nil || len(m) != 2 || m[0].Status != Fictitious {
			t.Errorf("mandates %v %v", m, err)
		}
	})
}

func TestBodyLife(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		b, err := s.CreateBody(t.Context(), boss, fields("ref", "lab", "kind", "service", "domain", "support", "name_fr", "Laboratoire", "parent", "province",
			"valid_from", "2026-01-01", "seat_commune", "53053", "email", "lab@example.be", "website", "https://lab.example.be"))
		if err != nil || b.Version != 1 || b.Seat == 0 {
			t.Fatalf("%+v %v", b, err)
		}
		if b, err = s.UpdateBody(t.Context(), boss, "lab", fields("kind", "service", "name_fr", "Labo", "version", "1", "parent", "province")); err != nil || b.Version != 2 {
			t.Fatalf("%+v %v", b, err)
		}
		if _, err = s.UpdateBody(t.Context(), boss, "lab", fields("kind", "service", "name_fr", "Autre", "version", "1")); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a stale form was taken: %v", err)
		}
		if _, err = s.EndBody(t.Context(), boss, "lab", fields("valid_to", "2026-12-31", "successor", "x-hainaut-formation", "version", "2")); err != nil {
			t.Fatal(err)
		}
		tree, _ := s.Tree(t.Context())
		if l := tree.Body("lab"); l.Successor != "x-hainaut-formation" || l.Version != 3 || l.NameFR != "Labo" {
			t.Errorf("%+v", l)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			list, err := audit.List(tx, audit.Filter{Object: b.Object(), Limit: 10})
			if err == nil && (len(list) != 3 || list[0].Action != "body.end" || list[0].Before == nil) {
				t.Errorf("history %+v", list)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestBodyRefusals(t *testing.T) {
	s := full(t, dbtest.SQLite(t, schemas()))
	good := map[string]string{"ref": "new", "kind": "service", "name_fr": "Neuf"}
	for _, c := range []struct{ field, value, want string }{
		{"ref", "province", "ref:register.duplicate"},
		{"ref", "a b", "ref:register.key"},
		{"ref", "", "ref:required"},
		{"kind", "robot", "kind:register.enum"},
		{"domain", "magic", "domain:register.enum"},
		{"name_fr", " ", "name_fr:required"},
		{"name_fr", strings.Repeat("x", 301), "name_fr:register.long"},
		{"parent", "nobody", "parent:register.unknown"},
		{"parent", "new", "parent:party.cycle"},
		{"valid_from", "2026-02-30", "valid_from:register.date"},
		{"seat_commune", "99999", "seat_commune:register.nis"},
		{"email", "not an address", "email:register.email"},
		{"website", "javascript:alert(1)", "website:register.url"},
		{"successor", "province", "successor:party.successor"},
	} {
		got := func(name string) string {
			if name == c.field {
				return c.value
			}
			return good[name]
		}
		if _, err := s.CreateBody(t.Context(), boss, got); code(t, err) != c.want {
			t.Errorf("%s=%q: %v", c.field, c.value, err)
		}
	}
	_, err := s.CreateBody(t.Context(), boss, fields("ref", "new", "kind", "service", "name_fr", "N", "valid_from", "2026-02-01", "valid_to", "2026-01-01"))
	if code(t, err) != "valid_to:register.period" {
		t.Errorf("dates reversed: %v", err)
	}
	if _, err := s.CreateBody(t.Context(), boss, func(n string) string { return good[n] }); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func TestARegistrarOfOneServiceStaysThere(t *testing.T) {
	s := full(t, dbtest.SQLite(t, schemas()))
	local := auth.Actor{Username: "local", Grants: []auth.Grant{{Role: auth.Registrar, Body: "body-069", Domain: "social"}}}
	if _, err := s.CreateBody(t.Context(), local, fields("ref", "sub", "kind", "service", "domain", "social", "name_fr", "Antenne", "parent", "body-069")); err != nil {
		t.Errorf("below the own body: %v", err)
	}
	for name, get := range map[string]func(string) string{
		"elsewhere":    fields("ref", "s2", "kind", "service", "domain", "social", "name_fr", "X", "parent", "province"),
		"other domain": fields("ref", "s3", "kind", "service", "domain", "culture", "name_fr", "X", "parent", "body-069"),
	} {
		if _, err := s.CreateBody(t.Context(), local, get); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.UpdateBody(t.Context(), local, "sub", fields("kind", "service", "domain", "social", "name_fr", "X", "parent", "province", "version", "1")); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("moved out of the own body: %v", err)
	}
	if _, err := s.CreateBody(t.Context(), auth.Actor{}, fields()); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("nobody: %v", err)
	}
}

func TestMandatesAndBoards(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		ctx := t.Context()
		m, err := s.AddMandate(ctx, boss, "organ-conseil", fields("role", "Conseiller", "holder", "Personne (fictive)", "valid_from", "2024-10-18", "status", "fictitious"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.EndMandate(ctx, boss, m.Ref, fields("valid_to", "2020-01-01", "version", "1")); code(t, err) != "valid_to:register.period" {
			t.Errorf("ended before it began: %v", err)
		}
		if m, err = s.EndMandate(ctx, boss, m.Ref, fields("valid_to", "2026-11-30", "version", "1")); err != nil || m.Version != 2 {
			t.Errorf("%+v %v", m, err)
		}
		if _, err := s.AddMandate(ctx, boss, "organ-conseil", fields("role", "x")); code(t, err) != "holder:required" {
			t.Errorf("no holder: %v", err)
		}
		if err := s.EndBoard(ctx, boss, "council", 1, calendar.MustParse("2030-11-30")); err != nil {
			t.Fatal(err)
		}
		rule := mayors(true)
		rule.Period.From = calendar.MustParse("2030-12-01")
		if err := s.CreateBoard(ctx, boss, Board{Key: "assembly", Name: register.Text{FR: "Assemblée"}, Period: rule.Period, Rules: []VotingRule{rule}}); err != nil {
			t.Fatal(err)
		}
		if err := s.AddRule(ctx, boss, "assembly", 1, rule); err != nil {
			t.Fatal(err)
		}
		if err := s.AddRule(ctx, boss, "assembly", 1, rule); fault.KindOf(err) != fault.Conflict {
			t.Errorf("stale: %v", err)
		}
		boards, _ := s.Boards(ctx)
		for day, want := range map[string]string{"2030-11-30": "college council", "2030-12-01": "assembly college"} {
			var keys []string
			for _, b := range Competent(boards, calendar.MustParse(day)) {
				keys = append(keys, b.Key)
			}
			if got := strings.Join(keys, " "); got != want {
				t.Errorf("%s: %s", day, got)
			}
		}
		if b := boardOf(boards, "assembly"); b.Version != 2 || len(b.Rules) != 2 || b.Rules[1].Version != 2 || b.Rules[0].Double == nil {
			t.Errorf("%+v", b)
		}
		if err := s.CreateBoard(ctx, boss, Board{Key: "assembly", Name: register.Text{FR: "x"}, Body: "nobody"}); err == nil || len(fault.From(err).Fields) != 2 {
			t.Errorf("twice, and of nobody: %v", err)
		}
	})
}

func TestAroundACommune(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			atlas, err := s.places.AtlasTx(tx)
			if err != nil {
				return err
			}
			day := calendar.MustParse("2026-11-23")
			area, _, _ := atlas.Commune("57081")
			a, err := s.BodiesOf(tx, area.ID, atlas, day)
			if err != nil {
				return err
			}
			if len(a.Own) != 2 || len(a.Zones) != 1 || a.Zones[0].Ref != "rz-wallonie-picarde" || len(a.Seated) < 2 {
				t.Errorf("Tournai: %d own, %d zones, %d seated", len(a.Own), len(a.Zones), len(a.Seated))
			}
			counts, err := s.ServicesByDomain(tx, day)
			n := 0
			for _, c := range counts {
				n += c.N
			}
			if err != nil || counts[0].Domain != Education || n < 100 {
				t.Errorf("%v %v", counts, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

const header = "ref,kind,domain,name_fr,name_nl,acronym,parent,valid_from,valid_to,successor,seat_commune\n"

func try(t *testing.T, s *Service, text string) (intake.Outcome, error) {
	t.Helper()
	in := intake.NewService(s.db, s.Targets()[0])
	b, err := in.Apply(t.Context(), boss, intake.Request{Target: "bodies", File: intake.File{Name: "x.csv", Data: []byte(text)}, Again: true})
	return b.Outcome, err
}

// upload keeps the file, as the wizard does, and imports it.
func upload(t *testing.T, s *Service, text string) (intake.Batch, error) {
	t.Helper()
	in := intake.NewService(s.db, s.Targets()[0])
	f, err := in.Upload(t.Context(), boss, "x.csv", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return in.Apply(t.Context(), boss, intake.Request{Target: "bodies", File: f, Again: true})
}

func TestImportRefusesByLine(t *testing.T) {
	s := full(t, dbtest.SQLite(t, schemas()))
	for _, c := range []struct{ row, column, value, code string }{
		{"a,service,,A,,,,,,,\na,service,,B,,,,,,,", "ref", "a", "register.twice"},
		{"a,service,magic,A,,,,,,,", "domain", "magic", "register.enum"},
		{"a,service,,A,,,,,,,99999", "seat_commune", "99999", "register.nis"},
		{"a,service,,A,,,,2026-05-01,2026-04-01,,", "valid_to", "2026-04-01", "register.period"},
		{"a,service,,A,,,b,,,,\nb,service,,B,,,a,,,,", "parent", "b", "party.cycle"},
		{"a,service,,,,,,,,,", "name_fr", "", "required"},
		{"a,service,,A,,,ghost,,,,", "parent", "ghost", "register.unknown"},
	} {
		out, err := try(t, s, header+c.row+"\n")
		if err == nil || len(out.Notes) == 0 {
			t.Errorf("%s was taken", c.row)
			continue
		}
		n := out.Notes[0]
		if n.Code != c.code || n.Column != c.column || n.Value != c.value || n.Line < 2 || n.Severity != intake.Error {
			t.Errorf("%s: %+v", c.row, n)
		}
	}
	tree, _ := s.Tree(t.Context())
	if len(tree.All()) != 474 {
		t.Errorf("a refused file left %d bodies", len(tree.All()))
	}
	out, err := try(t, s, header+"a,service,,L'atelier,,,,,,,55022\n")
	if err != nil || out.Warnings() != 1 || out.Notes[0].Code != "register.recoded" {
		t.Errorf("an old code of La Louvière: %+v %v", out, err)
	}
	if tree, _ = s.Tree(t.Context()); tree.Body("a").NameFR != "L’atelier" {
		t.Errorf("apostrophe: %s", tree.Body("a").NameFR)
	}
}

func TestImportTheListOfServices(t *testing.T) {
	data := shared(t, "services-hainaut.csv")
	each(t, func(t *testing.T, d *db.DB) {
		s := empty(t, d)
		batch, err := upload(t, s, data)
		if err != nil || batch.Outcome.Created != 325 {
			t.Fatalf("%+v %v", batch.Outcome, err)
		}
		tree, _ := s.Tree(t.Context())
		if b := tree.Body("body-002"); b == nil || b.Domain != Training || b.Kind != ServiceBody || b.Acronym != "IPFH" {
			t.Errorf("%+v", b)
		}
		again, err := upload(t, s, data)
		if err != nil || again.Outcome.Unchanged != 325 || again.Outcome.Updated+again.Outcome.Created != 0 {
			t.Errorf("a second time: %+v %v", again.Outcome, err)
		}
		in := intake.NewService(d, s.Targets()[0])
		if err := in.Undo(t.Context(), boss, batch.ID); err != nil {
			t.Fatal(err)
		}
		if tree, _ = s.Tree(t.Context()); len(tree.All()) != 0 {
			t.Errorf("%d bodies left", len(tree.All()))
		}
	})
}

func TestImportOverThePackKeepsWhatIsFiner(t *testing.T) {
	data := shared(t, "services-hainaut.csv")
	s := full(t, dbtest.SQLite(t, schemas()))
	before, _ := s.Tree(t.Context())
	if _, err := upload(t, s, data); err != nil {
		t.Fatal(err)
	}
	after, _ := s.Tree(t.Context())
	if len(after.All()) != 474 {
		t.Errorf("%d bodies", len(after.All()))
	}
	for _, b := range before.All() {
		if a := after.Body(b.Ref); a.Kind != b.Kind || a.Domain != b.Domain || a.Parent != b.Parent || a.Seat != b.Seat {
			t.Errorf("%s: %+v was %+v", b.Ref, a, b)
		}
	}
}

func TestPackLayoutRoundTripAndUndo(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		s := full(t, d)
		pack, _ := packs.Open("hainaut")
		text := read(t, pack, "bodies.csv")
		batch, err := upload(t, s, text)
		if err != nil || batch.Outcome.Unchanged != 474 {
			t.Fatalf("%+v %v", batch.Outcome, err)
		}
		changed, err := upload(t, s, header+"body-069,service,social,DGAS rebaptisée,,,province,,,,\nx-new,service,social,Neuf,,,body-069,,,,\n")
		if err != nil || changed.Outcome.Created != 1 || changed.Outcome.Updated != 1 {
			t.Fatalf("%+v %v", changed.Outcome, err)
		}
		in := intake.NewService(d, s.Targets()[0])
		if _, err := s.CreateBody(t.Context(), boss, fields("ref", "child", "kind", "service", "name_fr", "Enfant", "parent", "x-new")); err != nil {
			t.Fatal(err)
		}
		if err := in.Undo(t.Context(), boss, changed.ID); code(t, err) != "register.in_use" {
			t.Errorf("a body that others hang on was removed: %v", err)
		}
		if _, err := s.UpdateBody(t.Context(), boss, "child", fields("kind", "service", "name_fr", "Enfant", "version", "1")); err != nil {
			t.Fatal(err)
		}
		if err := in.Undo(t.Context(), boss, changed.ID); err != nil {
			t.Fatal(err)
		}
		tree, _ := s.Tree(t.Context())
		if b := tree.Body("body-069"); tree.Body("x-new") != nil || b.NameFR == "DGAS rebaptisée" || b.Version != 3 {
			t.Errorf("after undo: %+v", b)
		}
		again, err := upload(t, s, header+"child,service,,Autre,,,,,,,\n")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.UpdateBody(t.Context(), boss, "child", fields("kind", "service", "name_fr", "Depuis", "version", "3")); err != nil {
			t.Fatal(err)
		}
		if err := in.Undo(t.Context(), boss, again.ID); code(t, err) != "register.changed_since" {
			t.Errorf("a later change was lost: %v", err)
		}
	})
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

func read(t *testing.T, files fs.FS, name string) string {
	t.Helper()
	b, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
