package party

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/BurntSushi/toml"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
)

// Pack is the bodies, organs and mandates of a province as facts. Relations are
// by key; they are checked when the pack is seeded.
type Pack struct {
	Bodies   []intake.Row // columns as in parse
	Mandates []intake.Row
	Boards   []Board
}

// LoadPack reads bodies.csv, mandates.csv and organs.toml; each may be absent.
func LoadPack(files fs.FS) (p Pack, err error) {
	if p.Bodies, err = register.Table(files, "bodies.csv"); err != nil {
		return p, err
	}
	if p.Mandates, err = register.Table(files, "mandates.csv"); err != nil {
		return p, err
	}
	p.Boards, err = loadBoards(files)
	return p, err
}

// organFile is organs.toml.
type organFile struct {
	Organ    []organEntry
	Template []templateEntry
}

type organEntry struct {
	Key, Body, Source string
	Name              register.Text
	Planned           bool
	ValidFrom         time.Time `toml:"valid_from"`
	ValidTo           time.Time `toml:"valid_to"`
	Rule              []ruleEntry
}

type ruleEntry struct {
	Version       int64
	Purpose, Note string
	Kind          Count
	Basis         Basis
	Dataset       string
	Majority      []int64
	Strict        bool
	Quorum        []int64
	QuorumStrict  bool `toml:"quorum_strict"`
	Weights       []weightEntry
	Double        *doubleEntry
	ValidFrom     time.Time `toml:"valid_from"`
	ValidTo       time.Time `toml:"valid_to"`
	Planned       bool
}

type weightEntry struct {
	Party  string
	Points int64 `toml:"bp"`
}

type doubleEntry struct {
	Kind     Count
	Majority []int64
	Strict   bool
}

type templateEntry struct {
	Key, Source string
	Kind        Count
	Name        register.Text
	Weights     []weightEntry
}

func loadBoards(files fs.FS) ([]Board, error) {
	var file organFile
	_, err := toml.DecodeFS(files, "organs.toml", &file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("organs.toml: %w", err)
	}
	var list []Board
	for _, o := range file.Organ {
		b := Board{Key: o.Key, Body: o.Body, Name: o.Name, Planned: o.Planned, Source: o.Source, Version: 1, Period: period(o.ValidFrom, o.ValidTo)}
		for _, r := range o.Rule {
			b.Rules = append(b.Rules, r.rule())
		}
		list = append(list, b)
	}
	for _, t := range file.Template {
		e := ruleEntry{Version: 1, Purpose: "ordinary", Kind: t.Kind, Majority: []int64{1, 2}, Strict: true, Weights: t.Weights}
		list = append(list, Board{Key: t.Key, Name: t.Name, Model: true, Source: t.Source, Version: 1, Rules: []VotingRule{e.rule()}})
	}
	return list, nil
}

func (e ruleEntry) rule() VotingRule {
	r := VotingRule{Version: e.Version, Purpose: e.Purpose, Count: e.Kind, Basis: e.Basis, Dataset: e.Dataset, Note: e.Note, Planned: e.Planned,
		Majority: threshold(e.Majority, e.Strict), Quorum: threshold(e.Quorum, e.QuorumStrict), Period: period(e.ValidFrom, e.ValidTo)}
	if r.Basis == "" {
		r.Basis = Cast
	}
	for _, w := range e.Weights {
		r.Weights = append(r.Weights, Weight(w))
	}
	if e.Double != nil {
		r.Double = &Double{Count: e.Double.Kind, Majority: threshold(e.Double.Majority, e.Double.Strict)}
	}
	return r
}

// threshold reads [numerator, denominator]; anything else is left to be refused
// by Check, except nothing at all.
func threshold(pair []int64, strict bool) Threshold {
	switch len(pair) {
	case 0:
		return Threshold{}
	case 2:
		return Threshold{Num: pair[0], Den: pair[1], Strict: strict}
	}
	return Threshold{Num: -1, Den: 1}
}

// period takes the civil days of TOML, which come as instants.
func period(from, to time.Time) calendar.Period {
	day := func(t time.Time) calendar.Date {
		if t.IsZero() {
			return calendar.Date{}
		}
		return calendar.Of(t)
	}
	return calendar.Period{From: day(from), To: day(to)}
}

// Seed loads a pack into an empty register: all of it or nothing, with one entry
// in the audit. Invalid names every refused line.
func (s *Service) Seed(ctx context.Context, actor auth.Actor, p Pack) error {
	if err := LoadBodies.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.change(ctx, func(tx *db.Tx, t *Tree, atlas *territory.Atlas) error {
		bodies, err := seedBodies(p.Bodies, t, atlas)
		if err != nil {
			return err
		}
		t = t.with(bodies...)
		mandates, err := seedMandates(p.Mandates, t)
		if err != nil {
			return err
		}
		for i, b := range p.Boards {
			others := make([]*Board, i)
			for j := range others {
				others[j] = &p.Boards[j]
			}
			if err := checkBoard(b, others, t); err != nil {
				return fmt.Errorf("organs.toml: %w", err)
			}
		}
		flat := make([]Body, len(bodies))
		for i, b := range bodies {
			flat[i] = *b
		}
		return s.store(tx, actor, flat, mandates, p.Boards)
	})
}

func (s *Service) store(tx *db.Tx, actor auth.Actor, bodies []Body, mandates []Mandate, boards []Board) error {
	if err := insertBodies(tx, bodies); err != nil {
		return err
	}
	if err := insertMandates(tx, mandates); err != nil {
		return err
	}
	if err := insertBoards(tx, boards); err != nil {
		return err
	}
	return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "party.load", Object: batchRef(clock.Today(s.db.Clock())),
		Summary: map[string]string{"bodies": fmt.Sprint(len(bodies)), "mandates": fmt.Sprint(len(mandates)), "organs": fmt.Sprint(len(boards))}})
}

func seedBodies(rows []intake.Row, t *Tree, atlas *territory.Atlas) ([]*Body, error) {
	var f fault.Fields
	var list []*Body
	var values []*register.Values
	seen := map[string]bool{}
	for _, row := range rows {
		v := register.NewValues(row.Line, register.Get(row))
		b := parse(v, atlas)
		b.Version = 1
		if seen[b.Ref] || t.Body(b.Ref) != nil {
			v.Refuse("ref", "register.duplicate", nil)
		}
		seen[b.Ref] = true
		list, values = append(list, &b), append(values, v)
	}
	t = t.with(list...)
	for i, v := range values {
		place(v, t, list[i])
		if err := f.Merge(v.Err()); err != nil {
			return nil, err
		}
	}
	return list, f.Err()
}

func seedMandates(rows []intake.Row, t *Tree) ([]Mandate, error) {
	var f fault.Fields
	var list []Mandate
	seen := map[string]bool{}
	for _, row := range rows {
		v := register.NewValues(row.Line, register.Get(row))
		m := parseMandate(v)
		m.Ref, m.Body, m.Version = v.Key("ref"), v.Text("organ", 80), 1
		if t.Body(m.Body) == nil {
			v.Refuse("organ", "register.unknown", nil)
		}
		if seen[m.Ref] {
			v.Refuse("ref", "register.duplicate", nil)
		}
		seen[m.Ref] = true
		list = append(list, m)
		if err := f.Merge(v.Err()); err != nil {
			return nil, err
		}
	}
	return list, f.Err()
}
