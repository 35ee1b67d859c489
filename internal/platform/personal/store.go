package personal

import (
	"fmt"
	"strings"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/privacy"
)

// condition is a piece of a WHERE with its values.
type condition struct {
	text string
	args []any
}

// bind adds a value and gives its placeholder.
func (c *condition) bind(v any) string {
	c.args = append(c.args, v)
	return fmt.Sprintf("$%d", len(c.args))
}

func name(s string) string { return `"` + s + `"` }

// owned is true of the rows whose owner has this key.
func (c *condition) owned(o privacy.Owner, key any) string {
	text := name(o.Column) + " = " + c.bind(key)
	if o.Kind != "" {
		text += " AND " + name(o.Kind) + " = " + c.bind(o.Key)
	}
	if o.Parent != "" {
		text = name(o.Join) + " IN (SELECT " + name(o.Join) + " FROM " + name(o.Parent) + " WHERE " + text + ")"
	}
	return "(" + text + ")"
}

// held is true of the rows of a table that a hold covers: rows of a held
// object, and rows of a held person.
func (c *condition) held(t privacy.Table, holds shield) string {
	var any []string
	for _, thing := range t.Things {
		for _, key := range holds.objects[thing.Kind] {
			any = append(any, "CAST("+name(thing.Column)+" AS TEXT) = "+c.bind(key))
		}
	}
	for _, claim := range t.Claims {
		for _, keys := range holds.persons {
			if key, hers := keys[claim.Owner.Key]; hers {
				any = append(any, c.owned(claim.Owner, key))
			}
		}
	}
	if any == nil {
		return "1 = 0"
	}
	return "(" + strings.Join(any, " OR ") + ")"
}

// due is true of the rows of a table whose time was up at an instant.
func (c *condition) due(t privacy.Term, at db.Time) string {
	text := name(t.Column) + " < " + c.bind(db.At(at.Add(-t.After)))
	if t.When == "" {
		return text
	}
	var values []string
	for _, v := range t.Values {
		values = append(values, c.bind(v))
	}
	return text + " AND " + name(t.When) + " IN (" + strings.Join(values, ", ") + ")"
}

// countHoldings counts the rows of each holding, by its place in the list, in
// one statement.
func countHoldings(tx *db.Tx, list []Holding, keys map[string]any) (map[int64]int64, error) {
	var c condition
	var parts []string
	for i, h := range list {
		parts = append(parts, fmt.Sprintf("SELECT %d, count(*) FROM %s WHERE ", i, name(h.Table))+c.owned(h.owner, keys[h.owner.Key]))
	}
	counts := map[int64]int64{}
	if parts == nil {
		return counts, nil
	}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var i, n int64
		err := s.Scan(&i, &n)
		counts[i] = n
		return struct{}{}, err
	}, strings.Join(parts, " UNION ALL "), c.args...)
	return counts, err
}

// countDue tells of each table, by its place, how many rows are due, how many
// of them are held and since when the oldest waits, in one statement.
func countDue(tx *db.Tx, tables []privacy.Table, holds shield) ([]Due, error) {
	var c condition
	var parts []string
	for i, t := range tables {
		held := c.held(t, holds)
		parts = append(parts, fmt.Sprintf("SELECT %d, count(*), coalesce(sum(CASE WHEN %s THEN 1 ELSE 0 END), 0), min(%s) FROM %s WHERE %s",
			i, held, name(t.Term.Column), name(t.Name), c.due(t.Term, db.At(tx.Now()))))
	}
	if parts == nil {
		return nil, nil
	}
	return db.All(tx, func(s db.Scanner) (d Due, err error) {
		var i int64
		var oldest db.Time
		err = s.Scan(&i, &d.Rows, &d.Held, &oldest)
		t := tables[i]
		d.Table, d.Event, d.After, d.Person, d.Oldest = t.Name, t.Term.Event, t.Term.After, t.Term.Person, oldest.Time
		return d, err
	}, strings.Join(parts, " UNION ALL ")+" ORDER BY 1", c.args...)
}

// deleteDue removes up to n rows of a table whose time is up.
func deleteDue(tx *db.Tx, t privacy.Table, key []string, holds shield, n int) (int64, error) {
	var c condition
	var keys []string
	for _, k := range key {
		keys = append(keys, name(k))
	}
	columns := strings.Join(keys, ", ")
	due := c.due(t.Term, db.At(tx.Now()))
	return tx.Exec(fmt.Sprintf("DELETE FROM %[1]s WHERE (%[2]s) IN (SELECT %[2]s FROM %[1]s WHERE %[3]s AND %[4]s IS NOT TRUE ORDER BY %[2]s LIMIT %[5]d)",
		name(t.Name), columns, due, "("+c.held(t, holds)+")", n), c.args...)
}

// duePersons are the keys of persons whose time is up, up to n after a key.
func duePersons(tx *db.Tx, t privacy.Table, holds shield, after string, n int) ([]string, error) {
	var c condition
	key := name(t.Things[0].Column)
	due := c.due(t.Term, db.At(tx.Now()))
	held := c.held(t, holds)
	return db.All(tx, db.Value[string], fmt.Sprintf("SELECT %s FROM %s WHERE %s AND (%s) IS NOT TRUE AND %s > %s ORDER BY 1 LIMIT %d",
		key, name(t.Name), due, held, key, c.bind(after), n), c.args...)
}

// end does to the rows of a claim what it says, and gives how many rows it
// touched. Held rows are left alone.
func end(tx *db.Tx, t privacy.Table, claim privacy.Claim, p Person, holds shield) (int64, error) {
	var c condition
	where := c.owned(claim.Owner, p.Keys[claim.Owner.Key]) + " AND (" + c.held(t, holds) + ") IS NOT TRUE"
	var set []string
	for _, column := range claim.Columns {
		value := claim.End.Value
		if claim.End.How == privacy.Rename {
			value = p.Pseudonym
		}
		if value == nil {
			set = append(set, name(column)+" = NULL")
			continue
		}
		set = append(set, name(column)+" = "+c.bind(value))
	}
	if claim.End.How == privacy.Delete {
		return tx.Exec("DELETE FROM "+name(t.Name)+" WHERE "+where, c.args...)
	}
	return tx.Exec("UPDATE "+name(t.Name)+" SET "+strings.Join(set, ", ")+" WHERE "+where, c.args...)
}

// count counts the rows of a claim, those that a hold covers apart.
func count(tx *db.Tx, t privacy.Table, claim privacy.Claim, p Person, holds shield) (all, held int64, err error) {
	var c condition
	text := fmt.Sprintf("SELECT count(*), coalesce(sum(CASE WHEN %s THEN 1 ELSE 0 END), 0) FROM %s WHERE ", c.held(t, holds), name(t.Name))
	rows, err := tx.Query(text+c.owned(claim.Owner, p.Keys[claim.Owner.Key]), c.args...)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&all, &held); err != nil {
			return 0, 0, err
		}
	}
	return all, held, rows.Err()
}

// rowsOf gives the rows of a claim: the key and the columns asked for.
func rowsOf(tx *db.Tx, live db.Table, claim privacy.Claim, p Person, limit int, f func([]any) error) error {
	var c condition
	where := c.owned(claim.Owner, p.Keys[claim.Owner.Key])
	seen := 0
	err := tx.RowsWhere(live, where, func(values []any) error {
		if seen++; limit > 0 && seen > limit {
			return errEnough
		}
		return f(values)
	}, c.args...)
	if err == errEnough {
		return nil
	}
	return err
}

const requestColumns = "id, wish, kind, person_key, asked_by, asked_at, due_at, state, why, result, finished_at"

func scanRequest(s db.Scanner) (r Request, err error) {
	var asked, due, finished db.Time
	err = s.Scan(&r.ID, &r.Wish, &r.Person.Kind, &r.Person.Key, &r.By, &asked, &due, &r.State, &r.Why, &r.result, &finished)
	r.Asked, r.Due, r.Finished = asked.Time, due.Time, finished.Time
	return r, err
}

func insertRequest(tx *db.Tx, r Request) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], `INSERT INTO privacy_request (wish, kind, person_key, asked_by, asked_at, due_at, state, why, result)
		VALUES ($1, $2, $3, $4, $5, $6, 'waiting', '', '') RETURNING id`, r.Wish, r.Person.Kind, r.Person.Key, r.By, db.At(r.Asked), db.At(r.Due))
	return id, err
}

func requestByID(tx *db.Tx, id int64) (Request, bool, error) {
	return db.One(tx, scanRequest, "SELECT "+requestColumns+" FROM privacy_request WHERE id = $1", id)
}

func requestsOf(tx *db.Tx, ref object.Ref) ([]Request, error) {
	return db.All(tx, scanRequest, "SELECT "+requestColumns+" FROM privacy_request WHERE kind = $1 AND person_key = $2 ORDER BY id DESC LIMIT 20", ref.Kind, ref.Key)
}

func listRequests(tx *db.Tx, below int64, n int) ([]Request, error) {
	return db.All(tx, scanRequest, "SELECT "+requestColumns+" FROM privacy_request WHERE id < $1 ORDER BY id DESC LIMIT $2", below, n)
}

func waiting(tx *db.Tx, wish string, ref object.Ref) (bool, error) {
	_, found, err := db.One(tx, db.Value[int64], "SELECT id FROM privacy_request WHERE wish = $1 AND kind = $2 AND person_key = $3 AND state = 'waiting'", wish, ref.Kind, ref.Key)
	return found, err
}

func finish(tx *db.Tx, id int64, state, why, result string) error {
	_, err := tx.Exec("UPDATE privacy_request SET state = $1, why = $2, result = $3, finished_at = $4 WHERE id = $5 AND state = 'waiting'", state, why, result, db.At(tx.Now()), id)
	return err
}

func insertExport(tx *db.Tx, request int64, data []byte) error {
	_, err := tx.Exec("INSERT INTO privacy_export (id, data, made_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING", request, data, db.At(tx.Now()))
	return err
}

func exportOf(tx *db.Tx, request int64) ([]byte, bool, error) {
	return db.One(tx, db.Value[[]byte], "SELECT data FROM privacy_export WHERE id = $1", request)
}

const holdColumns = "id, kind, object_key, reason, placed_by, placed_at, until, ended_at, ended_by"

func scanHold(s db.Scanner) (h Hold, err error) {
	var placed, ended db.Time
	err = s.Scan(&h.ID, &h.Object.Kind, &h.Object.Key, &h.Reason, &h.By, &placed, &h.Until, &ended, &h.EndedBy)
	h.Placed, h.Ended = placed.Time, ended.Time
	return h, err
}

func insertHold(tx *db.Tx, h Hold) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], `INSERT INTO privacy_hold (kind, object_key, reason, placed_by, placed_at, until, ended_by)
		VALUES ($1, $2, $3, $4, $5, $6, '') RETURNING id`, h.Object.Kind, h.Object.Key, h.Reason, h.By, db.At(tx.Now()), h.Until)
	return id, err
}

// holdsInForce are the holds of today, oldest first.
func holdsInForce(tx *db.Tx) ([]Hold, error) {
	return db.All(tx, scanHold, "SELECT "+holdColumns+" FROM privacy_hold WHERE ended_at IS NULL AND (until IS NULL OR until >= $1) ORDER BY id", today(tx))
}

func holdByID(tx *db.Tx, id int64) (Hold, bool, error) {
	return db.One(tx, scanHold, "SELECT "+holdColumns+" FROM privacy_hold WHERE id = $1", id)
}

func endHold(tx *db.Tx, id int64, by string) error {
	_, err := tx.Exec("UPDATE privacy_hold SET ended_at = $1, ended_by = $2 WHERE id = $3 AND ended_at IS NULL", db.At(tx.Now()), by, id)
	return err
}

func insertErased(tx *db.Tx, l Line) error {
	_, err := tx.Exec("INSERT INTO privacy_erased (at, kind, salt, hash) VALUES ($1, $2, $3, $4)", db.At(l.At), l.Kind, l.Salt, l.Hash)
	return err
}

func erasedLines(tx *db.Tx) ([]Line, error) {
	return db.All(tx, func(s db.Scanner) (l Line, err error) {
		var at db.Time
		err = s.Scan(&at, &l.Kind, &l.Salt, &l.Hash)
		l.At = at.Time
		return l, err
	}, "SELECT at, kind, salt, hash FROM privacy_erased ORDER BY id")
}
