package personal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/privacy"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

// A little house with guests, their stays and the cards that the stays left.
const guestTables = `CREATE TABLE guest (
	id BIGINT NOT NULL PRIMARY KEY,
	nick TEXT NOT NULL,
	name TEXT NOT NULL,
	vip BOOLEAN NOT NULL,
	left_at TIMESTAMPTZ
);
CREATE TABLE stay (
	id BIGINT NOT NULL PRIMARY KEY,
	guest BIGINT NOT NULL REFERENCES guest (id),
	room TEXT NOT NULL,
	state TEXT NOT NULL,
	at TIMESTAMPTZ NOT NULL
);
CREATE TABLE card (
	stay BIGINT NOT NULL,
	id BIGINT NOT NULL REFERENCES stay (id),
	text TEXT NOT NULL,
	picture BYTEA,
	pin TEXT NOT NULL,
	PRIMARY KEY (stay, id)
);
CREATE TABLE bill (
	id BIGINT NOT NULL PRIMARY KEY,
	payer TEXT NOT NULL,
	clerk TEXT NOT NULL
);
`

const month = 30 * 24 * time.Hour

func guestPrivacy() []privacy.Table {
	use := privacy.Use{Purpose: "stays", Persons: "guests", Basis: "contract", Retention: "month", Recipients: "staff"}
	return []privacy.Table{
		privacy.New("guest", "id").Personal(use, "identity", "nick", "name").Personal(use, "function", "vip", "left_at").
			Ends(privacy.Of("guest.id", "id"), privacy.Renamed(), "nick").
			Ends(privacy.Of("guest.id", "id"), privacy.Becomes(""), "name").
			Ends(privacy.Of("guest.id", "id"), privacy.Becomes(false), "vip").
			Ends(privacy.Of("guest.id", "id"), privacy.Becomes(nil), "left_at").
			UntilErased("left", "left_at", 12*month).Object("guest", "nick"),
		privacy.New("stay", "id").Personal(use, "stays", "guest", "room", "state", "at").
			Ends(privacy.Of("guest.id", "guest"), privacy.Deleted()).Until("stay", "at", month).When("state", "over").Object("stay", "id"),
		privacy.New("card", "stay", "id").Personal(use, "stays", "text", "picture").Personal(use, "credentials", "pin").
			Ends(privacy.Of("guest.id", "guest").Through("stay", "id"), privacy.Deleted()),
		privacy.New("bill", "id").Personal(use, "identity", "payer").Personal(use, "deeds", "clerk").
			Ends(privacy.Of("guest", "payer"), privacy.Kept("accounts"), "payer").
			Ends(privacy.Of("account", "clerk"), privacy.Renamed()),
	}
}

func schemas() []db.Schema {
	guests := db.Schema{Room: "guest", Files: fstest.MapFS{"0001_guest.sql": {Data: []byte(guestTables)}}}
	return []db.Schema{audit.Schema(), auth.Schema(), jobs.Schema(), personal.Schema(), guests}
}

func tables() []privacy.Table {
	return slices.Concat(audit.Privacy(), auth.Privacy(), jobs.Privacy(), personal.Privacy(), guestPrivacy())
}

func findGuests(tx *db.Tx, nicks []string) ([]personal.Person, error) {
	list, err := allGuests(tx)
	return slices.DeleteFunc(list, func(p personal.Person) bool { return !slices.Contains(nicks, p.Ref.Key) }), err
}

func allGuests(tx *db.Tx) ([]personal.Person, error) {
	return db.All(tx, func(s db.Scanner) (p personal.Person, err error) {
		var id int64
		var nick string
		err = s.Scan(&id, &nick, &p.Name)
		p.Ref = object.Ref{Kind: "guest", Key: nick}
		p.Trace, p.Pseudonym = object.Ref{Kind: "guest", Key: fmt.Sprint(id)}, fmt.Sprintf("gone-%d", id)
		p.Keys = map[string]any{"guest": nick, "guest.id": id}
		if nick == "boss" {
			p.Stops = []string{"only-admin"}
		}
		return p, err
	}, "SELECT id, nick, name FROM guest ORDER BY id")
}

func findClerks(tx *db.Tx, usernames []string) (list []personal.Person, err error) {
	accounts, err := auth.Find(tx, usernames)
	for _, a := range accounts {
		ref := object.Ref{Kind: personal.Account, Key: a.Username}
		list = append(list, personal.Person{Ref: ref, Trace: ref, Name: a.Name, Pseudonym: fmt.Sprintf("erased-%d", a.ID),
			Keys: map[string]any{"account": a.Username, "account.id": a.ID}})
	}
	return list, err
}

// house is the little house on one engine.
type house struct {
	*personal.Service
	t     *testing.T
	db    *db.DB
	queue *jobs.Queue
	file  string
}

var admin = auth.System("admin")

func each(t *testing.T, f func(h *house)) {
	t.Helper()
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		h := &house{t: t, db: d, queue: jobs.NewQueue(d), file: filepath.Join(t.TempDir(), "erasures.jsonl")}
		h.open(d)
		h.fill()
		f(h)
	})
}

func (h *house) open(d *db.DB) {
	files := func(_ *db.Tx, p personal.Person) ([]personal.File, error) {
		return []personal.File{{Name: "photo.txt", Data: []byte(p.Name)}}, nil
	}
	readable := func(e personal.Export) ([]byte, error) { return []byte("<p>" + e.Person.Name), nil }
	h.Service = personal.NewService(d, h.queue, tables(), personal.Ports{Files: files, Readable: readable, Ledger: h.file},
		personal.Kind{Name: "guest", Find: findGuests, All: allGuests}, personal.Kind{Name: personal.Account, Find: findClerks})
}

// fill has two guests with a long stay behind them and one of today, and a boss.
func (h *house) fill() {
	old, now := db.At(dbtest.Now().Add(-2*month)), db.At(dbtest.Now())
	h.write("INSERT INTO guest (id, nick, name, vip, left_at) VALUES (1, 'ann', 'Ann Marked', $1, NULL), (2, 'bob', 'Bob Marked', $1, NULL), (3, 'boss', 'Boss', $1, NULL)", true)
	h.write("INSERT INTO stay (id, guest, room, state, at) VALUES (10, 1, 'blue', 'over', $1), (11, 1, 'red', 'now', $2), (20, 2, 'blue', 'over', $1), (21, 2, 'red', 'booked', $1)", old, now)
	h.write("INSERT INTO card (stay, id, text, picture, pin) VALUES (1, 11, 'Ann was here', $1, '1234'), (1, 21, 'Bob was here', NULL, '4321')", []byte{1, 2, 3})
	h.write("INSERT INTO bill (id, payer, clerk) VALUES (1, 'ann', 'c.exemple'), (2, 'bob', 'c.exemple')")
}

func (h *house) write(query string, args ...any) {
	h.t.Helper()
	if err := h.db.Write(h.t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
		h.t.Fatal(err)
	}
}

// read is the text of a query's only value.
func (h *house) read(query string) string {
	h.t.Helper()
	var v any
	err := h.db.Read(h.t.Context(), func(tx *db.Tx) (err error) {
		v, _, err = db.One(tx, db.Value[any], query)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return fmt.Sprint(v)
}

func (h *house) expect(query, want string) {
	h.t.Helper()
	if got := h.read(query); got != want {
		h.t.Errorf("%s gives %s, want %s", query, got, want)
	}
}

// ripen lets the fortnight of every request pass.
func (h *house) ripen() {
	h.t.Helper()
	h.write("UPDATE privacy_request SET due_at = $1", db.At(dbtest.Now()))
}

func (h *house) erase(id int64) {
	h.t.Helper()
	if err := h.Erase(h.t.Context(), jobs.Job{Kind: personal.JobErase, Payload: json.RawMessage(fmt.Sprint(id))}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) request(id int64) (r personal.Request) {
	h.t.Helper()
	err := h.db.Read(h.t.Context(), func(tx *db.Tx) (err error) {
		r, err = h.Request(tx, admin, id)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func guest(nick string) object.Ref { return object.Ref{Kind: "guest", Key: nick} }

func (h *house) sound() {
	h.t.Helper()
	if err := h.db.Read(h.t.Context(), func(tx *db.Tx) error { _, err := audit.Verify(tx); return err }); err != nil {
		h.t.Error(err)
	}
}

func kindOf(err error) fault.Kind {
	if err == nil {
		return -1
	}
	return fault.KindOf(err)
}

func code(err error) string {
	var e *fault.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	if len(e.Fields) > 0 {
		return e.Fields[0].Name + " " + e.Fields[0].Code
	}
	return e.Code
}

// Everything declared is done: rows go, columns get a value or a pseudonym,
// bills stay with their reason; the other guest keeps everything.
func TestErasure(t *testing.T) {
	each(t, func(h *house) {
		r, err := h.AskErasure(t.Context(), admin, guest("ann"))
		if err != nil {
			t.Fatal(err)
		}
		h.erase(r.ID) // not yet: it can be withdrawn for a fortnight
		if got := h.request(r.ID); got.State != personal.Waiting || got.Due.Sub(got.Asked) != 14*24*time.Hour {
			t.Fatalf("erased before its time: %+v", got)
		}
		h.expect("SELECT name FROM guest WHERE id = 1", "Ann Marked")
		h.ripen()
		h.erase(r.ID)
		h.erase(r.ID) // a job may come twice
		h.expect("SELECT nick FROM guest WHERE id = 1", "gone-1")
		h.expect("SELECT name FROM guest WHERE id = 1", "")
		h.expect("SELECT count(*) FROM stay WHERE guest = 1", "0")
		h.expect("SELECT count(*) FROM card", "1")
		h.expect("SELECT payer FROM bill WHERE id = 1", "ann")
		h.expect("SELECT nick FROM guest WHERE id = 2", "bob")
		h.expect("SELECT count(*) FROM stay WHERE guest = 2", "2")
		h.expect("SELECT count(*) FROM privacy_erased", "1")
		h.sound()
		got := h.request(r.ID)
		list, err := got.Outcomes()
		if err != nil || got.State != personal.Done {
			t.Fatal(got.State, err)
		}
		told := map[string]string{}
		for _, o := range list {
			told[o.Table+" "+strings.Join(o.Columns, ",")] = strings.Join(strings.Fields(strings.TrimSuffix(fmt.Sprintln(o.How, o.Why, o.Rows, o.Keys), "[]\n")), " ")
		}
		want := map[string]string{"bill payer": "keep accounts 1 [1]", "card text,picture,pin": "delete 1", "stay guest,room,state,at": "delete 2",
			"guest nick": "rename 1", "guest name": "replace 1", "guest vip": "replace 1", "guest left_at": "replace 1"}
		if !maps.Equal(told, want) {
			t.Errorf("told %v", told)
		}
	})
}

func TestErasureIsWithdrawn(t *testing.T) {
	each(t, func(h *house) {
		r, err := h.AskErasure(t.Context(), admin, guest("ann"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.AskErasure(t.Context(), admin, guest("ann")); code(err) != "privacy.twice" {
			t.Errorf("asked twice: %v", err)
		}
		if err := h.Withdraw(t.Context(), auth.Actor{Username: "x", Account: 9}, r.ID); kindOf(err) != fault.NotFound {
			t.Errorf("a stranger withdraws: %v", err)
		}
		if err := h.Withdraw(t.Context(), admin, r.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Withdraw(t.Context(), admin, r.ID); code(err) != "privacy.late" {
			t.Errorf("withdrawn twice: %v", err)
		}
		h.ripen()
		h.erase(r.ID)
		h.expect("SELECT name FROM guest WHERE id = 1", "Ann Marked")
		if got := h.request(r.ID); got.State != personal.Withdrawn {
			t.Errorf("it is %s", got.State)
		}
		if _, err := h.AskErasure(t.Context(), admin, guest("ann")); err != nil {
			t.Errorf("she may ask again: %v", err)
		}
		h.sound()
	})
}

// A hold on the person stops the asking, the job and the time; a hold on an
// object keeps that object only.
func TestHolds(t *testing.T) {
	each(t, func(h *house) {
		r, err := h.AskErasure(t.Context(), admin, guest("ann"))
		if err != nil {
			t.Fatal(err)
		}
		id, err := h.Place(t.Context(), admin, personal.Hold{Object: guest("ann"), Reason: "a dispute"})
		if err != nil {
			t.Fatal(err)
		}
		h.ripen()
		h.erase(r.ID)
		if got := h.request(r.ID); got.State != personal.Stopped || got.Why != "held" {
			t.Errorf("a hold does not stop the job: %+v", got)
		}
		if _, err := h.AskErasure(t.Context(), admin, guest("ann")); code(err) != "privacy.stopped.held" {
			t.Errorf("a hold does not stop the asking: %v", err)
		}
		h.retain()
		h.expect("SELECT count(*) FROM stay WHERE id = 10", "1") // hers
		h.expect("SELECT count(*) FROM stay WHERE id = 20", "0") // Bob's
		if err := h.Release(t.Context(), admin, id); err != nil {
			t.Fatal(err)
		}
		if err := h.Release(t.Context(), admin, id); code(err) != "privacy.ended" {
			t.Errorf("released twice: %v", err)
		}
		if _, err := h.Place(t.Context(), admin, personal.Hold{Object: object.Ref{Kind: "stay", Key: "10"}, Reason: "stolen towels", Until: calendar.MustParse("2026-11-23")}); err != nil {
			t.Fatal(err)
		}
		h.retain()
		h.expect("SELECT count(*) FROM stay WHERE id = 10", "1")
		r, err = h.AskErasure(t.Context(), admin, guest("ann"))
		if err != nil {
			t.Fatal(err)
		}
		h.ripen()
		h.erase(r.ID)
		h.expect("SELECT count(*) FROM stay WHERE guest = 1", "1")
		list, _ := h.request(r.ID).Outcomes()
		if !slices.ContainsFunc(list, func(o personal.Outcome) bool {
			return o.Table == "stay" && o.How == privacy.Keep && o.Why == "held" && o.Rows == 1
		}) {
			t.Errorf("the held stay is not told of: %+v", list)
		}
		h.sound()
	})
}

// What is asked of nobody, of no kind, by nobody.
func TestRefusals(t *testing.T) {
	each(t, func(h *house) {
		stranger := auth.Actor{Username: "x", Account: 9}
		reader := auth.Actor{Username: "r", Account: 8, Grants: []auth.Grant{{Role: auth.Auditor}}}
		ask := func(actor auth.Actor, ref object.Ref) error {
			_, err := h.AskErasure(t.Context(), actor, ref)
			return err
		}
		for name, c := range map[string]struct {
			err  error
			want fault.Kind
		}{
			"unknown guest": {ask(admin, guest("zoe")), fault.NotFound}, "unknown kind": {ask(admin, object.Ref{Kind: "ghost", Key: "x"}), fault.NotFound},
			"stranger": {ask(stranger, guest("ann")), fault.NotFound}, "auditor": {ask(reader, guest("ann")), fault.NotFound},
			"anybody": {ask(auth.Actor{}, guest("ann")), fault.NotFound}, "only admin": {ask(admin, guest("boss")), fault.Conflict},
		} {
			if kindOf(c.err) != c.want {
				t.Errorf("%s: %v", name, c.err)
			}
		}
		place := func(actor auth.Actor, hold personal.Hold) string {
			_, err := h.Place(t.Context(), actor, hold)
			return code(err)
		}
		for want, hold := range map[string]personal.Hold{
			"reason required":        {Object: guest("ann"), Reason: "  "},
			"reason privacy.long":    {Object: guest("ann"), Reason: strings.Repeat("é", 501)},
			"until privacy.past":     {Object: guest("ann"), Reason: "x", Until: calendar.MustParse("2026-11-22")},
			"object privacy.object":  {Object: object.Ref{Kind: "ghost", Key: "x"}, Reason: "x"},
			"object privacy.unknown": {Object: guest("zoe"), Reason: "x"},
		} {
			if got := place(admin, hold); got != want {
				t.Errorf("%s: %s", want, got)
			}
		}
		if got := place(reader, personal.Hold{Object: guest("ann"), Reason: "x"}); got != "forbidden" {
			t.Errorf("an auditor places a hold: %s", got)
		}
		if _, err := h.Retain(t.Context(), reader); kindOf(err) != fault.Forbidden {
			t.Errorf("an auditor removes: %v", err)
		}
		err := h.db.Read(t.Context(), func(tx *db.Tx) error { _, err := h.Due(tx, stranger); return err })
		if kindOf(err) != fault.Forbidden {
			t.Errorf("a stranger sees what is due: %v", err)
		}
	})
}
