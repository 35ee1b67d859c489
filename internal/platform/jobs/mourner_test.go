package jobs

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"
)

// Each dead letter is told once, whether its handler failed or its process
// died; that the telling failed is told to nobody.
func TestDeadLettersAreTold(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		q := NewQueue(h.open(t))
		lost := add(t, q, Spec{Kind: "b", MaxAttempts: 1})
		take(t, q, 1) // by a process that dies now
		h.clock.move(leaseTime + time.Second)
		failed := add(t, q, Spec{Kind: "a", MaxAttempts: 1})
		add(t, q, Spec{Kind: "a", MaxAttempts: 2}) // lives on
		broken := add(t, q, Spec{Kind: "tell", MaxAttempts: 1, Payload: "nonsense"})
		var mu sync.Mutex
		var told []Deceased
		start(t, &Runner{Queue: q, Mourner: "tell", Handlers: map[string]Handler{
			"a": func(context.Context, Job) error { return errors.New("no") },
			"b": func(context.Context, Job) error { return nil },
			"tell": func(_ context.Context, j Job) error {
				var d Deceased
				if err := j.Decode(&d); err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				told = append(told, d)
				return nil
			}}})
		until(t, "all dead", func() bool { return len(jobs(t, q, Filter{State: Dead})) == 3 })
		until(t, "all told", func() bool { return len(jobs(t, q, Filter{Kind: "tell", State: Done})) == 2 })
		time.Sleep(20 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		if len(told) != 2 || !slices.Contains(told, Deceased{failed, "a"}) || !slices.Contains(told, Deceased{lost, "b"}) {
			t.Errorf("told %v", told)
		}
		if j := only(t, q, broken); j.State != Dead {
			t.Errorf("%+v", j)
		}
	})
}
