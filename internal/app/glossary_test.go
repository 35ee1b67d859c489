package app_test

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/app"
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/ground/key"
	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/mission"
	"beffroi/internal/ground/party"
	"beffroi/internal/ground/project"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/files"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/notice"
)

// glossaryLists are the sections of GLOSSARY.md whose rows are the values of a
// type: all of them, and nothing else.
func glossaryLists(t *testing.T) map[string][]string {
	return map[string][]string{
		"Kinds of objects":                 objectKinds(t),
		"Roles":                            words(auth.Roles()),
		"Kinds of areas":                   words(territory.Kinds()),
		"Territorial events":               words([]territory.EventKind{territory.Recode, territory.Merge, territory.Split, territory.Rename, territory.Transfer, territory.Start, territory.End}),
		"Kinds of bodies":                  words(party.Kinds()),
		"Domains":                          words(party.Domains()),
		"Parts of territorial development": words(mission.Parts()),
		"Measures of missions":             words(mission.Measures()),
		"Scenario tags":                    words(mission.Destinies()),
		"States of projects":               words(project.States()),
		"Completeness of projects":         words(project.Degrees()),
		"Kinds of ledger entries":          words(ledger.Kinds()),
		"Attributions":                     words(ledger.Attributions()),
		"Measures of the ledger":           words(ledger.Measures()),
		"Kinds of keys":                    words([]key.Kind{key.Weighted, key.Equal}),
		"States of key versions":           words([]key.Status{key.Draft, key.InForce, key.Retired}),
		"Ways of counting votes":           words(party.Counts()),
		"Bases of a majority":              words(party.Bases()),
		"States of files":                  words(files.States()),
		"States of jobs":                   words(jobs.States()),
		"States of letters":                words(mail.States()),
		"Frequencies of notices":           words(notice.Frequencies()),
		"Phases of plans":                  words(outline.Phases()),
		"Stages of budget lines":           words(outline.Stages()),
		"Roles of actors in plans":         words(outline.Roles()),
	}
}

func words[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

var objectKind = regexp.MustCompile(`object\.Ref\{(?:Kind: *)?"([a-z_]+)"`)

// objectKinds are the kinds of all references that the code makes.
func objectKinds(t *testing.T) (kinds []string) {
	t.Helper()
	written(t, func(name string, text []byte) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		for _, m := range objectKind.FindAllSubmatch(text, -1) {
			if kind := string(m[1]); !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	})
	return kinds
}

// glossary reads the tables of GLOSSARY.md: section, then rows of cells.
func glossary(text string) map[string][][]string {
	sections, section := map[string][][]string{}, ""
	for line := range strings.SplitSeq(text, "\n") {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = title
		}
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| code ") || strings.HasPrefix(line, "| name ") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "| "), " | ") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		sections[section] = append(sections[section], cells)
	}
	return sections
}

// glossaryFaults compares the values of the code with the rows of one section.
func glossaryFaults(section string, want []string, rows [][]string) (faults []string) {
	var have []string
	for _, cells := range rows {
		code := strings.Trim(cells[0], "`")
		switch {
		case slices.Contains(have, code):
			faults = append(faults, section+": "+code+" stands there twice")
		case !slices.Contains(want, code):
			faults = append(faults, section+": "+code+" is not in the code")
		case len(cells) < 4 || slices.Contains(cells[:4], ""):
			faults = append(faults, section+": "+code+" lacks a language")
		}
		have = append(have, code)
	}
	for _, w := range want {
		if !slices.Contains(have, w) {
			faults = append(faults, section+": "+w+" is missing")
		}
	}
	return faults
}

func TestGlossary(t *testing.T) {
	sections := glossary(readText(t, "GLOSSARY.md"))
	lists := glossaryLists(t)
	for section, want := range lists {
		for _, fault := range glossaryFaults(section, want, sections[section]) {
			t.Error(fault)
		}
	}
	for section, rows := range sections {
		if _, ok := lists[section]; ok {
			continue
		}
		for _, cells := range rows {
			if len(cells) != 6 || slices.Contains(cells, "") {
				t.Errorf("%s: %q lacks a cell", section, cells)
			}
		}
	}
	for _, fault := range inventedNames(t, sections["Words of the house"]) {
		t.Error(fault)
	}
	for _, word := range []string{"area", "membership", "as of", "vintage", "key", "share", "ledger entry", "part", "unallocated", "holder", "voting rule", "batch", "dry run"} {
		if !slices.ContainsFunc(sections["Words of the house"], func(cells []string) bool { return cells[0] == word }) {
			t.Errorf("the words of the house lack %q", word)
		}
	}
}

var qualifiedName = regexp.MustCompile("`([a-z]+)\\.([A-Z][A-Za-z]+)`")

// inventedNames lists the names such as `party.Body` that no package declares.
func inventedNames(t *testing.T, rows [][]string) (faults []string) {
	t.Helper()
	sources := map[string]string{}
	written(t, func(name string, text []byte) {
		folder := path.Base(path.Dir(name))
		sources[folder] += string(text)
	})
	for _, cells := range rows {
		for _, m := range qualifiedName.FindAllStringSubmatch(cells[1], -1) {
			declared := regexp.MustCompile(`(?m)^(type|func|func \([^)]*\)) ` + m[2] + `\b`).MatchString(sources[m[1]])
			if !declared && m[1] != "big" && m[0] != "`Exchange.AsOf`" {
				faults = append(faults, "no package declares "+m[0])
			}
		}
	}
	return faults
}

// shownAs is the beginning of the keys under which the screens name the
// values of a section.
var shownAs = map[string]string{
	"Roles": "role.", "Kinds of areas": "territory.kind.", "Territorial events": "territory.event.",
	"Kinds of bodies": "party.kind.", "Domains": "party.domain.", "Ways of counting votes": "party.count.",
	"Parts of territorial development": "mission.part.", "Measures of missions": "mission.measure.", "Scenario tags": "mission.tag.",
	"States of projects": "project.state.", "Completeness of projects": "project.completeness.",
	"States of key versions": "key.status.", "Kinds of ledger entries": "ledger.kind.", "Attributions": "ledger.attribution.",
	"Measures of the ledger": "ledger.measure.", "States of jobs": "job.state.", "States of letters": "letter.state.", "Frequencies of notices": "notice.frequency.",
}

// otherNames lists the values that a screen calls otherwise than the glossary.
func otherNames(prefix string, rows [][]string, text func(lang, key string) string) (faults []string) {
	for _, cells := range rows {
		key := prefix + strings.Trim(cells[0], "`")
		for i, lang := range []string{"fr", "nl", "en"} {
			if shown := text(lang, key); !strings.EqualFold(shown, cells[i+1]) {
				faults = append(faults, fmt.Sprintf("%s in %s is %q on the pages and %q in the glossary", key, lang, shown, cells[i+1]))
			}
		}
	}
	return faults
}

// One name for one thing: the pages say what the glossary says.
func TestGlossaryNamesOfPages(t *testing.T) {
	b := app.Bundle()
	sections := glossary(readText(t, "GLOSSARY.md"))
	for section, prefix := range shownAs {
		for _, fault := range otherNames(prefix, sections[section], func(lang, key string) string { return b.Printer(lang).T(key) }) {
			t.Error(fault)
		}
	}
	rows := [][]string{{"`agent`", "agent", "medewerker", "clerk"}}
	if got := otherNames("role.", rows, func(lang, key string) string {
		return map[string]string{"fr": "Agent", "nl": "Medewerker", "en": "Agent"}[lang]
	}); len(got) != 1 {
		t.Errorf("the checker finds %v", got)
	}
}

// The checker itself finds a missing word, a dead one, a double one and a gap.
func TestGlossaryNegative(t *testing.T) {
	rows := glossary("## Roles\n| code | français | Nederlands | English | |\n|---|---|\n| `agent` | agent | medewerker | agent | |\n| `agent` | a | b | c | |\n| `mayor` | a | b | c | |\n| `admin` | a |  | c | |\n")["Roles"]
	got := strings.Join(glossaryFaults("Roles", []string{"agent", "admin", "auditor"}, rows), "\n")
	for _, want := range []string{"agent stands there twice", "mayor is not in the code", "admin lacks a language", "auditor is missing"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not among\n%s", want, got)
		}
	}
	if got := inventedNames(t, [][]string{{"body", "`party.Body`, `party.Bodyguard`"}}); len(got) != 1 || got[0] != "no package declares `party.Bodyguard`" {
		t.Errorf("invented names: %v", got)
	}
	if got := glossaryFaults("Roles", []string{"agent"}, rows[:1]); got != nil {
		t.Errorf("a sound list: %v", got)
	}
}
