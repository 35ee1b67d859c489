package plan

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"beffroi/internal/domain/plan/convert"
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/intake"
)

func ecomptes(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("../../../../shared/data/plan/ecomptes-demo-201805V1.xml")
	if err != nil {
		t.Skip("the shared data are not here")
	}
	return data
}

func request(target, name string, data []byte, options ...string) intake.Request {
	r := intake.Request{Target: target, File: intake.File{Name: name, Data: data}, Options: map[string]string{}}
	for i := 0; i < len(options); i += 2 {
		r.Options[options[i]] = options[i+1]
	}
	return r
}

func (s *Service) desk() *intake.Service { return intake.NewService(s.db, s.Targets()...) }

func (s *Service) tree(t testing.TB, key string) *outline.Tree {
	t.Helper()
	var v View
	err := s.db.Read(t.Context(), func(tx *db.Tx) (err error) {
		v, err = s.Open(tx, boss, key, day)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v.Tree
}

// The exchange, brought in twice: the second time nothing changes. A dry run
// writes nothing; an undo leaves nothing.
func TestImportECompte(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		desk := s.desk()
		r := request("plan-ecomptes", "pst.xml", ecomptes(t))
		out, err := desk.Try(t.Context(), boss, r)
		if err != nil || out.Created != 24 || out.Errors() > 0 {
			t.Fatalf("%+v %v", out, err)
		}
		if err := s.db.Read(t.Context(), func(tx *db.Tx) error { _, err := s.Open(tx, boss, "pst-2019-2024", day); return err }); err == nil {
			t.Fatal("a dry run made a plan")
		}
		batch, err := desk.Apply(t.Context(), boss, r)
		if err != nil || batch.Outcome.Created != 24 {
			t.Fatalf("%+v %v", batch.Outcome, err)
		}
		tree := s.tree(t, "pst-2019-2024")
		if len(tree.Nodes) != 24 || tree.Node("SA.16.17") == nil || tree.Nodes[0].Code != "V.1" {
			t.Errorf("%d nodes", len(tree.Nodes))
		}
		r.Again = true
		if again, err := desk.Try(t.Context(), boss, r); err != nil || again.Unchanged != 24 || again.Created+again.Updated > 0 {
			t.Errorf("again: %+v %v", again, err)
		}
		if err := desk.Undo(t.Context(), boss, batch.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.db.Read(t.Context(), func(tx *db.Tx) error { _, err := s.Open(tx, boss, "pst-2019-2024", day); return err }); err == nil {
			t.Error("the plan is still there")
		}
	})
}

// A file that changes a plan: what changed is told field by field, undone to what
// was, and an article that is not there any more goes.
func TestImportChanges(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		desk := s.desk()
		if _, err := desk.Apply(t.Context(), boss, request("plan-ecomptes", "pst.xml", ecomptes(t))); err != nil {
			t.Fatal(err)
		}
		before := s.tree(t, "pst-2019-2024")
		text := string(ecomptes(t))
		text = strings.Replace(text, "A.3 - Engager 2 agents", "A.3 - Engager 3 agents", 1)
		from, to := strings.Index(text, "<Articles>"), strings.Index(text, "</Articles>")
		text = text[:from] + "<Articles>" + text[to:]
		batch, err := desk.Apply(t.Context(), boss, request("plan-ecomptes", "pst.xml", []byte(text)))
		if err != nil || batch.Outcome.Updated != 2 || batch.Outcome.Unchanged != 22 {
			t.Fatalf("%+v %v", batch.Outcome, err)
		}
		fields := ""
		for _, n := range batch.Outcome.Notes {
			fields += fmt.Sprint(n.Value, " ", n.Column, ";")
		}
		if !strings.Contains(fields, "A.3 title;") || !strings.Contains(fields, " lines;") {
			t.Error(fields)
		}
		if err := desk.Undo(t.Context(), boss, batch.ID); err != nil {
			t.Fatal(err)
		}
		changes, err := outline.Diff(before, s.tree(t, "pst-2019-2024"))
		if err != nil || len(changes) > 0 {
			t.Errorf("after the undo: %+v %v", changes, err)
		}
	})
}

func TestUndoAfterAChange(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		desk := s.desk()
		batch, err := desk.Apply(t.Context(), boss, request("plan-ecomptes", "pst.xml", ecomptes(t)))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Report(t.Context(), boss, "pst-2019-2024", "A.3", Report{Version: 1, Progress: points(10)}); err != nil {
			t.Fatal(err)
		}
		if err := desk.Undo(t.Context(), boss, batch.ID); refusal(err) != "plan.undo" || len(s.tree(t, "pst-2019-2024").Nodes) != 24 {
			t.Error(err)
		}
	})
}

func TestImportOptions(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		desk := s.desk()
		for name, c := range map[string]struct {
			r    intake.Request
			want string
		}{
			"another authority":   {request("plan-ecomptes", "x.xml", ecomptes(t), "ins", "53053"), "plan.ecompte.ins"},
			"unknown, stop":       {request("plan-ecomptes", "x.xml", ecomptes(t), "plan", "demo", "unknown", "stop"), "plan.import.unknown"},
			"no key":              {request("plan-ecomptes", "x.xml", ecomptes(t), "plan", "Not A Key"), "plan.key"},
			"not sound":           {request("plan-table", "x.csv", []byte("code,parent,title\nA.9,OS.1,Trop haut\n"), "plan", "demo"), "plan.node.level"},
			"orphan sub-action":   {request("plan-table", "x.csv", []byte("code,parent,title\nSA.77.1,A.77,Seule\n"), "plan", "demo"), "plan.node.parent"},
			"end before start":    {request("plan-table", "x.csv", []byte("code,parent,title,planned_from,planned_to\nA.9,OO.1.1,x,2026-02-01,2026-01-01\n"), "plan", "demo"), "plan.node.period"},
			"too many shares":     {request("plan-table", "x.csv", []byte("code,parent,title,contributions\nA.9,OO.1.1,x,OO.1.2 101\n"), "plan", "demo"), "plan.share.sum"},
			"huge amount":         {request("plan-table", "x.csv", []byte("code,parent,title,budget\nA.9,OO.1.1,x,2026 O D initial 1000000000000.00\n"), "plan", "demo"), "plan.node.amount"},
			"the same code twice": {request("plan-table", "x.csv", []byte("code,parent,title\nA.9,OO.1.1,x\nA.9,OO.1.1,y\n"), "plan", "demo"), "plan.import.twice"},
		} {
			out, err := desk.Try(t.Context(), boss, c.r)
			found := err != nil && refusal(err) == c.want
			for _, n := range out.Notes {
				found = found || n.Severity == intake.Error && n.Code == c.want
			}
			if !found {
				t.Errorf("%s: %+v %v", name, out.Notes, err)
			}
		}
		out, err := desk.Try(t.Context(), boss, request("plan-ecomptes", "x.xml", ecomptes(t), "plan", "demo", "unknown", "skip"))
		if err != nil || out.Skipped != 24-countKnown(s.tree(t, "demo"), ecomptes(t)) {
			t.Errorf("left out: %+v %v", out, err)
		}
		if _, err := desk.Try(t.Context(), reader, request("plan-json", "x.json", nil)); err == nil {
			t.Error("a reader imports")
		}
	})
}

// countKnown is how many nodes of a file a plan has by their codes.
func countKnown(tree *outline.Tree, data []byte) (n int) {
	for _, node := range convert.ReadECompte(data, false).Document.Nodes {
		if tree.Node(node.Code) != nil {
			n++
		}
	}
	return n
}

// The JSON document of a plan makes the same plan under another key, byte for
// byte but for the key and the versions.
func TestDocumentRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		tree := s.tree(t, "demo")
		text, hash, err := tree.Document(day).JSON()
		if err != nil || len(hash) != 64 {
			t.Fatal(err)
		}
		again, sameHash, err := s.tree(t, "demo").Document(day).JSON()
		if err != nil || !bytes.Equal(text, again) || hash != sameHash {
			t.Error("the same plan gives other bytes")
		}
		if _, err := s.desk().Apply(t.Context(), boss, request("plan-json", "plan.json", text, "plan", "copy")); err != nil {
			t.Fatal(err)
		}
		changes, err := outline.Diff(tree, s.tree(t, "copy"))
		if err != nil || len(changes) > 0 {
			t.Errorf("%+v %v", changes, err)
		}
		for name, bad := range map[string]string{
			"plan.json.bad": strings.Replace(string(text), `"title"`, `"titel"`, 1), "plan.json.format": strings.Replace(string(text), outline.Format, "other/9", 1), "plan.json.node": strings.Replace(string(text), `"V.1"`, `"v1"`, 1),
		} {
			r := convert.ReadJSON([]byte(bad))
			if !r.Refused() || r.Notes[0].Code != name {
				t.Errorf("%s: %+v", name, r.Notes)
			}
		}
	})
}

// A node that is gone comes back under its own code when a file names it.
func TestGoneComesBack(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		if err := s.Remove(t.Context(), boss, "demo", "A.3", 1); err != nil {
			t.Fatal(err)
		}
		out, err := s.desk().Apply(t.Context(), boss, request("plan-table", "x.csv", []byte("code,parent,title\nA.3,OO.1.2,Trois\n"), "plan", "demo"))
		if err != nil || out.Outcome.Updated != 1 {
			t.Fatalf("%+v %v", out.Outcome, err)
		}
		if n := s.tree(t, "demo").Node("A.3"); n == nil || n.Version != 3 {
			t.Errorf("%+v", n)
		}
	})
}
