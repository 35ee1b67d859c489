package ledger

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/search"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the room's tables.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "ledger", Files: files}
}

// ErrUnbalanced says that the parts of an entry do not sum to its amount.
var ErrUnbalanced = errors.New("ledger: the parts do not sum to the amount")

const entryColumns = `e.id, e.year, e.number, e.date, e.kind, e.source, e.title_fr, e.title_nl, e.title_en, e.measure, e.amount, e.attribution, e.base,
	e.key_version, e.counts, e.fictitious, e.note, e.origin, e.external, e.reverses, e.batch, e.recorded_at, e.actor`

func scanEntry(s db.Scanner) (e Entry, err error) {
	var base string
	var version, reverses db.NullID
	var at db.Time
	err = s.Scan(&e.ID, &e.Ref.Year, &e.Ref.Number, &e.Date, &e.Kind, &e.Source, &e.Title.FR, &e.Title.NL, &e.Title.EN, &e.Measure, &e.Amount, &e.Attribution, &base,
		&version, &e.Counts, &e.Fictitious, &e.Note, &e.Origin, &e.External, &reverses, &e.Batch, &at, &e.Actor)
	e.KeyVersion, e.Reverses, e.RecordedAt = int64(version), int64(reverses), at.Time
	if base != "" {
		e.Base = strings.Split(base, ";")
	}
	return e, err
}

// posted is an entry with its parts, ready to be written.
type posted struct {
	Entry
	Parts []Part
}

var (
	entryInsert = []string{"id", "year", "number", "date", "kind", "source", "title_fr", "title_nl", "title_en", "fold", "measure", "amount", "attribution", "base",
		"key_version", "counts", "fictitious", "note", "origin", "external", "reverses", "batch", "recorded_at", "actor"}
	partInsert = []string{"entry_id", "area_id", "year", "date", "kind", "measure", "counts", "amount"}
)

// insertAll writes entries with their parts and keeps the totals. It refuses an
// entry whose parts do not sum to its amount, or name an area twice.
func insertAll(tx *db.Tx, list []posted) error {
	const chunk = 1000 // entries held as rows at once
	totals := map[totalKey]int64{}
	for from := 0; from < len(list); from += chunk {
		var entries, parts [][]any
		for i := range list[from:min(from+chunk, len(list))] {
			p := &list[from+i]
			if err := p.balanced(); err != nil {
				return err
			}
			entries = append(entries, p.row(tx))
			for _, x := range p.Parts {
				parts = append(parts, []any{p.ID, x.Area, p.Ref.Year, p.Date, string(p.Kind), string(p.Measure), p.Counts, x.Amount})
			}
			p.addTo(totals)
		}
		if err := tx.Insert("ledger_entry", entryInsert, entries); err != nil {
			return err
		}
		if err := tx.Insert("ledger_part", partInsert, parts); err != nil {
			return err
		}
	}
	return addTotals(tx, totals)
}

func (p *posted) balanced() error {
	var sum int64
	seen := make(map[int64]bool, len(p.Parts))
	for _, x := range p.Parts {
		next := sum + x.Amount
		if (next > sum) != (x.Amount > 0) && x.Amount != 0 || seen[x.Area] || x.Area < 0 {
			return fmt.Errorf("%s: %w", p.Ref, ErrUnbalanced)
		}
		sum, seen[x.Area] = next, true
	}
	if sum != p.Amount || len(p.Parts) == 0 {
		return fmt.Errorf("%s: %d instead of %d: %w", p.Ref, sum, p.Amount, ErrUnbalanced)
	}
	return nil
}

func (p *posted) row(tx *db.Tx) []any {
	return []any{p.ID, p.Ref.Year, p.Ref.Number, p.Date, string(p.Kind), p.Source, p.Title.FR, p.Title.NL, p.Title.EN,
		search.Fold(p.Title.FR + " " + p.Title.NL + " " + p.Title.EN), string(p.Measure), p.Amount, string(p.Attribution), strings.Join(p.Base, ";"),
		db.NullID(p.KeyVersion), p.Counts, p.Fictitious, p.Note, p.Origin, p.External, db.NullID(p.Reverses), p.Batch, db.At(tx.Now()), p.Actor}
}

type totalKey struct {
	area    int64
	year    int
	kind    Kind
	measure Measure
}

func (p *posted) addTo(totals map[totalKey]int64) {
	if !p.Counts {
		return
	}
	k := totalKey{WholeArea, p.Ref.Year, p.Kind, p.Measure}
	totals[k] += p.Amount
	for _, x := range p.Parts {
		k.area = x.Area
		totals[k] += x.Amount
	}
}

// addTotals adds to the stored sums, in a fixed order so that two writers never
// wait for each other in a circle.
func addTotals(tx *db.Tx, totals map[totalKey]int64) error {
	order := slices.SortedFunc(maps.Keys(totals), func(a, b totalKey) int {
		return cmp.Or(cmp.Compare(a.area, b.area), cmp.Compare(a.year, b.year), cmp.Compare(a.kind, b.kind), cmp.Compare(a.measure, b.measure))
	})
	for _, k := range order {
		if _, err := tx.Exec(`INSERT INTO ledger_total (area_id, year, kind, measure, amount) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (area_id, year, kind, measure) DO UPDATE SET amount = ledger_total.amount + excluded.amount`, k.area, k.year, string(k.kind), string(k.measure), totals[k]); err != nil {
			return err
		}
	}
	return nil
}

func nextID(tx *db.Tx) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], "SELECT coalesce(max(id) + 1, 1) FROM ledger_entry")
	return id, err
}

func nextNumber(tx *db.Tx, year int) (int64, error) {
	n, _, err := db.One(tx, db.Value[int64], "SELECT coalesce(max(number) + 1, 1) FROM ledger_entry WHERE year = $1", year)
	return n, err
}

// entryByRef finds an entry, and tells whether another one cancels it.
func entryByRef(tx *db.Tx, r Ref) (e Entry, reversed, ok bool, err error) {
	e, ok, err = db.One(tx, func(s db.Scanner) (Entry, error) { return scanEntry(extra{s, &reversed}) },
		"SELECT "+entryColumns+", EXISTS (SELECT 1 FROM ledger_entry r WHERE r.reverses = e.id) FROM ledger_entry e WHERE e.year = $1 AND e.number = $2", r.Year, r.Number)
	return e, reversed, ok, err
}

// related gives the entry that e cancels and the one that cancels e.
func related(tx *db.Tx, e Entry) ([]Entry, error) {
	return db.All(tx, scanEntry, "SELECT "+entryColumns+" FROM ledger_entry e WHERE e.id = $1 OR e.reverses = $2 ORDER BY e.id", e.Reverses, e.ID)
}

func partsOf(tx *db.Tx, entry int64) ([]Part, error) {
	return db.All(tx, func(s db.Scanner) (p Part, err error) {
		return p, s.Scan(&p.Area, &p.Amount)
	}, "SELECT area_id, amount FROM ledger_part WHERE entry_id = $1 ORDER BY area_id", entry)
}

// ofBatch gives what an import posted and nobody reversed, newest first.
func ofBatch(tx *db.Tx, batch int64) ([]Entry, error) {
	return db.All(tx, scanEntry, "SELECT "+entryColumns+` FROM ledger_entry e
		WHERE e.batch = $1 AND e.reverses IS NULL AND NOT EXISTS (SELECT 1 FROM ledger_entry r WHERE r.reverses = e.id) ORDER BY e.id DESC`, batch)
}

// Filter narrows a list of entries; zero fields do not narrow.
type Filter struct {
	Area    int64 // commune's id, NoArea with HasArea for the unallocated
	HasArea bool
	Year    int
	Kind    Kind
	Measure Measure
	Q       string // beginning of any word of the title, or a reference
	Source  string // "mission:TER-EAU"
	From    calendar.Date
	To      calendar.Date
	Counts  bool // only what is added
	Position
}

// Position is where a page of entries ends: date and id of its last entry.
type Position struct {
	Date calendar.Date `json:"d"`
	ID   int64         `json:"i"`
}

// Line is an entry of a list; Part is what of it is the filtered area's.
type Line struct {
	Entry
	Part int64
}

type conditions struct {
	where []string
	args  []any
}

func (c *conditions) add(text string, v any) {
	c.args = append(c.args, v)
	c.where = append(c.where, strings.ReplaceAll(text, "?", fmt.Sprintf("$%d", len(c.args))))
}

func (f Filter) conditions() (from string, c conditions) {
	from = "ledger_entry e"
	if f.HasArea {
		from = "ledger_part p JOIN ledger_entry e ON e.id = p.entry_id"
		c.add("p.area_id = ?", f.Area)
	}
	prefix := "e."
	if f.HasArea {
		prefix = "p." // the part repeats these columns, and has the index
	}
	if f.Year != 0 {
		c.add(prefix+"year = ?", f.Year)
	}
	if !f.From.IsZero() {
		c.add(prefix+"date >= ?", f.From)
	}
	if !f.To.IsZero() {
		c.add(prefix+"date <= ?", f.To)
	}
	if f.Kind != "" {
		c.add("e.kind = ?", string(f.Kind))
	}
	if f.Measure != "" {
		c.add("e.measure = ?", string(f.Measure))
	}
	if f.Source != "" {
		c.add("e.source = ?", f.Source)
	}
	if f.Counts {
		c.add("e.counts = ?", true)
	}
	f.search(&c)
	return from, c
}

// search finds a reference, or the beginning of any word of the title; replace
// is the one function by which both engines find a text within another.
func (f Filter) search(c *conditions) {
	if f.Q == "" {
		return
	}
	if r, ok := ParseRef(f.Q); ok {
		c.add("e.year = ?", r.Year)
		c.add("e.number = ?", r.Number)
		return
	}
	c.add("replace(' ' || e.fold, ?, '') <> ' ' || e.fold", " "+search.Fold(f.Q))
}

func (f Filter) text(c conditions) string {
	if len(c.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.where, " AND ")
}

// entries lists entries, newest first, at most limit, after the position.
func entries(tx *db.Tx, f Filter, limit int) ([]Line, error) {
	from, c := f.conditions()
	part, date, id := "e.amount", "e.date", "e.id"
	if f.HasArea {
		part, date, id = "p.amount", "p.date", "p.entry_id" // the columns of the index by area
	}
	if f.ID != 0 {
		c.args = append(c.args, f.Date, f.ID)
		n := len(c.args)
		c.where = append(c.where, fmt.Sprintf("(%s, %s) < ($%d, $%d)", date, id, n-1, n))
	}
	c.args = append(c.args, limit)
	text := fmt.Sprintf("SELECT %s, %s FROM %s%s ORDER BY %s DESC, %s DESC LIMIT $%d", entryColumns, part, from, f.text(c), date, id, len(c.args))
	return db.All(tx, scanLine, text, c.args...)
}

func scanLine(s db.Scanner) (l Line, err error) {
	l.Entry, err = scanEntry(extra{s, &l.Part})
	return l, err
}

// extra reads one more column after those of another scan.
type extra struct {
	db.Scanner
	last any
}

func (x extra) Scan(dest ...any) error { return x.Scanner.Scan(append(dest, x.last)...) }

// Sum is an amount by year, kind and measure.
type Sum struct {
	Year    int     `json:"year"`
	Kind    Kind    `json:"kind"`
	Measure Measure `json:"measure"`
	Amount  int64   `json:"amount"`
}

func scanSum(s db.Scanner) (x Sum, err error) {
	return x, s.Scan(&x.Year, &x.Kind, &x.Measure, &x.Amount)
}

// filteredSums adds up what counts among the filtered entries, by measure. A
// filter that asks for nothing but area, year, kind and last day is answered
// from the totals, whatever the number of entries.
func filteredSums(tx *db.Tx, f Filter) ([]Sum, error) {
	f.Counts = true
	if f.Q == "" && f.Source == "" && f.From.IsZero() {
		return totalledSums(tx, f)
	}
	from, c := f.conditions()
	part := "e.amount"
	if f.HasArea {
		part = "p.amount"
	}
	return db.All(tx, scanMeasure, "SELECT e.measure, CAST(sum("+part+") AS BIGINT) FROM "+from+f.text(c)+" GROUP BY e.measure ORDER BY e.measure", c.args...)
}

func scanMeasure(s db.Scanner) (x Sum, err error) { return x, s.Scan(&x.Measure, &x.Amount) }

// totalledSums is the totals up to the last day's year, less what that year holds
// of later days.
func totalledSums(tx *db.Tx, f Filter) ([]Sum, error) {
	area, last := WholeArea, calendar.MaxYear
	if f.HasArea {
		area = f.Area
	}
	if !f.To.IsZero() {
		last = f.To.Year()
	}
	c := conditions{}
	c.add("area_id = ?", area)
	c.add("year <= ?", last)
	if f.Year != 0 {
		c.add("year = ?", f.Year)
	}
	if f.Kind != "" {
		c.add("kind = ?", string(f.Kind))
	}
	if f.Measure != "" {
		c.add("measure = ?", string(f.Measure))
	}
	list, err := db.All(tx, scanMeasure, "SELECT measure, CAST(sum(amount) AS BIGINT) FROM ledger_total"+f.text(c)+" GROUP BY measure ORDER BY measure", c.args...)
	if err != nil || f.To.IsZero() || f.Year != 0 && f.Year != last {
		return nonZero(list), err
	}
	later := f
	later.From, later.To, later.Year = f.To.AddDays(1), f.To.EndOfYear(), 0
	from, c := later.conditions()
	part := "e.amount"
	if f.HasArea {
		part = "p.amount"
	}
	after, err := db.All(tx, scanMeasure, "SELECT e.measure, CAST(-sum("+part+") AS BIGINT) FROM "+from+f.text(c)+" GROUP BY e.measure", c.args...)
	for _, x := range after {
		for i := range list {
			if list[i].Measure == x.Measure {
				list[i].Amount += x.Amount
			}
		}
	}
	return nonZero(list), err
}

// nonZero drops the sums that come to nothing.
func nonZero(list []Sum) []Sum {
	return slices.DeleteFunc(list, func(x Sum) bool { return x.Amount == 0 })
}

// merge adds up sums of the same year, kind and measure and drops those that come
// to nothing.
func merge(rows []Sum) []Sum {
	m := map[Sum]int64{}
	for _, x := range rows {
		amount := x.Amount
		x.Amount = 0
		m[x] += amount
	}
	var list []Sum
	for x, amount := range m {
		if x.Amount = amount; amount != 0 {
			list = append(list, x)
		}
	}
	slices.SortFunc(list, compareSums)
	return list
}

func compareSums(a, b Sum) int {
	return cmp.Or(cmp.Compare(b.Year, a.Year), cmp.Compare(slices.Index(Kinds(), a.Kind), slices.Index(Kinds(), b.Kind)),
		cmp.Compare(slices.Index(Measures(), a.Measure), slices.Index(Measures(), b.Measure)))
}

// areaSums gives the sum of each area as of a day in one year (0: all) and measure.
func areaSums(tx *db.Tx, year int, measure Measure, asOf calendar.Date) (map[int64]int64, error) {
	text := `SELECT area_id, amount FROM ledger_total WHERE year = $1 AND measure = $2 AND area_id >= 0`
	args := []any{year, string(measure)}
	switch {
	case year == 0:
		text = `SELECT area_id, amount FROM ledger_total WHERE year <= $1 AND measure = $2 AND area_id >= 0`
		args[0] = asOf.Year()
	case year > asOf.Year():
		return nil, nil
	}
	if year == 0 || year == asOf.Year() { // less what the day's year holds of later days
		text += ` UNION ALL SELECT p.area_id, CAST(-sum(p.amount) AS BIGINT) FROM ledger_entry e JOIN ledger_part p ON p.entry_id = e.id
			WHERE e.date > $3 AND e.date <= $4 AND e.measure = $2 AND e.counts = $5 GROUP BY p.area_id`
		args = append(args, asOf, asOf.EndOfYear(), true)
	}
	m := map[int64]int64{}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var area, amount int64
		err := s.Scan(&area, &amount)
		m[area] += amount
		return struct{}{}, err
	}, text, args...)
	return m, err
}
