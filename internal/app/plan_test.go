package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
)

// The contract of the plan command, from an empty database to files and back.
func TestPlanCommands(t *testing.T) {
	exchange := shared(t, "plan/ecomptes-demo-201805V1.xml")
	each(t, func(t *testing.T, d *demo) {
		database, dir := d.copy(t), t.TempDir()
		if got := must(t, database, "plan", "import", "ecomptes", exchange, "--dry-run"); !strings.Contains(got.out, "24 created") || !strings.Contains(got.out, "nothing was written") {
			t.Errorf("%s", got)
		}
		must(t, database, "plan", "import", "ecomptes", exchange)
		for kind, want := range map[string]string{"ecomptes": "<Libelle>A.16 - SA.17 - Réaliser", "json": `"format": "beffroi-plan/1"`, "csv": "SA.16.17,A.16,", "iati": `version="2.03"`, "ics": "BEGIN:VCALENDAR", "gantt-svg": "<svg", "xlsx": "PK"} {
			file := filepath.Join(dir, "plan."+kind)
			must(t, database, "plan", "export", kind, "--plan", "pst-2019-2024", "-o", file)
			data, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(data), want) {
				t.Errorf("%s: %v without %s", kind, err, want)
			}
		}
		for _, kind := range []string{"xlsx", "csv", "json", "ecomptes"} { // what comes out goes in, and changes nothing
			got := must(t, database, "plan", "import", kind, filepath.Join(dir, "plan."+kind), "--plan", "pst-2019-2024", "--again")
			if !strings.Contains(got.out, "0 created, 0 updated, 24 unchanged") {
				t.Errorf("%s again: %s", kind, got)
			}
		}
		got := must(t, database, "plan", "diff", "--plan", "adhesion-4", "--from", "2025-01-01", "--to", "2026-06-30")
		if !strings.Contains(got.out, "changed\tA.") || !strings.Contains(got.out, "\tprogress\tnull\t") {
			t.Errorf("%.500s", got.out)
		}
		past := must(t, database, "plan", "export", "json", "--plan", "adhesion-4", "--as-of", "2025-06-30").out
		if past != must(t, database, "plan", "export", "json", "--plan", "adhesion-4", "--as-of", "2025-06-30").out || !strings.Contains(past, `"as_of": "2025-06-30"`) {
			t.Error("the same day gives other bytes")
		}
	})
}

func TestPlanSchedule(t *testing.T) {
	file := filepath.Join(t.TempDir(), "small.sm")
	text := "jobs :  3\npronr.\n 1 1 0 9 1 7\njobnr. successors\n 1 1 1 2\n 2 1 1 3\n 3 1 0\njobnr. mode\n 1 1 0\n 2 1 7\n 3 1 0\n"
	for name, c := range map[string]struct {
		text, out, err string
		code           int
	}{
		"sound": {text, "7\n", "", 0}, "a loop": {strings.Replace(text, "3 1 0", "3 1 1 1", 1), "", "1 → 2 → 3 → 1", 1}, "no project": {"PK", "", "small.sm, line 1", 1},
	} {
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := run(t, "", "plan", "schedule", file); got.code != c.code || got.out != c.out || !strings.Contains(got.err, c.err) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestPlanRefusals(t *testing.T) {
	d := demos[0]
	database := d.copy(t)
	bad := filepath.Join(t.TempDir(), "bad.xml")
	if err := os.WriteFile(bad, []byte("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><dataroot/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		err  string
	}{
		{[]string{"plan"}, 2, "plan wants one of"}, {[]string{"plan", "import", "pdf", "x"}, 2, "plan wants one of"}, {[]string{"plan", "export", "json"}, 2, "plan wants one of"},
		{[]string{"plan", "export", "docx", "--plan", "adhesion-4"}, 1, "gantt-svg"}, {[]string{"plan", "export", "json", "--plan", "none"}, 1, "does not exist"},
		{[]string{"plan", "export", "json", "--plan", "adhesion-4", "--as-of", "1 May"}, 1, "not a day"}, {[]string{"plan", "schedule", "/nowhere.sm"}, 1, "does not open"},
		{[]string{"plan", "diff", "--plan", "adhesion-4", "--from", "2001-01-01"}, 1, "does not exist"},
	} {
		if got := run(t, database, c.args...); got.code != c.code || !strings.Contains(got.err, c.err) {
			t.Errorf("%v: %s", c.args, got)
		}
	}
	if got := run(t, database, "plan", "import", "ecomptes", bad); got.code != 1 || !strings.Contains(got.out+got.err, "a document type is not allowed") {
		t.Errorf("%s", got)
	}
}

// An element of a plan has its history under the kind that its references have.
func TestHistoryOfAPlanNode(t *testing.T) {
	w := demos[0].write(t)
	report := w.ask(t, auth.Registrar, "POST", "/api/v1/plans/adhesion-4/nodes", `{"parent":"OO.1.1","title":"Une action de plus"}`, "Content-Type", "application/json")
	var n struct{ Code string }
	if err := json.Unmarshal(report.Body.Bytes(), &n); err != nil || report.Code != 201 {
		t.Fatalf("%d %s", report.Code, report.Body)
	}
	if got := w.ask(t, auth.Auditor, "GET", "/history/plan_node/adhesion-4:"+n.Code, ""); got.Code != 200 || !strings.Contains(got.Body.String(), "/plans/adhesion-4/nodes/"+n.Code) {
		t.Errorf("%d without the node's page", got.Code)
	}
}
