package convert

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/sheet"
)

func points(n int64) *int64 { return &n }

// full is a plan in which every column has something to say.
func full() []*outline.Node {
	day := calendar.MustParse
	return []*outline.Node{
		{Code: "V.1", Title: "Volet", State: "running", Side: outline.External},
		{Code: "OS.1", Parent: "V.1", Title: "Objectif", State: "running"},
		{Code: "OO.1.1", Parent: "OS.1", Title: "Premier", State: "running"},
		{Code: "OO.1.2", Parent: "OS.1", Title: "Second", State: "running"},
		{Code: "A.1", Parent: "OO.1.1", Title: "Action “une” à l’essai", Text: "Sur\ndeux lignes", State: "running", Health: outline.Risk, Remark: "=SUM(A1)", Secrecy: outline.Restricted,
			Priority: true, Permanent: true, Planned: calendar.Period{From: day("2025-01-06"), To: day("2026-12-31")}, Actual: calendar.Period{From: day("2025-02-01")}, Forecast: day("2027-03-31"),
			Reported: day("2026-11-01"), Progress: points(3350), Weight: 7, Staff: 1250,
			Actors:        []outline.Actor{{Role: outline.Pilot, Body: "B-1", Name: "Service technique"}, {Role: outline.Partner, Name: "Commune de Mons"}, {Role: outline.Partner, Name: "Région"}},
			Contributions: []outline.Contribution{{To: "OO.1.2", Share: 2550}},
			Lines: []outline.Line{{Year: 2026, Service: "O", Type: "D", Stage: outline.Initial, Amount: 123456, Article: "012/12145.2026", Label: "Études"},
				{Year: 2026, Service: "E", Type: "R", Stage: outline.Booked, Amount: 5, Funder: "Région"}},
			Communes: []string{"53053", "57081"}, Goals: []string{"11.2"}, Tags: []string{"mobilité"}, Plans: []string{"PAED"}, Missions: []string{"route"}},
		{Code: "A.2", Parent: "OO.1.2", Title: "Deux", State: "planned", After: []outline.Tie{{On: "A.1"}, {On: "A.1", Kind: "SS", Lag: -3}, {On: "A.1", Kind: "FF", Lag: 2}}},
	}
}

func differences(t testing.TB, want, got []*outline.Node) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d nodes, then %d", len(want), len(got))
	}
	for i, n := range want {
		changes, err := outline.DiffNodes(n, got[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			t.Errorf("%s: %s was %s, is %s", n.Code, c.Field, c.Before, c.After)
		}
	}
}

// The same file both ways, as workbook and as CSV.
func TestTableRoundTrip(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"xlsx": func(b *bytes.Buffer) error { return WriteXLSX(b, full()) }, "csv": func(b *bytes.Buffer) error { return WriteCSV(b, full()) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		r := ReadTable(b.Bytes())
		if len(r.Notes) > 0 {
			t.Fatalf("%s: %+v", name, r.Notes)
		}
		for _, n := range r.Document.Nodes {
			n.Remark = strings.TrimPrefix(n.Remark, "'") // CSV keeps formulas from running
		}
		differences(t, full(), r.Document.Nodes)
		into := full()
		for i, n := range r.Document.Nodes {
			into[i].Lines = slices.Clone(into[i].Lines)
			r.Merge(into[i], n)
		}
		differences(t, full(), into)
	}
}

// Columns may come in any order, and most may be absent: what a file does not
// have stays as it was.
func TestTableWithFewColumns(t *testing.T) {
	r := ReadTable([]byte("Title,code,parent\nAutre titre,A.1,OO.1.1\n"))
	if len(r.Notes) > 0 || len(r.Document.Nodes) != 1 {
		t.Fatalf("%+v", r.Notes)
	}
	into := full()[4]
	r.Merge(into, r.Document.Nodes[0])
	if into.Title != "Autre titre" || len(into.Lines) != 2 || into.State != "running" || into.Actors[0].Body != "B-1" {
		t.Errorf("%+v", into)
	}
}

// Each row of what a table refuses, with its cell.
func TestBadTable(t *testing.T) {
	head := "code,parent,title,state,priority,planned_from,progress_percent,budget,after,weight\n"
	row := func(changes ...string) string {
		cells := map[string]string{"code": "A.1", "parent": "OO.1.1", "title": "Titre"}
		for i := 0; i < len(changes); i += 2 {
			cells[changes[i]] = changes[i+1]
		}
		var list []string
		for _, name := range strings.Split(strings.TrimSpace(head), ",") {
			list = append(list, cells[name])
		}
		return head + strings.Join(list, ",") + "\n"
	}
	for name, c := range map[string]struct{ text, code, cell string }{
		"empty":              {"", sheet.CodeEmpty, ""},
		"missing column":     {"code,title\nA.1,x\n", "plan.table.missing", ""},
		"renamed column":     {"code,parent,titel\nA.1,,x\n", "plan.table.column", "C1"},
		"no date":            {row("planned_from", "bientôt"), "plan.cell.date", "F2"},
		"date of no month":   {row("planned_from", "2026-13-01"), "plan.cell.date", "F2"},
		"formula error":      {row("title", "#REF!"), "plan.cell.formula", "C2"},
		"neither yes nor no": {row("priority", "peut-être"), "plan.cell.yes", "E2"},
		"no number":          {row("progress_percent", "moitié"), "plan.cell.number", "G2"},
		"negative":           {row("weight", "-1"), "plan.cell.number", "J2"},
		"too fine":           {row("progress_percent", "33.333"), "plan.cell.number", "G2"},
		"budget":             {row("budget", "2026 O D initial"), "plan.cell.budget", "H2"},
		"budget amount":      {row("budget", "2026 O D initial 1.234"), "plan.cell.budget", "H2"},
		"lag":                {row("after", "A.2 FS+x"), "plan.cell.tie", "I2"},
		"twins":              {row() + "A.2,OO.1.1,TITRE,,,,,,,\n", "plan.table.twin", ""},
	} {
		r := ReadTable([]byte(c.text))
		if !r.Refused() || r.Notes[0].Code != c.code || c.cell != "" && r.Notes[0].Args["cell"] != c.cell {
			t.Errorf("%s: %+v, want %s at %s", name, r.Notes, c.code, c.cell)
		}
	}
	all := ReadTable([]byte(row("planned_from", "bientôt", "priority", "peut-être", "weight", "-1")))
	if len(all.Notes) != 3 {
		t.Errorf("not every error at once: %+v", all.Notes)
	}
	for name, r := range map[string]*Read{"damaged": ReadTable([]byte("PK\x03\x04nothing")), "pdf": ReadTable([]byte("%PDF-1.7 xx"))} {
		if !r.Refused() || !strings.HasPrefix(r.Notes[0].Code, "sheet.") {
			t.Errorf("%s: %+v", name, r.Notes)
		}
	}
}

// Dates that a spreadsheet keeps as numbers are days.
func TestDatesAsNumbers(t *testing.T) {
	r := ReadTable([]byte("code,parent,title,planned_from\nA.1,OO.1.1,x,46349\n"))
	if r.Refused() || r.Document.Nodes[0].Planned.From != calendar.MustParse("2026-11-23") {
		t.Errorf("%+v", r.Notes)
	}
}

func TestTerritories(t *testing.T) {
	data := sample(t, "modele-import-pa.xlsx")
	r := ReadTable(data)
	if len(r.Notes) > 0 {
		t.Fatalf("%+v", r.Notes)
	}
	tree := coded(t, r)
	if len(tree.Nodes) != 4 {
		t.Fatalf("%d nodes", len(tree.Nodes))
	}
	n := tree.Nodes[3]
	if n.State != "planned" || !n.Permanent || n.Planned.From != calendar.MustParse("2022-11-16") || !strings.HasPrefix(tree.Nodes[1].Title, "1.1. Améliorer") {
		t.Errorf("%+v", n)
	}
	var sum money.Cents
	for _, l := range n.Lines {
		sum += l.Net()
	}
	if len(n.Lines) != 4 || sum != 12_456_600-5_000_000-1_500_000-1_200_000 {
		t.Errorf("%d lines, %s", len(n.Lines), sum)
	}
	if got := fmt.Sprint(n.Actors[0].Role, n.Actors[0].Name, " ", len(n.Actors)); !strings.HasPrefix(got, "pilot") {
		t.Error(got)
	}
}

func TestTerritoriesWithOtherHeadings(t *testing.T) {
	var b bytes.Buffer
	x, err := sheet.NewXLSXWriter(&b, "Fichier dimport")
	if err != nil {
		t.Fatal(err)
	}
	first := make([]sheet.Column, len(territoriesHeadings))
	for i := range first {
		first[i].Title = fmt.Sprint("Groupe ", i)
	}
	_ = x.Header(first...)
	heads := make([]any, len(territoriesHeadings))
	for i, h := range territoriesHeadings {
		heads[i] = h
	}
	heads[1], heads[2] = heads[2], heads[1]
	_ = x.Row(heads...)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	r := ReadTable(b.Bytes())
	if len(r.Notes) != 2 || r.Notes[0].Code != "plan.table.heading" || r.Notes[0].Args["cell"] != "B2" || r.Notes[0].Args["expected"] != "Sous-axe (x.x)" {
		t.Errorf("%+v", r.Notes)
	}
}

func TestLetter(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := letter(i); got != want {
			t.Errorf("%d: %s", i, got)
		}
	}
}

// Numbers survive writing and reading at every scale.
func TestDecimals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, scale := rapid.Int64Range(0, 1<<50).Draw(t, "n"), rapid.IntRange(1, 4).Draw(t, "scale")
		if got, ok := scaled(decimals(n, scale), scale); !ok || got != n {
			t.Fatalf("%d of scale %d is %s, read as %d", n, scale, decimals(n, scale), got)
		}
	})
}

func FuzzReadTable(f *testing.F) {
	f.Add([]byte("code,parent,title,budget,after,contributions\nA.1,OO.1.1,x,2026 O D initial 1.5 | a,A.2 FS+1,OO.1.2 25\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := ReadTable(data)
		if !r.Refused() && r.Merge != nil {
			for _, n := range r.Document.Nodes {
				r.Merge(&outline.Node{}, n)
			}
		}
	})
}
