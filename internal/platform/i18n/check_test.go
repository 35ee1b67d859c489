package i18n_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beffroi/internal/platform/i18n"

	"github.com/google/go-cmp/cmp"
)

func TestCheckAcceptsASoundBundle(t *testing.T) {
	b := load(t,
		"fr", "a = \"Prêt\u00a0? {name:de}, {x:number:2}\"\nb = {one = \"une action\", other = \"{n} actions\", many = \"{n} d’actions\"}",
		"nl", "a = \"Klaar? {name}, {x:percent}\"\nb = {one = \"{n} actie\", other = \"{n} acties\"}",
		"en", "a = \"Ready? {name:text}, {x}\"\nb = {one = \"{n} action\", other = \"{n} actions\"}")
	if problems := i18n.Check(b); len(problems) != 0 {
		t.Errorf("%q", problems)
	}
}

func TestCheckFindsEachProblem(t *testing.T) {
	b := load(t,
		"fr", `
absent = "x"
params = "{a} {b:money}"
plural = {one = "une", other = "des"}
colon = "Budget : 3"
quote = "l'action"
forms = {one = "une", other = "des {x}"}
`,
		"nl", `
params = "{a} {b:date} {c}"
plural = "x"
colon = "x"
quote = "l'action"
extra = "x"
forms = {few = "x", other = "x {x}"}
`)
	want := []string{
		`absent: nl: missing`,
		`colon: fr: "t :" needs a non-breaking space`,
		`extra: fr: missing`,
		`forms: nl: plural form "few" never used`,
		`forms: nl: plural form "one" missing`,
		`params: nl: parameter b is date, not money; parameter c too many, compared with fr`,
		`plural: nl: plural in one of fr and nl only`,
		`quote: fr: "l'a": typographic ’ or « » expected`,
	}
	var got []string
	for _, p := range i18n.Check(b) {
		if !strings.Contains(p, ": en: missing") {
			got = append(got, p)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// tree writes name, text pairs below a new folder.
func tree(t *testing.T, pairs ...string) string {
	t.Helper()
	root := t.TempDir()
	for i := 0; i < len(pairs); i += 2 {
		path := filepath.Join(root, filepath.FromSlash(pairs[i]))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(pairs[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const goSource = `package plan

// i18n: plan.kind.* plan.extra
import "beffroi/internal/platform/fault"

func f(p *Printer, s string) error {
	p.T("plan.title")
	x.y.Printer().N("plan.actions", 3)
	T(ctx, "plan.ctx")
	p.T("plan.state." + s)
	p.T(s) // p.T("plan.comment")
	var list fault.Fields
	list.Add("amount", s, "amount.negative", nil)
	list.AddLine(3, "nis", s, "nis", nil)
	set.Add(1)
	if s == "" {
		return &fault.Error{Kind: fault.Gone, Code: "closed"}
	}
	_ = fault.Bad("x", s, "plan."+s, nil)
	return fault.New(fault.Invalid, "plan.late", nil)
}
`

const faultSource = `package fault

func Missing() *Error { return New(NotFound, "absent", Args{"what": 1}) }
func From() *Error    { return &Error{Kind: Internal, Code: "internal"} }
`

const templSource = `package plan

templ page(p *i18n.Printer) {
	<h1>{ p.T("plan.heading") }</h1>
	@ui.Tag(p.N("plan.left", n), p.T("plan.step." + s))
}
`

func TestUsed(t *testing.T) {
	root := tree(t,
		"plan/plan.go", goSource, "fault/fault.go", faultSource, "plan/page.templ", templSource,
		"plan/plan_test.go", `package plan; func g() { p.T("test.only") }`,
		"plan/page_templ.go", `package plan; func g() { p.T("generated.only") }`,
		"node_modules/x.go", `not go at all`, ".hidden/x.go", `neither`)
	got, err := i18n.Used(root)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"fault.absent", "fault.amount.negative", "fault.closed", "fault.internal", "fault.nis", "fault.plan.*", "fault.plan.late",
		"plan.actions", "plan.ctx", "plan.extra", "plan.heading", "plan.kind.*", "plan.left", "plan.state.*", "plan.step.*", "plan.title",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := i18n.Used(tree(t, "bad.go", "package")); err == nil {
		t.Error("a source that does not parse passes")
	}
	if _, err := i18n.Used(filepath.Join(root, "absent")); err == nil {
		t.Error("a folder that does not exist passes")
	}
}

func TestUnmatched(t *testing.T) {
	b := load(t, "fr", "a = \"x\"\nb.one = \"x\"\nb.two = \"x\"\nc = \"x\"", "nl", `d = "x"`)
	unknown, unused := i18n.Unmatched(b, []string{"a", "b.*", "e", "f.*"})
	if diff := cmp.Diff([]string{"e", "f.*"}, unknown); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"c", "d"}, unused); diff != "" {
		t.Error(diff)
	}
}

const literalsSource = `package plan

// Texte hors gabarit, ignoré : <p>Bonjour</p>
var x = "Texte de Go"

css red() {
	color: red;
}

templ page(p *i18n.Printer,
	rows []row,
) {
	<!-- commentaire ignoré -->
	<h1 class="titre" title="Ouvrir le plan" data-x={ f("<p>") }>Le plan</h1>
	// commentaire de templ
	if a > b && len("texte") > 0 {
		<p { attrs... }>{ p.T("plan.title") } &nbsp;&eacute; · 12 %</p>
	} else if c {
		Mot seul
	} else {
		@ui.Button(ui.Props{Label: p.T("x"), Hint: "}"}) {
			<b>enfant</b>
		}
		@icon("fermer")
	}
	for _, r := range rows {
		<input if r.A > 1 {
			aria-label="Nom"
		} placeholder={ p.T("y") } value="valeur"/> suite
	}
	switch x {
		case "texte":
			<br/>
		default:
			{{ y := "texte" }}
	}
	<script type="module">const texte = "a < b";</script>
	<style>p { color: red }</style>
	// i18n: literal
	<b>Beffroi</b>
}

templ (r row) cell() {
	<td>{ children... }</td>
	<td>fin</td>
}
`

func TestLiterals(t *testing.T) {
	root := tree(t, "page.templ", literalsSource, "page.go", "package plan // <p>Bonjour</p>")
	got, err := i18n.Literals(root)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i] = strings.TrimPrefix(got[i], filepath.Join(root, "page.templ")+":")
	}
	want := []string{"14: Ouvrir le plan", "14: Le plan", "19: Mot seul", "22: enfant", "28: Nom", "29: suite", "45: fin"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzLiterals(f *testing.F) {
	for _, seed := range []string{literalsSource, templSource, "templ x() {\n<a b=\"", "templ x() {\n@f(\"\\", "templ x() {\n<script", "templ x() {\n{`", "templ x("} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "x.templ"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := i18n.Literals(dir); err != nil {
			t.Fatal(err)
		}
	})
}
