package finder

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/search"
)

// some is how many values a list of a statement holds. Lists are filled up with
// their last value, so that there are few texts to prepare.
const some = 96

// inList makes "$from,…" placeholders for values, filled up to a multiple of 8.
func inList(from int, values []string) (string, []any) {
	args := make([]any, 0, len(values)+7)
	for _, v := range values {
		args = append(args, v)
	}
	for len(args)%8 != 0 {
		args = append(args, args[len(args)-1])
	}
	return db.Placeholders(from, len(args)), args
}

// state is how far the index follows the audit, and the rules that made it.
type state struct{ seq, rules int64 }

// readState also gives the last entry of the audit; an index that was never made
// has no rules.
func readState(tx *db.Tx) (s state, last int64, err error) {
	s, _, err = db.One(tx, func(r db.Scanner) (s state, err error) { return s, r.Scan(&s.seq, &s.rules) }, "SELECT seq, rules FROM search_state WHERE id = 1")
	if err == nil {
		last, err = audit.Last(tx)
	}
	return s, last, err
}

// writeState says that the index follows the audit up to seq.
func writeState(tx *db.Tx, seq int64) error {
	_, err := tx.Exec("INSERT INTO search_state (id, seq, rules) VALUES (1, $1, $2) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, rules = excluded.rules", seq, rules)
	return err
}

func nextID(tx *db.Tx) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], "SELECT coalesce(max(id), 0) + 1 FROM search_doc")
	return id, err
}

func scanKept(s db.Scanner) (k kept, err error) {
	var terms string
	err = s.Scan(&k.id, &k.ref.Kind, &k.ref.Key, &k.data, &terms)
	k.terms = strings.Split(terms, "\n")
	return k, err
}

// readKept reads what the index has of some references of kinds, or of all of
// these kinds when refs is nil.
func readKept(tx *db.Tx, kinds []string, refs []object.Ref) (map[object.Ref]kept, error) {
	found := map[object.Ref]kept{}
	collect := func(condition string, args ...any) error {
		list, err := db.All(tx, scanKept, "SELECT id, ref_kind, ref_key, data, terms FROM search_doc WHERE "+condition, args...)
		for _, k := range list {
			found[k.ref] = k
		}
		return err
	}
	keys := map[string][]string{}
	for _, r := range refs {
		keys[r.Kind] = append(keys[r.Kind], r.Key)
	}
	for _, kind := range kinds {
		if refs == nil {
			if err := collect("ref_kind = $1", kind); err != nil {
				return nil, err
			}
			continue
		}
		for part := range slices.Chunk(keys[kind], some) {
			list, args := inList(2, part)
			if err := collect("ref_kind = $1 AND ref_key IN "+list, append([]any{kind}, args...)...); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

func deleteDocs(tx *db.Tx, ids []int64) error {
	for _, id := range ids {
		if _, err := tx.Exec("DELETE FROM search_doc WHERE id = $1", id); err != nil {
			return err
		}
	}
	return nil
}

func insertDocs(tx *db.Tx, rows [][]any) error {
	return tx.Insert("search_doc", []string{"id", "ref_kind", "ref_key", "rank", "data", "terms"}, rows)
}

func insertSets(tx *db.Tx, rows [][]any) error {
	return tx.Insert("search_term", []string{"term", "chunk", "bits"}, rows)
}

func insertGrams(tx *db.Tx, words []string) error {
	var rows [][]any
	for _, w := range words {
		for _, g := range search.Trigrams(w) {
			rows = append(rows, []any{g, w})
		}
	}
	return tx.Insert("search_gram", []string{"gram", "word"}, rows)
}

// analyse tells the engine how large the tables have become: what it planned for
// empty ones would read them whole.
func analyse(tx *db.Tx) error {
	for _, table := range []string{"search_doc", "search_term", "search_gram"} {
		if _, err := tx.Exec("ANALYZE " + table); err != nil {
			return err
		}
	}
	return nil
}

// readChunk reads the rows of some terms in one chunk.
func readChunk(tx *db.Tx, i int, terms []string) (map[string][]byte, error) {
	rows := map[string][]byte{}
	for part := range slices.Chunk(terms, some) {
		list, args := inList(2, part)
		_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
			var term string
			var row []byte
			err := s.Scan(&term, &row)
			rows[term] = row
			return struct{}{}, err
		}, "SELECT term, bits FROM search_term WHERE chunk = $1 AND term IN "+list, append([]any{i}, args...)...)
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func deleteChunk(tx *db.Tx, i int, terms []string) error {
	for part := range slices.Chunk(terms, some) {
		list, args := inList(2, part)
		if _, err := tx.Exec("DELETE FROM search_term WHERE chunk = $1 AND term IN "+list, append([]any{i}, args...)...); err != nil {
			return err
		}
	}
	return nil
}

// haveWords tells which words some document has.
func haveWords(tx *db.Tx, words []string) (map[string]bool, error) {
	found := map[string]bool{}
	for part := range slices.Chunk(words, some/2) {
		var terms []string
		for _, w := range part {
			terms = append(terms, titleWord+w, textWord+w)
		}
		list, args := inList(1, terms)
		hits, err := db.All(tx, db.Value[string], "SELECT term FROM search_term WHERE term IN "+list, args...)
		if err != nil {
			return nil, err
		}
		for _, t := range hits {
			found[t[1:]] = true
		}
	}
	return found, nil
}

// gramWords tells which words the trigrams hold: a word’s own beginning is among them.
func gramWords(tx *db.Tx, words []string) (map[string]bool, error) {
	found := map[string]bool{}
	for part := range slices.Chunk(words, some/2) {
		var grams []string
		for _, w := range part {
			grams = append(grams, "  "+string([]rune(w)[:1]))
		}
		slices.Sort(grams)
		first, args := inList(1, slices.Compact(grams))
		list, more := inList(len(args)+1, part)
		hits, err := db.All(tx, db.Value[string], "SELECT word FROM search_gram WHERE gram IN "+first+" AND word IN "+list, append(args, more...)...)
		if err != nil {
			return nil, err
		}
		for _, w := range hits {
			found[w] = true
		}
	}
	return found, nil
}

func deleteGrams(tx *db.Tx, words []string) error {
	for _, w := range words {
		list, args := inList(2, search.Trigrams(w))
		if _, err := tx.Exec("DELETE FROM search_gram WHERE word = $1 AND gram IN "+list, append([]any{w}, args...)...); err != nil {
			return err
		}
	}
	return nil
}

func clearIndex(tx *db.Tx) error {
	for _, statement := range []string{"DELETE FROM search_doc", "DELETE FROM search_term", "DELETE FROM search_gram"} {
		if _, err := tx.Exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// span is a range of terms: from "from" on, below "below".
type span struct{ from, below string }

// beginning is the range of the terms that begin with a text.
func beginning(text string) span { return span{text, text + "\U0010FFFF"} }

// readSets reads the sets of terms, each by its term, and for each range the set
// of all its terms together. One statement.
func readSets(tx *db.Tx, terms []string, ranges []span) (exact map[string]set, ranged []set, err error) {
	exact, ranged = map[string]set{}, make([]set, len(ranges))
	var b strings.Builder
	var args []any
	if len(terms) > 0 {
		list, values := inList(1, terms)
		b.WriteString("SELECT -1, term, chunk, bits FROM search_term WHERE term IN " + list)
		args = values
	}
	for i, r := range ranges {
		if b.Len() > 0 {
			b.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(&b, "SELECT %d, '', chunk, bits FROM search_term WHERE term >= $%d AND term < $%d", i, len(args)+1, len(args)+2)
		args = append(args, r.from, r.below)
	}
	rows, err := tx.Query(b.String(), args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	var term string
	var row sql.RawBytes // merged before the next row comes
	for rows.Next() {
		var which, i int
		if err := rows.Scan(&which, &term, &i, &row); err != nil {
			return nil, nil, err
		}
		if which < 0 {
			exact[term] = exact[term].room(i)
			err = exact[term][i].merge(row)
		} else {
			ranged[which] = ranged[which].room(i)
			err = ranged[which][i].merge(row)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return exact, ranged, rows.Err()
}

// readGroups reads the sets of ranges, each by its term. One statement.
func readGroups(tx *db.Tx, ranges ...span) (map[string]set, error) {
	sets := map[string]set{}
	var parts []string
	var args []any
	for i, r := range ranges {
		parts = append(parts, fmt.Sprintf("SELECT term, chunk, bits FROM search_term WHERE term >= $%d AND term < $%d", 2*i+1, 2*i+2))
		args = append(args, r.from, r.below)
	}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var term string
		var i int
		var row sql.RawBytes // merged before the next row comes
		if err := s.Scan(&term, &i, &row); err != nil {
			return struct{}{}, err
		}
		sets[term] = sets[term].room(i)
		return struct{}{}, sets[term][i].merge(row)
	}, strings.Join(parts, " UNION ALL "), args...)
	return sets, err
}

// readDocs reads documents by their numbers, in no order.
func readDocs(tx *db.Tx, ids []int64) ([]Hit, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return db.All(tx, func(s db.Scanner) (h Hit, err error) {
		var data string
		if err = s.Scan(&h.At.ID, &h.At.Rank, &data); err == nil {
			err = json.Unmarshal([]byte(data), &h.Document)
		}
		return h, err
	}, "SELECT id, rank, data FROM search_doc WHERE id IN "+db.Placeholders(1, len(ids)), args...)
}

// near lists the words that share the most trigrams with a list of them.
func near(tx *db.Tx, grams []string, limit int) ([]string, error) {
	list, args := inList(2, grams)
	return db.All(tx, db.Value[string], "SELECT word FROM search_gram WHERE gram IN "+list+" GROUP BY word ORDER BY count(*) DESC, word LIMIT $1", append([]any{limit}, args...)...)
}

// allKept reads every document of the index, and allSets every set.
func allKept(tx *db.Tx) ([]kept, error) {
	return db.All(tx, scanKept, "SELECT id, ref_kind, ref_key, data, terms FROM search_doc ORDER BY id")
}

func allSets(tx *db.Tx, each func(term string, i int, row []byte)) error {
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var term string
		var i int
		var row []byte
		err := s.Scan(&term, &i, &row)
		each(term, i, row)
		return struct{}{}, err
	}, "SELECT term, chunk, bits FROM search_term ORDER BY term, chunk")
	return err
}

func allGrams(tx *db.Tx) (map[[2]string]bool, error) {
	found := map[[2]string]bool{}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var g [2]string
		err := s.Scan(&g[0], &g[1])
		found[g] = true
		return struct{}{}, err
	}, "SELECT gram, word FROM search_gram")
	return found, err
}
