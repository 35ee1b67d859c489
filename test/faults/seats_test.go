package faults_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
)

// effect is the kind of the jobs that tell the sink of a seat.
const effect = "faults.effect"

// seatSchema is a counter without gaps, as references have it.
func seatSchema() []db.Schema {
	return []db.Schema{{Room: "faults", Files: fstest.MapFS{"0001_seat.sql": {Data: []byte("CREATE TABLE fault_seat (\n\tn BIGINT NOT NULL PRIMARY KEY,\n\tat TIMESTAMPTZ NOT NULL\n);\n")}}}}
}

// takeSeats is what a child does beside the site: it takes one seat after the
// other, each with a deed in the audit and a job, and says "seat N" once that is
// committed. It delivers the effects of whatever seats are due.
func takeSeats(address, sink string) {
	ctx := context.Background()
	d, err := openSeats(ctx, address)
	for err != nil { // the database may be away at this very moment
		fmt.Fprintln(os.Stderr, "seats:", err)
		time.Sleep(100 * time.Millisecond)
		d, err = openSeats(ctx, address)
	}
	queue := jobs.NewQueue(d)
	go deliver(ctx, queue, sink)
	for {
		n, err := takeSeat(ctx, d, queue)
		if err != nil {
			fmt.Fprintln(os.Stderr, "seats:", err)
			time.Sleep(50 * time.Millisecond)
			continue
		}
		fmt.Println("seat", n)
		time.Sleep(5 * time.Millisecond)
	}
}

func openSeats(ctx context.Context, address string) (*db.DB, error) {
	d, err := db.Open(ctx, address, clock.System())
	if err != nil {
		return nil, err
	}
	schemas := append([]db.Schema{}, seatSchema()...)
	if _, err = d.Migrate(ctx, schemas); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

func takeSeat(ctx context.Context, d *db.DB, queue *jobs.Queue) (n int64, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		if n, _, err = db.One(tx, db.Value[int64], "SELECT coalesce(max(n), 0) + 1 FROM fault_seat"); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO fault_seat (n, at) VALUES ($1, $2)", n, db.At(tx.Now())); err != nil {
			return err
		}
		if _, err := queue.Enqueue(tx, jobs.Spec{Kind: effect, Payload: n, MaxAttempts: 1000}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: "faults", Action: "seat.take", Object: object.Ref{Kind: "seat", Key: strconv.FormatInt(n, 10)}})
	})
	return n, err
}

// deliver runs the jobs of seats for ever; a runner that could not begin because
// the database was away begins again.
func deliver(ctx context.Context, queue *jobs.Queue, sink string) {
	for ctx.Err() == nil {
		r := &jobs.Runner{Queue: queue, Handlers: map[string]jobs.Handler{effect: teller(sink)}, Poll: 50 * time.Millisecond}
		if err := r.Run(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "jobs:", err)
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// teller tells the sink of a seat, under the id of the job.
func teller(sink string) jobs.Handler {
	return func(ctx context.Context, j jobs.Job) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("%s?id=%d&n=%s", sink, j.ID, j.Payload), nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("the sink answers %s", answer.Status)
		}
		return nil
	}
}

// sink is the outside world: it remembers which seats it was told of, how
// often, and under which ids. Every twentieth seat is refused the first time,
// after it was heard.
type sink struct {
	*httptest.Server
	mu   sync.Mutex
	told map[int64]map[string]int // by seat and id
}

func newSink(t *testing.T) *sink {
	s := &sink{told: map[int64]map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.ParseInt(r.FormValue("n"), 10, 64)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.told[n] == nil {
			s.told[n] = map[string]int{}
		}
		if s.told[n][r.FormValue("id")]++; n%20 == 0 && s.told[n][r.FormValue("id")] == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// check holds what the sink heard against the seats that are taken.
func (s *sink) check(t *testing.T, seats int64) (again int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := int64(1); n <= seats; n++ {
		if len(s.told[n]) != 1 {
			t.Errorf("seat %d was told under %d ids: %v", n, len(s.told[n]), s.told[n])
		}
		for _, times := range s.told[n] {
			again += times - 1
		}
	}
	if len(s.told) > int(seats) {
		t.Errorf("%d seats were told of, %d are taken", len(s.told), seats)
	}
	return again
}

// ahead is a clock that runs ahead of the machine's, so that leases of the dead
// run out at once.
type ahead struct{ by time.Duration }

func (a ahead) Now() time.Time { return time.Now().UTC().Add(a.by) }

// drain delivers what is left until nothing is.
func drain(t *testing.T, address, sink string) {
	t.Helper()
	for lead := time.Hour; ; lead += time.Hour { // later tries come later
		d, err := db.Open(t.Context(), address, ahead{lead})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		done := make(chan struct{})
		go func() { deliver(ctx, jobs.NewQueue(d), sink); close(done) }()
		left := count(t, d, "SELECT count(*) FROM job WHERE kind = 'faults.effect' AND state <> 'done'")
		for ctx.Err() == nil && left > 0 {
			time.Sleep(50 * time.Millisecond)
			left = count(t, d, "SELECT count(*) FROM job WHERE kind = 'faults.effect' AND state <> 'done'")
		}
		cancel()
		<-done
		_ = d.Close()
		if left == 0 {
			return
		}
		if lead > 20*time.Hour {
			t.Fatalf("%d effects are not delivered", left)
		}
	}
}

func count(t testing.TB, d *db.DB, query string, args ...any) (n int64) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		n, _, err = db.One(tx, db.Value[int64], query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
