package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/search"
	"beffroi/internal/platform/sheet"
)

// MaxFile is the largest file taken, in bytes.
const MaxFile = 25 << 20

// maxNotes bounds the report that is kept; the counts stay exact.
const maxNotes = 1000

// Service recognises, tries, applies and undoes files.
type Service struct {
	db      *db.DB
	targets []Target
}

// NewService makes the service over the targets that the rooms offer.
func NewService(d *db.DB, targets ...Target) *Service { return &Service{db: d, targets: targets} }

// Targets lists the targets that an actor may import into.
func (s *Service) Targets(actor auth.Actor) []Target {
	var list []Target
	for _, t := range s.targets {
		if t.Rule().Gate(actor) == nil {
			list = append(list, t)
		}
	}
	return list
}

// Target finds a target by its key, or says which there are.
func (s *Service) Target(key string) (Target, error) {
	var keys []string
	for _, t := range s.targets {
		if t.Key() == key {
			return t, nil
		}
		keys = append(keys, t.Key())
	}
	return nil, fault.New(fault.BadRequest, "intake.target", fault.Args{"value": key, "values": strings.Join(keys, ", ")})
}

// File is a file brought in and not yet, or already, imported.
type File struct {
	Hash string
	Name string
	Data []byte
}

// Upload keeps a file under its hash; the same bytes are kept once.
func (s *Service) Upload(ctx context.Context, actor auth.Actor, name string, data []byte) (File, error) {
	if len(s.Targets(actor)) == 0 {
		return File{}, fault.New(fault.Forbidden, "forbidden", fault.Args{"action": "import"})
	}
	switch {
	case len(data) == 0:
		return File{}, fault.Bad("file", name, "intake.empty", nil)
	case len(data) > MaxFile:
		return File{}, fault.New(fault.TooLarge, "body.large", fault.Args{"max": int64(MaxFile)})
	}
	f := File{Hash: hashOf(data), Name: fileName(name), Data: data}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO intake_file (hash, name, size, data, actor, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (hash) DO UPDATE SET name = excluded.name, actor = excluded.actor, at = excluded.at`, f.Hash, f.Name, int64(len(data)), data, actor.Username, db.At(tx.Now()))
		return err
	})
	return f, err
}

// keepUploads is how long a file stays that no import in force was made from.
const keepUploads = 30 * 24 * time.Hour

// Sweep removes files brought in a month ago or more that no import in force
// was made from. The report of an import stays in any case.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM intake_file WHERE at < $1 AND NOT EXISTS
			(SELECT 1 FROM intake_batch b WHERE b.file_hash = intake_file.hash AND b.undone_at IS NULL)`, db.At(tx.Now().Add(-keepUploads)))
		return err
	})
}

// fileName makes what a browser sent fit to be kept: text of at most 200 characters.
func fileName(name string) string {
	r := []rune(strings.ReplaceAll(strings.ToValidUTF8(name, "\uFFFD"), "\x00", "\uFFFD"))
	return string(r[:min(len(r), 200)])
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// File gives a kept file.
func (s *Service) File(ctx context.Context, actor auth.Actor, hash string) (f File, err error) {
	if len(s.Targets(actor)) == 0 {
		return File{}, fault.New(fault.Forbidden, "forbidden", fault.Args{"action": "import"})
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		var ok bool
		f, ok, err = db.One(tx, func(sc db.Scanner) (f File, err error) {
			return f, sc.Scan(&f.Hash, &f.Name, &f.Data)
		}, "SELECT hash, name, data FROM intake_file WHERE hash = $1", hash)
		if err == nil && !ok {
			err = fault.Missing("file")
		}
		return err
	})
	return f, err
}

// Inspection is what a file turned out to be.
type Inspection struct {
	Format  sheet.Format
	Header  []string
	Samples [][]string        // the first rows
	Mapping map[string]string // column of the target → header of the file
	Missing []string          // required columns that no header fits
}

// Inspect reads the beginning of a table and guesses the mapping.
func Inspect(t Target, f File) (Inspection, error) {
	if t.Columns() == nil {
		return Inspection{}, nil
	}
	r, err := sheet.OpenBytes(f.Data, sheet.Options{})
	if err != nil {
		return Inspection{}, sheetFault(err)
	}
	defer r.Close()
	in := Inspection{Format: r.Format(), Header: r.Header(), Mapping: guess(t.Columns(), r.Header())}
	for len(in.Samples) < 5 {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return in, sheetFault(err)
		}
		in.Samples = append(in.Samples, slices.Clone(row.Cells))
	}
	for _, c := range t.Columns() {
		if c.Required && in.Mapping[c.Name] == "" {
			in.Missing = append(in.Missing, c.Name)
		}
	}
	return in, nil
}

// guess maps columns to headers by name or alias, each header once.
func guess(columns []Column, header []string) map[string]string {
	folded := map[string]string{}
	for _, h := range header {
		if k := search.Fold(h); folded[k] == "" {
			folded[k] = h
		}
	}
	mapping := map[string]string{}
	for _, c := range columns {
		for _, name := range append([]string{search.Fold(c.Name)}, c.Aliases...) {
			if h := folded[name]; h != "" {
				mapping[c.Name] = h
				delete(folded, name)
				break
			}
		}
	}
	return mapping
}

// sheetFault turns what the sheet refused into a message with line and column.
func sheetFault(err error) error {
	e, ok := errors.AsType[*sheet.Error](err)
	if !ok {
		return err
	}
	args := fault.Args{"line": int64(e.Line), "column": int64(e.Column), "value": e.Value, "want": int64(e.Want), "got": int64(e.Got)}
	return &fault.Error{Kind: fault.Invalid, Code: e.Code, Args: args, Err: err,
		Fields: []fault.Field{{Name: "file", Line: e.Line, Value: e.Value, Code: e.Code, Args: args}}}
}

// Request is one import to try or to make. A nil Mapping is guessed.
type Request struct {
	Target  string
	File    File
	Mapping map[string]string
	Options map[string]string
	Again   bool // import although the same file was imported before
	// Progress, when given, is told how many lines were read so far, every few hundred.
	Progress func(lines int)
}

// errDry ends a dry run.
var errDry = errors.New("intake: dry run")

// Try runs an import and takes it back at once.
func (s *Service) Try(ctx context.Context, actor auth.Actor, r Request) (Outcome, error) {
	r.Again = true
	b, err := s.run(ctx, actor, r, true)
	return b.Outcome, err
}

// Apply makes an import: all of it, or nothing when a line is refused; the
// outcome then holds the reasons and the error is Invalid.
func (s *Service) Apply(ctx context.Context, actor auth.Actor, r Request) (Batch, error) {
	return s.run(ctx, actor, r, false)
}

func (s *Service) run(ctx context.Context, actor auth.Actor, r Request, dry bool) (b Batch, err error) {
	t, err := s.Target(r.Target)
	if err != nil {
		return b, err
	}
	if err := t.Rule().Check(actor, auth.Target{}); err != nil {
		return b, err
	}
	if r.Options, err = checkOptions(t, r.Options); err != nil {
		return b, err
	}
	b = Batch{Target: r.Target, FileHash: r.File.Hash, FileName: r.File.Name, Actor: actor.Username}
	if b.FileHash == "" {
		b.FileHash = hashOf(r.File.Data)
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if err := refuseTwice(tx, b, r.Again); err != nil {
			return err
		}
		if b.ID, err = insertBatch(tx, b); err != nil {
			return err
		}
		b.At = tx.Now()
		if b.Outcome, err = apply(tx, t, actor, b, r); err != nil {
			return err
		}
		if n := b.Outcome.Errors(); n > 0 {
			return fault.New(fault.Invalid, "intake.refused", fault.Args{"n": int64(n)})
		}
		if dry {
			return errDry
		}
		return finish(tx, b)
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return b, err
}

func finish(tx *db.Tx, b Batch) error {
	if err := saveOutcome(tx, b); err != nil {
		return err
	}
	return audit.Record(tx, audit.Entry{Actor: b.Actor, Action: "import.apply", Object: b.Ref(),
		Summary: map[string]string{"target": b.Target, "file": b.FileHash, "created": itoa(int64(b.Outcome.Created)), "updated": itoa(int64(b.Outcome.Updated))}})
}

func apply(tx *db.Tx, t Target, actor auth.Actor, b Batch, r Request) (Outcome, error) {
	in := Input{Name: r.File.Name, Hash: b.FileHash, Options: r.Options, Raw: r.File.Data, Mapping: r.Mapping}
	if t.Columns() == nil {
		return t.Apply(tx, actor, b.ID, in)
	}
	reader, err := sheet.OpenBytes(r.File.Data, sheet.Options{})
	if err != nil {
		return Outcome{}, sheetFault(err)
	}
	defer reader.Close()
	in.Header = reader.Header()
	if in.Mapping == nil {
		in.Mapping = guess(t.Columns(), in.Header)
	}
	if err := checkMapping(t, in); err != nil {
		return Outcome{}, err
	}
	in.Rows = watched(rows(reader, in), r.Progress)
	return t.Apply(tx, actor, b.ID, in)
}

func checkMapping(t Target, in Input) error {
	var f fault.Fields
	for _, c := range t.Columns() {
		h := in.Mapping[c.Name]
		if h != "" && !slices.Contains(in.Header, h) {
			f.Add(c.Name, h, "intake.header", fault.Args{"column": c.Name, "value": h, "values": strings.Join(in.Header, ", ")})
		}
		if h == "" && c.Required {
			f.Add(c.Name, "", "intake.column", fault.Args{"column": c.Name, "values": strings.Join(in.Header, ", ")})
		}
	}
	known := columnNames(t)
	for _, name := range slices.Sorted(maps.Keys(in.Mapping)) {
		if !slices.Contains(known, name) {
			f.Add(name, in.Mapping[name], "intake.mapping", fault.Args{"column": name, "values": strings.Join(known, ", ")})
		}
	}
	return f.Err()
}

func columnNames(t Target) []string {
	var names []string
	for _, c := range t.Columns() {
		names = append(names, c.Name)
	}
	return names
}

func checkOptions(t Target, given map[string]string) (map[string]string, error) {
	out := map[string]string{}
	var f fault.Fields
	for _, o := range t.Options() {
		v := given[o.Name]
		if v == "" {
			v = o.Default
		}
		if v == "" && o.Required {
			f.Add(o.Name, "", "required", nil)
		}
		if v != "" && o.Kind == "enum" && !slices.Contains(o.Enum, v) {
			f.Add(o.Name, v, "param.enum", fault.Args{"name": o.Name, "value": v, "values": strings.Join(o.Enum, ", ")})
		}
		out[o.Name] = v
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, ok := out[name]; !ok {
			f.Add(name, given[name], "intake.option", fault.Args{"name": name})
		}
	}
	return out, f.Err()
}

// rows gives the lines of the file by column name. Columns that are mapped to
// nothing are left out; headers that no column claims come under their own
// name, unless a column of that name is fed by another header.
func rows(r *sheet.Reader, in Input) iter.Seq2[Row, error] {
	names := make([][]string, len(in.Header))
	for column, header := range in.Mapping {
		if i := slices.Index(in.Header, header); i >= 0 && header != "" {
			names[i] = append(names[i], column)
		}
	}
	for i, header := range in.Header {
		if names[i] == nil && !in.Has(header) {
			names[i] = []string{header}
		}
	}
	return func(yield func(Row, error) bool) {
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{}, sheetFault(err))
				return
			}
			values := make(map[string]string, len(names))
			for i, cell := range row.Cells {
				if i >= len(names) {
					break
				}
				for _, name := range names[i] {
					values[name] = sheet.Clean(cell)
				}
			}
			if !yield(Row{Line: row.Line, Values: values}, nil) {
				return
			}
		}
	}
}

// watched tells progress of the lines that pass.
func watched(lines iter.Seq2[Row, error], progress func(int)) iter.Seq2[Row, error] {
	if progress == nil {
		return lines
	}
	return func(yield func(Row, error) bool) {
		n := 0
		for row, err := range lines {
			if n++; n%500 == 0 {
				progress(n)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// Undo takes back a batch: what it wrote is reversed, the batch stays on record.
func (s *Service) Undo(ctx context.Context, actor auth.Actor, id int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		b, err := batchByID(tx, id)
		if err != nil {
			return err
		}
		t, err := s.Target(b.Target)
		if err != nil {
			return err
		}
		if err := t.Rule().Check(actor, auth.Target{Hidden: true}); err != nil {
			return err
		}
		if b.Undone() {
			return fault.New(fault.Conflict, "intake.undone", fault.Args{"id": id})
		}
		if err := t.Undo(tx, actor, id); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE intake_batch SET undone_at = $1, undone_by = $2 WHERE id = $3", db.At(tx.Now()), actor.Username, id); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "import.undo", Object: b.Ref(), Summary: map[string]string{"target": b.Target}})
	})
}

// Batch gives one import.
func (s *Service) Batch(ctx context.Context, actor auth.Actor, id int64) (b Batch, err error) {
	if err := view.Check(actor, auth.Target{}); err != nil {
		return b, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		b, err = batchByID(tx, id)
		return err
	})
	return b, err
}

// Batches lists imports, newest first, below an id (0 = from the newest).
func (s *Service) Batches(ctx context.Context, actor auth.Actor, below int64, limit int) (list []Batch, err error) {
	if err := view.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = batches(tx, below, limit)
		return err
	})
	return list, err
}

// view: whoever is on the staff may see what was imported.
var view = auth.Rule{Name: "import.view", SignedIn: true}

// View is the rule of the import pages.
func View() auth.Rule { return view }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func encodeOutcome(o Outcome) (string, error) {
	o.Notes = o.Notes[:min(len(o.Notes), maxNotes)]
	b, err := json.Marshal(o)
	return string(bytes.TrimSpace(b)), err
}

func decodeOutcome(text string) (o Outcome, err error) {
	if err = json.Unmarshal([]byte(text), &o); err != nil {
		err = fmt.Errorf("intake: stored outcome: %w", err)
	}
	return o, err
}
