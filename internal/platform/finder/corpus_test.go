package finder_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/setting"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

func schemas() []db.Schema {
	return []db.Schema{setting.Schema(), audit.Schema(), auth.Schema(), finder.Schema()}
}

// words of a made-up language whose frequencies fall as those of a real one do
// (Zipf); the first are in nearly every text.
type language struct {
	rnd   *rand.Rand
	words []string
	zipf  *rand.Zipf
}

func newLanguage(seed uint64, size int) *language {
	l := &language{rnd: rand.New(rand.NewPCG(seed, 1))}
	first := []string{"de", "la", "province", "commune", "service", "communal", "école", "hainaut", "projet", "l’eau", "communes", "prévention"}
	syllables := strings.Fields("ba cha dé é fra ga hô in ju ker lou ma né o pré quin rè sau tour u vil wa xhen y zo bois mont court eau com pro")
	seen := map[string]bool{}
	for _, w := range first {
		seen[w] = true
	}
	l.words = first
	for len(l.words) < size {
		w := ""
		for range 1 + l.rnd.IntN(4) {
			w += syllables[l.rnd.IntN(len(syllables))]
		}
		if !seen[w] {
			seen[w] = true
			l.words = append(l.words, w)
		}
	}
	l.zipf = rand.NewZipf(l.rnd, 1.07, 4, uint64(size-1))
	return l
}

func (l *language) text(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = l.words[l.zipf.Uint64()]
	}
	return strings.Join(words, " ")
}

var kinds = []string{"commune", "body", "mission", "project", "place", "event"}

// document makes the i-th document of a corpus.
func (l *language) document(i int) finder.Document {
	kind := kinds[l.rnd.IntN(len(kinds))]
	d := finder.Document{Ref: object.Ref{Kind: kind, Key: fmt.Sprint("n", i)}, Kind: kind, Address: fmt.Sprint("/", kind, "/", i),
		Title: map[string]string{"fr": l.text(2 + l.rnd.IntN(6))}, Text: map[string]string{"fr": l.text(8 + l.rnd.IntN(25))},
		Weight: l.rnd.IntN(4) * 10, Audience: finder.Seen(auth.Rule{Public: true}, auth.Target{})}
	if l.rnd.IntN(4) == 0 {
		d.Title["nl"] = l.text(2)
		d.Names = []string{fmt.Sprint(1000 + l.rnd.IntN(9000)), l.text(1)}
	}
	for range l.rnd.IntN(3) {
		d.Communes = append(d.Communes, fmt.Sprint(50001+l.rnd.IntN(69)))
	}
	if l.rnd.IntN(2) == 0 {
		d.Day = calendar.MustParse("2015-01-01").AddDays(l.rnd.IntN(4000))
	}
	if l.rnd.IntN(3) == 0 {
		d.Period.From = calendar.MustParse("2000-01-01").AddDays(l.rnd.IntN(12000))
		if l.rnd.IntN(2) == 0 {
			d.Period.To = d.Period.From.AddDays(l.rnd.IntN(4000))
		}
	}
	return d
}

func (l *language) corpus(n int) []finder.Document {
	docs := make([]finder.Document, n)
	for i := range docs {
		docs[i] = l.document(i)
	}
	return docs
}

// source gives documents as they stand in a slice.
func source(docs *[]finder.Document) finder.Source {
	return finder.Source{Kinds: kinds, Watches: []string{"pack"}, Read: func(_ *db.Tx, refs []object.Ref) (list []finder.Document, err error) {
		if refs == nil {
			return *docs, nil
		}
		for _, d := range *docs {
			for _, r := range refs {
				if r == d.Ref {
					list = append(list, d)
				}
			}
		}
		return list, nil
	}}
}
