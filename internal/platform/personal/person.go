package personal

import (
	"embed"
	"io/fs"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/privacy"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the tables of holds, requests, exports and erasures.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "personal", Files: files}
}

// Person is somebody about whom something is kept.
type Person struct {
	Ref       object.Ref     // "account:c.exemple", "holder:Camille Exemple"
	Trace     object.Ref     // under which the audit speaks of her; never a name of her own choosing
	Name      string         // for her own eyes
	Language  string         // of her export, "" for the default
	Keys      map[string]any // by which rows are found, by kind of key; never empty texts
	Pseudonym string         // stable, "" when nothing about her can be renamed
	Stops     []string       // why she cannot be erased now: Mandate, OnlyAdmin, Erased
}

// Kind is a kind of persons. Another room knows how to find them.
type Kind struct {
	Name string
	// Find gives the persons of some keys, in any order, in a constant number of
	// statements; keys of nobody are left out.
	Find func(tx *db.Tx, keys []string) ([]Person, error)
	// All gives everybody who may have been erased after an archive was taken,
	// nil when nobody of this kind ever is.
	All func(tx *db.Tx) ([]Person, error)
}

// File is something attached to a person: a document, a picture.
type File struct {
	Name string // inside the ZIP, without folder
	Data []byte
}

// Ports are what the room asks of others. Each may be nil.
type Ports struct {
	Files    func(tx *db.Tx, p Person) ([]File, error) // attached files
	Readable func(Export) ([]byte, error)              // the page of an export, HTML
	Ledger   string                                    // file in which the erasures stand outside the database, "" for none
}

// Service is the verbs.
type Service struct {
	db     *db.DB
	queue  *jobs.Queue
	tables []privacy.Table
	kinds  map[string]Kind
	ports  Ports
}

// NewService makes the service over the declarations of all rooms.
func NewService(d *db.DB, queue *jobs.Queue, tables []privacy.Table, ports Ports, kinds ...Kind) *Service {
	s := &Service{db: d, queue: queue, tables: tables, kinds: map[string]Kind{}, ports: ports}
	for _, k := range kinds {
		s.kinds[k.Name] = k
	}
	return s
}

// The rules. A person may always see, take away and have erased what is her own.
var (
	View   = auth.Rule{Name: "privacy.view", Roles: []auth.Role{auth.Auditor, auth.Admin}}
	Manage = auth.Rule{Name: "privacy.manage", Roles: []auth.Role{auth.Admin}}
	Own    = auth.Rule{Name: "privacy.own", SignedIn: true}
)

// Account is the kind of persons who sign in.
const Account = "account"

// Me is the actor as a person.
func Me(actor auth.Actor) object.Ref { return object.Ref{Kind: Account, Key: actor.Username} }

// may lets everybody look after herself, and whom a rule names after others.
func may(rule auth.Rule, actor auth.Actor, ref object.Ref) error {
	if actor.Account != 0 && ref == Me(actor) {
		return nil
	}
	return rule.Check(actor, auth.Target{Hidden: true})
}

func (s *Service) find(tx *db.Tx, ref object.Ref) (Person, error) {
	kind, known := s.kinds[ref.Kind]
	if !known {
		return Person{}, fault.Missing("person")
	}
	list, err := kind.Find(tx, []string{ref.Key})
	if err != nil {
		return Person{}, err
	}
	if len(list) == 0 {
		return Person{}, fault.Missing("person")
	}
	return list[0], nil
}

// Board is what whoever looks after the promises sees at a glance.
type Board struct {
	Due      []Due
	Holds    []Hold    // in force
	Requests []Request // newest first
}

// Board reads what is due, what is held and what was asked for, the requests
// below an id and up to n, in a constant number of statements.
func (s *Service) Board(tx *db.Tx, actor auth.Actor, below int64, n int) (b Board, err error) {
	if err := View.Check(actor, auth.Target{}); err != nil {
		return b, err
	}
	if b.Holds, err = holdsInForce(tx); err != nil {
		return b, err
	}
	sh, err := s.cover(tx, b.Holds)
	if err != nil {
		return b, err
	}
	if b.Due, err = countDue(tx, s.terms(), sh); err != nil {
		return b, err
	}
	if below <= 0 {
		below = 1 << 62
	}
	b.Requests, err = listRequests(tx, below, n)
	return b, err
}

// Holding is what is kept about a person in one place.
type Holding struct {
	Table   string      `json:"table"`
	Use     privacy.Use `json:"-"`
	Data    []string    `json:"data"` // words of privacy.data.*
	Rows    int64       `json:"rows"`
	End     privacy.End `json:"-"`
	columns []string
	owner   privacy.Owner
}

// Overview is all that is known of a person here.
type Overview struct {
	Person   Person
	Holdings []Holding
	Requests []Request // newest first
	Holds    []Hold    // in force
}

// Overview tells what is kept about somebody, in a constant number of statements.
func (s *Service) Overview(tx *db.Tx, actor auth.Actor, ref object.Ref) (o Overview, err error) {
	if err := may(View, actor, ref); err != nil {
		return o, err
	}
	if o.Person, err = s.find(tx, ref); err != nil {
		return o, err
	}
	if o.Holdings, err = s.holdings(tx, o.Person); err != nil {
		return o, err
	}
	if o.Requests, err = requestsOf(tx, ref); err != nil {
		return o, err
	}
	all, err := holdsInForce(tx)
	for _, h := range all {
		if h.Object == ref {
			o.Holds = append(o.Holds, h)
		}
	}
	return o, err
}

// holdings are the claims of a person that have rows.
func (s *Service) holdings(tx *db.Tx, p Person) ([]Holding, error) {
	var list []Holding
	for _, t := range s.tables {
		for _, c := range t.Claims {
			if _, hers := p.Keys[c.Owner.Key]; hers {
				list = append(list, holding(t, c))
			}
		}
	}
	counts, err := countHoldings(tx, list, p.Keys)
	if err != nil {
		return nil, err
	}
	var kept []Holding
	for i, h := range list {
		if h.Rows = counts[int64(i)]; h.Rows > 0 {
			kept = append(kept, h)
		}
	}
	return kept, nil
}

func holding(t privacy.Table, c privacy.Claim) Holding {
	h := Holding{Table: t.Name, End: c.End, columns: c.Columns, owner: c.Owner}
	seen := map[string]bool{}
	for _, column := range t.Columns {
		for _, name := range c.Columns {
			if column.Name != name {
				continue
			}
			if h.Use.Purpose == "" {
				h.Use = column.Use
			}
			if !seen[column.Data] {
				h.Data = append(h.Data, column.Data)
			}
			seen[column.Data] = true
		}
	}
	return h
}

// undoTime is how long an erasure waits for the person to think again.
const undoTime = 14 * 24 * time.Hour
