package i18n

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Check lists what is wrong between the languages of a bundle, one sentence
// each, sorted: keys without translation, parameters that differ in name or in
// class of format, texts plural in one language only, plural forms that a
// language needs or never uses, French typography, and all that Missing tells. A sound bundle gives none.
func Check(b *Bundle) []string {
	var problems []string
	for _, key := range b.Keys() {
		problems = append(problems, b.checkKey(key)...)
	}
	problems = append(problems, b.Missing()...)
	slices.Sort(problems)
	return problems
}

func (b *Bundle) checkKey(key string) (problems []string) {
	var first *message
	var firstLang string
	for _, lang := range b.langs {
		m := b.texts(lang)[key]
		report := func(format string, args ...any) {
			problems = append(problems, key+": "+lang+": "+fmt.Sprintf(format, args...))
		}
		if m == nil {
			report("missing")
			continue
		}
		checkForms(m, b.printers[lang], report)
		if b.printers[lang].style == styles["fr"] {
			checkFrench(m, report)
		}
		if first == nil {
			first, firstLang = m, lang
			continue
		}
		if m.plural != first.plural {
			report("plural in one of %s and %s only", firstLang, lang)
		}
		if diff := differ(first.params(), m.params()); diff != "" {
			report("%s, compared with %s", diff, firstLang)
		}
	}
	return problems
}

func checkForms(m *message, p *Printer, report func(string, ...any)) {
	if !m.plural {
		return
	}
	needed := neededForms(p)
	for _, name := range slices.Sorted(maps.Keys(formNames)) {
		form := formNames[name]
		has := m.forms[form] != nil
		optional := form == plural.Other || form == plural.Many && p.tag == language.French
		switch {
		case needed[form] && !has:
			report("plural form %q missing", name)
		case has && !needed[form] && !optional:
			report("plural form %q never used", name)
		}
	}
}

// neededForms asks the plural rule about the small numbers, which meet every
// category of the languages of Europe but the French "many".
func neededForms(p *Printer) map[plural.Form]bool {
	needed := map[plural.Form]bool{}
	for n := range int64(200) {
		needed[p.form(n)] = true
	}
	return needed
}

// params returns the class of format of each parameter of all the forms; n is
// left out of plural texts, where "one action" may do without it.
func (m *message) params() map[string]string {
	classes := map[string]string{}
	for _, t := range m.forms {
		if t == nil {
			continue
		}
		for _, s := range t.segments {
			if s.param != "" && !(m.plural && s.param == "n") {
				classes[s.param] = max(classes[s.param], s.format.class)
			}
		}
	}
	return classes
}

// differ says how two languages' parameters differ, "" if they do not.
func differ(want, got map[string]string) string {
	var diffs []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		class, ok := got[name]
		switch {
		case !ok:
			diffs = append(diffs, "parameter "+name+" missing")
		case class != want[name] && class != "" && want[name] != "":
			diffs = append(diffs, fmt.Sprintf("parameter %s is %s, not %s", name, class, want[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			diffs = append(diffs, "parameter "+name+" too many")
		}
	}
	return strings.Join(diffs, "; ")
}

// Rules of French typography that readers notice most: a breaking space before
// high punctuation leaves it alone on the next line.
var (
	breakingSpace = regexp.MustCompile(`[^\s\x{a0}\x{202f}] [:;?!»%€]|« `)
	straightQuote = regexp.MustCompile(`\pL'\pL|"`)
)

func checkFrench(m *message, report func(string, ...any)) {
	for _, t := range m.forms {
		if t == nil {
			continue
		}
		if at := breakingSpace.FindString(t.source); at != "" {
			report("%q needs a non-breaking space", at)
		}
		if at := straightQuote.FindString(t.source); at != "" {
			report("%q: typographic ’ or « » expected", at)
		}
	}
}
