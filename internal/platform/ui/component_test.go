package ui

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

func TestGuidesKeepThePromises(t *testing.T) {
	for name, page := range guides() {
		for _, f := range faults(t, render(t, page)) {
			t.Errorf("%s: %s", name, f)
		}
	}
}

// The checker itself must see each kind of fault.
func TestFaultsAreSeen(t *testing.T) {
	for text, want := range map[string]string{
		`<p style="color:red">x</p>`:                            "inline style",
		`<button onclick="x()">x</button>`:                      "inline onclick",
		`<script>x()</script>`:                                  "inline script",
		`<a href="javascript:x()">x</a>`:                        "runs a script",
		`<input name="a" id="a">`:                               "without label",
		`<i id="a"></i><i id="a"></i>`:                          "id used twice",
		`<a href="#a">x</a>`:                                    "leads nowhere",
		`<a href="/"></a>`:                                      "says nothing",
		`<nav>x</nav>`:                                          "without name",
		`<table><tr><td>1</td></tr></table>`:                    "table without caption",
		`<img src="a.png">`:                                     "img without alt",
		`<div aria-describedby="a">x</div>`:                     "leads nowhere",
		`<!doctype html><h1>a</h1><h1>b</h1>`:                   "one h1",
		`<h2></h2>`:                                             "empty heading",
		`<table><caption>c</caption><tr><th></th></tr></table>`: "says nothing",
	} {
		got := strings.Join(faults(t, text), "\n")
		if !strings.Contains(got, want) {
			t.Errorf("%s: faults %q, want %q", text, got, want)
		}
	}
}

func TestLayoutHead(t *testing.T) {
	p := examplePage("Mons", "Ce que la Province fait à Mons.")
	p.ThemeHref, p.ColorScheme, p.Canonical = "/theme.css", "dark", "https://example.be/communes/53053"
	text := render(t, Layout(p))
	if !strings.HasPrefix(strings.ToLower(text), "<!doctype html>") {
		t.Errorf("no doctype: %.40q", text)
	}
	root := find(t, text, "html")[0]
	if attr(root, "lang") != "fr" || attr(root, "data-color-scheme") != "dark" {
		t.Errorf("html attributes %v", root.Attr)
	}
	if got := textOf(find(t, text, "title")[0]); got != "Mons — Beffroi" {
		t.Errorf("title %q", got)
	}
	var links []string
	for _, l := range find(t, text, "link") {
		links = append(links, attr(l, "rel")+" "+attr(l, "hreflang")+" "+attr(l, "href"))
	}
	sheet, theme := slices.Index(links, "stylesheet  "+Asset("app.css")), slices.Index(links, "stylesheet  /theme.css")
	if sheet < 0 || theme < sheet {
		t.Errorf("the province's theme must follow app.css: %v", links)
	}
	if !slices.Contains(links, "alternate nl /nl") || !slices.Contains(links, "canonical  https://example.be/communes/53053") {
		t.Errorf("links %v", links)
	}
}

func TestLayoutSkipLinkComesFirst(t *testing.T) {
	a := find(t, render(t, Layout(examplePage("Mons", ""))), "a")
	if attr(a[0], "href") != "#content" || textOf(a[0]) != "Aller au contenu" {
		t.Errorf("first link is %q %q", textOf(a[0]), attr(a[0], "href"))
	}
}

func TestLayoutMarksWhereOneIs(t *testing.T) {
	got := map[string]bool{}
	each(t, render(t, Layout(examplePage("Mons", ""))), func(n *html.Node) {
		if attr(n, "aria-current") == "page" {
			got[textOf(n)] = true
		}
	})
	for _, want := range []string{"Communes", "FR", "Mons"} {
		if !got[want] {
			t.Errorf("%s is not marked current: %v", want, got)
		}
	}
	if len(got) != 3 {
		t.Errorf("marked current: %v", got)
	}
}

// A minimal page has no empty landmarks, lists or dialogs.
func TestLayoutWithoutExtras(t *testing.T) {
	text := render(t, Layout(Page{Lang: "nl", Title: "Thuis", Site: Site{Name: "Beffroi"}, Texts: Texts{Skip: "Naar de inhoud"}}))
	if f := faults(t, text); len(f) > 0 {
		t.Error(f)
	}
	for _, tag := range []string{"nav", "form", "dialog", "ul", "ol", "details"} {
		if n := find(t, text, tag); len(n) > 0 {
			t.Errorf("empty page has a %s", tag)
		}
	}
}

func TestTextIsEscaped(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.String().Draw(r, "text")
		text := render(t, Input(Field{Name: "a", Label: "x" + s, Value: s, Hint: s, Error: s}))
		for _, f := range faults(t, text) {
			r.Errorf("%q: %s", s, f)
		}
		in := find(t, text, "input")
		if len(in) != 1 {
			r.Fatalf("%q makes %d inputs", s, len(in))
		}
		// HTML cannot carry NUL and normalises line ends; the rest returns as typed.
		if !strings.ContainsAny(s, "\x00\r") && attr(in[0], "value") != s {
			r.Errorf("value %q came back as %q", s, attr(in[0], "value"))
		}
	})
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"/communes/53053":        "/communes/53053",
		"?from=12:30":            "?from=12:30",
		"#a:b":                   "#a:b",
		"a/b:c":                  "a/b:c",
		"HTTPS://example.be":     "HTTPS://example.be",
		"mailto:info@example.be": "mailto:info@example.be",
		"":                       "",
		"javascript:alert(1)":    string(templ.FailedSanitizationURL),
		" javascript:alert(1)":   string(templ.FailedSanitizationURL),
		"java\tscript:alert(1)":  string(templ.FailedSanitizationURL),
		"data:text/html,x":       string(templ.FailedSanitizationURL),
		":x":                     string(templ.FailedSanitizationURL),
	} {
		if got := string(address(in)); got != want {
			t.Errorf("address(%q) = %q, want %q", in, got, want)
		}
	}
}

// The check stands in the components, not only in the function.
func TestBadAddressNeverReachesThePage(t *testing.T) {
	bad := "javascript:alert(1)"
	for name, c := range map[string]templ.Component{
		"cell":   NewTable("c", Column{Label: "a"}).Row(LinkTo("x", bad)),
		"chips":  Chips([]Link{{Label: "x", Href: bad}}),
		"button": ButtonLink(Primary, "x", bad),
		"rows":   Rows([]Item{{Title: "x", Href: bad}}),
		"form":   Form(bad),
		"fact":   DefinitionList([]Fact{{Term: "t", Value: "x", Href: bad}}),
		"nav":    Layout(Page{Lang: "fr", Title: "x", Nav: []NavItem{{Label: "x", Href: bad}}, Crumbs: []Link{{Label: "x", Href: bad}, {Label: "y"}}}),
	} {
		if text := render(t, c); strings.Contains(text, "javascript:") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestFieldTiesHintAndError(t *testing.T) {
	f := Field{Name: "email", Label: "Adresse", Hint: "h", Error: "e", Value: "v", Required: true, MaxLength: 80, Autocomplete: "email", Attrs: templ.Attributes{"data-hx-get": "/x"}}
	controls := map[string]templ.Component{
		"input": Input(f), "date": DateField(f), "textarea": Textarea(f, 4), "select": Select(f, []Option{{Label: "…"}, {Value: "v", Label: "V"}}), "file": File(f, ".pdf"), "checkbox": Checkbox(f, false),
	}
	for name, c := range controls {
		text := render(t, c)
		var control *html.Node
		each(t, text, func(n *html.Node) {
			if n.Data == "input" || n.Data == "textarea" || n.Data == "select" {
				control = n
			}
		})
		want := map[string]string{"id": "email", "name": "email", "aria-describedby": "email-hint email-error", "aria-invalid": "true", "maxlength": "80", "autocomplete": "email", "data-hx-get": "/x"}
		for k, v := range want {
			if attr(control, k) != v {
				t.Errorf("%s: %s=%q, want %q", name, k, attr(control, k), v)
			}
		}
		if !has(control, "required") {
			t.Errorf("%s: not required", name)
		}
		if f := faults(t, text); len(f) > 0 {
			t.Errorf("%s: %v", name, f)
		}
	}
}

func TestValuesComeBack(t *testing.T) {
	f := Field{Name: "a", Label: "A", Value: "2"}
	options := []Option{{Value: "1", Label: "un"}, {Value: "2", Label: "deux"}}
	chosen := func(c templ.Component, tag, mark string) (out []string) {
		for _, n := range find(t, render(t, c), tag) {
			if has(n, mark) {
				out = append(out, attr(n, "value"))
			}
		}
		return out
	}
	for name, got := range map[string][]string{
		"select":     chosen(Select(f, options), "option", "selected"),
		"radios":     chosen(Radios(f, options), "input", "checked"),
		"checkboxes": chosen(Checkboxes(f, options, []string{"2"}), "input", "checked"),
	} {
		if !slices.Equal(got, []string{"2"}) {
			t.Errorf("%s: chosen %v, want [2]", name, got)
		}
	}
	if got := textOf(find(t, render(t, Textarea(f, 3)), "textarea")[0]); got != "2" {
		t.Errorf("textarea %q", got)
	}
}

// The summary's link to a group leads to its first choice.
func TestFirstChoiceHasTheFieldsID(t *testing.T) {
	text := render(t, templ.Join(
		ErrorSummary("Une erreur", []FieldError{{"when", "Choisissez"}, {"", "Réessayez plus tard"}}),
		Radios(Field{Name: "when", Label: "Quand ?", Error: "Choisissez"}, []Option{{Value: "m", Label: "matin"}, {Value: "a", Label: "après-midi"}})))
	if f := faults(t, text); len(f) > 0 {
		t.Error(f)
	}
	in := find(t, text, "input")
	if attr(in[0], "id") != "when" || attr(in[1], "id") != "when-2" {
		t.Errorf("ids %q %q", attr(in[0], "id"), attr(in[1], "id"))
	}
	set := find(t, text, "fieldset")[0]
	if attr(set, "aria-describedby") != "when-error" || !has(set, "data-invalid") {
		t.Errorf("fieldset %v", set.Attr)
	}
}

func TestErrorSummary(t *testing.T) {
	if got := render(t, ErrorSummary("Erreurs", nil)); got != "" {
		t.Errorf("no errors, but %q", got)
	}
	box := find(t, render(t, ErrorSummary("Erreurs", []FieldError{{"a", "x"}})), "div")[0]
	if attr(box, "tabindex") != "-1" || !has(box, "autofocus") {
		t.Errorf("the summary cannot take the focus: %v", box.Attr)
	}
}

func TestOptionGroups(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		options := rapid.SliceOf(rapid.Custom(func(r *rapid.T) Option {
			return Option{Value: rapid.StringMatching(`[a-z]{1,3}`).Draw(r, "v"), Label: "x", Group: rapid.SampledFrom([]string{"", "A", "B"}).Draw(r, "g")}
		})).Draw(r, "options")
		var flat []Option
		for i, run := range grouped(options) {
			if i > 0 && run[0].Group == flat[len(flat)-1].Group {
				r.Fatalf("two runs of group %q in a row", run[0].Group)
			}
			flat = append(flat, run...)
		}
		if !slices.Equal(flat, options) {
			r.Fatalf("grouping lost options: %v, want %v", flat, options)
		}
	})
}

func TestTableRefusals(t *testing.T) {
	two := []Column{{Label: "a"}, {Label: "b"}}
	for name, c := range map[string]struct {
		table *DataTable
		want  error
	}{
		"no caption":   {NewTable("", two...), ErrNoCaption},
		"no columns":   {NewTable("c"), ErrNoColumns},
		"no label":     {NewTable("c", Column{Label: "a"}, Column{}), ErrNoColumns},
		"short row":    {NewTable("c", two...).Row(Text("1")), ErrRowLength},
		"long total":   {NewTable("c", two...).Total(Text("1"), Text("2"), Text("3")), ErrRowLength},
		"first reason": {NewTable("", two...).Row(), ErrNoCaption},
		"good":         {NewTable("c", two...).Row(Text("1"), Text("2")), nil},
	} {
		if err := c.table.Render(t.Context(), io.Discard); !errors.Is(err, c.want) || !errors.Is(c.table.Err(), c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestTableStructure(t *testing.T) {
	columns := []Column{{Label: "Rang", Numeric: true}, {Label: "Nom", RowHeader: true, Sort: Sort{Href: "?s", Dir: "descending"}}, {Label: "Part", Unit: "%", Numeric: true}}
	text := render(t, NewTable("Classement", columns...).Row(Text("1"), LinkTo("Mons", "/m"), Text("12,5")).Total(Text(""), Text("Total"), Text("100")))
	var scopes []string
	for _, th := range find(t, text, "th") {
		scopes = append(scopes, attr(th, "scope")+" "+textOf(th))
	}
	want := []string{"col Rang", "col Nom ↓", "col Part (%)", "row Mons", "row Total"}
	if !slices.Equal(scopes, want) {
		t.Errorf("headers %q, want %q", scopes, want)
	}
	head := find(t, text, "th")
	if attr(head[1], "aria-sort") != "descending" || has(head[0], "aria-sort") {
		t.Error("aria-sort belongs to the leading column alone")
	}
	for _, td := range find(t, text, "td") {
		if attr(td, "class") != "n" {
			t.Errorf("number %q is not aligned", textOf(td))
		}
	}
	if columns[0].RowHeader {
		t.Error("NewTable changed the caller's columns")
	}
}

// A shared slice of columns serves many tables.
func TestTableKeepsCallersColumns(t *testing.T) {
	columns := []Column{{Label: "a"}, {Label: "b"}}
	NewTable("c", columns...)
	if columns[0].RowHeader {
		t.Error("NewTable changed the caller's columns")
	}
}

func TestPagerSaysNothingOnOnePage(t *testing.T) {
	if got := render(t, Pager(PageLinks{Label: "Pages"})); strings.TrimSpace(got) != "" {
		t.Errorf("pager of one page: %q", got)
	}
	a := find(t, render(t, Pager(PageLinks{Label: "Pages", Next: Link{Label: "Suivante", Href: "?a=9"}})), "a")
	if len(a) != 1 || attr(a[0], "rel") != "next" || attr(a[0], "href") != "?a=9" {
		t.Errorf("pager of the first page: %v", a)
	}
}

func TestProgressStaysInItsBounds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		done, total := rapid.IntRange(-5, 50).Draw(r, "done"), rapid.IntRange(-2, 20).Draw(r, "total")
		bar := find(t, render(t, Progress("p", "Import", done, total, "x")), "progress")[0]
		if total <= 0 {
			if has(bar, "value") {
				r.Errorf("an open end has no value: %v", bar.Attr)
			}
			return
		}
		want := map[bool]string{true: attr(bar, "max"), false: attr(bar, "value")}[done > total]
		if attr(bar, "value") != want || strings.HasPrefix(attr(bar, "value"), "-") {
			r.Errorf("done %d of %d shows %v", done, total, bar.Attr)
		}
	})
}

func TestStepperMarksTheStep(t *testing.T) {
	li := find(t, render(t, Stepper("Étapes", []Step{{"a", "/a", StepDone, ""}, {"b", "/b", StepCurrent, ""}, {"c", "/c", StepTodo, ""}})), "li")
	for i, want := range []string{"", "step", ""} {
		if attr(li[i], "aria-current") != want {
			t.Errorf("step %d: aria-current %q, want %q", i, attr(li[i], "aria-current"), want)
		}
	}
	// Only a step that is done can be gone back to.
	if a := find(t, render(t, Stepper("É", []Step{{"c", "/c", StepTodo, ""}})), "a"); len(a) > 0 {
		t.Error("a step to come is a link")
	}
}

func TestNoticeRoles(t *testing.T) {
	for kind, want := range map[NoticeKind]string{NoticeError: "alert", NoticeInfo: "status", NoticeSuccess: "status", NoticeWarning: "status"} {
		if got := attr(find(t, render(t, Alert(Notice{Kind: kind, Text: "x"})), "div")[0], "role"); got != want {
			t.Errorf("%q: role %q, want %q", kind, got, want)
		}
	}
}

// Links that say the same are told apart by what they explain.
func TestExplainLinksAreUnique(t *testing.T) {
	label := "D’où vient ce chiffre ?"
	seen := map[string]bool{}
	for _, a := range find(t, render(t, KPIRow([]KPI{{"1", "euros", Link{Label: label, Href: "/1"}}, {"2", "actions", Link{Label: label, Href: "/2"}}})), "a") {
		if seen[textOf(a)] {
			t.Errorf("two links are called %q", textOf(a))
		}
		seen[textOf(a)] = true
	}
	if len(seen) != 2 {
		t.Errorf("links %v", seen)
	}
}
