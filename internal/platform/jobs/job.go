package jobs

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the tables of jobs, events and schedules.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "jobs", Files: files}
}

// How long things last.
const (
	leaseTime = 5 * time.Minute     // a job belongs to its runner for this long
	beatEvery = time.Minute         // leases are renewed this often
	keepFor   = 14 * 24 * time.Hour // finished jobs and events are kept this long
	attempts  = 10                  // when a job does not say

	clockSlack = time.Minute // what is further in the future than this was written before the clock was set back
)

// State is where a job stands.
type State string

// The states.
const (
	Ready     State = "ready"
	Running   State = "running"
	Done      State = "done"
	Dead      State = "dead"
	Cancelled State = "cancelled"
)

// States lists every state, in the order of a job's life.
func States() []State { return []State{Ready, Running, Done, Dead, Cancelled} }

// transitions is the whole state machine; every statement of the store that
// changes a state names the state that it starts from.
var transitions = map[State][]State{
	Ready:   {Running, Cancelled},
	Running: {Ready, Done, Dead, Cancelled},
	Dead:    {Ready, Cancelled},
}

// May tells whether a job may go from s to another state.
func (s State) May(to State) bool { return slices.Contains(transitions[s], to) }

// The rules of whoever looks at jobs and of whoever retries or cancels them.
var (
	View   = auth.Rule{Name: "job.view", Roles: []auth.Role{auth.Auditor, auth.Admin}}
	Manage = auth.Rule{Name: "job.manage", Roles: []auth.Role{auth.Admin}}
)

// Spec is a job to be done.
type Spec struct {
	Kind        string    // which handler does it
	Payload     any       // what the handler gets, any JSON value
	RunAt       time.Time // not before this instant; the zero instant is now
	Priority    int64     // lower comes first; 0 as a rule
	Dedupe      string    // while a job of this kind and key is ready or running there is no second; "" does not look
	MaxAttempts int       // 10 when 0
}

// Job is a job as it is kept. Attempt counts the tries since it was written or
// last retried by hand, the present one included.
type Job struct {
	ID          int64
	Kind        string
	Payload     json.RawMessage
	State       State
	Priority    int64
	RunAt       time.Time
	Attempt     int
	MaxAttempts int
	Dedupe      string
	Error       string // of the last try, "" when it did not fail
	Created     time.Time
	Finished    time.Time // zero while it is ready or running
	lease       int64     // number of the taking
}

// Decode reads the payload into v.
func (j Job) Decode(v any) error {
	if err := json.Unmarshal(j.Payload, v); err != nil {
		return fmt.Errorf("jobs: payload of %s %d: %w", j.Kind, j.ID, err)
	}
	return nil
}

// Ref is the job in the audit.
func (j Job) Ref() object.Ref { return object.Ref{Kind: "job", Key: fmt.Sprint(j.ID)} }

// Event is something that happened. A handler of a subscribed job gets it as
// its payload.
type Event struct {
	ID     int64      `json:"id"` // given by Emit
	Kind   string     `json:"kind"`
	Object object.Ref `json:"object"`
	Data   any        `json:"data,omitempty"`
}

// Subscription makes a job of kind Job out of each event of a kind.
type Subscription struct{ Event, Job string }

// delay is the wait after a failed attempt: attempt⁴ seconds, ± 10 % by lot so
// that jobs that failed together do not come back together (River's curve).
func delay(attempt int) time.Duration {
	n := time.Duration(min(attempt, 100)) // 100⁴ s are three years
	base := n * n * n * n * time.Second
	return base - base/10 + rand.N(base/5+1)
}
