package faults_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
)

func readAll(r *http.Response) string {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return "" // cut off: no answer
	}
	return string(b)
}

// answer is one answer to a request of the load.
type answer struct {
	at     time.Time
	status int // 0 when nobody answered
}

// load posts entries and reads pages on some processes, and keeps what became of
// each entry.
type load struct {
	processes []*process
	token     string
	stop      chan struct{}
	hands     sync.WaitGroup

	mu      sync.Mutex
	answers []answer
	saved   map[string]string // title → reference: answered 201
	refused map[string]string // title → body: told that nothing was saved
	unknown map[string]bool   // no answer, or one that does not know
}

// pages are what the load reads.
var pages = []string{"/communes/53053", "/ledger", "/api/v1/province", "/missions"}

// begin sets hands to work on each process.
func begin(t *testing.T, token string, hands int, processes ...*process) *load {
	l := &load{processes: processes, token: token, stop: make(chan struct{}), saved: map[string]string{}, refused: map[string]string{}, unknown: map[string]bool{}}
	for _, p := range processes {
		for range hands {
			l.hands.Go(func() { l.work(p) })
		}
	}
	t.Cleanup(l.end)
	return l
}

func (l *load) end() {
	select {
	case <-l.stop:
	default:
		close(l.stop)
	}
	l.hands.Wait()
}

func (l *load) work(p *process) {
	for i := 0; ; i++ {
		select {
		case <-l.stop:
			return
		case <-time.After(2 * time.Millisecond):
		}
		if i%3 == 2 {
			status, _ := p.ask(http.MethodGet, pages[i/3%len(pages)])
			l.note(status)
			continue
		}
		l.post(p)
	}
}

func (l *load) note(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers = append(l.answers, answer{time.Now(), status})
}

// post posts one entry under a title of its own.
func (l *load) post(p *process) (status int, body string) {
	title := fmt.Sprintf("faults-%d", counter.Add(1))
	status, body = p.ask(http.MethodPost, "/api/v1/ledger", "Authorization", "Bearer "+l.token, "Content-Type", "application/json", "",
		`{"date":"2025-03-01","kind":"service","title":{"fr":"`+title+`"},"measure":"eur_cents","amount":10001,"attribution":"shared","base":["53053","53028","57081"]}`)
	l.note(status)
	l.mu.Lock()
	defer l.mu.Unlock()
	var saved struct{ Ref, Type string }
	_ = json.Unmarshal([]byte(body), &saved) // an answer that is no JSON has no reference
	switch {
	case status == http.StatusCreated && saved.Ref != "":
		l.saved[title] = saved.Ref
	case status == http.StatusServiceUnavailable && saved.Type != "urn:beffroi:fault:db.unsure":
		l.refused[title] = body
	default:
		l.unknown[title] = true
	}
	return status, body
}

// share is how many answers there were in the five seconds after an instant,
// and the share of 5xx among them.
func (l *load) share(from time.Time) (all int, bad float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	failed := 0
	for _, a := range l.answers {
		if a.status == 0 || a.at.Before(from) || a.at.After(from.Add(5*time.Second)) {
			continue
		}
		if all++; a.status >= 500 {
			failed++
		}
	}
	return all, float64(failed) / float64(max(all, 1))
}

// calm measures five seconds under load once all is well again: 5xx are few.
func (l *load) calm(t *testing.T) {
	t.Helper()
	from := time.Now()
	time.Sleep(form(2*time.Second, 5*time.Second))
	all, bad := l.share(from)
	t.Logf("figure: after recovery %d answers, %.1f %% of them 5xx", all, 100*bad)
	if all < 5 || bad > 0.02 {
		t.Errorf("after recovery %d answers, %.1f %% of them 5xx", all, 100*bad)
	}
}

// kept is an entry that the load posted, as the database has it.
type kept struct{ title, ref string }

// check holds the database against what was acknowledged, in entries and seats.
func (l *load) check(t *testing.T, address string, a *acks, s *sink) {
	t.Helper()
	drain(t, address, s.URL)
	d, err := db.Open(t.Context(), address, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	found := map[string]string{}
	for _, k := range entries(t, d) {
		if found[k.title] != "" {
			t.Errorf("%s is there twice: %s and %s", k.title, found[k.title], k.ref)
		}
		found[k.title] = k.ref
	}
	for title, ref := range l.saved {
		if found[title] != ref {
			t.Errorf("%s was acknowledged as %s, the database has %q", title, ref, found[title])
		}
	}
	for title, body := range l.refused {
		if found[title] != "" {
			t.Errorf("%s is there, though nothing was saved: %s", title, body)
		}
	}
	kept := 0
	for title := range l.unknown {
		if found[title] != "" {
			kept++
		}
	}
	seats := a.check(t, d)
	again := s.check(t, seats)
	t.Logf("figure: %d entries acknowledged, none lost; %d refused, none saved; %d unanswered, %d of them saved; %d seats acknowledged of %d taken; %d effects told again under their id",
		len(l.saved), len(l.refused), len(l.unknown), kept, len(a.seats), seats, again)
	if len(l.saved) == 0 || len(a.seats) == 0 {
		t.Error("nothing was written: nothing is proven")
	}
	sound(t, address)
}

func entries(t *testing.T, d *db.DB) (list []kept) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		list, err = db.All(tx, func(s db.Scanner) (k kept, err error) {
			var year, number int64
			err = s.Scan(&k.title, &year, &number)
			k.ref = fmt.Sprintf("L-%d-%06d", year, number)
			return k, err
		}, "SELECT title_fr, year, number FROM ledger_entry ORDER BY year, number")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(k kept) bool { return !strings.HasPrefix(k.title, "faults-") })
}

// check holds the seats against those that were acknowledged: no gap, no seat
// lost, none given twice. It gives how many are taken.
func (a *acks) check(t *testing.T, d *db.DB) int64 {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	seats, last := count(t, d, "SELECT count(*) FROM fault_seat"), count(t, d, "SELECT coalesce(max(n), 0) FROM fault_seat")
	if seats != last || len(a.twice) > 0 {
		t.Errorf("%d seats, the last is %d; given twice: %v", seats, last, a.twice)
	}
	for n := range a.seats {
		if n > last {
			t.Errorf("seat %d was acknowledged, the last is %d", n, last)
		}
	}
	if n := count(t, d, "SELECT count(*) FROM audit_entry WHERE action = 'seat.take'"); n != seats {
		t.Errorf("%d seats, %d deeds", seats, n)
	}
	return seats
}
