package plan

import (
	"embed"
	"encoding/json"
	"io/fs"
	"slices"
	"time"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the room's tables.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "plan", Files: files}
}

// head is a plan with the number of its last change.
type head struct {
	plan     outline.Plan
	revision int64
}

func scanHead(s db.Scanner) (h head, err error) {
	var body string
	if err = s.Scan(&h.revision, &body); err != nil {
		return h, err
	}
	return h, json.Unmarshal([]byte(body), &h.plan)
}

func scanNode(s db.Scanner) (*outline.Node, error) {
	var body string
	if err := s.Scan(&body); err != nil {
		return nil, err
	}
	n := &outline.Node{}
	return n, json.Unmarshal([]byte(body), n)
}

func scanPlan(s db.Scanner) (p outline.Plan, err error) {
	var body string
	if err = s.Scan(&body); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(body), &p)
}

// heads reads every plan, or the one of a key, by key. One statement.
func heads(tx *db.Tx, key string) ([]head, error) {
	return db.All(tx, scanHead, "SELECT revision, body FROM plan_plan WHERE key = $1 OR $1 = '' ORDER BY key", key)
}

// nodesSince reads the nodes of a plan that changed after a revision.
func nodesSince(tx *db.Tx, key string, revision int64) ([]*outline.Node, error) {
	return db.All(tx, scanNode, "SELECT body FROM plan_node WHERE plan = $1 AND revision > $2", key, revision)
}

// planAt reads a plan as it was before an instant.
func planAt(tx *db.Tx, key string, before time.Time) (outline.Plan, bool, error) {
	return db.One(tx, scanPlan, "SELECT body FROM plan_version WHERE plan = $1 AND code = '' AND since < $2 ORDER BY since DESC, version DESC LIMIT 1", key, db.At(before))
}

// nodesAt reads the nodes of a plan as they were before an instant: of each the
// last version. The index on (plan, code, since, version) makes it one step a
// node, however long the history is.
func nodesAt(tx *db.Tx, key string, before time.Time) ([]*outline.Node, error) {
	list, err := db.All(tx, func(s db.Scanner) (*outline.Node, error) {
		var body db.Null
		if err := s.Scan(&body); err != nil || body == "" {
			return nil, err // it was not there yet
		}
		n := &outline.Node{}
		return n, json.Unmarshal([]byte(body), n)
	}, `SELECT (SELECT v.body FROM plan_version v WHERE v.plan = n.plan AND v.code = n.code AND v.since < $2 ORDER BY v.since DESC, v.version DESC LIMIT 1)
		FROM plan_node n WHERE n.plan = $1`, key, db.At(before))
	return slices.DeleteFunc(list, func(n *outline.Node) bool { return n == nil }), err
}

// Revision is one state of a node in its history.
type Revision struct {
	Node  *outline.Node `json:"node"`
	Since time.Time     `json:"since"`
	Actor string        `json:"actor"`
	Cause string        `json:"cause"`
}

// revisions reads the last states of a node, newest first.
func revisions(tx *db.Tx, key, code string, limit int) ([]Revision, error) {
	return db.All(tx, func(s db.Scanner) (r Revision, err error) {
		var at db.Time
		var body string
		if err = s.Scan(&at, &r.Actor, &r.Cause, &body); err != nil {
			return r, err
		}
		r.Since, r.Node = at.Time, &outline.Node{}
		return r, json.Unmarshal([]byte(body), r.Node)
	}, "SELECT since, actor, cause, body FROM plan_version WHERE plan = $1 AND code = $2 ORDER BY version DESC LIMIT $3", key, code, limit)
}

// stamp says who changed something, when and by what.
type stamp struct {
	actor, cause string
	at           time.Time
}

// savePlan writes a plan with the next revision and its version into the history.
func savePlan(tx *db.Tx, p outline.Plan, revision int64, s stamp) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO plan_plan (key, revision, body) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, body = excluded.body",
		p.Key, revision, string(body)); err != nil {
		return err
	}
	return tx.Insert("plan_version", versionColumns, [][]any{{p.Key, "", p.Version, db.At(s.at), s.actor, s.cause, string(body)}})
}

// raise sets the revision of a plan whose nodes changed.
func raise(tx *db.Tx, key string, revision int64) error {
	_, err := tx.Exec("UPDATE plan_plan SET revision = $1 WHERE key = $2", revision, key)
	return err
}

var versionColumns = []string{"plan", "code", "version", "since", "actor", "cause", "body"}

// insertNodes adds nodes with their first version.
func insertNodes(tx *db.Tx, nodes []*outline.Node, revision int64, s stamp) error {
	return writeNodes(tx, nodes, revision, s, func(rows [][]any) error {
		return tx.Insert("plan_node", []string{"plan", "code", "revision", "body"}, rows)
	})
}

// updateNodes replaces nodes and adds their version.
func updateNodes(tx *db.Tx, nodes []*outline.Node, revision int64, s stamp) error {
	return writeNodes(tx, nodes, revision, s, func(rows [][]any) error {
		for _, r := range rows {
			if _, err := tx.Exec("UPDATE plan_node SET revision = $3, body = $4 WHERE plan = $1 AND code = $2", r...); err != nil {
				return err
			}
		}
		return nil
	})
}

func writeNodes(tx *db.Tx, nodes []*outline.Node, revision int64, s stamp, write func([][]any) error) error {
	current, versions := make([][]any, len(nodes)), make([][]any, len(nodes))
	at := db.At(s.at)
	for i, n := range nodes {
		text, err := json.Marshal(n)
		if err != nil {
			return err
		}
		body := string(text)
		current[i] = []any{n.Plan, n.Code, revision, body}
		versions[i] = []any{n.Plan, n.Code, n.Version, at, s.actor, s.cause, body}
	}
	if err := write(current); err != nil {
		return err
	}
	return tx.Insert("plan_version", versionColumns, versions)
}

// erase removes a plan that should never have been: the undo of its import.
func erase(tx *db.Tx, key string) error {
	for _, q := range []string{"DELETE FROM plan_version WHERE plan = $1", "DELETE FROM plan_node WHERE plan = $1", "DELETE FROM plan_plan WHERE key = $1"} {
		if _, err := tx.Exec(q, key); err != nil {
			return err
		}
	}
	return nil
}

// versionsOf reads the state before that of the version given, for each code.
func versionsOf(tx *db.Tx, key string, versions map[string]int64) ([]*outline.Node, error) {
	var list []*outline.Node
	for code, version := range versions {
		n, ok, err := db.One(tx, scanNode, "SELECT body FROM plan_version WHERE plan = $1 AND code = $2 AND version = $3", key, code, version-1)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, n)
		}
	}
	return list, nil
}

// firstDay is the first day on which a plan was there until its end.
func firstDay(tx *db.Tx, key string) (calendar.Date, bool, error) {
	at, ok, err := db.One(tx, db.Value[db.Time], "SELECT since FROM plan_version WHERE plan = $1 AND code = '' ORDER BY version LIMIT 1", key)
	return calendar.Of(at.In(clock.Brussels())), ok, err
}
