package plan

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register/registertest"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/web"
	"beffroi/packs"
)

// demonstrated is the plan of the demonstration with its history.
func demonstrated(t testing.TB, d *db.DB) *Service {
	t.Helper()
	files, err := packs.Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	s := NewService(d, jobs.NewQueue(d), territory.NewService(d))
	p, err := LoadPack(files)
	if err == nil {
		err = s.Seed(t.Context(), boss, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func serve(t *testing.T, d *db.DB) *registertest.House {
	s := demonstrated(t, d)
	r := &web.Routes{}
	s.Routes(r)
	return registertest.Serve(t, d, r, Locale(), party.Locale(), territory.Locale(), web.Locale())
}

func TestEveryPageInEveryLanguage(t *testing.T) {
	serve(t, dbtest.SQLite(t, schemas())).Walk()
}

func TestPagesAnswer(t *testing.T) {
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		h := serve(t, d)
		for path, want := range map[string]string{
			"/plans":                                             "ADhésioN 4.0",
			"/plans?as_of=2020-01-01":                            "Aucun plan",
			"/plans?format=csv":                                  "adhesion-4,ADhésioN 4.0",
			"/plans/adhesion-4":                                  "Le citoyen au cœur de ses préoccupations",
			"/plans/adhesion-4?flag=late":                        "en retard",
			"/plans/adhesion-4?q=a.77":                           "A.77",
			"/plans/adhesion-4?below=OS.2":                       "OO.2.1",
			"/plans/adhesion-4?format=csv&show=all":              "A.300,",
			"/plans/adhesion-4?as_of=2025-01-15":                 "15 janvier 2025",
			"/plans/adhesion-4/nodes/OS.1":                       "De quoi cet avancement est-il fait",
			"/plans/adhesion-4/nodes/A.7":                        "Crédit inventé",
			"/plans/adhesion-4/gantt":                            `class="chart gantt"`,
			"/plans/adhesion-4/gantt?below=OS.3":                 "OO.3.1",
			"/plans/adhesion-4/compare":                          "modifié",
			"/plans/adhesion-4/compare?format=csv":               "progress",
			"/api/v1/plans/adhesion-4":                           `"fictitious":true`,
			"/api/v1/plans/adhesion-4/nodes/A.1":                 `"figures":`,
			"/api/v1/plans/adhesion-4/nodes?flag=orphan&limit=2": `"next":`,
			"/api/v1/plans/adhesion-4/changes":                   `"kind":"changed"`,
			"/plans/adhesion-4/files/ics":                        "Fin prévue de A.",
		} {
			if code, body := h.Get(path, false); code != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %d without %q", path, code, want)
			}
		}
		for _, path := range []string{"/plans/none", "/plans/adhesion-4/nodes/A.999", "/plans/adhesion-4?as_of=2020-01-01", "/api/v1/plans/adhesion-4/nodes/x"} {
			if code, _ := h.Get(path, false); code != 404 {
				t.Errorf("%s: %d", path, code)
			}
		}
	})
}

// running is an action of the demonstration that its service may report on.
func running(t *testing.T, s *Service) *outline.Node {
	t.Helper()
	for _, n := range s.tree(t, "adhesion-4").Nodes {
		if n.State == "running" && strings.HasPrefix(n.Code, "A.") && n.Progress != nil && !n.Permanent {
			return n
		}
	}
	t.Fatal("nothing runs")
	return nil
}

func TestForms(t *testing.T) {
	d := dbtest.SQLite(t, schemas())
	h := serve(t, d)
	s := NewService(d, jobs.NewQueue(d), territory.NewService(d))
	n := running(t, s)
	version := fmt.Sprint(n.Version)
	if code, body := h.Post(n.Address()+"/report", "version", version, "progress", "101", "remark", "Gardé à l’écran"); code != 422 || !strings.Contains(body, "Gardé à l’écran") || !strings.Contains(body, "de 0 à 100") {
		t.Errorf("too much: %d", code)
	}
	if code, body := h.Post(n.Address()+"/report", "version", version, "progress", "demi"); code != 422 || !strings.Contains(body, `value="demi"`) {
		t.Errorf("no number: %d", code)
	}
	if code, _ := h.Post(n.Address()+"/report", "version", version, "progress", "61", "done", "Les plans"); code != 303 {
		t.Errorf("%d", code)
	}
	if code, body := h.Post(n.Address()+"/report", "version", version, "progress", "62", "remark", "Trop tard"); code != 409 || !strings.Contains(body, "Trop tard") {
		t.Errorf("stale: %d", code)
	}
	if after := s.tree(t, "adhesion-4").Node(n.Code); *after.Progress != 6100 || after.Update.Done != "Les plans" {
		t.Errorf("%+v", after)
	}
	next := fmt.Sprint(n.Version + 1)
	if code, body := h.Post(n.Address()+"/move", "version", next, "to", "done"); code != 422 || !strings.Contains(body, "obligatoire") {
		t.Errorf("without a text: %d", code)
	}
	if code, _ := h.Post(n.Address()+"/move", "version", next, "to", "done", "reason", "Inaugurée"); code != 303 {
		t.Errorf("%d", code)
	}
	if after := s.tree(t, "adhesion-4").Node(n.Code); after.State != "done" || *after.Progress != 10000 {
		t.Errorf("%+v", after)
	}
}

// For random secrecies, every list, picture, file and comparison shows exactly
// what the rule allows; totals include all.
func TestNothingHiddenIsShown(t *testing.T) {
	d := dbtest.SQLite(t, schemas())
	s := opened(t, d)
	printer := i18n.New("fr").Printer("fr")
	rapid.Check(t, func(rt *rapid.T) {
		var nodes []*outline.Node
		for i, n := range s.tree(t, "demo").Nodes {
			c := *n
			c.Title = fmt.Sprintf("Titre-%02d", i)
			c.Secrecy = rapid.SampledFrom(outline.Secrecies()).Draw(rt, "secrecy")
			nodes = append(nodes, &c)
		}
		tree := outline.NewTree(s.tree(t, "demo").Plan, nodes)
		v := volume{tree: tree, workdays: s.shelf.plans["demo"].workdays}
		f, err := v.of(day)
		if err != nil {
			rt.Fatal(err)
		}
		for _, actor := range []auth.Actor{nobody, reader, agentOf("B-1"), agentOf("B-2"), boss} {
			view := View{Figures: f, Visible: visible(actor, tree, day), volume: &v}
			listed, drawn := map[string]bool{}, map[string]bool{}
			for _, i := range view.places(filter{}) {
				listed[tree.Nodes[i].Title] = true
			}
			for _, row := range view.gantt(printer, filter{}).Rows {
				_, title, _ := strings.Cut(row.Label, " ")
				drawn[title] = true
			}
			var file bytes.Buffer
			if err := view.discreet(actor).writeJSON(&file); err != nil {
				rt.Fatal(err)
			}
			for i, n := range tree.Nodes {
				may := sees(actor, n, day)
				for _, above := range tree.Path(i) {
					may = may && sees(actor, above, day)
				}
				if given := strings.Contains(file.String(), n.Title); listed[n.Title] != may || drawn[n.Title] != may || given != may {
					rt.Fatalf("%s may see %s: %t; listed %t, drawn %t", actor.Username, n.Code, may, listed[n.Title], drawn[n.Title])
				}
			}
			if view.Total.Progress.Leaves != 3 {
				rt.Fatal("totals depend on who asks")
			}
		}
	})
}
