package jobs

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/test/pg"
)

// childURL tells a run of this test binary to be the runner that gets killed.
const childURL = "BEFFROI_TEST_JOBS_CHILD"

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		runForEver(url)
	}
	pg.Main(m)
}

// runForEver says which job it does before and after; every third takes for ever.
func runForEver(url string) {
	d, err := db.Open(context.Background(), url, clock.System())
	if err != nil {
		panic(err)
	}
	r := Runner{Queue: NewQueue(d), Poll: 5 * time.Millisecond, Handlers: map[string]Handler{"a": func(ctx context.Context, j Job) error {
		fmt.Println("begin", j.ID)
		if j.ID%3 == 0 {
			<-ctx.Done()
		}
		fmt.Println("end", j.ID)
		return nil
	}}}
	panic(r.Run(context.Background()))
}

// A process killed in the middle of jobs loses none: each is done in the end,
// and only what was in flight ran twice.
func TestKilledInTheMiddle(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.clock.at = time.Now() // the child lives by the machine's clock
		q := NewQueue(h.open(t))
		const n = 30
		for range n {
			add(t, q, Spec{Kind: "a"})
		}
		ended, stuck := killStuck(t, h.url)
		if stuck == 0 || ended == 0 {
			t.Fatalf("killed with %d ended and %d in flight: too early or too late to prove anything", ended, stuck)
		}
		if running := jobs(t, q, Filter{State: Running}); len(running) == 0 {
			t.Fatal("nothing was in flight")
		}
		var done tally
		start(t, &Runner{Queue: q, Handlers: map[string]Handler{"a": func(_ context.Context, j Job) error { done.add(j.ID); return nil }}})
		h.clock.move(leaseTime + time.Minute)
		until(t, "all done", func() bool { return len(jobs(t, q, Filter{State: Done})) == n })
		if done.total() != len(done.n) || done.total() < stuck {
			t.Errorf("%d jobs ran %d times after the kill, %d were in flight", len(done.n), done.total(), stuck)
		}
	})
}

// killStuck runs a child until both of its workers are stuck, and kills it.
func killStuck(t *testing.T, url string) (ended, stuck int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childURL+"="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begun := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "end") {
			ended++
		} else {
			begun++
		}
		if begun-ended == 2 {
			time.AfterFunc(50*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	return ended, begun - ended
}
