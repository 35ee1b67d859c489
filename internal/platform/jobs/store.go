package jobs

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"beffroi/internal/platform/db"
)

const jobColumns = "id, kind, payload, state, priority, run_at, attempt, max_attempts, dedupe_key, lease, error, created_at, finished_at"

func scanJob(s db.Scanner) (j Job, err error) {
	var runAt, created, finished db.Time
	var dedupe db.Null
	var payload string
	err = s.Scan(&j.ID, &j.Kind, &payload, &j.State, &j.Priority, &runAt, &j.Attempt, &j.MaxAttempts, &dedupe, &j.lease, &j.Error, &created, &finished)
	j.Payload, j.Dedupe = json.RawMessage(payload), string(dedupe)
	j.RunAt, j.Created, j.Finished = runAt.Time, created.Time, finished.Time
	return j, err
}

// insertJob adds a ready job; without a row a live one has the same key already.
func insertJob(tx *db.Tx, s Spec, payload string) (id int64, added bool, err error) {
	return db.One(tx, db.Value[int64], `INSERT INTO job (kind, payload, state, priority, run_at, attempt, max_attempts, dedupe_key, lease, error, created_at)
		VALUES ($1, $2, 'ready', $3, $4, 0, $5, $6, 0, '', $7)
		ON CONFLICT (kind, dedupe_key) WHERE state IN ('ready', 'running') DO NOTHING RETURNING id`,
		s.Kind, payload, s.Priority, db.At(s.RunAt), s.MaxAttempts, db.Null(s.Dedupe), db.At(tx.Now()))
}

func liveJob(tx *db.Tx, kind, dedupe string) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], "SELECT id FROM job WHERE kind = $1 AND dedupe_key = $2 AND state IN ('ready', 'running')", kind, dedupe)
	return id, err
}

func jobByID(tx *db.Tx, id int64) (Job, bool, error) {
	return db.One(tx, scanJob, "SELECT "+jobColumns+" FROM job WHERE id = $1", id)
}

// lost is a lease that ran out, or one that nobody can have given: the clock was
// set back since, and it would hold for as long as that.
const lost = "state = 'running' AND (lease_until < $1 OR lease_until > $2)"

func leases(tx *db.Tx) []any { return []any{db.At(tx.Now()), db.At(tx.Now().Add(2 * leaseTime))} }

// overdue tells whether a lease was lost.
func overdue(tx *db.Tx) (bool, error) {
	_, found, err := db.One(tx, db.Value[int64], "SELECT id FROM job WHERE "+lost+" LIMIT 1", leases(tx)...)
	return found, err
}

// rejoin makes jobs due that were written in what is now the future, to be done
// at once: they do not wait for the clock to come there again.
func rejoin(tx *db.Tx) error {
	_, err := tx.Exec("UPDATE job SET run_at = $1 WHERE state = 'ready' AND created_at > $2 AND run_at <= created_at", db.At(tx.Now()), db.At(tx.Now().Add(clockSlack)))
	return err
}

// waiting tells whether a claim would find something.
func waiting(tx *db.Tx, kinds []string) (bool, error) {
	args := append([]any{db.At(tx.Now())}, texts(kinds)...)
	_, found, err := db.One(tx, db.Value[int64], "SELECT id FROM job WHERE state = 'ready' AND run_at <= $1 AND kind IN "+db.Placeholders(2, len(kinds))+" LIMIT 1", args...)
	return found, err
}

func texts(list []string) []any {
	args := make([]any, len(list))
	for i, s := range list {
		args[i] = s
	}
	return args
}

// release makes jobs ready whose lease was lost; one that had its last attempt
// is dead, or a job that kills its process would kill it for ever. It gives the
// dead.
func release(tx *db.Tx) ([]Job, error) {
	list, err := db.All(tx, scanJob, `UPDATE job SET lease_until = NULL, error = 'lease lost',
		state = CASE WHEN attempt >= max_attempts THEN 'dead' ELSE 'ready' END,
		finished_at = CASE WHEN attempt >= max_attempts THEN lease_until ELSE NULL END
		WHERE `+lost+` RETURNING `+jobColumns, leases(tx)...)
	return slices.DeleteFunc(list, func(j Job) bool { return j.State != Dead }), err
}

// claim takes up to n due jobs, in their order. Write lets one writer in at a
// time on both engines, so no two claims can see the same job ready.
func claim(tx *db.Tx, kinds []string, n int) ([]Job, error) {
	args := append([]any{db.At(tx.Now().Add(leaseTime)), db.At(tx.Now()), n}, texts(kinds)...)
	list, err := db.All(tx, scanJob, `UPDATE job SET state = 'running', attempt = attempt + 1, lease = lease + 1, lease_until = $1
		WHERE state = 'ready' AND id IN (SELECT id FROM job WHERE state = 'ready' AND run_at <= $2 AND kind IN `+db.Placeholders(4, len(kinds))+`
			ORDER BY priority, run_at, id LIMIT $3)
		RETURNING `+jobColumns, args...)
	slices.SortFunc(list, func(a, b Job) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), a.RunAt.Compare(b.RunAt), cmp.Compare(a.ID, b.ID))
	})
	return list, err
}

// renew keeps a lease; false says that it is not ours any more.
func renew(tx *db.Tx, k taking) (bool, error) {
	n, err := tx.Exec("UPDATE job SET lease_until = $1 WHERE id = $2 AND lease = $3 AND state = 'running'", db.At(tx.Now().Add(leaseTime)), k.id, k.lease)
	return n == 1, err
}

// settlement is what becomes of a job that ran.
type settlement struct {
	state   State
	runAt   time.Time
	attempt int
	err     string
}

// settle ends a taking; one that is not ours any more is left alone.
func settle(tx *db.Tx, k taking, s settlement) (ours bool, err error) {
	var finished time.Time
	if s.state != Ready {
		finished = tx.Now()
	}
	n, err := tx.Exec(`UPDATE job SET state = $1, run_at = $2, attempt = $3, error = $4, finished_at = $5, lease_until = NULL
		WHERE id = $6 AND lease = $7 AND state = 'running'`, string(s.state), db.At(s.runAt), s.attempt, s.err, db.At(finished), k.id, k.lease)
	return n > 0, err
}

func retry(tx *db.Tx, id int64) error {
	_, err := tx.Exec("UPDATE job SET state = 'ready', attempt = 0, run_at = $1, finished_at = NULL WHERE id = $2 AND state = 'dead'", db.At(tx.Now()), id)
	return err
}

func cancel(tx *db.Tx, id int64) error {
	_, err := tx.Exec("UPDATE job SET state = 'cancelled', lease_until = NULL, finished_at = $1 WHERE id = $2 AND state IN ('ready', 'running', 'dead')", db.At(tx.Now()), id)
	return err
}

func listJobs(tx *db.Tx, f Filter) ([]Job, error) {
	var where []string
	var args []any
	add := func(condition string, v any) {
		args = append(args, v)
		where = append(where, fmt.Sprintf("%s $%d", condition, len(args)))
	}
	add("id <", cmp.Or(f.Below, 1<<62))
	if f.State != "" {
		add("state =", string(f.State))
	}
	if f.Kind != "" {
		add("kind =", f.Kind)
	}
	args = append(args, max(1, f.Limit))
	return db.All(tx, scanJob, fmt.Sprintf("SELECT %s FROM job WHERE %s ORDER BY id DESC LIMIT $%d", jobColumns, strings.Join(where, " AND "), len(args)), args...)
}

func countStates(tx *db.Tx) (map[State]int64, error) {
	counts := map[State]int64{}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var state State
		var n int64
		err := s.Scan(&state, &n)
		counts[state] = n
		return struct{}{}, err
	}, "SELECT state, count(*) FROM job GROUP BY state")
	return counts, err
}

func insertEvent(tx *db.Tx, e Event, data string) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], "INSERT INTO job_event (kind, object_kind, object_key, data, at) VALUES ($1, $2, $3, $4, $5) RETURNING id",
		e.Kind, e.Object.Kind, e.Object.Key, data, db.At(tx.Now()))
	return id, err
}

// tidy removes what ended before an instant; dead letters stay until somebody
// retries or cancels them.
func tidy(tx *db.Tx, before time.Time) error {
	if _, err := tx.Exec("DELETE FROM job WHERE state IN ('done', 'cancelled') AND finished_at < $1", db.At(before)); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM job_event WHERE at < $1", db.At(before))
	return err
}

// keepSchedule writes a schedule; a new one counts from now.
func keepSchedule(tx *db.Tx, s Schedule) error {
	_, err := tx.Exec(`INSERT INTO job_schedule (kind, cron, tz, last_run) VALUES ($1, $2, 'Europe/Brussels', $3)
		ON CONFLICT (kind) DO UPDATE SET cron = excluded.cron`, s.Kind, s.Cron, db.At(tx.Now()))
	return err
}

func schedules(tx *db.Tx) ([]Recurrence, error) {
	return db.All(tx, func(s db.Scanner) (r Recurrence, err error) {
		var last db.Time
		err = s.Scan(&r.Kind, &r.Cron, &last)
		r.Last = last.Time
		return r, err
	}, "SELECT kind, cron, last_run FROM job_schedule ORDER BY kind")
}

func ran(tx *db.Tx, kind string) error {
	_, err := tx.Exec("UPDATE job_schedule SET last_run = $1 WHERE kind = $2", db.At(tx.Now()), kind)
	return err
}
