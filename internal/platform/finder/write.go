package finder

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/search"
)

// kept is a document as the index has it; terms is "" for a new one.
type kept struct {
	id    int64
	ref   object.Ref
	data  string
	terms []string
}

// place is one row of search_term.
type place struct {
	chunk int
	term  string
}

// writer gathers changes of documents, so that each row is written once.
type writer struct {
	fresh  bool               // the rows that it writes are not there yet
	docs   [][]any            // rows to write
	gone   []int64            // documents whose row is to go first
	change map[place][]change // what to set in each row
	words  []string           // after flush: words of which a row came or went
}

type change struct {
	at uint16
	on bool
}

func newWriter() *writer { return &writer{change: map[place][]change{}} }

// put makes the index hold d under the number of old; nothing when it is there as it is.
func (w *writer) put(old kept, d *Document) error {
	data, err := d.encode()
	if err != nil || data == old.data {
		return err
	}
	if old.data != "" {
		w.gone = append(w.gone, old.id)
	}
	terms := d.terms()
	w.docs = append(w.docs, []any{old.id, d.Ref.Kind, d.Ref.Key, d.rank(), data, strings.Join(terms, "\n")})
	w.differ(old.id, old.terms, terms)
	return nil
}

func (w *writer) remove(old kept) {
	w.gone = append(w.gone, old.id)
	w.differ(old.id, old.terms, nil)
}

// differ notes the terms that a document loses and gains; both lists are sorted.
func (w *writer) differ(id int64, before, after []string) {
	for _, t := range before {
		if _, ok := slices.BinarySearch(after, t); !ok {
			w.note(id, t, false)
		}
	}
	for _, t := range after {
		if _, ok := slices.BinarySearch(before, t); !ok {
			w.note(id, t, true)
		}
	}
}

func (w *writer) note(id int64, term string, on bool) {
	p := place{int(id >> chunkBits), term}
	w.change[p] = append(w.change[p], change{uint16(id & (chunkSize - 1)), on})
}

// flush writes documents and sets.
func (w *writer) flush(tx *db.Tx) error {
	if len(w.docs)+len(w.gone) == 0 {
		return nil
	}
	if err := deleteDocs(tx, w.gone); err != nil {
		return err
	}
	if err := insertDocs(tx, w.docs); err != nil {
		return err
	}
	byChunk := map[int][]string{}
	for p := range w.change {
		byChunk[p.chunk] = append(byChunk[p.chunk], p.term)
	}
	words := map[string]bool{} // of which a row came or went
	for _, i := range slices.Sorted(maps.Keys(byChunk)) {
		if err := w.chunk(tx, i, byChunk[i], words); err != nil {
			return err
		}
	}
	w.words = slices.Sorted(maps.Keys(words))
	return nil
}

func (w *writer) chunk(tx *db.Tx, i int, terms []string, words map[string]bool) error {
	slices.Sort(terms)
	var old map[string][]byte
	if !w.fresh {
		var err error
		if old, err = readChunk(tx, i, terms); err != nil {
			return err
		}
	}
	var rows [][]any
	for _, term := range terms {
		c := chunk{}
		if row, ok := old[term]; ok {
			if err := c.merge(row); err != nil {
				return err
			}
		}
		for _, x := range w.change[place{i, term}] {
			c.put(x.at, x.on)
		}
		row := c.row()
		if word, ok := isWord(term); ok && (row == nil) != (old[term] == nil) {
			words[word] = true
		}
		if row != nil {
			rows = append(rows, []any{term, i, row})
		}
	}
	if len(old) > 0 {
		if err := deleteChunk(tx, i, terms); err != nil {
			return err
		}
	}
	return insertSets(tx, rows)
}

// vocabulary makes the trigrams hold those of words that the index has and no others.
func vocabulary(tx *db.Tx, words []string) error {
	there, err := haveWords(tx, words)
	if err != nil {
		return err
	}
	known, err := gramWords(tx, words)
	if err != nil {
		return err
	}
	var fresh, gone []string
	for _, w := range words {
		switch {
		case there[w] && !known[w]:
			fresh = append(fresh, w)
		case !there[w] && known[w]:
			gone = append(gone, w)
		}
	}
	if err := deleteGrams(tx, gone); err != nil {
		return err
	}
	return insertGrams(tx, fresh)
}

// rebuild makes the index anew, with numbers in the order of ranks and titles.
func (f *Finder) rebuild(tx *db.Tx, told func(n int)) (int, error) {
	if err := clearIndex(tx); err != nil {
		return 0, err
	}
	docs, err := f.documents(tx)
	if err != nil {
		return 0, err
	}
	words := map[string]bool{}
	for from := 0; from < len(docs); { // a chunk at a time; the number of docs[i] is i+1
		to := min(len(docs), ((from+1)>>chunkBits+1)<<chunkBits-1)
		w := newWriter()
		w.fresh = true
		for i := from; i < to; i++ {
			if err := w.put(kept{id: int64(i + 1)}, &docs[i]); err != nil {
				return 0, err
			}
		}
		if err := w.flush(tx); err != nil {
			return 0, err
		}
		for _, word := range w.words {
			words[word] = true
		}
		told(to)
		from = to
	}
	if err := insertGrams(tx, slices.Sorted(maps.Keys(words))); err != nil {
		return 0, err
	}
	_, last, err := readState(tx)
	if err == nil {
		err = writeState(tx, last)
	}
	if err == nil {
		err = analyse(tx)
	}
	return len(docs), err
}

// documents are those of all sources, in the order of their numbers.
func (f *Finder) documents(tx *db.Tx) ([]Document, error) {
	var docs []Document
	for _, s := range f.sources {
		list, err := s.Read(tx, nil)
		if err != nil {
			return nil, err
		}
		docs = append(docs, list...)
	}
	keys := make(map[object.Ref]string, len(docs))
	for _, d := range docs {
		keys[d.Ref] = search.SortKey(d.Title["fr"])
	}
	slices.SortFunc(docs, func(a, b Document) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), strings.Compare(keys[a.Ref], keys[b.Ref]), strings.Compare(a.Ref.String(), b.Ref.String()))
	})
	return docs, nil
}
