package news

import (
	"fmt"
	"strings"
	"time"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
)

func insert(tx *db.Tx, i Item) error {
	id, _, err := db.One(tx, db.Value[int64], `INSERT INTO news (at, kind, object_kind, object_key, href, title_fr, title_nl, title_en, fields, year, everywhere)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`, db.At(tx.Now()), string(i.Kind), i.Object.Kind, i.Object.Key, i.Href,
		i.Title.FR, i.Title.NL, i.Title.EN, strings.Join(i.Fields, " "), int64(i.Year), i.Everywhere)
	if err != nil {
		return err
	}
	rows := make([][]any, len(i.Areas))
	for n, area := range i.Areas {
		rows[n] = []any{id, area}
	}
	return tx.Insert("news_area", []string{"news", "area"}, rows)
}

// Filter narrows a reading. Object is one thing, Area a commune and what
// concerns every commune; without either, all. Hidden are the beginnings of
// kinds that the public does not see ("ledger."). Below is an id under which to
// read (keyset paging, newest first).
type Filter struct {
	Object object.Ref
	Area   int64
	Hidden []string
	Below  int64
	Limit  int
}

// List reads items without their areas, newest first, in one statement.
func List(tx *db.Tx, f Filter) ([]Item, error) {
	var where []string
	var args []any
	add := func(condition string, values ...any) {
		numbers := make([]any, len(values))
		for i, v := range values {
			args = append(args, v)
			numbers[i] = len(args)
		}
		where = append(where, fmt.Sprintf(condition, numbers...))
	}
	if f.Below == 0 {
		f.Below = 1 << 62
	}
	add("n.id < $%d", f.Below)
	if !f.Object.IsZero() {
		add("n.object_kind = $%d AND n.object_key = $%d", f.Object.Kind, f.Object.Key)
	}
	if f.Area != 0 {
		add("(n.everywhere OR n.id IN (SELECT news FROM news_area WHERE area = $%d))", f.Area)
	}
	for _, prefix := range f.Hidden { // kinds from prefix to its last successor
		add("(n.kind < $%d OR n.kind >= $%d)", prefix, prefix+"\uffff")
	}
	args = append(args, max(1, f.Limit))
	return db.All(tx, scan, fmt.Sprintf(`SELECT n.id, n.at, n.kind, n.object_kind, n.object_key, n.href, n.title_fr, n.title_nl, n.title_en, n.fields, n.year, n.everywhere
		FROM news n WHERE %s ORDER BY n.id DESC LIMIT $%d`, strings.Join(where, " AND "), len(args)), args...)
}

func scan(s db.Scanner) (i Item, err error) {
	var at db.Time
	var fields string
	err = s.Scan(&i.ID, &at, &i.Kind, &i.Object.Kind, &i.Object.Key, &i.Href, &i.Title.FR, &i.Title.NL, &i.Title.EN, &fields, &i.Year, &i.Everywhere)
	i.At, i.Fields = at.Time, strings.Fields(fields)
	return i, err
}

// Latest is when each of some things last made news, in one statement; those
// that never did are absent.
func Latest(tx *db.Tx, refs []object.Ref) (map[object.Ref]time.Time, error) {
	latest := map[object.Ref]time.Time{}
	if len(refs) == 0 {
		return latest, nil
	}
	args := make([]any, 0, len(refs))
	for _, r := range refs {
		args = append(args, r.Key)
	}
	// Keys of different kinds may be equal: the rows tell the kind.
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var r object.Ref
		var at db.Time
		err := s.Scan(&r.Kind, &r.Key, &at)
		latest[r] = at.Time
		return struct{}{}, err
	}, "SELECT object_kind, object_key, max(at) FROM news WHERE object_kind IN ('body', 'mission', 'project') AND object_key IN "+db.Placeholders(1, len(args))+" GROUP BY object_kind, object_key", args...)
	return latest, err
}
