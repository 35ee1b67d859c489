package faults_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/test/pg"
)

// Two processes on one PostgreSQL are one platform: they start at once over a
// database without tables, take each other's sessions and cursors, see each
// other's changes at once, and do each job and each recurring job once.
func TestSeveralProcesses(t *testing.T) {
	startAtOnce(t)
	address := pg.Shared(t)
	token := move(t, address)
	s, a := newSink(t), &acks{seats: map[int64]bool{}}
	one, two := newProcess(t, "one", address, a, childSink+"="+s.URL), newProcess(t, "two", address, a, childSink+"="+s.URL)
	one.start()
	two.start()
	one.ready()
	two.ready()
	oneSession(t, one, two)
	oneAtlas(t, address, one, two)
	oneCursor(t, one, two)
	oneSchedule(t, address)
	l := begin(t, token, 1, one, two)
	time.Sleep(form(500*time.Millisecond, 5*time.Second))
	l.end()
	one.kill()
	two.kill()
	l.check(t, address, a, s)
}

// startAtOnce has two processes migrate the same empty database.
func startAtOnce(t *testing.T) {
	address := pg.Shared(t)
	a := &acks{seats: map[int64]bool{}}
	var list []*process
	for _, name := range []string{"first", "second"} {
		p := newProcess(t, name, address, a)
		p.start()
		list = append(list, p)
	}
	for _, p := range list {
		p.ready()
		p.kill()
	}
	sound(t, address)
}

// oneSession signs in at one process and works at the other; signing out at the
// other ends it at the first.
func oneSession(t *testing.T, one, two *process) {
	t.Helper()
	form := url.Values{"username": {"demo-admin"}, "password": {password}}
	r, err := client.PostForm("http://"+one.listen+"/signin", form)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close() // a redirect
	if len(r.Cookies()) == 0 {
		t.Fatalf("signing in: %s", r.Status)
	}
	cookie := "session=" + r.Cookies()[0].Value
	for _, p := range []*process{one, two} {
		if status, _ := p.ask(http.MethodGet, "/staff/jobs", "Cookie", cookie); status != http.StatusOK {
			t.Errorf("signed in at one, %s answers %d", p.name, status)
		}
	}
	if status, _ := two.ask(http.MethodPost, "/signout", "Cookie", cookie); status != http.StatusSeeOther {
		t.Errorf("signing out answers %d", status)
	}
	if status, _ := one.ask(http.MethodGet, "/staff/jobs", "Cookie", cookie); status != http.StatusSeeOther {
		t.Errorf("signed out at two, one answers %d", status)
	}
}

// oneAtlas renames a commune in a third process; the other two show it at once.
func oneAtlas(t *testing.T, address string, processes ...*process) {
	t.Helper()
	h := open(t, address, clock.System())
	for _, name := range []string{"Monsieur-le-Comte", "Mons-en-Faute"} {
		for _, p := range processes { // fills their copies
			if _, body := p.ask(http.MethodGet, "/communes/53053"); strings.Contains(body, name) {
				t.Fatalf("%s is there before it was written", name)
			}
		}
		atlas, err := h.Territory.Atlas(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		area, _, ok := atlas.Commune("53053")
		if !ok {
			t.Fatal("the demonstration has no 53053")
		}
		if _, err := h.Territory.RenameArea(t.Context(), auth.System("faults"), territory.Naming{ID: area.ID, Version: area.Version, FR: name}); err != nil {
			t.Fatal(err)
		}
		for _, p := range processes {
			if _, body := p.ask(http.MethodGet, "/communes/53053"); !strings.Contains(body, name) {
				t.Errorf("%s still shows another name than %s", p.name, name)
			}
		}
	}
}

// oneCursor reads a list from page to page, each page from another process.
func oneCursor(t *testing.T, one, two *process) {
	t.Helper()
	seen, cursor := map[string]bool{}, ""
	for page := 0; page == 0 || cursor != ""; page++ {
		p := []*process{one, two}[page%2]
		status, body := p.ask(http.MethodGet, "/api/v1/ledger?limit=1&cursor="+url.QueryEscape(cursor))
		if page == 0 {
			status, body = p.ask(http.MethodGet, "/api/v1/ledger?limit=1")
		}
		var rows struct {
			Items []struct{ Ref string }
			Next  string
		}
		if err := json.Unmarshal([]byte(body), &rows); err != nil || status != http.StatusOK || page > 100 {
			t.Fatalf("page %d: %d %s", page, status, body)
		}
		for _, item := range rows.Items {
			if seen[item.Ref] {
				t.Errorf("%s comes twice", item.Ref)
			}
			seen[item.Ref] = true
		}
		if cursor = rows.Next; page == 5 {
			break
		}
	}
	if len(seen) < 3 {
		t.Errorf("%d entries only: nothing is proven", len(seen))
	}
}

// oneSchedule makes a recurring job due in both processes: it fires once.
func oneSchedule(t *testing.T, address string) {
	t.Helper()
	d := connect(t, address)
	const kind = "audit.checkpoint"
	before := count(t, d, "SELECT count(*) FROM job WHERE kind = $1", kind)
	const times = 3
	for i := range int64(times) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			n, err := tx.Exec("UPDATE job_schedule SET last_run = $1 WHERE kind = $2", db.At(tx.Now().Add(-3*time.Hour)), kind)
			if n != 1 {
				t.Errorf("%d schedules of %s", n, kind)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the schedule fired", func() bool {
			return count(t, d, "SELECT count(*) FROM job WHERE kind = $1 AND state = 'done'", kind) == before+i+1
		})
	}
	time.Sleep(1200 * time.Millisecond) // longer than either waits between two looks
	if n := count(t, d, "SELECT count(*) FROM job WHERE kind = $1", kind) - before; n != times {
		t.Errorf("due %d times, fired %d times", times, n)
	}
}
