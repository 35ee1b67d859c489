package probe

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func rules(problems []Problem) []string {
	var names []string
	for _, p := range problems {
		names = append(names, p.Rule)
	}
	return names
}

func TestJudgeLang(t *testing.T) {
	for _, c := range []struct {
		got, want string
		bad       bool
	}{
		{"fr", "fr", false}, {"fr-BE", "fr", false}, {"FR", "fr", false}, {"fr", "", false},
		{"", "", true}, {"", "fr", true}, {"nl", "fr", true}, {"fry", "fr", true},
	} {
		if bad := len(judgeLang(c.got, c.want)) > 0; bad != c.bad {
			t.Errorf("lang %q asked for %q: reported %v", c.got, c.want, bad)
		}
	}
}

func TestJudgeLinks(t *testing.T) {
	for _, c := range []struct {
		name  string
		links []link
		want  []string
	}{
		{"different", []link{{Where: "1", Name: "Eau", Href: "/eau"}, {Where: "2", Name: "Projets", Href: "/p"}}, nil},
		{"same place twice", []link{{"1", "Eau", "/eau", ""}, {"2", "Eau", "/eau", ""}}, nil},
		{"two places", []link{{"1", "Eau", "/eau", ""}, {"2", "eau", "/autre", ""}}, []string{"link-ambiguous"}},
		{"vague, reported once each", []link{{"1", "Klik hier", "/a", ""}, {"2", "Ici…", "/b", ""}}, []string{"link-vague", "link-vague"}},
		{"vague with an arrow", []link{{"1", "En savoir plus →", "/a", ""}}, []string{"link-vague"}},
		{"vague word within a name", []link{{"1", "Ici commence la vallée", "/a", ""}}, nil},
		{"in rows that differ", []link{{"1", "Eau", "/a", "Eau 2024"}, {"2", "Eau", "/b", "Eau 2025"}}, nil},
		{"in rows alike", []link{{"1", "Eau", "/a", "Eau 2024"}, {"2", "Eau", "/b", "Eau 2024"}}, []string{"link-ambiguous"}},
		{"nameless", []link{{"1", "", "/a", ""}, {"2", "", "/b", ""}}, nil},
	} {
		if diff := cmp.Diff(c.want, rules(judgeLinks(c.links))); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestJudgeImages(t *testing.T) {
	for _, c := range []struct {
		alt, src string
		bad      bool
	}{
		{"image123.jpg", "/x", true}, {"IMG_2041", "/x", true}, {"DSC00017", "/x", true}, {"photo", "/x", true},
		{"carte-hainaut", "/img/carte-hainaut", true}, {"", "/img/", false},
		{"", "/x", false}, {"Le beffroi de Mons", "/x", false}, {"Photo du pont", "/x", false}, {"Image de 2024", "/x", false},
	} {
		if bad := len(judgeImages([]image{{"i", c.alt, c.src}})) > 0; bad != c.bad {
			t.Errorf("alt %q of %q: reported %v", c.alt, c.src, bad)
		}
	}
}

func TestJudgeHeadings(t *testing.T) {
	for _, c := range []struct {
		levels []int
		want   []string
	}{
		{[]int{1}, nil},
		{[]int{1, 2, 3, 2, 3, 4}, nil},
		{[]int{2, 1, 2}, nil}, // a banner before the content
		{nil, []string{"h1"}},
		{[]int{2, 3}, []string{"h1"}},
		{[]int{1, 1}, []string{"h1"}},
		{[]int{1, 3}, []string{"heading-jump"}},
		{[]int{1, 2, 4, 6}, []string{"heading-jump", "heading-jump"}},
	} {
		var hs []heading
		for _, l := range c.levels {
			hs = append(hs, heading{Level: l})
		}
		if diff := cmp.Diff(c.want, rules(judgeHeadings(hs))); diff != "" {
			t.Errorf("%v: %s", c.levels, diff)
		}
	}
}

func TestJudgeTitle(t *testing.T) {
	b := &Browser{titles: map[string]string{}}
	for _, c := range []struct {
		title, url string
		bad        bool
	}{
		{"", "http://127.0.0.1:1/a", true},
		{"A", "http://127.0.0.1:1/a", false},
		{"A", "http://127.0.0.1:2/a", false}, // another server of the same page
		{"A", "http://127.0.0.1:1/b", true},
		{"B", "http://127.0.0.1:1/b", false},
	} {
		if bad := len(b.judgeTitle(c.title, c.url)) > 0; bad != c.bad {
			t.Errorf("title %q of %s: reported %v", c.title, c.url, bad)
		}
	}
}

func TestGuessLang(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"La Province répare les ponts pour les communes et avec elles.", "fr"},
		{"De Provincie herstelt het wegdek voor de gemeenten en met een plan.", "nl"},
		{"The Province repairs the bridges for the communes and with their help.", "en"},
		{"Mons – Charleroi – Tournai", ""},
		{"The End", ""},
		{"le la les the and of", ""},
		{"", ""},
	} {
		if got := guessLang(c.text); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestCommonWordsBelongToOneLanguage(t *testing.T) {
	owner := map[string]string{}
	for lang, set := range commonWords {
		for w := range set {
			if other, ok := owner[w]; ok {
				t.Errorf("%q counts for %s and %s", w, lang, other)
			}
			owner[w] = lang
		}
	}
}

func TestJudgeWalk(t *testing.T) {
	stops := []stop{{"a", 0}, {"b", 0}, {"c", 0}}
	at := func(indexes ...int) (steps []step) {
		for _, i := range indexes {
			steps = append(steps, step{Index: i, Marked: true})
		}
		return steps
	}
	for _, c := range []struct {
		name  string
		stops []stop
		steps []step
		trap  string
		want  []string
	}{
		{"all in order", stops, at(0, 1, 2), "", nil},
		{"an extra stop between", stops, at(0, 3, 1, 2), "", []string{"focus-order"}},
		{"missed", stops, at(0, 2), "", []string{"unreachable"}},
		{"reversed", stops, at(0, 2, 1), "", []string{"focus-order"}},
		{"trap hides what lies behind", stops, at(0, 1), "b", []string{"trap"}},
		{"positive tabindex", []stop{{"a", 0}, {"b", 3}}, at(1, 0), "", []string{"focus-order", "tabindex"}},
		{"unmarked and hidden", []stop{{"a", 0}}, []step{{Index: 0, Hidden: true}}, "", []string{"focus-unmarked", "focus-hidden"}},
	} {
		if diff := cmp.Diff(c.want, rules(judgeWalk(c.stops, c.steps, c.trap))); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Each stop of any walk is either reached or reported.
func TestJudgeWalkLosesNoStop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 8).Draw(t, "stops")
		visited := rapid.SliceOfDistinct(rapid.IntRange(0, max(n-1, 0)), rapid.ID[int]).Draw(t, "visited")
		stops := make([]stop, n)
		reached := 0
		var steps []step
		for _, i := range visited {
			steps = append(steps, step{Index: i, Marked: true})
			if i < n {
				reached++
			}
		}
		missed := 0
		for _, r := range rules(judgeWalk(stops, steps, "")) {
			if r == "unreachable" {
				missed++
			}
		}
		if reached+missed != n {
			t.Fatalf("%d stops, %d reached, %d reported", n, reached, missed)
		}
	})
}

func TestJudgeOffer(t *testing.T) {
	full := offer{Main: 100, Links: 3, Forms: []form{{"f", "", true}}}
	for _, c := range []struct {
		name    string
		without offer
		want    int
	}{
		{"the same", full, 0},
		{"a hint less", offer{Main: 95, Links: 3, Forms: full.Forms}, 0},
		{"more: a noscript note", offer{Main: 140, Links: 4, Forms: full.Forms}, 0},
		{"content lost", offer{Main: 40, Links: 3, Forms: full.Forms}, 1},
		{"links lost", offer{Main: 100, Links: 2, Forms: full.Forms}, 1},
		{"form lost", offer{Main: 100, Links: 3}, 1},
		{"form without button", offer{Main: 100, Links: 3, Forms: []form{{"f", "", false}}}, 1},
		{"nothing left", offer{}, 3},
	} {
		if got := judgeOffer("/", full, c.without); len(got) != c.want {
			t.Errorf("%s: %v, want %d problems", c.name, got, c.want)
		}
	}
	if len(judgeOffer("/", offer{}, offer{})) == 0 {
		t.Error("a page without content with and without scripts went unnoticed")
	}
}

func TestReadVnu(t *testing.T) {
	const report = "Picked up JAVA_TOOL_OPTIONS\n" + `{"messages":[
		{"type":"error","url":"file:/tmp/x/a.html","lastLine":3,"message":"bad"},
		{"type":"info","subType":"warning","url":"file:/tmp/x/b.html","lastLine":4,"message":"meh"},
		{"type":"info","url":"file:/tmp/x/b.html","lastLine":5,"message":"fine"}]}`
	got, err := readVnu([]byte(report), "/tmp/x")
	want := []Problem{{"vnu", "a.html:3", "bad"}, {"vnu", "b.html:4", "meh"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, bad := range []string{"", "Exception in thread main", "{"} {
		if _, err := readVnu([]byte(bad), "/"); err == nil {
			t.Errorf("%q taken for a report", bad)
		}
	}
}

func TestFindChrome(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(EnvChrome, "")
	t.Setenv("PATH", dir)
	if got := FindChrome(); got != "" {
		t.Errorf("found %q where there is none", got)
	}
	path := filepath.Join(dir, "chromium")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := FindChrome(); got != path {
		t.Errorf("got %q, want %q", got, path)
	}
	t.Setenv(EnvChrome, "/opt/own")
	if got := FindChrome(); got != "/opt/own" {
		t.Errorf("%s ignored: %q", EnvChrome, got)
	}
}

func TestMissingToolSkipsUnlessRequired(t *testing.T) {
	for require, want := range map[string]string{"": "skipped", "1": "failed"} {
		t.Setenv(EnvRequire, require)
		s := &spy{TB: t}
		done := make(chan struct{})
		go func() { defer close(done); missing(s, errNoChrome) }()
		<-done
		if s.outcome != want {
			t.Errorf("require=%q: %s, want %s", require, s.outcome, want)
		}
	}
}

// spy records how a test would have ended.
type spy struct {
	testing.TB
	outcome string
}

func (s *spy) Helper()      {}
func (s *spy) Skip(...any)  { s.outcome = "skipped"; runtime.Goexit() }
func (s *spy) Fatal(...any) { s.outcome = "failed"; runtime.Goexit() }
