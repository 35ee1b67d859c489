package finder

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/search"
)

// Question is what somebody wants to find.
type Question struct {
	Text    string
	Actor   auth.Actor
	Day     calendar.Date // documents of this day
	Kind    string        // "" for all
	Commune string        // NIS code, "" for all
	After   Position      // the last hit of the page before
	Limit   int           // hits wanted
	Facets  bool          // count kinds and communes, and look for typing errors
}

// Position is where a hit stands in the order of all hits; the zero Position is
// before the first.
type Position struct {
	Tier int   `json:"t"`
	Rank int64 `json:"r"`
	ID   int64 `json:"i"`
}

// Tiers: how well a document matches. Every word must be found in each.
const (
	Named     = iota + 1 // the words are a whole title or name
	Titled               // each is a word of a title or name
	Begun                // each begins a word of a title or name
	Mentioned            // each begins a word of a title, name or text
)

// Hit is a document that was found.
type Hit struct {
	Document
	At Position
}

// Facet is how many hits a kind or a commune has.
type Facet struct {
	Key string `json:"key"`
	N   int    `json:"n"`
}

// Answer is a page of hits.
type Answer struct {
	Hits     []Hit
	More     bool    // there are hits after these
	Total    int     // hits of all pages
	Kinds    []Facet // of the hits of all kinds; most first
	Communes []Facet // of the hits of all communes; most first
	Instead  string  // what was perhaps meant, when nothing was found

	plan plan
}

// Find answers a question. At most five statements.
func (f *Finder) Find(ctx context.Context, q Question) (a Answer, err error) {
	a.plan = f.plan(q.Text, q.Day)
	if len(a.plan) == 0 {
		return a, nil
	}
	err = f.db.Read(ctx, func(tx *db.Tx) error {
		found, err := a.plan.read(tx)
		if err != nil {
			return err
		}
		frame, err := f.frame.Get(tx)
		if err != nil {
			return err
		}
		open := frame.open(q)
		tiers := a.plan.tiers(found)
		for i := range tiers {
			tiers[i] = tiers[i].and(open)
		}
		if q.Facets {
			a.count(frame, q, tiers[len(tiers)-1])
		}
		for i := range tiers {
			tiers[i] = frame.narrow(q, tiers[i])
		}
		a.Total = tiers[len(tiers)-1].count()
		if err := a.page(tx, frame.rank, tiers, q); err != nil {
			return err
		}
		if a.Total == 0 && q.Facets {
			a.Instead, err = a.plan.instead(tx, q.Text, found, frame.narrow(q, open))
		}
		return err
	})
	return a, err
}

// page takes the first hits after a position, tier by tier.
func (a *Answer) page(tx *db.Tx, rank number, tiers []set, q Question) error {
	tierOf := map[int64]int{}
	var ids []int64
	var better set
	for i, s := range tiers {
		tier := i + 1
		fresh := s.without(better)
		better = s // each tier holds the one before
		if tier < q.After.Tier {
			continue
		}
		if tier == q.After.Tier {
			later := fresh.without(rank.atMost(fresh, q.After.Rank))
			fresh = later.or(rank.equal(fresh, q.After.Rank).above(q.After.ID))
		}
		for _, id := range rank.lowest(fresh, q.Limit+1-len(ids)).ids() {
			tierOf[id] = tier
			ids = append(ids, id)
		}
		if len(ids) > q.Limit {
			break
		}
	}
	hits, err := readDocs(tx, ids)
	if err != nil {
		return err
	}
	for i := range hits {
		hits[i].At.Tier = tierOf[hits[i].At.ID]
	}
	slices.SortFunc(hits, func(x, y Hit) int { return x.At.compare(y.At) })
	a.More = len(hits) > q.Limit
	a.Hits = hits[:min(len(hits), q.Limit)]
	return nil
}

// frame is the sets that every question needs besides those of its words: kinds,
// communes, audiences, ranks and days. It is kept in memory, some 2 MB for
// 100,000 documents.
type frame struct {
	rank, from, until number
	sets              map[string]set
	seen              sync.Map // of a reader's keys and a day: what is open to them
	readers           atomic.Int64
}

func readFrame(tx *db.Tx) (*frame, error) {
	sets, err := readGroups(tx, beginning(rankBit), beginning(fromBit), beginning(untilBit), beginning(ofKind), beginning(ofCommune), beginning(seenBy))
	f := &frame{sets: sets}
	for bit := range rankBits {
		f.rank = append(f.rank, sets[bitTerm(rankBit, bit)])
	}
	for bit := range dayBits {
		f.from = append(f.from, sets[bitTerm(fromBit, bit)])
		f.until = append(f.until, sets[bitTerm(untilBit, bit)])
	}
	return f, err
}

// mostReaders bounds what a frame remembers of who sees what on which day.
const mostReaders = 64

// open is what the actor may see of the day.
func (f *frame) open(q Question) set {
	keys := held(q.Actor)
	name := strings.Join(keys, "\n") + q.Day.String()
	if s, ok := f.seen.Load(name); ok {
		return s.(set)
	}
	var s set
	for _, key := range keys {
		s = s.or(f.sets[seenBy+key])
	}
	n := dayNumber(q.Day)
	s = f.until.atMost(f.from.atMost(s, n), lastDay-n)
	if f.readers.Add(1) <= mostReaders {
		f.seen.Store(name, s)
	}
	return s
}

// narrow keeps the kind and the commune that were asked for.
func (f *frame) narrow(q Question, s set) set {
	if q.Kind != "" {
		s = s.and(f.sets[ofKind+q.Kind])
	}
	if q.Commune != "" {
		s = s.and(f.sets[ofCommune+q.Commune])
	}
	return s
}

// count makes the facets: each counts what one would see by choosing it instead.
func (a *Answer) count(f *frame, q Question, s set) {
	kinds, communes := q, q
	kinds.Kind, communes.Commune = "", ""
	inCommune, inKind := f.narrow(kinds, s), f.narrow(communes, s)
	for term, members := range f.sets {
		switch term[:1] {
		case ofKind:
			a.Kinds = facet(a.Kinds, term[1:], members.shared(inCommune))
		case ofCommune:
			a.Communes = facet(a.Communes, term[1:], members.shared(inKind))
		}
	}
	for _, list := range [][]Facet{a.Kinds, a.Communes} {
		slices.SortFunc(list, func(x, y Facet) int {
			if x.N != y.N {
				return y.N - x.N
			}
			return strings.Compare(x.Key, y.Key)
		})
	}
}

func facet(list []Facet, key string, n int) []Facet {
	if n == 0 {
		return list
	}
	return append(list, Facet{key, n})
}

// plan is a question cut into phrases; a document must have each of them.
type plan []phrase

// phrase is what was typed and the forms that may stand for it. A form is found
// where all of its words are.
type phrase struct {
	typed []string   // each may also be the beginning of a word
	forms [][]string // whole words only
}

func (f *Finder) plan(text string, day calendar.Date) plan {
	var p plan
	words := search.Words(text)
	for _, cut := range f.phrases.Cut(words, day) {
		ph := phrase{typed: cut.Words, forms: cut.Also}
		if len(cut.Words) == 1 {
			for _, s := range search.Singulars(cut.Words[0]) {
				ph.forms = append(ph.forms, []string{s})
			}
		}
		p = append(p, ph)
	}
	return p
}

// sets are the sets that a plan needs, by term. The beginnings of words that are
// looked up word by word stand below the term with a star.
type sets map[string]set

// begins tells how the beginning of a word is looked up: by a term of its own
// when it is short, by the range of the words otherwise.
func begins(whole, begin, word string) (term string, ranged bool) {
	if utf8.RuneCountInString(word) <= shortest {
		return begin + word, false
	}
	return whole + word + "*", true
}

// read reads the sets of a plan. One statement.
func (p plan) read(tx *db.Tx) (sets, error) {
	var terms, names []string
	var ranges []span
	add := func(whole, begin, word string) {
		term, ranged := begins(whole, begin, word)
		switch {
		case !ranged:
			terms = append(terms, term)
		case !slices.Contains(names, term):
			names = append(names, term)
			ranges = append(ranges, beginning(whole+word))
		}
	}
	for _, ph := range p {
		for _, w := range ph.typed {
			terms = append(terms, titleWord+w)
			add(titleWord, titleBegin, w)
			add(textWord, textBegin, w)
		}
		for _, w := range slices.Concat(ph.forms...) {
			terms = append(terms, titleWord+w, textWord+w)
		}
	}
	for _, name := range p.names() {
		terms = append(terms, wholeName+name)
	}
	slices.Sort(terms)
	exact, ranged, err := readSets(tx, slices.Compact(terms), ranges)
	for i, name := range names {
		exact[name] = ranged[i]
	}
	return exact, err
}

// mostNames is how many ways of writing a whole name are tried.
const mostNames = 16

// names are the ways in which the whole question may be written.
func (p plan) names() []string {
	list := []string{""}
	for _, ph := range p {
		var longer []string
		for _, form := range append([][]string{ph.typed}, ph.forms...) {
			for _, start := range list {
				longer = append(longer, strings.TrimPrefix(start+" "+strings.Join(form, " "), " "))
			}
		}
		list = longer[:min(mostNames, len(longer))]
	}
	return list
}

// tiers are the documents of each tier and the tiers before it.
func (p plan) tiers(s sets) []set {
	var named set
	for _, name := range p.names() {
		named = named.or(s[wholeName+name])
	}
	title := func(w string) set { return s[titleWord+w] }
	anywhere := func(w string) set { return s[titleWord+w].or(s[textWord+w]) }
	begun := func(w string) set { return s.begun(titleWord, titleBegin, w) }
	mentioned := func(w string) set { return begun(w).or(s.begun(textWord, textBegin, w)) }
	tiers := []set{named, p.all(title, title), p.all(begun, title), p.all(mentioned, anywhere)}
	for i := 1; i < len(tiers); i++ {
		tiers[i] = tiers[i].or(tiers[i-1])
	}
	return tiers
}

func (s sets) begun(whole, begin, word string) set {
	term, _ := begins(whole, begin, word)
	return s[term]
}

// all is the documents that have every phrase: its typed words as typed finds
// them, or one of its forms as whole finds its words.
func (p plan) all(typed, whole func(string) set) (out set) {
	for i, ph := range p {
		if found := ph.found(typed, whole); i == 0 {
			out = found
		} else {
			out = out.and(found)
		}
	}
	return out
}

func (ph phrase) found(typed, whole func(string) set) set {
	found := together(ph.typed, typed)
	for _, form := range ph.forms {
		found = found.or(together(form, whole))
	}
	return found
}

func together(words []string, find func(string) set) (out set) {
	for i, w := range words {
		if i == 0 {
			out = find(w)
		} else {
			out = out.and(find(w))
		}
	}
	return out
}

// Match tells whether a word of a hit is one that was looked for.
func (a Answer) Match(word string) bool {
	for _, ph := range a.plan {
		if slices.ContainsFunc(ph.typed, func(w string) bool { return strings.HasPrefix(word, w) }) ||
			slices.ContainsFunc(ph.forms, func(form []string) bool { return slices.Contains(form, word) }) {
			return true
		}
	}
	return false
}

func (p Position) compare(o Position) int {
	switch {
	case p.Tier != o.Tier:
		return p.Tier - o.Tier
	case p.Rank != o.Rank:
		return int(p.Rank - o.Rank)
	}
	return int(p.ID - o.ID)
}
