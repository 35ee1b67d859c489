package party

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed locale/*.toml
var texts embed.FS

// Schema is the room's tables.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "party", Files: files}
}

// Locale is the room's texts.
func Locale() fs.FS { return texts }

// Service is the verbs of the register of bodies.
type Service struct {
	db          *db.DB
	places      *territory.Service
	tree        *db.Copy[*Tree]
	boards      *db.Copy[[]*Board]
	inhabitants Inhabitants
}

// NewService makes the service over a database and the territory.
func NewService(d *db.DB, places *territory.Service) *Service {
	return &Service{db: d, places: places,
		tree:   db.NewCopy(d, readTree, "party_body"),
		boards: db.NewCopy(d, readBoards, "party_organ", "party_rule")}
}

// Connect hands in what the room needs of one above, once, when the program is
// put together.
func (s *Service) Connect(i Inhabitants) { s.inhabitants = i }

// Tree is every body, kept in memory: not to be changed.
func (s *Service) Tree(ctx context.Context) (t *Tree, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		t, err = s.TreeTx(tx)
		return err
	})
	return t, err
}

// TreeTx is every body as a transaction sees it, kept in memory: not to be changed.
func (s *Service) TreeTx(tx *db.Tx) (*Tree, error) { return s.tree.Get(tx) }

// Boards are every board with its rules, kept in memory: not to be changed; those that decide nothing come last.
func (s *Service) Boards(ctx context.Context) (list []*Board, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = s.boards.Get(tx)
		return err
	})
	return list, err
}

// Mandates are the mandates in a body, those of another day included, newest first.
func (s *Service) Mandates(ctx context.Context, body string) (list []Mandate, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = readMandates(tx, body)
		return err
	})
	return list, err
}

// parse makes a body of the fields of a form, a document or a line. Fields:
// ref, kind, domain, name_fr, name_nl, acronym, parent, valid_from, valid_to,
// successor, seat_commune (NIS), email, phone, website, source.
func parse(v *register.Values, atlas *territory.Atlas) Body {
	return Body{Ref: v.Key("ref"), Kind: register.Enum(v, "kind", Kinds()), Domain: register.Enum(v, "domain", append(Domains(), "")),
		NameFR: v.Required("name_fr", 300), NameNL: v.Text("name_nl", 300), Acronym: v.Text("acronym", 40),
		Parent: v.Text("parent", 80), Period: v.Period("valid_from", "valid_to"), Successor: v.Text("successor", 80),
		Seat: v.Commune("seat_commune", atlas), Email: v.Email("email"), Phone: v.Text("phone", 40),
		Website: v.Website("website"), Source: v.Text("source", 200)}
}

// place adds what is wrong with a body's place among the others.
func place(v *register.Values, t *Tree, b *Body) {
	for _, p := range t.Check(b) {
		if p.Hard {
			v.Refuse(p.Field, p.Code, p.Args)
		} else {
			v.Warn(p.Field, p.Code, p.Args)
		}
	}
}

// with is the tree as it would be with a body added or replaced.
func (t *Tree) with(bodies ...*Body) *Tree {
	list := make([]*Body, 0, len(t.list)+len(bodies))
	fresh := make(map[string]bool, len(bodies))
	for _, b := range bodies {
		fresh[b.Ref] = true
	}
	for _, b := range t.list {
		if !fresh[b.Ref] {
			list = append(list, b)
		}
	}
	return NewTree(append(list, bodies...))
}

// CreateBody adds a body; get gives the fields named at parse.
func (s *Service) CreateBody(ctx context.Context, actor auth.Actor, get func(string) string) (b Body, err error) {
	if err := EditBodies.Gate(actor); err != nil {
		return b, err
	}
	err = s.change(ctx, func(tx *db.Tx, t *Tree, atlas *territory.Atlas) error {
		v := register.NewValues(0, get)
		b = parse(v, atlas)
		b.Version = 1
		if t.Body(b.Ref) != nil {
			v.Refuse("ref", "register.duplicate", nil)
		}
		place(v, t.with(&b), &b)
		if err := EditBodies.Check(actor, scope(t, &b)); err != nil {
			return err
		}
		if err := v.Err(); err != nil {
			return err
		}
		if err := insertBodies(tx, []Body{b}); err != nil {
			return err
		}
		return note(tx, audit.Entry{Actor: actor.Username, Action: "body.create", Object: b.Object(), After: b}, nil, &b)
	})
	return b, err
}

// UpdateBody replaces every field of a body but its reference. The field
// version is the one that was read; another one is Conflict "stale".
func (s *Service) UpdateBody(ctx context.Context, actor auth.Actor, ref string, get func(string) string) (b Body, err error) {
	return s.revise(ctx, actor, ref, "body.update", get, func(v *register.Values, atlas *territory.Atlas, _ Body) Body {
		return parse(v, atlas)
	})
}

// EndBody gives a body its last day (valid_to) and, when there is one, its successor.
func (s *Service) EndBody(ctx context.Context, actor auth.Actor, ref string, get func(string) string) (Body, error) {
	return s.revise(ctx, actor, ref, "body.end", get, func(v *register.Values, _ *territory.Atlas, b Body) Body {
		b.Period.To, b.Successor = v.Last("valid_to", b.Period.From), v.Text("successor", 80)
		return b
	})
}

func (s *Service) revise(ctx context.Context, actor auth.Actor, ref, action string, get func(string) string,
	next func(*register.Values, *territory.Atlas, Body) Body) (b Body, err error) {
	if err := EditBodies.Gate(actor); err != nil {
		return b, err
	}
	fields := func(name string) string {
		if name == "ref" {
			return ref
		}
		return get(name)
	}
	err = s.change(ctx, func(tx *db.Tx, t *Tree, atlas *territory.Atlas) error {
		old := t.Body(ref)
		if old == nil {
			return fault.Missing("body")
		}
		if err := EditBodies.Check(actor, scope(t, old)); err != nil {
			return err
		}
		v := register.NewValues(0, fields)
		if err := register.Stale(old.Version, v.Whole("version")); err != nil {
			return err
		}
		b = next(v, atlas, *old)
		b.Version = old.Version + 1
		after := t.with(&b)
		place(v, after, &b)
		if err := v.Err(); err != nil {
			return err
		}
		if err := EditBodies.Check(actor, scope(after, &b)); err != nil {
			return err
		}
		if err := updateBody(tx, b); err != nil {
			return err
		}
		return note(tx, audit.Entry{Actor: actor.Username, Action: action, Object: b.Object(), Before: old, After: b}, old, &b)
	})
	return b, err
}

// change runs a write with the register and the territory as the transaction sees them.
func (s *Service) change(ctx context.Context, f func(*db.Tx, *Tree, *territory.Atlas) error) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := readTree(tx)
		if err != nil {
			return err
		}
		atlas, err := s.places.AtlasTx(tx)
		if err != nil {
			return err
		}
		return f(tx, t, atlas)
	})
}

// Mandate is the mandate of a reference; NotFound when there is none.
func (s *Service) Mandate(ctx context.Context, ref string) (m Mandate, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		found, ok, err := readMandate(tx, ref)
		if err != nil || !ok {
			return missing(err, "mandate")
		}
		m = found
		return nil
	})
	return m, err
}

// MandatesIn are the mandates in some bodies, by reference.
func (s *Service) MandatesIn(tx *db.Tx, bodies ...string) ([]Mandate, error) {
	if len(bodies) == 0 {
		return nil, nil
	}
	return readMandatesIn(tx, bodies)
}

// AddMandate records a mandate in a body. Fields: role, holder, valid_from,
// valid_to, status (real when empty), source. Its reference is made here.
func (s *Service) AddMandate(ctx context.Context, actor auth.Actor, body string, get func(string) string) (m Mandate, err error) {
	if err := EditMandate.Gate(actor); err != nil {
		return m, err
	}
	err = s.change(ctx, func(tx *db.Tx, t *Tree, _ *territory.Atlas) error {
		b := t.Body(body)
		if b == nil {
			return fault.Missing("body")
		}
		if err := EditMandate.Check(actor, scope(t, b)); err != nil {
			return err
		}
		n, _, err := db.One(tx, db.Value[int64], "SELECT COUNT(*) FROM party_mandate WHERE body = $1", body)
		if err != nil {
			return err
		}
		v := register.NewValues(0, get)
		m = parseMandate(v)
		m.Body, m.Version, m.Ref = body, 1, fmt.Sprintf("%s-m%d", body, n+1)
		if err := v.Err(); err != nil {
			return err
		}
		if err := insertMandates(tx, []Mandate{m}); err != nil {
			return err
		}
		return noteMandate(tx, audit.Entry{Actor: actor.Username, Action: "mandate.create", Object: b.Object(), After: m}, b, nil, &m)
	})
	return m, err
}

func parseMandate(v *register.Values) Mandate {
	m := Mandate{Role: v.Required("role", 200), Holder: v.Required("holder", 200), Period: v.Period("valid_from", "valid_to"),
		Status: register.Enum(v, "status", append(Statuses(), "")), Source: v.Text("source", 200)}
	if m.Status == "" {
		m.Status = Real
	}
	return m
}

// UpdateMandate replaces every field of a mandate, to correct it. The field
// version is the one that was read.
func (s *Service) UpdateMandate(ctx context.Context, actor auth.Actor, ref string, get func(string) string) (Mandate, error) {
	return s.reviseMandate(ctx, actor, ref, "mandate.update", get, func(v *register.Values, old Mandate) Mandate {
		m := parseMandate(v)
		m.Ref, m.Body = old.Ref, old.Body
		return m
	})
}

// EndMandate gives a mandate its last day (valid_to).
func (s *Service) EndMandate(ctx context.Context, actor auth.Actor, ref string, get func(string) string) (Mandate, error) {
	return s.reviseMandate(ctx, actor, ref, "mandate.end", get, func(v *register.Values, m Mandate) Mandate {
		m.Period.To = v.Last("valid_to", m.Period.From)
		return m
	})
}

func (s *Service) reviseMandate(ctx context.Context, actor auth.Actor, ref, action string, get func(string) string, next func(*register.Values, Mandate) Mandate) (m Mandate, err error) {
	if err := EditMandate.Gate(actor); err != nil {
		return m, err
	}
	err = s.change(ctx, func(tx *db.Tx, t *Tree, _ *territory.Atlas) error {
		old, ok, err := readMandate(tx, ref)
		if err != nil || !ok {
			return missing(err, "mandate")
		}
		b := t.Body(old.Body)
		if err := EditMandate.Check(actor, scope(t, b)); err != nil {
			return err
		}
		v := register.NewValues(0, get)
		if err := register.Stale(old.Version, v.Whole("version")); err != nil {
			return err
		}
		m = next(v, old)
		m.Version = old.Version + 1
		if err := v.Err(); err != nil {
			return err
		}
		if err := updateMandate(tx, m); err != nil {
			return err
		}
		if err := auth.FollowMandate(tx, actor, m.Ref, m.Period); err != nil {
			return err
		}
		return noteMandate(tx, audit.Entry{Actor: actor.Username, Action: action, Object: b.Object(), Before: old, After: m}, b, &old, &m)
	})
	return m, err
}

// MandatePeriod is the period of a mandate, on which roles may hang; ok is false
// when there is none of this reference.
func (s *Service) MandatePeriod(tx *db.Tx, ref string) (p calendar.Period, ok bool, err error) {
	m, ok, err := readMandate(tx, ref)
	return m.Period, ok, err
}

func missing(err error, what string) error {
	if err != nil {
		return err
	}
	return fault.Missing(what)
}

// batchRef names a load of a pack in the audit.
func batchRef(day calendar.Date) object.Ref { return object.Ref{Kind: "pack", Key: day.String()} }
