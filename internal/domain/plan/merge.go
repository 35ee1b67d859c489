package plan

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/domain/plan/convert"
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/search"
)

// Load makes a plan of a document, in one transaction with one entry in the audit:
// all of it, or nothing when anything is not sound.
func (s *Service) Load(ctx context.Context, actor auth.Actor, doc outline.Document) error {
	if err := ruleManage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		list, err := heads(tx, doc.Plan.Key)
		if err != nil {
			return err
		}
		if len(list) > 0 && doc.Plan.Key != "" {
			return fault.Bad("key", doc.Plan.Key, "plan.exists", fault.Args{"value": doc.Plan.Key})
		}
		doc.Plan = doc.Plan.Complete()
		if err := outline.Faults(outline.NewTree(doc.Plan, doc.Nodes).Check()); err != nil {
			return err
		}
		if err := s.create(tx, actor, doc.Plan, "plan.load"); err != nil {
			return err
		}
		nodes := make([]*outline.Node, len(doc.Nodes))
		for i, n := range doc.Nodes {
			first := *n
			first.Plan, first.Version, first.Gone = doc.Plan.Key, 1, false
			first.Tidy()
			nodes[i] = &first
		}
		return insertNodes(tx, nodes, tx.Now().UnixMicro(), stamp{actor.Username, "plan.load", tx.Now()})
	})
}

// Unknown is what an import does with an element that the plan does not have.
type Unknown string

// What it may do.
const (
	Stop Unknown = "stop"
	Skip Unknown = "skip"
	Take Unknown = "create"
)

// merger brings a document into a plan.
type merger struct {
	tx      *db.Tx
	batch   int64
	read    *convert.Read
	tree    *outline.Tree // before
	unknown Unknown
	out     intake.Outcome
	codes   map[string]string // code in the file → code in the plan
	lines   map[string]int    // line by code in the plan
	given   *outline.Codes
	created []*outline.Node
	updated []*outline.Node
}

func newMerger(tx *db.Tx, batch int64, read *convert.Read, tree *outline.Tree, unknown Unknown) *merger {
	return &merger{tx: tx, batch: batch, read: read, tree: tree, unknown: unknown, out: intake.Outcome{Notes: read.Notes},
		codes: map[string]string{}, lines: map[string]int{}, given: tree.Codes()}
}

func (m *merger) note(severity string, line int, column, value, code string, args fault.Args) {
	m.out.Notes = append(m.out.Notes, intake.Note{Line: line, Column: column, Value: value, Code: code, Args: args, Severity: severity})
}

// merge finds each node of the document in the plan, or makes it.
func (m *merger) merge() error {
	known := m.known()
	for i, from := range m.read.Document.Nodes {
		line := m.read.Document.Line(i)
		old := known.find(from, m.code(from.Parent))
		if old == nil && m.unknown != Take {
			m.missing(from, line)
			continue
		}
		if err := m.one(from, old, line); err != nil {
			return err
		}
	}
	m.tree = m.tree.With(m.tree.Plan, slices.Concat(m.created, m.updated))
	for _, p := range m.tree.Check() {
		m.note(intake.Error, m.lines[p.Node], p.Field, p.Value, p.Code, p.Args)
	}
	return nil
}

// code is the plan's code for one of the file.
func (m *merger) code(inFile string) string { return cmp.Or(m.codes[inFile], inFile) }

func (m *merger) missing(from *outline.Node, line int) {
	severity := intake.Error
	if m.unknown == Skip {
		severity = intake.Warning
		m.out.Skipped++
	}
	value := cmp.Or(from.Element, from.Code)
	m.note(severity, line, "", value, "plan.import.unknown", fault.Args{"value": value, "title": from.Title})
}

// one brings in one node: over the old one, or as a new one.
func (m *merger) one(from, old *outline.Node, line int) error {
	source := m.translated(from)
	if old == nil {
		n := *source
		n.Plan, n.Version, n.Gone, n.Code = m.tree.Plan.Key, 1, false, m.fresh(from, source.Parent)
		n.State = cmp.Or(n.State, m.tree.Plan.Frame.First(m.tree.Plan.ScopeOf(n.Code)))
		n.Tidy()
		m.take(from.Code, &n, line)
		m.created = append(m.created, &n)
		m.out.Created++
		return nil
	}
	n := *old
	m.read.Merge(&n, source)
	n.Gone = false
	n.Tidy()
	changes, err := outline.DiffNodes(old, &n)
	if err != nil {
		return err
	}
	m.take(from.Code, &n, line)
	if len(changes) == 0 && !old.Gone {
		m.out.Unchanged++
		return nil
	}
	n.Version++
	m.updated = append(m.updated, &n)
	m.out.Updated++
	for _, c := range changes {
		m.note(intake.Info, line, c.Field, n.Code, "plan.import.changed", fault.Args{"node": n.Code, "field": c.Field, "before": short(c.Before), "after": short(c.After)})
	}
	return nil
}

func short(raw json.RawMessage) string {
	if len(raw) > 80 {
		return strings.ToValidUTF8(string(raw[:80]), "") + "…"
	}
	return string(raw)
}

func (m *merger) take(inFile string, n *outline.Node, line int) {
	if first, twice := m.lines[n.Code]; twice {
		m.note(intake.Error, line, "code", n.Code, "plan.import.twice", fault.Args{"node": n.Code, "line": int64(first)})
	}
	m.codes[inFile], m.lines[n.Code] = n.Code, line
}

// translated is a node of the file with the plan's codes.
func (m *merger) translated(from *outline.Node) *outline.Node {
	n := *from
	n.Parent = m.code(n.Parent)
	n.Contributions, n.After = slices.Clone(n.Contributions), slices.Clone(n.After)
	for i := range n.Contributions {
		n.Contributions[i].To = m.code(n.Contributions[i].To)
	}
	for i := range n.After {
		n.After[i].On = m.code(n.After[i].On)
	}
	return &n
}

// fresh is the code of a new node: its own, or the next one of the level below its
// parent.
func (m *merger) fresh(from *outline.Node, parent string) string {
	if !convert.Provisional(from.Code) && from.Code != "" {
		m.given.Take(from.Code)
		return from.Code
	}
	level := 0
	if parent != "" {
		level = m.tree.Plan.Frame.Level(parent) + 1
	}
	return m.given.Next(min(level, len(m.tree.Plan.Frame.Levels)-1), parent)
}

// known finds nodes by what a file may call them.
type known struct {
	element, code, title map[string]*outline.Node
}

func (m *merger) known() known {
	k := known{map[string]*outline.Node{}, map[string]*outline.Node{}, map[string]*outline.Node{}}
	for _, n := range slices.Concat(m.tree.Gone, m.tree.Nodes) {
		if n.Element != "" {
			k.element[n.Element] = n
		}
		k.code[n.Code] = n
		if !n.Gone {
			k.title[titleKey(n, n.Parent)] = n
		}
	}
	return k
}

func titleKey(n *outline.Node, parent string) string { return parent + "\x00" + search.Fold(n.Title) }

// find gives the node of a file: by its element, else its code, else its title
// below the same parent. One that is gone is found by element or code: the file
// then brings it back.
func (k known) find(n *outline.Node, parent string) *outline.Node {
	if old := k.element[n.Element]; n.Element != "" && old != nil {
		return old
	}
	if !convert.Provisional(n.Code) && n.Code != "" {
		old := k.code[n.Code]
		if old != nil && n.Element != "" && old.Element != "" {
			return nil // the same code for something else; refused as taken twice
		}
		return old
	}
	return k.title[titleKey(n, parent)]
}

// receipt is what an import leaves to be undone by: the version that it gave each
// node. The states before are in the history.
type receipt struct {
	Made     bool             `json:"made"` // the plan itself
	Created  map[string]int64 `json:"created,omitempty"`
	Updated  map[string]int64 `json:"updated,omitempty"`
	Revision int64            `json:"revision"`
}

// save writes what merge found, and the receipt.
func (m *merger) save(actor auth.Actor, revision int64, made bool) error {
	at := stamp{actor.Username, "plan.import", m.tx.Now()}
	if err := insertNodes(m.tx, m.created, revision, at); err != nil {
		return err
	}
	if err := updateNodes(m.tx, m.updated, revision, at); err != nil {
		return err
	}
	if err := raise(m.tx, m.tree.Plan.Key, revision); err != nil {
		return err
	}
	r := receipt{Made: made, Revision: revision, Created: map[string]int64{}, Updated: map[string]int64{}}
	for _, n := range m.created {
		r.Created[n.Code] = n.Version
	}
	for _, n := range m.updated {
		r.Updated[n.Code] = n.Version
	}
	ref := m.tree.Plan.Ref()
	if err := intake.Remember(m.tx, m.batch, ref, r); err != nil {
		return err
	}
	return audit.Record(m.tx, audit.Entry{Actor: actor.Username, Action: "plan.import", Object: ref, After: r,
		Summary: map[string]string{"created": strconv.Itoa(len(m.created)), "updated": strconv.Itoa(len(m.updated)), "batch": strconv.FormatInt(m.batch, 10)}})
}
