package convert

import (
	"bytes"
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/money"
)

const shared = "../../../../../shared/data/plan/"

var today = calendar.MustParse("2026-11-23")

func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(shared + name)
	if err != nil {
		t.Skip("the shared data are not here")
	}
	return data
}

// coded gives provisional codes their place, as keeping the plan does.
func coded(t testing.TB, r *Read) *outline.Tree {
	t.Helper()
	p := r.Document.Plan
	p.Key = "test"
	p = p.Complete()
	for i, n := range r.Document.Nodes {
		if Provisional(n.Code) {
			level := 0
			if n.Parent != "" {
				level = p.Frame.Level(n.Parent) + 1
			}
			code := outline.NewTree(p, r.Document.Nodes).Codes().Next(level, n.Parent)
			for _, o := range r.Document.Nodes[i:] {
				if o.Parent == n.Code {
					o.Parent = code
				}
			}
			n.Code = code
		}
		n.Position = i
	}
	tree := outline.NewTree(p, r.Document.Nodes)
	if list := tree.Check(); len(list) > 0 {
		t.Fatalf("what was read is not sound: %+v", list)
	}
	return tree
}

func figures(t testing.TB, tree *outline.Tree) (*outline.Figures, []bool) {
	t.Helper()
	f, err := tree.Figures(today, calendar.NewWorkdays())
	if err != nil {
		t.Fatal(err)
	}
	keep := make([]bool, len(tree.Nodes))
	for i := range keep {
		keep[i] = true
	}
	return f, keep
}

// The sample of the exchange, with the counts that its README gives.
func TestReadECompte(t *testing.T) {
	r := ReadECompte(sample(t, "ecomptes-demo-201805V1.xml"), false)
	if len(r.Notes) > 0 {
		t.Fatalf("%+v", r.Notes)
	}
	tree := coded(t, r)
	count := map[int]int{}
	var sum money.Cents
	lines := 0
	for i, n := range tree.Nodes {
		count[tree.Depth(i)]++
		for _, l := range n.Lines {
			lines, sum = lines+1, sum+l.Amount
		}
	}
	if count[0] != 1 || count[1] != 3 || count[2] != 5 || count[3]+count[4] != 15 || count[4] != 3 || lines != 20 || sum != 1_980_055 {
		t.Errorf("levels %v, %d lines, %s", count, lines, sum)
	}
	if r.INS != "99999" || tree.Plan.Term.From.Year() != 2019 || tree.Plan.Term.To != calendar.MustParse("2024-12-31") {
		t.Errorf("%s %+v", r.INS, tree.Plan.Term)
	}
	n := tree.Node("SA.16.17")
	if n == nil || n.Parent != "A.16" || n.Title != "Réaliser un audit énergétique du bâtiment" {
		t.Errorf("%+v", n)
	}
	if n := tree.Node("A.3"); n.State != "running" || n.Planned.To != calendar.MustParse("2020-06-30") || len(n.Actors) != 2 || n.Actors[0].Role != outline.Political || *n.Progress != 0 {
		t.Errorf("%+v", n)
	}
	if n := tree.Node("A.5"); n.State != "planned" || n.Progress != nil {
		t.Errorf("%+v", n)
	}
}

// What is written and read again is the same plan.
func TestECompteRoundTrip(t *testing.T) {
	first := coded(t, ReadECompte(sample(t, "ecomptes-demo-201805V1.xml"), false))
	first.Node("A.3").Lines = append(first.Node("A.3").Lines, outline.Line{Year: 2020, Service: "O", Type: "D", Group: "60", Label: "Prestations", Stage: outline.Estimate, Amount: 12345, Origin: "ecomptes"},
		outline.Line{Year: 2021, Service: "O", Type: "D", Group: "60", Label: "Prestations", Stage: outline.Estimate, Amount: 5, Origin: "ecomptes"})
	first.Node("A.3").Actors = append(first.Node("A.3").Actors, outline.Actor{Role: outline.Responsible, Name: "Exemple", First: "Jeanne", Mrs: true, Phone: "065 00 00 00", Email: "j@example.org"})
	first.Node("A.4").Staff, first.Node("A.4").Text = 1250, "Deux lignes <b>&\nautre"
	var out bytes.Buffer
	f, keep := figures(t, first)
	if err := WriteECompte(&out, f, keep, Sender{"AC", "99999", 2021}); err != nil {
		t.Fatal(err)
	}
	r := ReadECompte(out.Bytes(), false)
	if len(r.Notes) > 0 {
		t.Fatalf("%+v", r.Notes)
	}
	second := coded(t, r)
	if len(second.Nodes) != len(first.Nodes) {
		t.Fatalf("%d nodes, then %d", len(first.Nodes), len(second.Nodes))
	}
	for i, n := range first.Nodes {
		again := second.Nodes[i]
		slices.SortFunc(n.Actors, byRole)
		slices.SortFunc(again.Actors, byRole)
		changes, err := outline.DiffNodes(n, again)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			if c.Field != "position" {
				t.Errorf("%s: %s was %s, is %s", n.Code, c.Field, c.Before, c.After)
			}
		}
	}
}

func byRole(a, b outline.Actor) int {
	return strings.Compare(string(a.Role)+a.Name, string(b.Role)+b.Name)
}

// field is a line of the table of the exchange's schema.
type field struct {
	rule     string
	min, max string
}

func schema(t testing.TB) map[string]field {
	rows, err := csv.NewReader(bytes.NewReader(sample(t, "ecomptes-pst-fields.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]field{}
	for _, r := range rows[1:] {
		m[r[0]] = field{r[1], r[2], r[3]}
	}
	return m
}

// conform lists what an element and what is below it break of the schema.
func conform(m map[string]field, e *element, path string) (list []string) {
	path += "/" + e.name
	rule, ok := m[path]
	if !ok {
		return []string{path + " is not in the schema"}
	}
	text := strings.TrimSpace(e.text)
	if _, most, ok := strings.Cut(rule.rule, "maxLength="); ok {
		if n, err := strconv.Atoi(most); err == nil && utf8.RuneCountInString(text) > n {
			list = append(list, path+" is longer than "+most)
		}
	}
	if strings.Contains(rule.rule, "enumeration=") && !slices.Contains(strings.Fields(rule.rule), "enumeration="+text) {
		list = append(list, path+" has no value "+text)
	}
	count := map[string]int{}
	for _, c := range e.children {
		count[c.name]++
		list = append(list, conform(m, c, path)...)
	}
	for name, f := range m {
		child, ok := strings.CutPrefix(name, path+"/")
		if !ok || strings.Contains(child, "/") || strings.HasPrefix(child, "@") {
			continue
		}
		if f.min == "1" && count[child] == 0 || f.max == "1" && count[child] > 1 {
			list = append(list, path+" has "+strconv.Itoa(count[child])+" "+child)
		}
	}
	return list
}

func TestECompteConforms(t *testing.T) {
	m := schema(t)
	root, err := parseXML(sample(t, "ecomptes-demo-201805V1.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if list := conform(m, root, ""); len(list) > 0 {
		t.Errorf("the sample does not conform to the table: %v", list[:1])
	}
	tree := coded(t, ReadECompte(sample(t, "ecomptes-demo-201805V1.xml"), false))
	tree.Nodes[3].Title = strings.Repeat("très long ", 30)
	var out bytes.Buffer
	f, keep := figures(t, tree)
	if err := WriteECompte(&out, f, keep, Sender{"AC", "99999", 2021}); err != nil {
		t.Fatal(err)
	}
	if root, err = parseXML(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	if list := conform(m, root, ""); len(list) > 0 {
		t.Errorf("%v", list)
	}
	root.child("PST", "DescriptionPST", "Libelle").name = "Titre" // the check itself
	if list := conform(m, root, ""); len(list) != 2 {
		t.Errorf("a wrong name is found: %v", list)
	}
}

// Each row: what is changed in the sample, what the reader says of it and where.
func TestBadECompte(t *testing.T) {
	good := string(sample(t, "ecomptes-demo-201805V1.xml"))
	swap := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the sample has no %q", old)
		}
		return strings.Replace(good, old, with, 1)
	}
	for name, c := range map[string]struct {
		text, code string
		line       int
	}{
		"not XML":              {"PST;2024", "plan.xml.bad", 1},
		"empty":                {"", "plan.xml.bad", 1},
		"cut off":              {good[:len(good)/2], "plan.xml.bad", 0},
		"crossed":              {swap("</Identifiants>", "</Identifiant>"), "plan.xml.bad", 11},
		"document type":        {swap("<dataroot>", "<!DOCTYPE dataroot [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><dataroot>"), "plan.xml.doctype", 2},
		"entity":               {swap("PST 2019-2024", "&x;"), "plan.xml.bad", 15},
		"two roots":            {good + "<dataroot/>", "plan.xml.bad", 0},
		"deep":                 {strings.Repeat("<a>", 100), "plan.xml.large", 1},
		"too large":            {good + strings.Repeat(" ", MaxFile), "plan.xml.large", 1},
		"unknown encoding":     {swap("utf-8", "utf-7"), "plan.xml.bad", 1},
		"wrong encoding label": {swap("utf-8", "iso-8859-1"), "plan.xml.bad", 1},
		"bytes not as told":    {swap("PST 2019-2024", "PST \xe9"), "plan.xml.bad", 15},
		"another file":         {strings.NewReplacer("<dataroot>", "<root>", "</dataroot>", "</root>").Replace(good), "plan.ecompte.root", 2},
		"version":              {swap("201805V1", "202401V1"), "plan.ecompte.version", 3},
		"type":                 {swap("<Type>PST", "<Type>BUDGET"), "plan.ecompte.type", 3},
		"no term":              {swap("<ExerciceFin>2024", "<ExerciceFin>"), "plan.ecompte.year", 17},
		"status":               {swap("<Statut>NON_COMMENCE", "<Statut>PRESQUE"), "plan.ecompte.state", 26},
		"progress":             {swap("<TauxAvancement>0", "<TauxAvancement>beaucoup"), "plan.file.number", 27},
		"date":                 {swap("<DateFin>2020-06-30", "<DateFin>2020-06-31"), "plan.file.date", 0},
		"duplicate id":         {swap(`ElementId="754bb88a6dd441a1ba7786d722e08979"`, `ElementId="neant"`), "plan.ecompte.twice", 38},
		"no id":                {swap(`ElementId="neant"`, `ElementId=""`), "plan.ecompte.id", 20},
		"year outside term":    {swap("<Exercice>2019</Exercice>", "<Exercice>2018</Exercice>"), "plan.ecompte.outside", 0},
		"amount":               {swap("<Montant>0</Montant>", "<Montant>0.001</Montant>"), "plan.file.amount", 0},
		"negative amount":      {swap("<Montant>0</Montant>", "<Montant>-5</Montant>"), "plan.file.amount", 0},
	} {
		r := ReadECompte([]byte(c.text), false)
		if !r.Refused() || r.Notes[0].Code != c.code || c.line > 0 && r.Notes[0].Line != c.line {
			t.Errorf("%s: %+v, want %s at %d", name, r.Notes, c.code, c.line)
		}
	}
}

func TestECompteOptions(t *testing.T) {
	good := string(sample(t, "ecomptes-demo-201805V1.xml"))
	skipped := ReadECompte([]byte(strings.Replace(good, "<Exercice>2019</Exercice>", "<Exercice>2018</Exercice>", 1)), true)
	if skipped.Refused() || len(skipped.Notes) != 1 || skipped.Notes[0].Severity != intake.Warning {
		t.Errorf("a year to be left out: %+v", skipped.Notes)
	}
	more := ReadECompte([]byte(strings.Replace(good, "<Plans/>", "<Plans/><Meteo>soleil</Meteo>", 1)), false)
	if more.Refused() || len(more.Notes) != 1 || more.Notes[0].Code != "plan.xml.unknown" || more.Notes[0].Value != "Meteo" {
		t.Errorf("an element that nobody knows: %+v", more.Notes)
	}
	latin := strings.Replace(good, "utf-8", "ISO-8859-1", 1)
	var b []byte
	for _, c := range latin {
		b = append(b, byte(c))
	}
	if r := ReadECompte(b, false); r.Refused() || coded(t, r).Node("SA.16.17").Title != "Réaliser un audit énergétique du bâtiment" {
		t.Errorf("ISO-8859-1: %+v", r.Notes)
	}
}

func TestPlainText(t *testing.T) {
	for html, want := range map[string]string{
		"<p>Un &amp; deux</p><p>trois</p>":               "Un & deux\ntrois",
		"a<script>alert(1)</script>b<style>x{}</style>c": "abc",
		"<img src=x onerror=alert(1)>texte":              "texte",
		"<!-- caché -->vu <b>gras</b>":                   "vu gras",
		"&lt;script&gt;":                                 "<script>", // a text, and shown as one
		"<a href=\"javascript:x\">lien":                  "lien",
		"a<b":                                            "a",
	} {
		if got := plainText(html); got != want {
			t.Errorf("%q: %q, want %q", html, got, want)
		}
	}
}

func TestMergeECompte(t *testing.T) {
	into := &outline.Node{Code: "A.1", Title: "Ancien", State: "suspended", Tags: []string{"x"}, Priority: true,
		Lines:  []outline.Line{{Year: 2020, Origin: "ecomptes", Amount: 1}, {Year: 2020, Amount: 2}},
		Actors: []outline.Actor{{Role: outline.Pilot, Name: "Service", Body: "B-1"}, {Role: outline.Funder, Name: "Région"}}}
	from := &outline.Node{Title: "Nouveau", State: "running", Health: outline.Blocked, Actors: []outline.Actor{{Role: outline.Pilot, Name: "Service"}}}
	mergeECompte(into, from)
	if into.Title != "Nouveau" || into.State != "suspended" || !into.Priority || len(into.Lines) != 1 || into.Lines[0].Amount != 2 {
		t.Errorf("%+v", into)
	}
	if len(into.Actors) != 2 || into.Actors[0].Body != "B-1" || into.Actors[1].Role != outline.Funder {
		t.Errorf("%+v", into.Actors)
	}
}

func FuzzReadECompte(f *testing.F) {
	f.Add([]byte(`<dataroot><Identifiants><Type>PST</Type><Version>201805V1</Version></Identifiants><PST><DescriptionPST><ExerciceDebut>2019</ExerciceDebut><ExerciceFin>2024</ExerciceFin></DescriptionPST><Volets><Volet ElementId="a"><Libelle>V.1 - x</Libelle><Statut>EN_COURS</Statut></Volet></Volets></PST></dataroot>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := ReadECompte(data, true)
		if len(r.Document.Nodes) != len(r.Document.Places) {
			t.Fatal("a node without a place")
		}
	})
}
