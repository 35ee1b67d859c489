package territory

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/object"
)

// Targets are the files that the room takes: "territory" (REFNIS history, lists
// of communes, tables of recodings), "boundaries" and "postal".
func (s *Service) Targets() []intake.Target {
	return []intake.Target{tableTarget{}, shapeTarget{}, postalTarget{}}
}

// reversible is what the targets share: who may import, and undoing.
type reversible struct{}

// Rule is the registrar's.
func (reversible) Rule() auth.Rule { return imports }

// importer is one import under way.
type importer struct {
	*editor
	in    intake.Input
	batch int64
	out   intake.Outcome
	seen  map[string]int // line on which a key was first read
	read  map[*dossier]bool
	event []Event
}

func newImporter(tx *db.Tx, batch int64, in intake.Input) (*importer, error) {
	e, err := edit(tx)
	return &importer{editor: e, in: in, batch: batch, seen: map[string]int{}, read: map[*dossier]bool{}, out: intake.Outcome{Facts: map[string]string{}}}, err
}

// note adds a note of a line. Its arguments are kept as text, because the report
// is stored and read again.
// i18n: fault.territory.* fault.geo.*
func (im *importer) note(severity string, line int, column, value, code string, args fault.Args) {
	for name, v := range args {
		args[name] = fmt.Sprint(v)
	}
	im.out.Notes = append(im.out.Notes, intake.Note{Line: line, Column: column, Value: value, Code: code, Args: args, Severity: severity})
}

// first tells whether a key is read for the first time, and refuses the line otherwise.
func (im *importer) first(line int, column, key string) bool {
	if before, ok := im.seen[key]; ok {
		im.note(intake.Error, line, column, key, "territory.duplicate", fault.Args{"value": key, "before": int64(before)})
		return false
	}
	im.seen[key] = line
	return true
}

// finish writes what changed, unless a line was refused, and keeps what it replaces.
func (im *importer) finish() (intake.Outcome, error) {
	if im.out.Errors() > 0 {
		return im.out, nil
	}
	done, err := im.save()
	if err != nil {
		return im.out, err
	}
	for _, e := range im.event {
		e.Batch = im.batch
		if err := insertEvent(im.tx, e); err != nil {
			return im.out, err
		}
	}
	im.out.Created, im.out.Updated = len(done.created), len(done.updated)
	im.out.Unchanged = im.unchanged(done)
	for _, d := range slices.Concat(done.created, done.updated) {
		r, err := d.replaced()
		if err != nil {
			return im.out, err
		}
		if err := intake.Remember(im.tx, im.batch, undoRef(d), r); err != nil {
			return im.out, err
		}
	}
	return im.out, nil
}

// unchanged is the number of areas that the file speaks of and leaves as they are.
func (im *importer) unchanged(done saved) int {
	for _, d := range slices.Concat(done.created, done.updated) {
		delete(im.read, d)
	}
	return len(im.read)
}

// replacement is what an import did to an area: its state before, null when it
// did not exist, and the hash of its state after, by which an undo sees whether
// somebody changed it since.
type replacement struct {
	Before json.RawMessage `json:"before"`
	After  string          `json:"after"`
}

func (d *dossier) replaced() (replacement, error) {
	hash, err := d.hash()
	return replacement{Before: d.before, After: hash}, err
}

// hash is that of all that is known of the area, its version aside.
func (d *dossier) hash() (string, error) {
	c := *d
	c.Area.Version = 0
	b, err := c.image()
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// undoRef names an area by its database key, which no recoding changes.
func undoRef(d *dossier) object.Ref {
	return object.Ref{Kind: "area", Key: strconv.FormatInt(d.Area.ID, 10)}
}

// Undo restores what a batch replaced and removes what it added. It refuses when
// somebody has changed one of the areas since.
func (reversible) Undo(tx *db.Tx, _ auth.Actor, batch int64) error {
	changes, err := intake.Remembered(tx, batch)
	if err != nil {
		return err
	}
	e, err := edit(tx)
	if err != nil {
		return err
	}
	if err := deleteEvents(tx, batch); err != nil {
		return err
	}
	var added []*dossier
	for _, c := range changes {
		d, old, err := e.remembered(c)
		if err != nil {
			return err
		}
		if old == nil {
			added = append(added, d)
			old = &dossier{Area: d.Area}
			old.Area.Parent = 0
		}
		old.Area.Version = d.Area.Version + 1
		if err := updateArea(tx, &old.Area); err != nil {
			return err
		}
		if err := old.rewrite(tx); err != nil {
			return err
		}
	}
	for _, d := range added {
		if err := deleteArea(tx, d.Area.ID); err != nil {
			return &fault.Error{Kind: fault.Conflict, Code: "territory.undo.used", Args: fault.Args{"name": d.Area.NameFR}, Err: err}
		}
	}
	return nil
}

// remembered pairs an area with its state before a batch, nil when the batch added it.
func (e *editor) remembered(c intake.Change) (d, old *dossier, err error) {
	id, err := strconv.ParseInt(c.Ref.Key, 10, 64)
	if err != nil {
		return nil, nil, err
	}
	var r replacement
	if err := json.Unmarshal(c.Before, &r); err != nil {
		return nil, nil, err
	}
	d = e.byID[id]
	if d == nil {
		return nil, nil, fault.New(fault.Conflict, "territory.undo.changed", fault.Args{"name": c.Ref.Key})
	}
	if hash, err := d.hash(); err != nil || hash != r.After {
		return nil, nil, cmp.Or(err, error(fault.New(fault.Conflict, "territory.undo.changed", fault.Args{"name": d.Area.NameFR})))
	}
	if string(r.Before) == "null" {
		return d, nil, nil
	}
	old = &dossier{}
	return d, old, json.Unmarshal(r.Before, old)
}

// readDay reads a day of a file; 31 December 9999 and its like mean no end.
func (im *importer) readDay(r intake.Row, column string) calendar.Date {
	text := r.Values[column]
	if text == "" {
		return calendar.Date{}
	}
	day, far, ok := parseDay(text)
	if !ok {
		im.note(intake.Error, r.Line, column, text, "territory.date", fault.Args{"value": text})
	}
	if far {
		return calendar.Date{}
	}
	return day
}
