package plan

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/domain/plan/rollup"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/jobs"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

func schemas() []db.Schema {
	return []db.Schema{audit.Schema(), auth.Schema(), jobs.Schema(), intake.Schema(), territory.Schema(), Schema()}
}

var (
	boss   = auth.System("test")
	nobody = auth.Actor{}
	reader = auth.Actor{Username: "lectrice", Grants: []auth.Grant{{Role: auth.Auditor}}}
	day    = calendar.MustParse("2026-11-23")
)

// agentOf is an agent of one body.
func agentOf(body string) auth.Actor {
	return auth.Actor{Username: "agent-" + body, Grants: []auth.Grant{{Role: auth.Agent, Body: body}}}
}

func points(n int64) *int64 { return &n }

// opened gives a service over a plan with one pillar, two objectives and three
// actions of two services.
func opened(t testing.TB, d *db.DB) *Service {
	t.Helper()
	s := NewService(d, jobs.NewQueue(d), territory.NewService(d))
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(s.Create(t.Context(), boss, outline.Plan{Key: "demo", Title: "Plan", State: "running", StaleAfter: 90}))
	add := func(parent, title string, change ...func(*outline.Node)) {
		n := outline.Node{Parent: parent, Title: title, State: "running"}
		for _, f := range change {
			f(&n)
		}
		_, err := s.Add(t.Context(), boss, "demo", n)
		ok(err)
	}
	by := func(body string) func(*outline.Node) {
		return func(n *outline.Node) {
			n.Actors = []outline.Actor{{Role: outline.Pilot, Body: body, Name: "Service " + body}}
		}
	}
	add("", "Volet")
	add("V.1", "Objectif")
	add("OS.1", "Premier")
	add("OS.1", "Second")
	add("OO.1.1", "Une", by("B-1"))
	add("OO.1.1", "Deux", by("B-2"), func(n *outline.Node) { n.Secrecy = outline.Restricted })
	add("OO.1.2", "Trois", by("B-1"), func(n *outline.Node) {
		n.Contributions = []outline.Contribution{{To: "OO.1.1", Share: 4000}}
		n.Lines = []outline.Line{{Year: 2026, Service: "O", Type: "D", Stage: outline.Initial, Amount: 10_001}}
	})
	return s
}

func each(t *testing.T, f func(t *testing.T, s *Service)) {
	t.Helper()
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) { f(t, opened(t, d)) })
}

func (s *Service) see(t testing.TB, actor auth.Actor, on calendar.Date) (v View) {
	t.Helper()
	err := s.db.Read(t.Context(), func(tx *db.Tx) (err error) {
		v, err = s.Open(tx, actor, "demo", on)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (s *Service) version(t testing.TB, code string) int64 {
	return s.see(t, boss, day).Tree.Node(code).Version
}

func refusal(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case err == nil:
		return ""
	case !ok:
		return err.Error()
	case len(e.Fields) > 0:
		return e.Fields[0].Name + ":" + e.Fields[0].Code
	}
	return e.Code
}

func TestPlan(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		v := s.see(t, boss, day)
		var codes []string
		for _, n := range v.Tree.Nodes {
			codes = append(codes, n.Code)
		}
		if got := strings.Join(codes, " "); got != "V.1 OS.1 OO.1.1 A.1 A.2 OO.1.2 A.3" {
			t.Fatal(got)
		}
		i, _ := v.Tree.Find("OO.1.1")
		if got := v.Of[i].Money.Planned; got != 4000 {
			t.Errorf("OO.1.1 has %d", got)
		}
		if err := s.Create(t.Context(), boss, outline.Plan{Key: "demo", Title: "Encore"}); refusal(err) != "key:plan.exists" {
			t.Error(err)
		}
		if err := s.Create(t.Context(), boss, outline.Plan{Key: "Not a key", Kind: "x"}); refusal(err) != "key:plan.key" {
			t.Error(err)
		}
		plans := 0
		_ = s.db.Read(t.Context(), func(tx *db.Tx) error {
			list, err := s.Plans(tx, nobody)
			plans = len(list)
			return err
		})
		if plans != 1 {
			t.Errorf("%d plans", plans)
		}
	})
}

func TestReport(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		r := Report{Version: 1, Progress: points(5000), Health: outline.Risk, Remark: "En retard d’un marché"}
		for _, c := range []struct {
			name  string
			actor auth.Actor
			code  string
			r     Report
			want  string
		}{
			{"nobody", nobody, "A.1", r, "signin"}, {"another service", agentOf("B-2"), "A.1", r, "forbidden.scope"}, {"a reader", reader, "A.1", r, "forbidden"},
			{"hidden", agentOf("B-1"), "A.2", r, "absent"}, {"unknown", boss, "A.99", r, "absent"},
			{"stale", agentOf("B-1"), "A.1", Report{Version: 7}, "stale"}, {"an objective", boss, "OO.1.1", r, "progress:plan.node.derived"},
			{"too much", agentOf("B-1"), "A.1", Report{Version: 1, Progress: points(10001)}, "progress:plan.node.progress"},
			{"no such health", agentOf("B-1"), "A.1", Report{Version: 1, Health: "fine"}, "health:param.enum"},
		} {
			if err := s.Report(t.Context(), c.actor, "demo", c.code, c.r); !strings.Contains(refusal(err), c.want) || err == nil {
				t.Errorf("%s: %v, want %s", c.name, err, c.want)
			}
		}
		if err := s.Report(t.Context(), agentOf("B-1"), "demo", "A.1", r); err != nil {
			t.Fatal(err)
		}
		v := s.see(t, boss, day)
		i, _ := v.Tree.Find("A.1")
		if n := v.Tree.Nodes[i]; *n.Progress != 5000 || n.Version != 2 || n.Reported != day || v.Of[i].Flags.Stale {
			t.Errorf("%+v", n)
		}
		if p := v.Of[0].Progress; p.Value.String() != "1/2" || p.Coverage.String() != "1/3" {
			t.Errorf("%s of %s", p.Value, p.Coverage)
		}
		err := s.db.Read(t.Context(), func(tx *db.Tx) error {
			list, err := audit.List(tx, audit.Filter{Object: v.Tree.Nodes[i].Ref(), Limit: 10})
			if err != nil || len(list) != 2 || list[0].Action != "plan.node.report" || list[0].Before == nil {
				t.Errorf("%+v %v", list, err)
			}
			history, err := s.History(tx, nobody, "demo", "A.1", 10)
			if err == nil && (len(history) != 2 || history[0].Actor != "agent-B-1" || history[1].Node.Progress != nil) {
				t.Errorf("%+v", history)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestMove(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		for _, c := range []struct {
			name  string
			actor auth.Actor
			m     Transition
			want  string
		}{
			{"no such way", boss, Transition{Version: 1, To: "draft"}, "plan.move"}, {"without a text", agentOf("B-1"), Transition{Version: 1, To: "done"}, "reason:required"},
			{"another service", agentOf("B-2"), Transition{Version: 1, To: "done", Reason: "x"}, "forbidden.scope"}, {"not the pilot's right", agentOf("B-1"), Transition{Version: 1, To: "abandoned", Reason: "x"}, "forbidden"},
			{"tomorrow", agentOf("B-1"), Transition{Version: 1, To: "done", Reason: "x", On: day.AddDays(1)}, "on:plan.move.future"},
			{"done", agentOf("B-1"), Transition{Version: 1, To: "done", Reason: "Inaugurée", On: day.AddDays(-3)}, ""},
			{"done again", boss, Transition{Version: 2, To: "done", Reason: "x"}, "plan.move"}, {"reopened by the service", agentOf("B-1"), Transition{Version: 2, To: "running", Reason: "x"}, "forbidden"},
			{"reopened", boss, Transition{Version: 2, To: "running", Reason: "Erreur"}, ""},
		} {
			if err := s.Move(t.Context(), c.actor, "demo", "A.1", c.m); refusal(err) != c.want {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
			if c.name == "done" {
				if n := s.see(t, boss, day).Tree.Node("A.1"); *n.Progress != rollup.Whole || n.Actual.To != day.AddDays(-3) || n.Remark != "Inaugurée" {
					t.Errorf("%+v", n)
				}
			}
		}
	})
}

func TestRemoveAndCodes(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		if err := s.Remove(t.Context(), boss, "demo", "OO.1.1", 1); refusal(err) != "plan.node.used" || !strings.Contains(fmt.Sprint(fault.From(err).Args["users"]), "A.1, A.2, A.3") {
			t.Errorf("%v %v", err, fault.From(err).Args)
		}
		if err := s.Remove(t.Context(), agentOf("B-1"), "demo", "A.3", 1); err == nil {
			t.Error("an agent removes a node")
		}
		if err := s.Remove(t.Context(), boss, "demo", "A.3", 1); err != nil {
			t.Fatal(err)
		}
		n, err := s.Add(t.Context(), boss, "demo", outline.Node{Parent: "OO.1.2", Title: "Nouvelle"})
		if err != nil || n.Code != "A.4" || n.State != "draft" {
			t.Errorf("%+v %v", n, err)
		}
		for parent, want := range map[string]string{"A.99": "parent:plan.node.parent", "OS.1": ""} {
			if _, err := s.Add(t.Context(), boss, "demo", outline.Node{Parent: parent, Title: "x"}); refusal(err) != want {
				t.Errorf("below %s: %v", parent, err)
			}
		}
	})
}

func TestEdit(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		n := *s.see(t, boss, day).Tree.Node("A.1")
		n.After = []outline.Tie{{On: "A.3"}}
		n.Progress, n.State = points(9999), "done" // neither is edited here
		if err := s.Edit(t.Context(), boss, "demo", n); err != nil {
			t.Fatal(err)
		}
		if got := s.see(t, boss, day).Tree.Node("A.1"); got.Progress != nil || got.State != "running" || len(got.After) != 1 {
			t.Errorf("%+v", got)
		}
		back := *s.see(t, boss, day).Tree.Node("A.3")
		back.After = []outline.Tie{{On: "A.1"}}
		err := s.Edit(t.Context(), boss, "demo", back)
		if refusal(err) != "after:plan.loop" || fault.From(err).Fields[0].Args["loop"] != "A.1 → A.3 → A.1" {
			t.Error(err)
		}
		back.After, back.Contributions = nil, []outline.Contribution{{To: "OO.1.1", Share: 10001}}
		if err := s.Edit(t.Context(), boss, "demo", back); refusal(err) != "contributions:plan.share.sum" {
			t.Error(err)
		}
		if s.version(t, "A.3") != 1 {
			t.Error("a refused edit was written")
		}
	})
}

func TestClosedPlan(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		if err := s.MovePlan(t.Context(), boss, "demo", 1, "archived"); refusal(err) != "plan.move" {
			t.Error(err)
		}
		if err := s.MovePlan(t.Context(), nobody, "demo", 1, "closed"); err == nil {
			t.Error("anybody closes a plan")
		}
		if err := s.MovePlan(t.Context(), boss, "demo", 1, "closed"); err != nil {
			t.Fatal(err)
		}
		if err := s.Report(t.Context(), boss, "demo", "A.1", Report{Version: 1}); refusal(err) != "plan.closed" {
			t.Error(err)
		}
	})
}

// Who may not see a node does not learn that it is; totals include it.
func TestVisible(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		for _, c := range []struct {
			actor auth.Actor
			sees  bool
		}{{nobody, false}, {reader, false}, {agentOf("B-1"), false}, {agentOf("B-2"), true}, {boss, true}} {
			v := s.see(t, c.actor, day)
			_, err := v.Find("A.2")
			if (err == nil) != c.sees || v.Of[0].Progress.Leaves != 3 {
				t.Errorf("%s: %v, %d leaves", c.actor.Username, err, v.Of[0].Progress.Leaves)
			}
		}
		draft := outline.Plan{Key: "secret", Title: "Brouillon"}
		if err := s.Create(t.Context(), boss, draft); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			actor auth.Actor
			want  fault.Kind
		}{{nobody, fault.NotFound}, {reader, fault.Internal}} {
			err := s.db.Read(t.Context(), func(tx *db.Tx) error {
				_, err := s.Open(tx, c.actor, "secret", day)
				return err
			})
			if fault.KindOf(err) != c.want {
				t.Errorf("%s: %v", c.actor.Username, err)
			}
		}
	})
}

// A plan as it was on each day, deleted nodes included.
func TestAsOf(t *testing.T) {
	for _, open := range []func(testing.TB, []db.Schema) *db.DB{dbtest.SQLite, dbtest.Postgres} {
		t.Run("", func(t *testing.T) {
			d := open(t, schemas())
			s := opened(t, d)
			// The tests' clock stands still: the history is put back by hand.
			shift(t, d, 10)
			if err := s.Report(t.Context(), boss, "demo", "A.1", Report{Version: 1, Progress: points(2500)}); err != nil {
				t.Fatal(err)
			}
			shift(t, d, 10)
			if err := s.Remove(t.Context(), boss, "demo", "A.3", 1); err != nil {
				t.Fatal(err)
			}
			for days, want := range map[int]string{0: "A.1=2500 A.2", 10: "A.1=2500 A.2 A.3", 20: "A.1 A.2 A.3"} {
				v := s.see(t, boss, day.AddDays(-days))
				var got []string
				for _, n := range v.Tree.Nodes {
					if !strings.HasPrefix(n.Code, "A.") {
						continue
					}
					text := n.Code
					if n.Progress != nil {
						text += fmt.Sprintf("=%d", *n.Progress)
					}
					got = append(got, text)
				}
				if strings.Join(got, " ") != want {
					t.Errorf("%d days ago: %v, want %s", days, got, want)
				}
			}
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				_, err := s.Open(tx, boss, "demo", day.AddDays(-21))
				return err
			})
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("before the plan: %v", err)
			}
		})
	}
}

// shift puts the whole history some days back.
func shift(t testing.TB, d *db.DB, days int) {
	t.Helper()
	type row struct {
		code    string
		version int64
		since   time.Time
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		rows, err := db.All(tx, func(s db.Scanner) (r row, err error) {
			var at db.Time
			err = s.Scan(&r.code, &r.version, &at)
			r.since = at.Time
			return r, err
		}, "SELECT code, version, since FROM plan_version")
		for _, r := range rows {
			if err == nil {
				_, err = tx.Exec("UPDATE plan_version SET since = $1 WHERE code = $2 AND version = $3", db.At(r.since.AddDate(0, 0, -days)), r.code, r.version)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What one process wrote, another one sees: the shelf compares revisions.
func TestShelf(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		other := NewService(s.db, jobs.NewQueue(s.db), territory.NewService(s.db))
		other.see(t, boss, day)
		if err := s.Report(t.Context(), boss, "demo", "A.1", Report{Version: 1, Progress: points(100)}); err != nil {
			t.Fatal(err)
		}
		if n := other.see(t, boss, day).Tree.Node("A.1"); n.Progress == nil || *n.Progress != 100 {
			t.Errorf("%+v", n)
		}
		before := other.see(t, boss, day).Tree
		if other.see(t, boss, day).Tree != before {
			t.Error("a plan that did not change was made anew")
		}
	})
}

// A write that is rolled back leaves nothing on the shelf.
func TestRolledBack(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		broken := errors.New("broken")
		err := s.write(t.Context(), boss, "demo", func(c *change) error {
			after, err := c.node("A.1", 1)
			if err != nil {
				return err
			}
			after.Title = "Perdu"
			if err := c.save("plan.node.edit", c.v.tree.Node("A.1"), after, true); err != nil {
				return err
			}
			if v, err := c.s.shelf.open(c.tx, "demo", false); err != nil || v.tree.Node("A.1").Title != "Perdu" {
				t.Errorf("a transaction does not see what it wrote: %v", err)
			}
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if n := s.see(t, boss, day).Tree.Node("A.1"); n.Title != "Une" {
			t.Error(n.Title)
		}
	})
}

func TestStatements(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		for name, c := range map[string]struct {
			on   calendar.Date
			most int64
		}{"now": {day, 2}, "past": {day.AddDays(-1), 4}} {
			shiftOnce := name == "past"
			if shiftOnce {
				shift(t, s.db, 5)
			}
			ctx, counter := db.WithCounter(t.Context())
			err := s.db.Read(ctx, func(tx *db.Tx) error {
				_, err := s.Open(tx, boss, "demo", c.on)
				return err
			})
			if err != nil || counter.N() > c.most {
				t.Errorf("%s: %d statements, %v", name, counter.N(), err)
			}
		}
	})
}
