package finder_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/search"
)

var today = calendar.MustParse("2026-11-23")

// rulesOfSight are the view rules of a corpus, of which some documents are hidden.
var rulesOfSight = []auth.Rule{{Public: true}, {Public: true}, {SignedIn: true}, {Roles: []auth.Role{auth.Admin, auth.Auditor}}, {Roles: []auth.Role{auth.Agent}}}

// hidden makes a corpus of which not everybody may see everything, with who may.
func hidden(l *language, n int) (docs []finder.Document, sight map[object.Ref]func(auth.Actor) bool) {
	docs, sight = l.corpus(n), map[object.Ref]func(auth.Actor) bool{}
	for i := range docs {
		rule := rulesOfSight[l.rnd.IntN(len(rulesOfSight))]
		rule.Name = "view"
		target := auth.Target{Bodies: [][]string{nil, {"B1"}, {"B2", "B1"}}[l.rnd.IntN(3)], Domain: []string{"", "social"}[l.rnd.IntN(2)]}
		docs[i].Audience = finder.Seen(rule, target)
		sight[docs[i].Ref] = func(a auth.Actor) bool { return rule.Check(a, target) == nil }
	}
	return docs, sight
}

var actors = []auth.Actor{
	{}, {Username: "guest"}, auth.System("test"),
	{Username: "agent", Grants: []auth.Grant{{Role: auth.Agent, Body: "B1"}}},
	{Username: "social", Grants: []auth.Grant{{Role: auth.Agent, Body: "B2", Domain: "social"}, {Role: auth.Auditor, Domain: "social"}}},
}

// plain finds one document after the other.
type plain struct {
	docs  []finder.Document
	sight map[object.Ref]func(auth.Actor) bool
	words map[string][]string // of texts seen before
	sorts map[string]string
}

func newPlain(docs []finder.Document, sight map[object.Ref]func(auth.Actor) bool) *plain {
	return &plain{docs, sight, map[string][]string{}, map[string]string{}}
}

func (p *plain) wordsOf(text string) []string {
	w, ok := p.words[text]
	if !ok {
		w = search.Words(text)
		p.words[text] = w
		p.sorts[text] = search.SortKey(text)
	}
	return w
}

// expected is what a question finds.
func (p *plain) expected(q finder.Question) (refs []object.Ref) {
	type hit struct {
		d    finder.Document
		tier int
	}
	var hits []hit
	words := search.Words(q.Text)
	for _, d := range p.docs {
		if !p.sight[d.Ref](q.Actor) || !d.Period.Contains(q.Day) || q.Kind != "" && d.Kind != q.Kind || q.Commune != "" && !slices.Contains(d.Communes, q.Commune) {
			continue
		}
		if tier := p.tierOf(d, words); tier > 0 {
			hits = append(hits, hit{d, tier})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(a.d.Weight, b.d.Weight), b.d.Day.Compare(a.d.Day),
			strings.Compare(p.sorts[a.d.Title["fr"]], p.sorts[b.d.Title["fr"]]), strings.Compare(a.d.Ref.String(), b.d.Ref.String()))
	})
	for _, h := range hits {
		refs = append(refs, h.d.Ref)
	}
	return refs
}

func (p *plain) tierOf(d finder.Document, words []string) int {
	var title, text []string
	for _, name := range slices.Concat(slices.Collect(maps.Values(d.Title)), d.Names) {
		w := p.wordsOf(name)
		if slices.EqualFunc(w, words, func(have, word string) bool { return have == word || slices.Contains(search.Singulars(word), have) }) {
			return finder.Named
		}
		title = append(title, w...)
	}
	for _, t := range d.Text {
		text = append(text, p.wordsOf(t)...)
	}
	each := func(ok func(have []string, word string) bool, have ...[]string) bool {
		for _, w := range words {
			found := slices.ContainsFunc(have, func(list []string) bool { return ok(list, w) })
			for _, s := range search.Singulars(w) {
				found = found || slices.ContainsFunc(have, func(list []string) bool { return slices.Contains(list, s) })
			}
			if !found {
				return false
			}
		}
		return len(words) > 0
	}
	begun := func(have []string, word string) bool {
		return slices.ContainsFunc(have, func(w string) bool { return strings.HasPrefix(w, word) })
	}
	switch {
	case each(func(have []string, w string) bool { return slices.Contains(have, w) }, title):
		return finder.Titled
	case each(begun, title):
		return finder.Begun
	case each(begun, title, text):
		return finder.Mentioned
	}
	return 0
}

func refsOf(hits []finder.Hit) (refs []object.Ref) {
	for _, h := range hits {
		refs = append(refs, h.Ref)
	}
	return refs
}

// ask draws a question that a corpus of the language may answer.
func ask(l *language, r *rand.Rand) finder.Question {
	q := finder.Question{Text: questions(l, 10)[r.IntN(10)], Actor: actors[r.IntN(len(actors))], Day: today.AddDays(-r.IntN(9000)), Limit: 10 + r.IntN(40), Facets: true}
	if r.IntN(3) == 0 {
		q.Kind = kinds[r.IntN(len(kinds))]
	}
	if r.IntN(4) == 0 {
		q.Commune = fmt.Sprint(50001 + r.IntN(69))
	}
	if r.IntN(5) == 0 {
		q.Text += "s"
	}
	return q
}

// pages reads every page of a question.
func pages(t testing.TB, f *finder.Finder, q finder.Question) (refs []object.Ref, first finder.Answer) {
	t.Helper()
	for i := 0; ; i++ {
		a, err := f.Find(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = a
		}
		refs = append(refs, refsOf(a.Hits)...)
		if !a.More {
			return refs, first
		}
		q.After = a.Hits[len(a.Hits)-1].At
	}
}

// Both engines give what the plain way gives, to everybody what they may see and
// nothing else, page by page, with facets and totals that count just that.
func TestFindsWhatItShould(t *testing.T) {
	l := newLanguage(3, 3000)
	docs, sight := hidden(l, 1500)
	reference := newPlain(docs, sight)
	asked := rand.New(rand.NewPCG(11, 1))
	var list []finder.Question
	for range 120 {
		list = append(list, ask(l, asked))
	}
	answers := map[db.Engine][]finder.Answer{}
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		f := finder.New(d, nil, source(&docs))
		if err := f.Follow(t.Context()); err != nil {
			t.Fatal(err)
		}
		full := 0
		for i, q := range list {
			got, first := pages(t, f, q)
			want := reference.expected(q)
			if !slices.Equal(got, want) {
				t.Fatalf("%+v:\n got %v\nwant %v", q, got, want)
			}
			if i%10 == 0 {
				checkFacets(t, first, q, func(q finder.Question) int { return len(reference.expected(q)) })
			}
			if len(want) > q.Limit {
				full++
			}
			first.Hits = nil
			answers[d.Engine()] = append(answers[d.Engine()], first)
		}
		if full < 20 {
			t.Errorf("only %d questions had a second page", full)
		}
	})
	if !reflect.DeepEqual(answers[db.SQLite], answers[db.Postgres]) && len(answers[db.Postgres]) > 0 {
		t.Error("the engines differ")
	}
}

func checkFacets(t *testing.T, a finder.Answer, q finder.Question, count func(finder.Question) int) {
	t.Helper()
	if n := count(q); a.Total != n {
		t.Fatalf("%+v: total %d, want %d", q, a.Total, n)
	}
	sum := 0
	for _, f := range a.Kinds {
		other := q
		other.Kind = f.Key
		if n := count(other); n != f.N {
			t.Fatalf("%+v: %d of kind %s, want %d", q, f.N, f.Key, n)
		}
		sum += f.N
	}
	q.Kind = ""
	if n := count(q); sum != n {
		t.Fatalf("%+v: kinds sum to %d, want %d", q, sum, n)
	}
}

// Negative control: without the audience in the question, somebody sees too much.
func TestSightIsNeeded(t *testing.T) {
	l := newLanguage(3, 300)
	docs, sight := hidden(l, 200)
	open := slices.Clone(docs)
	for i := range open {
		open[i].Audience = finder.Seen(auth.Rule{Public: true}, auth.Target{})
	}
	f := finder.New(dbtest.SQLite(t, schemas()), nil, source(&open))
	if err := f.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	q := finder.Question{Text: "province", Day: today, Limit: 500}
	got, _ := pages(t, f, q)
	if want := newPlain(docs, sight).expected(q); len(got) <= len(want) {
		t.Errorf("%d found, %d may be seen: the test proves nothing", len(got), len(want))
	}
}

// touch writes what an audited verb writes.
func touch(t testing.TB, d *db.DB, refs ...object.Ref) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, r := range refs {
			if err := audit.Record(tx, audit.Entry{Actor: "test", Action: "change", Object: r}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func verify(t testing.TB, f *finder.Finder, want int) {
	t.Helper()
	n, wrong, err := f.Verify(t.Context())
	if err != nil || len(wrong) > 0 || n != want {
		t.Fatalf("%d documents, want %d: %v %v", n, want, wrong, err)
	}
}

// An index that follows many changes is the one that would be made anew.
func TestFollowsTheAudit(t *testing.T) {
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		l := newLanguage(5, 800)
		docs := l.corpus(120)
		f := finder.New(d, nil, source(&docs))
		if err := f.Follow(t.Context()); err != nil {
			t.Fatal(err)
		}
		verify(t, f, len(docs))
		fresh := 0
		for step := range 25 {
			var refs []object.Ref
			for range 1 + l.rnd.IntN(4) {
				i := l.rnd.IntN(len(docs))
				switch refs = append(refs, docs[i].Ref); l.rnd.IntN(3) {
				case 0: // changed
					ref := docs[i].Ref
					docs[i] = l.document(i)
					docs[i].Ref = ref
				case 1: // gone
					docs = slices.Delete(docs, i, i+1)
				default: // new
					fresh++
					docs = append(docs, l.document(1000+fresh))
					refs = append(refs, docs[len(docs)-1].Ref)
				}
			}
			if step%5 == 4 {
				refs = []object.Ref{{Kind: "pack", Key: "x"}} // names no document: all are read
			}
			touch(t, d, refs...)
			if _, wrong, err := f.Verify(t.Context()); err != nil || len(wrong) == 0 {
				t.Fatalf("nobody notices that the index is behind: %v", err)
			}
			if err := f.Follow(t.Context()); err != nil {
				t.Fatal(err)
			}
			verify(t, f, len(docs))
		}
		before, _ := pages(t, f, finder.Question{Text: "commune", Day: today, Limit: 50})
		if n, err := f.Rebuild(t.Context(), func(int) {}); n != len(docs) || err != nil {
			t.Fatalf("%d documents, %v", n, err)
		}
		verify(t, f, len(docs))
		after, _ := pages(t, f, finder.Question{Text: "commune", Day: today, Limit: 50})
		order := func(a, b object.Ref) int { return strings.Compare(a.String(), b.String()) }
		slices.SortFunc(before, order)
		slices.SortFunc(after, order)
		if !slices.Equal(before, after) {
			t.Errorf("found before %v\nand after %v", before, after)
		}
	})
}

// An index that was tampered with is found out, in each of its tables.
func TestVerifyFindsFaults(t *testing.T) {
	l := newLanguage(5, 300)
	docs := l.corpus(40)
	d := dbtest.SQLite(t, schemas())
	f := finder.New(d, nil, source(&docs))
	for _, statement := range []string{
		"DELETE FROM search_doc WHERE id = 3", "UPDATE search_doc SET data = '{}' WHERE id = 3", "DELETE FROM search_term WHERE term = 'r05'",
		"UPDATE search_term SET bits = (SELECT bits FROM search_term WHERE term = 'r01') WHERE term = 'r02'", "DELETE FROM search_gram WHERE word = 'province'",
		"INSERT INTO search_gram (gram, word) VALUES ('xyz', 'province')", "UPDATE search_state SET rules = 0", "DELETE FROM search_state",
	} {
		if _, err := f.Rebuild(t.Context(), func(int) {}); err != nil {
			t.Fatal(err)
		}
		verify(t, f, len(docs))
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(statement)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, wrong, err := f.Verify(t.Context()); err != nil || len(wrong) == 0 {
			t.Errorf("%s: nothing is wrong, %v", statement, err)
		}
	}
}

const book = "term,means,valid_from,valid_to,source\nst,saint,,,x\nste,sainte,,,x\ncpas,centre public d’action sociale,,,x\nocmw,cpas,,,x\n"

// small answers about a few documents that one can oversee.
func small(t *testing.T, d *db.DB) *finder.Finder {
	t.Helper()
	phrases, err := search.ReadPhrases(strings.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	public, staff := finder.Seen(auth.Rule{Public: true}, auth.Target{}), finder.Seen(auth.Rule{Name: "x", Roles: []auth.Role{auth.Admin}}, auth.Target{})
	doc := func(kind, key, title string, weight int, names ...string) finder.Document {
		return finder.Document{Ref: object.Ref{Kind: kind, Key: key}, Kind: kind, Address: "/" + key, Title: map[string]string{"fr": title}, Names: names, Weight: weight, Audience: public}
	}
	docs := []finder.Document{
		doc("commune", "53053", "Mons", 0, "Bergen", "7000", "Cuesmes"),
		doc("commune", "55004", "Braine-le-Comte", 0, "’s-Gravenbrakel", "7090"),
		doc("body", "cpas-mons", "CPAS de Mons", 20),
		doc("body", "b2", "Centre public d’action sociale de Braine-le-Comte", 20),
		doc("place", "s1", "École Saint-Joseph", 30),
		doc("place", "s2", "Institut Ste Aldegonde", 30),
		doc("place", "s3", "Hôpital de jour", 30),
		doc("mission", "m1", "Aider les communes", 24),
	}
	docs[7].Text = map[string]string{"fr": "Montagnes de papier à Mons", "nl": "Bergen papier"}
	secret := doc("event", "secret", "Dossier confidentiel Mouscron", 1)
	secret.Audience = staff
	docs = append(docs, secret)
	f := finder.New(d, phrases, source(&docs))
	if err := f.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWhatPeopleType(t *testing.T) {
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		f := small(t, d)
		for _, c := range []struct{ text, want, instead string }{
			{"mons", "53053 cpas-mons m1", ""},
			{"MON", "53053 cpas-mons m1", ""},
			{"bergen", "53053 m1", ""},
			{"7000", "53053", ""},
			{"cuesmes", "53053", ""},
			{"s gravenbrakel", "55004", ""},
			{"’s-Gravenbrakel", "55004", ""},
			{"OCMW mons", "cpas-mons", ""},
			{"C.P.A.S.", "b2 cpas-mons", ""},
			{"centre public d'action sociale", "b2 cpas-mons", ""},
			{"st joseph", "s1", ""},
			{"ecole st-joseph", "s1", ""},
			{"sainte-aldegonde", "s2", ""},
			{"institut ste aldegonde", "s2", ""},
			{"hôpitaux", "s3", ""},
			{"communes", "m1", ""},
			{"œ", "", ""},
			{"", "", ""},
			{"’ - .", "", ""},
			{"gravenbrackel", "", "gravenbrakel"},
			{"Hopital de jourr", "", "Hopital de jour"},
			{"hopitla  jour", "", "hopital  jour"},
			{"mouscrn", "", ""}, // only in what this reader must not see
			{"zzzz", "", ""},
			{"zzzz mons", "", ""},
		} {
			a, err := f.Find(t.Context(), finder.Question{Text: c.text, Day: today, Limit: 10, Facets: true})
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, h := range a.Hits {
				keys = append(keys, h.Ref.Key)
			}
			if got := strings.Join(keys, " "); got != c.want || a.Instead != c.instead {
				t.Errorf("%q: %q and %q instead, want %q and %q", c.text, got, a.Instead, c.want, c.instead)
			}
		}
		a, err := f.Find(t.Context(), finder.Question{Text: "mouscrn", Actor: auth.System("x"), Day: today, Limit: 10, Facets: true})
		if err != nil || a.Instead != "mouscron" {
			t.Errorf("who may see it is helped: %q, %v", a.Instead, err)
		}
	})
}

func TestMatchMarksWords(t *testing.T) {
	f := small(t, dbtest.SQLite(t, schemas()))
	for _, c := range []struct{ q, title, want string }{
		{"mons", "CPAS de Mons", "CPAS de [Mons]"},
		{"ocmw mo", "CPAS de Mons", "[CPAS] de [Mons]"},
		{"hopitaux", "Hôpital de jour", "[Hôpital] de jour"},
	} {
		a, err := f.Find(t.Context(), finder.Question{Text: c.q, Day: today, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range search.Highlight(c.title, a.Match) {
			if p.Hit {
				p.Text = "[" + p.Text + "]"
			}
			got += p.Text
		}
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.q, got, c.want)
		}
	}
}

// A question costs the same statements whatever it finds, at most six.
func TestStatements(t *testing.T) {
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		f := small(t, d)
		for _, q := range []string{"mons", "a", "communes de mons", "gravenbrackel", "zzzz"} {
			for range 2 {
				ctx, counter := db.WithCounter(t.Context())
				if _, err := f.Find(ctx, finder.Question{Text: q, Day: today, Limit: 10, Facets: true}); err != nil {
					t.Fatal(err)
				}
				if counter.N() > 6 {
					t.Errorf("%q: %d statements", q, counter.N())
				}
			}
		}
	})
}
