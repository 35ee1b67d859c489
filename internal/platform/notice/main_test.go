package notice

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/setting"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

// watch is a clock that tests move.
type watch struct {
	mu sync.Mutex
	at time.Time
}

func (w *watch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

var testTexts = fstest.MapFS{
	"locale/fr.toml": {Data: []byte("role.registrar = \"Gestionnaire du registre\"\n[notice.plan.assigned]\nname = \"Actions du plan\"\ntext = \"Vous pilotez l’action {n:year} dès le {day}\"\n[notice.call]\nname = \"Appels\"\ntext = \"L’appel {title} est ouvert\"\n")},
	"locale/nl.toml": {Data: []byte("role.registrar = \"Beheerder\"\n[notice.plan.assigned]\nname = \"Acties\"\ntext = \"U leidt actie {n:year} vanaf {day}\"\n[notice.call]\nname = \"Oproepen\"\ntext = \"De oproep {title} loopt\"\n")},
	"locale/en.toml": {Data: []byte("role.registrar = \"Registrar\"\n[notice.plan.assigned]\nname = \"Actions\"\ntext = \"You lead action {n:year} from {day}\"\n[notice.call]\nname = \"Calls\"\ntext = \"The call {title} is open\"\n")},
}

// house is the room over one database, with two accounts: 1 in French, 2 in Dutch.
type house struct {
	*Service
	t     testing.TB
	d     *db.DB
	q     *jobs.Queue
	clock *watch
}

var (
	admin = auth.System("test")
	one   = auth.Actor{Account: 1, Username: "one"}
	two   = auth.Actor{Account: 2, Username: "two"}
)

func open(t testing.TB, url string) *house {
	t.Helper()
	w := &watch{at: dbtest.Now()}
	d, err := db.Open(t.Context(), url, w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Migrate(t.Context(), []db.Schema{setting.Schema(), audit.Schema(), auth.Schema(), jobs.Schema(), mail.Schema(), Schema()}); err != nil {
		t.Fatal(err)
	}
	b := i18n.New("fr", "nl", "en")
	for _, err := range []error{b.Load(Locale()), b.Load(mail.Locale()), b.Load(testTexts)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := object.NewDirectory()
	if err := dir.Register("action", func(key string) string { return "/actions/" + key }); err != nil {
		t.Fatal(err)
	}
	q := jobs.NewQueue(d)
	m := mail.NewService(d, q, b)
	h := &house{NewService(d, q, m, b, dir, Kind{"plan.assigned", Now}, Kind{"call", Weekly}), t, d, q, w}
	m.Connect(mail.Office{Seal: []byte("seal"), Stop: h.Stop, Demo: true, URL: "https://b.test"})
	h.write(func(tx *db.Tx) error { // without passwords, which cost time
		for i, lang := range []string{"fr", "nl"} {
			if _, err := tx.Exec("INSERT INTO account (username, name, email, language, password, active, created_at) VALUES ($1, $1, $2, $3, '', TRUE, $4)",
				[]string{"one", "two"}[i], []string{"one@b.test", "two@b.test"}[i], lang, db.At(tx.Now())); err != nil {
				return err
			}
		}
		return nil
	})
	return h
}

func each(t *testing.T, f func(t *testing.T, h *house)) {
	t.Run("sqlite", func(t *testing.T) { f(t, open(t, "sqlite:"+filepath.Join(t.TempDir(), "a.db"))) })
	t.Run("postgres", func(t *testing.T) { f(t, open(t, pg.Shared(t))) })
}

func (h *house) write(f func(*db.Tx) error) {
	h.t.Helper()
	if err := h.d.Write(h.t.Context(), f); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) tell(n Notice) {
	h.t.Helper()
	h.write(func(tx *db.Tx) error { return h.Tell(tx, n) })
}

func (h *house) withdraw(key string) (undone bool) {
	h.t.Helper()
	h.write(func(tx *db.Tx) (err error) {
		undone, err = h.Withdraw(tx, key)
		return err
	})
	return undone
}

// pass lets time go by, minute for minute, and does what is due.
func (h *house) pass(d time.Duration) {
	h.t.Helper()
	for range d / time.Minute {
		h.clock.mu.Lock()
		h.clock.at = h.clock.at.Add(time.Minute)
		h.clock.mu.Unlock()
		h.work()
	}
}

// work does every posting that is due, twice: a job may come again.
func (h *house) work() {
	h.t.Helper()
	for _, kind := range []string{PostJob, mail.PostJob} {
		list, err := h.q.List(h.t.Context(), admin, jobs.Filter{Kind: kind, State: jobs.Ready, Limit: 1000})
		if err != nil {
			h.t.Fatal(err)
		}
		slices.Reverse(list) // oldest first
		for _, j := range list {
			if j.RunAt.After(h.clock.Now()) {
				continue
			}
			handle := map[string]jobs.Handler{PostJob: h.Post, mail.PostJob: h.mail.Post}[kind]
			for range 2 {
				if err := handle(h.t.Context(), j); err != nil {
					h.t.Fatal(err)
				}
			}
			if err := h.q.Cancel(h.t.Context(), admin, j.ID); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

func (h *house) digestNow(f Frequency) {
	h.t.Helper()
	for range 2 {
		if err := h.Digest(f)(h.t.Context(), jobs.Job{}); err != nil {
			h.t.Fatal(err)
		}
	}
	h.work()
}

// letters are the letters so far, oldest first.
func (h *house) letters() (list []mail.Record) {
	h.t.Helper()
	list, err := h.mail.Mailbox(h.t.Context(), admin, mail.Filter{Limit: 1000})
	if err != nil {
		h.t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

func (h *house) unread(a auth.Actor) int64 {
	h.t.Helper()
	n, err := h.Unread(h.t.Context(), a)
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) list(a auth.Actor) []Record {
	h.t.Helper()
	list, err := h.List(h.t.Context(), a, Filter{Limit: 1000})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

func (h *house) choose(a auth.Actor, kind string, f Frequency) {
	h.t.Helper()
	if err := h.Choose(h.t.Context(), a, Choice{kind, f}); err != nil {
		h.t.Fatal(err)
	}
}
