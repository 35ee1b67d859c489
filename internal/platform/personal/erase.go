package personal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/privacy"
)

// Wishes of a person.
const (
	WishExport  = "export"
	WishErasure = "erasure"
)

// States of a request.
const (
	Waiting   = "waiting"
	Done      = "done"
	Withdrawn = "withdrawn"
	Stopped   = "stopped" // a hold or another reason forbids it; asking again is free
)

// Kinds of the jobs that fulfil requests.
const (
	JobErase  = "privacy.erase"
	JobExport = "privacy.export"
)

// Request is what a person asked for, or somebody for her.
type Request struct {
	ID       int64
	Wish     string // WishExport or WishErasure
	Person   object.Ref
	By       string
	Asked    time.Time
	Due      time.Time // before it nothing happens, and it can be withdrawn
	State    string
	Why      string // of a stopped one, a word of privacy.why.*
	Finished time.Time
	result   string
}

// Outcome tells what became of the data of one table.
type Outcome struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	How     string   `json:"how"` // privacy.Delete, Replace, Rename or Keep
	Why     string   `json:"why,omitempty"`
	Rows    int64    `json:"rows"`
	Keys    []string `json:"keys,omitempty"` // of rows that stay, the first ones
}

// Outcomes is what an erasure did; nil before it.
func (r Request) Outcomes() (list []Outcome, err error) {
	if r.result == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(r.result), &list)
	return list, err
}

// Reasons why a person cannot be erased now, words of privacy.why.*.
const (
	Held      = "held"       // a hold
	Mandate   = "mandate"    // a public mandate is a public fact
	OnlyAdmin = "only-admin" // nobody else could open an account
	Erased    = "gone"       // she is erased already
)

// stops are the refusals of an erasure that a reason forbids.
// i18n: fault.privacy.stopped.held fault.privacy.stopped.mandate fault.privacy.stopped.only-admin fault.privacy.stopped.gone
var stops = map[string]string{Held: "privacy.stopped.held", Mandate: "privacy.stopped.mandate", OnlyAdmin: "privacy.stopped.only-admin", Erased: "privacy.stopped.gone"}

// shownKeys bounds how many kept rows an outcome names.
const shownKeys = 20

var errEnough = errors.New("personal: enough rows")

// liveTable is a table as the database has it.
func liveTable(tx *db.Tx, table string) (db.Table, error) {
	all, err := db.Tables(tx)
	if err != nil {
		return db.Table{}, err
	}
	i := slices.IndexFunc(all, func(t db.Table) bool { return t.Name == table })
	if i < 0 {
		return db.Table{}, fmt.Errorf("personal: table %s is declared and does not exist", table)
	}
	return all[i], nil
}

// AskErasure asks for the erasure of a person's data, a fortnight from now.
func (s *Service) AskErasure(ctx context.Context, actor auth.Actor, ref object.Ref) (r Request, err error) {
	if err := may(Manage, actor, ref); err != nil {
		return r, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := s.find(tx, ref)
		if err != nil {
			return err
		}
		if why, err := s.stop(tx, p); err != nil || why != "" {
			return errors.Join(err, fault.New(fault.Conflict, stops[why], nil))
		}
		if twice, err := waiting(tx, WishErasure, ref); err != nil || twice {
			return errors.Join(err, fault.New(fault.Conflict, "privacy.twice", nil))
		}
		r, err = s.ask(tx, actor, p, Request{Wish: WishErasure, Due: tx.Now().Add(undoTime)})
		return err
	})
	return r, err
}

// ask writes a request and the job that fulfils it.
func (s *Service) ask(tx *db.Tx, actor auth.Actor, p Person, r Request) (Request, error) {
	var err error
	r.Person, r.By, r.Asked, r.State = p.Ref, actor.Username, tx.Now(), Waiting
	if r.ID, err = insertRequest(tx, r); err != nil {
		return r, err
	}
	kind := map[string]string{WishExport: JobExport, WishErasure: JobErase}[r.Wish]
	if _, err := s.queue.Enqueue(tx, jobs.Spec{Kind: kind, Payload: r.ID, RunAt: r.Due, Dedupe: fmt.Sprint(r.ID)}); err != nil {
		return r, err
	}
	return r, audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "privacy.ask." + r.Wish, Object: p.Trace,
		After: map[string]any{"request": r.ID, "due": r.Due.Format(time.RFC3339)}})
}

// Withdraw takes a waiting request back.
func (s *Service) Withdraw(ctx context.Context, actor auth.Actor, id int64) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		r, err := s.request(tx, Manage, actor, id)
		if err != nil {
			return err
		}
		if r.State != Waiting {
			return fault.New(fault.Conflict, "privacy.late", fault.Args{"id": id})
		}
		if err := finish(tx, id, Withdrawn, "", ""); err != nil {
			return err
		}
		trace, err := s.trace(tx, r.Person)
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "privacy.withdraw", Object: trace, After: map[string]any{"request": id}})
	})
}

// request gives a request to the person whom it is about, and to whom a rule names.
func (s *Service) request(tx *db.Tx, rule auth.Rule, actor auth.Actor, id int64) (Request, error) {
	r, ok, err := requestByID(tx, id)
	if err != nil {
		return r, err
	}
	if !ok {
		return r, fault.Missing("request")
	}
	return r, may(rule, actor, r.Person)
}

// Request tells how a request stands.
func (s *Service) Request(tx *db.Tx, actor auth.Actor, id int64) (Request, error) {
	return s.request(tx, View, actor, id)
}

// stop is why a person cannot be erased now, "" when she can.
func (s *Service) stop(tx *db.Tx, p Person) (string, error) {
	holds, err := holdsInForce(tx)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(holds, func(h Hold) bool { return h.Object == p.Ref }) {
		return Held, nil
	}
	if len(p.Stops) > 0 {
		return p.Stops[0], nil
	}
	return "", nil
}

// Erase is the job of a request: it does nothing for one that was withdrawn or
// done already.
func (s *Service) Erase(ctx context.Context, j jobs.Job) error {
	var id int64
	if err := j.Decode(&id); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		r, ok, err := requestByID(tx, id)
		if err != nil || !ok || r.State != Waiting || r.Due.After(tx.Now()) {
			return err
		}
		p, err := s.find(tx, r.Person)
		if fault.KindOf(err) == fault.NotFound && err != nil {
			return finish(tx, id, Done, "", "[]")
		}
		if err != nil {
			return err
		}
		why, err := s.stop(tx, p)
		if err != nil {
			return err
		}
		if why != "" {
			return finish(tx, id, Stopped, why, "")
		}
		outcomes, err := s.erase(tx, auth.Actor{Username: "privacy"}, p)
		if err != nil {
			return err
		}
		text, err := json.Marshal(outcomes)
		if err != nil {
			return err
		}
		return finish(tx, id, Done, "", string(text))
	})
}

// eraseNow erases somebody whose time is up; false when a reason stops it.
func (s *Service) eraseNow(ctx context.Context, actor auth.Actor, ref object.Ref) (done bool, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		p, err := s.find(tx, ref)
		if err != nil {
			return err
		}
		why, err := s.stop(tx, p)
		if err != nil || why != "" {
			return err
		}
		_, err = s.erase(tx, actor, p)
		done = err == nil
		return err
	})
	return done, err
}

// erase does what the claims say to every row of a person, and leaves a line
// for restored archives. Tables come from the last to the first, since later
// ones hang on earlier ones.
func (s *Service) erase(tx *db.Tx, actor auth.Actor, p Person) ([]Outcome, error) {
	holds, err := s.shield(tx)
	if err != nil {
		return nil, err
	}
	live, err := db.Tables(tx)
	if err != nil {
		return nil, err
	}
	var list []Outcome
	for _, t := range slices.Backward(s.tables) {
		i := slices.IndexFunc(live, func(l db.Table) bool { return l.Name == t.Name })
		for _, c := range t.Claims {
			if _, hers := p.Keys[c.Owner.Key]; !hers || i < 0 {
				continue
			}
			done, err := s.settle(tx, t, live[i], c, p, holds)
			if err != nil {
				return nil, err
			}
			list = append(list, done...)
		}
	}
	if err := s.remember(tx, p); err != nil {
		return nil, err
	}
	return list, audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "privacy.erase", Object: erasedRef(p), Summary: sums(list)})
}

// erasedRef is how the audit names somebody from now on.
func erasedRef(p Person) object.Ref {
	if p.Pseudonym == "" {
		return p.Trace
	}
	return object.Ref{Kind: p.Ref.Kind, Key: p.Pseudonym}
}

// settle ends the rows of one claim and tells of those that stay.
func (s *Service) settle(tx *db.Tx, t privacy.Table, live db.Table, c privacy.Claim, p Person, holds shield) (list []Outcome, err error) {
	all, held, err := count(tx, t, c, p, holds)
	if err != nil || all == 0 {
		return nil, err
	}
	note := func(how, why string, rows int64) error {
		o := Outcome{Table: t.Name, Columns: c.Columns, How: how, Why: why, Rows: rows}
		if how == privacy.Keep {
			if o.Keys, err = keysOf(tx, live, c, p); err != nil {
				return err
			}
		}
		list = append(list, o)
		return nil
	}
	if c.End.How == privacy.Keep {
		return list, note(privacy.Keep, c.End.Why, all)
	}
	if held > 0 {
		if err := note(privacy.Keep, Held, held); err != nil {
			return nil, err
		}
	}
	n, err := end(tx, t, c, p, holds)
	if err == nil && n > 0 {
		err = note(c.End.How, "", n)
	}
	return list, err
}

// keysOf names the first rows of a claim by their keys.
func keysOf(tx *db.Tx, live db.Table, c privacy.Claim, p Person) (keys []string, err error) {
	err = rowsOf(tx, live.Only(live.Key()...), c, p, shownKeys, func(values []any) error {
		parts := make([]string, len(values))
		for i, v := range values {
			parts[i] = fmt.Sprint(v)
		}
		keys = append(keys, strings.Join(parts, "/"))
		return nil
	})
	return keys, err
}

// sums is what the audit keeps of an erasure: rows by how they ended.
func sums(list []Outcome) map[string]string {
	n := map[string]int64{}
	for _, o := range list {
		n[o.How] += o.Rows
	}
	text := map[string]string{}
	for how, rows := range n {
		text[how] = fmt.Sprint(rows)
	}
	return text
}
