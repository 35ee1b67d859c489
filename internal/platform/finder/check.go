package finder

import (
	"bytes"
	"context"
	"fmt"
	"maps"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/search"
)

// Verify compares the index with what the rooms say and with itself. It gives
// the number of documents, and one sentence for each thing that is wrong, ten at
// most; an index that is behind the audit is wrong, too. The remedy is Rebuild.
func (f *Finder) Verify(ctx context.Context) (n int, wrong []string, err error) {
	found := func(format string, args ...any) {
		if len(wrong) < 10 {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	err = f.db.Read(ctx, func(tx *db.Tx) error {
		s, last, err := readState(tx)
		if err != nil {
			return err
		}
		if s.rules != rules || s.seq != last {
			found("it follows the audit up to entry %d of %d, by rules %d of %d", s.seq, last, s.rules, rules)
			return nil
		}
		have, err := allKept(tx)
		if err != nil {
			return err
		}
		n = len(have)
		docs, err := f.documents(tx)
		if err != nil {
			return err
		}
		compareDocs(have, docs, found)
		return compareSets(tx, have, found)
	})
	return n, wrong, err
}

func compareDocs(have []kept, docs []Document, found func(string, ...any)) {
	byRef := map[object.Ref]string{}
	for _, k := range have {
		byRef[k.ref] = k.data
	}
	for _, d := range docs {
		data, err := d.encode()
		switch old, ok := byRef[d.Ref]; {
		case err != nil:
			found("%s: %v", d.Ref, err)
		case !ok:
			found("%s is missing", d.Ref)
		case old != data:
			found("%s is not as it is today", d.Ref)
		}
		delete(byRef, d.Ref)
	}
	for ref := range byRef {
		found("%s is there no more", ref)
	}
}

// compareSets makes the sets and trigrams of the documents anew.
func compareSets(tx *db.Tx, have []kept, found func(string, ...any)) error {
	w := newWriter()
	grams := map[[2]string]bool{}
	for _, k := range have {
		w.differ(k.id, nil, k.terms)
		for _, t := range k.terms {
			if word, ok := isWord(t); ok {
				for _, g := range search.Trigrams(word) {
					grams[[2]string{g, word}] = true
				}
			}
		}
	}
	err := allSets(tx, func(term string, i int, row []byte) {
		c := chunk{}
		for _, x := range w.change[place{i, term}] {
			c.put(x.at, x.on)
		}
		delete(w.change, place{i, term})
		if !bytes.Equal(c.row(), row) {
			found("the set of %q is not that of its documents", term)
		}
	})
	if err != nil {
		return err
	}
	for p := range w.change {
		found("the set of %q is missing", p.term)
	}
	known, err := allGrams(tx)
	if err == nil && !maps.Equal(known, grams) {
		found("the vocabulary has %d trigrams, %d are expected", len(known), len(grams))
	}
	return err
}
