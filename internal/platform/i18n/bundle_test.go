package i18n_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/money"

	"github.com/google/go-cmp/cmp"
)

// files makes the file system of a package from language, text pairs.
func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys["locale/"+pairs[i]+".toml"] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

func load(t testing.TB, pairs ...string) *i18n.Bundle {
	t.Helper()
	b := i18n.New("fr", "nl", "en")
	if err := b.Load(files(pairs...)); err != nil {
		t.Fatal(err)
	}
	return b
}

const sampleFR = `
title = "Plan stratégique"
"site.name" = "Beffroi"
[plan]
budget = "{spent:money} sur {total:money} au {d:date}"
actions = {one = "{n} action", other = "{n} actions", many = "{n} d’actions"}
[plan.state]
draft = "Brouillon {{v{n:year}}}"
[kind]
other = "Autre"
`

const sampleNL = `
title = "Strategisch plan"
"site.name" = "Beffroi"
[plan]
budget = "{spent:money} van {total:money} op {d:date}"
actions = {one = "{n} actie", other = "{n} acties"}
state.draft = "Ontwerp {{v{n:year}}}"
`

func TestT(t *testing.T) {
	b := load(t, "fr", sampleFR, "nl", sampleNL)
	fr, nl := b.Printer("fr"), b.Printer("nl")
	args := []any{"spent", money.Cents(123456), "total", money.Cents(1000000), "d", calendar.MustParse("2026-11-23")}
	for _, c := range []struct{ got, want string }{
		{fr.T("title"), "Plan stratégique"},
		{nl.T("title"), "Strategisch plan"},
		{fr.T("site.name"), "Beffroi"},
		{fr.T("kind.other"), "Autre"},
		{fr.T("plan.state.draft", "n", 2026), "Brouillon {v2026}"},
		{fr.T("plan.budget", args...), "1\u202f234,56\u00a0€ sur 10\u202f000,00\u00a0€ au 23 novembre 2026"},
		{nl.T("plan.budget", args...), "€\u00a01.234,56 van €\u00a010.000,00 op 23 november 2026"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if missing := b.Missing(); len(missing) != 0 {
		t.Errorf("Missing = %q", missing)
	}
}

func TestWhatIsMissingShows(t *testing.T) {
	b := load(t, "fr", sampleFR+"\n[only]\nfrench = \"Seulement\"\n", "nl", `title = "Plan"`)
	nl := b.Printer("nl")
	for _, c := range []struct{ got, want string }{
		{nl.T("nowhere"), "⟦nowhere⟧"},
		{nl.N("nowhere.n", 2), "⟦nowhere.n⟧"},
		{nl.T("only.french"), "Seulement"},
		{b.Printer("fr").T("plan.state.draft"), "Brouillon {v⟦n⟧}"},
		{b.Printer("fr").T("plan.state.draft", "n", "deux"), "Brouillon {v⟦n⟧}"},
		{b.Printer("fr").T("plan.state.draft", "n"), "Brouillon {v⟦n⟧}"},
		{b.Printer("fr").T("plan.actions", "n", 3), "3 actions"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	want := []string{
		"fr: plan.actions: plural text asked without its number",
		"fr: plan.state.draft: parameter n absent or of the wrong type",
		"nl: nowhere.n: unknown key",
		"nl: nowhere: unknown key",
		"nl: only.french: not translated",
	}
	if diff := cmp.Diff(want, b.Missing()); diff != "" {
		t.Error(diff)
	}
}

func TestMissingIsBounded(t *testing.T) {
	b := load(t, "fr", sampleFR)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 600 {
				b.Printer("fr").T("k" + strings.Repeat("x", i))
				b.Printer("nl").T("k" + strings.Repeat("x", i))
			}
		})
	}
	wg.Wait()
	if n := len(b.Missing()); n != 1000 {
		t.Errorf("%d kept, want 1000", n)
	}
}

func TestPlurals(t *testing.T) {
	const forms = `actions = {one = "un:{n}", other = "plus:{n}"}`
	const french = `actions = {one = "un:{n}", other = "plus:{n}", many = "de:{n}"}`
	b := load(t, "fr", french, "nl", forms, "en", forms)
	for _, c := range []struct {
		lang string
		n    int64
		want string
	}{
		{"fr", 0, "un:0"}, {"fr", 1, "un:1"}, {"fr", 2, "plus:2"}, {"fr", -1, "un:−1"}, {"fr", -2, "plus:−2"},
		{"fr", 1_000_000, "de:1\u202f000\u202f000"}, {"fr", 1_000_001, "plus:1\u202f000\u202f001"}, {"fr", 1_500_000, "plus:1\u202f500\u202f000"},
		{"nl", 0, "plus:0"}, {"nl", 1, "un:1"}, {"nl", 2, "plus:2"}, {"nl", 1_000_000, "plus:1.000.000"},
		{"en", 0, "plus:0"}, {"en", 1, "un:1"}, {"en", 1_000_001, "plus:1,000,001"},
		{"en", -1 << 63, "plus:−9,223,372,036,854,775,808"},
	} {
		if got := b.Printer(c.lang).N("actions", c.n); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.lang, c.n, got, c.want)
		}
	}
	b = load(t, "fr", forms)
	if got := b.Printer("fr").N("actions", 2_000_000); got != "plus:2\u202f000\u202f000" {
		t.Errorf("without the form many, other is used: %q", got)
	}
}

func TestMap(t *testing.T) {
	b := load(t, "fr", `
fault.nis = "Le code {nis} n’existe pas"
fault.invalid = {one = "{n} valeur", other = "{n} valeurs"}`)
	p := b.Printer("fr")
	if got := p.Map("fault.nis", map[string]any{"nis": "4000"}); got != "Le code 4000 n’existe pas" {
		t.Error(got)
	}
	if got := p.Map("fault.invalid", map[string]any{"n": int64(2)}); got != "2 valeurs" {
		t.Error(got)
	}
	if missing := b.Missing(); len(missing) != 0 {
		t.Errorf("Missing = %q", missing)
	}
	if got := p.Map("fault.invalid", nil); got != "⟦n⟧ valeurs" || len(b.Missing()) == 0 {
		t.Errorf("%q, Missing = %q", got, b.Missing())
	}
}

func TestPrinterFallsBackToTheFirstLanguage(t *testing.T) {
	b := load(t, "fr", sampleFR)
	if got := b.Printer("xx").Lang(); got != "fr" {
		t.Errorf("Printer(xx) speaks %q", got)
	}
	if p := b.Printer("nl"); p.Lang() != "nl" || !p.Has("title") || p.Has("nowhere") {
		t.Errorf("Has: title %v, nowhere %v", p.Has("title"), p.Has("nowhere"))
	}
	if got := i18n.New().Langs(); !slices.Equal(got, []string{"fr"}) {
		t.Errorf("New() speaks %q", got)
	}
	if got := i18n.New("de").Printer("de").Int(1234); got != "1\u202f234" {
		t.Errorf("a language without conventions writes as French does: %q", got)
	}
}

func TestLoadRefusals(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"HTML", `a.b = "un <b>mot</b>"`, "a.b: HTML (<)"},
		{"entity", `a = "un&nbsp;mot"`, "a: HTML (&nbsp;)"},
		{"unpaired open", `a = "un {mot"`, "a: unpaired brace"},
		{"unpaired close", `a = "un mot}"`, "a: unpaired brace"},
		{"bad name", `a = "{Un mot}"`, "parameter {Un mot}"},
		{"unknown format", `a = "{x:euros}"`, `unknown format "euros"`},
		{"in a plural form", `a = {one = "{", other = "x"}`, "a: unpaired brace"},
		{"not a text", `a.b = 3`, "a.b: text or table expected, not int64"},
		{"twice in a file", "\"a.b\" = \"x\"\n[a]\nb = \"y\"", "a.b: key loaded twice"},
		{"bad TOML", `a = `, "locale/fr.toml"},
	} {
		err := i18n.New("fr").Load(files("fr", c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "locale/fr.toml") {
			t.Errorf("%s: error %v, want it to name the file and %q", c.name, err, c.want)
		}
	}
	if err := i18n.New("fr").Load(files("de", `a = "x"`)); err == nil {
		t.Error("a file of a language that the bundle lacks is accepted")
	}
	if err := i18n.New("fr").Load(fstest.MapFS{}); err == nil {
		t.Error("a package without catalogue is accepted")
	}
}

func TestAKeyHasOneOwner(t *testing.T) {
	b := load(t, "fr", `a.b = "x"`, "nl", `a.b = "x"`)
	err := b.Load(files("fr", `a.b = "y"`))
	if err == nil || !strings.Contains(err.Error(), "a.b: key loaded twice") {
		t.Errorf("a second package took key a.b: %v", err)
	}
	if got := b.Printer("fr").T("a.b"); got != "x" {
		t.Errorf("the first text was replaced by %q", got)
	}
	if err := b.Load(files("fr", `a.c = "z"`)); err != nil || !slices.Equal(b.Keys(), []string{"a.b", "a.c"}) {
		t.Errorf("Keys = %q, %v", b.Keys(), err)
	}
}

type stage string

type level int

func (l level) String() string { return "niveau" }

func TestFormats(t *testing.T) {
	at := time.Date(2026, 11, 23, 13, 35, 0, 0, time.UTC)
	day := calendar.MustParse("2019-01-01")
	for _, c := range []struct {
		text  string
		value any
		want  string
	}{
		{"{x}", "Mons", "Mons"}, {"{x}", stage("phase"), "phase"}, {"{x}", level(3), "niveau"},
		{"{x}", 12345, "12\u202f345"}, {"{x}", int64(-5), "−5"}, {"{x}", uint8(7), "7"},
		{"{x}", money.Cents(5), "0,05\u00a0€"}, {"{x}", day, "1er janvier 2019"}, {"{x}", at, "23 novembre 2026 à 14:35"},
		{"{x:text}", "a", "a"}, {"{x:quote}", "a", "«\u00a0a\u00a0»"}, {"{x:de}", "Ath", "d’Ath"}, {"{x:a}", "Le Roeulx", "au Roeulx"},
		{"{x:number}", 1234, "1\u202f234"}, {"{x:number:2}", 1234.5, "1\u202f234,50"}, {"{x:number}", 2.6, "3"},
		{"{x:percent}", 0.1234, "12,3\u00a0%"}, {"{x:percent:0}", 0.1234, "12\u00a0%"},
		{"{x:year}", 2026, "2026"}, {"{x:bytes}", 1_500_000, "1,5\u00a0Mo"},
		{"{x:money}", money.Cents(-100), "−1,00\u00a0€"}, {"{x:moneyshort}", money.Cents(952816563), "9,5\u00a0M€"},
		{"{x:date}", day, "1er janvier 2019"}, {"{x:dateshort}", day, "01/01/2019"}, {"{x:instant}", at, "23 novembre 2026 à 14:35"},
		// Wrong types are never guessed at.
		{"{x}", 1.5, "⟦x⟧"}, {"{x}", nil, "⟦x⟧"}, {"{x}", []int{1}, "⟦x⟧"}, {"{x:money}", 100, "⟦x⟧"}, {"{x}", (*time.Location)(nil), "⟦x⟧"},
		{"{x:number}", money.Cents(1), "⟦x⟧"}, {"{x:number}", "1", "⟦x⟧"}, {"{x:percent}", 12, "⟦x⟧"}, {"{x:text}", 1, "⟦x⟧"},
		{"{x:date}", at, "⟦x⟧"}, {"{x:instant}", day, "⟦x⟧"}, {"{x:year}", "2026", "⟦x⟧"}, {"{x:bytes}", 1.5, "⟦x⟧"},
	} {
		b := load(t, "fr", `k = "`+c.text+`"`)
		if got := b.Printer("fr").T("k", "x", c.value); got != c.want {
			t.Errorf("%s of %T %v: %q, want %q", c.text, c.value, c.value, got, c.want)
		}
	}
}

func BenchmarkT(b *testing.B) {
	var text strings.Builder // a catalogue of the size of the whole program's
	for i := range 2000 {
		fmt.Fprintf(&text, "key%d.name = \"Plan\"\n", i)
	}
	p := load(b, "fr", sampleFR+"[rest]\n"+text.String()).Printer("fr")
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			p.T("rest.key1234.name")
		}
	})
	b.Run("parameters", func(b *testing.B) {
		for b.Loop() {
			p.T("plan.budget", "spent", money.Cents(123456), "total", money.Cents(1), "d", calendar.MustParse("2026-11-23"))
		}
	})
	b.Run("plural", func(b *testing.B) {
		for b.Loop() {
			p.N("plan.actions", 12)
		}
	})
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{"", "a", "{x}", "{{x}}", "{x:money} {y:number:2}", "{", "}", "{}", "{x", "}}", "{{{x}}}", "<b>", "&eacute;", "{x:}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(text)
		b := i18n.New("fr")
		if err := b.Load(files("fr", `k = "`+quoted+`"`)); err != nil {
			return
		}
		got := b.Printer("fr").T("k", "x", 3)
		if !strings.ContainsAny(text, "{}") && got != text {
			t.Fatalf("a text without parameter changed from %q to %q", text, got)
		}
		if strings.Contains(got, "<") {
			t.Fatalf("HTML passed: %q", got)
		}
	})
}

// Texts left for later are those of a Load, and their faults come out.
func TestLaterReadsALanguageWhenItIsAskedFor(t *testing.T) {
	b := i18n.New("fr", "nl")
	b.Later(files("fr", `a.b = "un"`, "nl", `a.b = "{"`))
	if got := b.Printer("fr").T("a.b"); got != "un" {
		t.Errorf("%q", got)
	}
	if got := b.Missing(); len(got) != 0 {
		t.Errorf("Dutch was read: %v", got)
	}
	if got := i18n.Check(b); len(got) == 0 || !strings.Contains(strings.Join(got, ""), "unpaired brace") {
		t.Errorf("%v", got)
	}
}
