package webhook

import (
	"context"
	"encoding/json"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/setting"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

var (
	admin   = auth.Actor{Username: "eve", Grants: []auth.Grant{{Role: auth.Admin}}}
	auditor = auth.Actor{Username: "otto", Grants: []auth.Grant{{Role: auth.Auditor}}}
	agent   = auth.Actor{Username: "ann", Grants: []auth.Grant{{Role: auth.Agent}}}
)

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

func (w *watch) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// bench is a service over a fresh database with a clock to move. It may call
// loopback, where the receivers of the tests listen.
type bench struct {
	*Service
	t     *testing.T
	clock *watch
}

func each(t *testing.T, f func(t *testing.T, b bench)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, newBench(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))) })
	t.Run("postgres", func(t *testing.T) { f(t, newBench(t, pg.Shared(t))) })
}

func newBench(t *testing.T, url string) bench {
	t.Helper()
	clock := &watch{at: dbtest.Now()}
	d, err := db.Open(t.Context(), url, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Migrate(t.Context(), []db.Schema{setting.Schema(), audit.Schema(), jobs.Schema(), Schema()}); err != nil {
		t.Fatal(err)
	}
	return bench{NewService(d, Guard{Allow: prefixes("127.0.0.0/8")}, "mission.changed", "project.changed"), t, clock}
}

func (b bench) subscribe(url string, kinds ...string) (Webhook, Secret) {
	b.t.Helper()
	w, secret, err := b.Create(b.t.Context(), admin, Subscription{"Intranet", url, kinds})
	if err != nil {
		b.t.Fatal(err)
	}
	return w, secret
}

func (b bench) emit(kind string) {
	b.t.Helper()
	err := b.db.Write(b.t.Context(), func(tx *db.Tx) error { return Emit(tx, Event{kind, map[string]int{"n": 7}}) })
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b bench) list(f Filter) []Delivery {
	b.t.Helper()
	f.Limit = 1000
	list, err := b.Deliveries(b.t.Context(), auditor, f)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func (b bench) only() Delivery {
	b.t.Helper()
	list := b.list(Filter{})
	if len(list) != 1 {
		b.t.Fatalf("%d deliveries", len(list))
	}
	return list[0]
}

// try runs the job of a message once, as the runner would.
func (b bench) try(message string, attempt int) error {
	payload, err := json.Marshal(message)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.Deliver(context.Background(), jobs.Job{Kind: JobKind, Payload: payload, Attempt: attempt, MaxAttempts: attempts})
}

func (b bench) state(key string) Webhook {
	b.t.Helper()
	w, err := b.Get(b.t.Context(), auditor, key)
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}

// deeds are the actions of the audit on a subscription, oldest first.
func (b bench) deeds(w Webhook) (list []string) {
	b.t.Helper()
	err := b.db.Read(b.t.Context(), func(tx *db.Tx) error {
		entries, err := audit.List(tx, audit.Filter{Object: w.Ref(), Limit: 100})
		for _, e := range entries {
			list = append([]string{e.Actor + " " + e.Action}, list...)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}
