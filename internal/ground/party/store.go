package party

import (
	"encoding/json"
	"fmt"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/search"
)

const bodyColumns = "ref, kind, domain, name_fr, name_nl, acronym, parent, valid_from, valid_to, successor, seat, email, phone, website, source, version, fold, sort_key"

func columns() []string {
	return []string{"ref", "kind", "domain", "name_fr", "name_nl", "acronym", "parent", "valid_from", "valid_to", "successor", "seat",
		"email", "phone", "website", "source", "version", "fold", "sort_key"}
}

func (b *Body) row() []any {
	return []any{b.Ref, string(b.Kind), string(b.Domain), b.NameFR, b.NameNL, b.Acronym, db.Null(b.Parent), b.Period.From, b.Period.To,
		db.Null(b.Successor), db.NullID(b.Seat), b.Email, b.Phone, b.Website, b.Source, b.Version,
		register.Fold(b.NameFR, b.NameNL, b.Acronym, b.Ref), search.SortKey(b.NameFR)}
}

func scanBody(s db.Scanner) (*Body, error) {
	b := &Body{}
	var parent, successor db.Null
	var seat db.NullID
	err := s.Scan(&b.Ref, &b.Kind, &b.Domain, &b.NameFR, &b.NameNL, &b.Acronym, &parent, &b.Period.From, &b.Period.To,
		&successor, &seat, &b.Email, &b.Phone, &b.Website, &b.Source, &b.Version, &b.fold, &b.Sort)
	b.Parent, b.Successor, b.Seat = string(parent), string(successor), int64(seat)
	return b, err
}

// readTree reads every body: some hundreds of rows, in one statement.
func readTree(tx *db.Tx) (*Tree, error) {
	list, err := db.All(tx, scanBody, "SELECT "+bodyColumns+" FROM party_body ORDER BY sort_key, ref")
	if err != nil {
		return nil, err
	}
	return NewTree(list), nil
}

func insertBodies(tx *db.Tx, list []Body) error {
	rows := make([][]any, len(list))
	for i := range list {
		rows[i] = list[i].row()
	}
	return tx.Insert("party_body", columns(), rows)
}

func updateBody(tx *db.Tx, b Body) error {
	_, err := tx.Exec(`UPDATE party_body SET kind = $2, domain = $3, name_fr = $4, name_nl = $5, acronym = $6, parent = $7, valid_from = $8,
		valid_to = $9, successor = $10, seat = $11, email = $12, phone = $13, website = $14, source = $15, version = $16, fold = $17, sort_key = $18
		WHERE ref = $1`, b.row()...)
	return err
}

func deleteBody(tx *db.Tx, ref string) error {
	_, err := tx.Exec("DELETE FROM party_body WHERE ref = $1", ref)
	return err
}

const mandateColumns = "ref, body, role, holder, valid_from, valid_to, status, source, version"

func (m *Mandate) row() []any {
	return []any{m.Ref, m.Body, m.Role, m.Holder, m.Period.From, m.Period.To, string(m.Status), m.Source, m.Version}
}

func scanMandate(s db.Scanner) (m Mandate, err error) {
	return m, s.Scan(&m.Ref, &m.Body, &m.Role, &m.Holder, &m.Period.From, &m.Period.To, &m.Status, &m.Source, &m.Version)
}

func readMandates(tx *db.Tx, body string) ([]Mandate, error) {
	return db.All(tx, scanMandate, "SELECT "+mandateColumns+" FROM party_mandate WHERE body = $1 ORDER BY valid_from DESC, ref", body)
}

func readMandatesIn(tx *db.Tx, bodies []string) ([]Mandate, error) {
	args := make([]any, len(bodies))
	for i, ref := range bodies {
		args[i] = ref
	}
	return db.All(tx, scanMandate, "SELECT "+mandateColumns+" FROM party_mandate WHERE body IN "+db.Placeholders(1, len(args))+" ORDER BY ref", args...)
}

func readMandate(tx *db.Tx, ref string) (Mandate, bool, error) {
	return db.One(tx, scanMandate, "SELECT "+mandateColumns+" FROM party_mandate WHERE ref = $1", ref)
}

func insertMandates(tx *db.Tx, list []Mandate) error {
	rows := make([][]any, len(list))
	for i := range list {
		rows[i] = list[i].row()
	}
	return tx.Insert("party_mandate", []string{"ref", "body", "role", "holder", "valid_from", "valid_to", "status", "source", "version"}, rows)
}

func updateMandate(tx *db.Tx, m Mandate) error {
	_, err := tx.Exec(`UPDATE party_mandate SET body = $2, role = $3, holder = $4, valid_from = $5, valid_to = $6, status = $7, source = $8, version = $9
		WHERE ref = $1`, m.row()...)
	return err
}

// readBoards reads every board with its rules, in two statements.
func readBoards(tx *db.Tx) ([]*Board, error) {
	boards, err := db.All(tx, scanBoard, `SELECT key, body, name_fr, name_nl, name_en, valid_from, valid_to, planned, model, source, version
		FROM party_organ ORDER BY model, planned, key`)
	if err != nil {
		return nil, err
	}
	byKey := make(map[string]*Board, len(boards))
	for _, b := range boards {
		byKey[b.Key] = b
	}
	_, err = db.All(tx, func(s db.Scanner) (struct{}, error) {
		var key, data string
		if err := s.Scan(&key, &data); err != nil {
			return struct{}{}, err
		}
		var r VotingRule
		if err := json.Unmarshal([]byte(data), &r); err != nil {
			return struct{}{}, fmt.Errorf("party: rule of %s: %w", key, err)
		}
		if b := byKey[key]; b != nil {
			b.Rules = append(b.Rules, r)
		}
		return struct{}{}, nil
	}, "SELECT organ, data FROM party_rule ORDER BY organ, purpose, version")
	return boards, err
}

func scanBoard(s db.Scanner) (*Board, error) {
	b := &Board{Rules: []VotingRule{}}
	var body db.Null
	err := s.Scan(&b.Key, &body, &b.Name.FR, &b.Name.NL, &b.Name.EN, &b.Period.From, &b.Period.To, &b.Planned, &b.Model, &b.Source, &b.Version)
	b.Body = string(body)
	return b, err
}

func insertBoards(tx *db.Tx, list []Board) error {
	var rows, rules [][]any
	for _, b := range list {
		rows = append(rows, []any{b.Key, db.Null(b.Body), b.Name.FR, b.Name.NL, b.Name.EN, b.Period.From, b.Period.To, b.Planned, b.Model, b.Source, b.Version})
		for _, r := range b.Rules {
			row, err := ruleRow(b.Key, r)
			if err != nil {
				return err
			}
			rules = append(rules, row)
		}
	}
	err := tx.Insert("party_organ", []string{"key", "body", "name_fr", "name_nl", "name_en", "valid_from", "valid_to", "planned", "model", "source", "version"}, rows)
	if err != nil {
		return err
	}
	return tx.Insert("party_rule", []string{"organ", "purpose", "version", "data"}, rules)
}

func updateBoard(tx *db.Tx, b Board) error {
	_, err := tx.Exec(`UPDATE party_organ SET body = $2, name_fr = $3, name_nl = $4, name_en = $5, valid_from = $6, valid_to = $7,
		planned = $8, source = $9, version = $10 WHERE key = $1`,
		b.Key, db.Null(b.Body), b.Name.FR, b.Name.NL, b.Name.EN, b.Period.From, b.Period.To, b.Planned, b.Source, b.Version)
	return err
}

func insertRule(tx *db.Tx, key string, r VotingRule) error {
	row, err := ruleRow(key, r)
	if err != nil {
		return err
	}
	return tx.Insert("party_rule", []string{"organ", "purpose", "version", "data"}, [][]any{row})
}

func ruleRow(key string, r VotingRule) ([]any, error) {
	data, err := json.Marshal(r)
	return []any{key, r.Purpose, r.Version, string(data)}, err
}

// orphan finds a reference to a body that is no longer there.
func orphan(tx *db.Tx) (string, bool, error) {
	const gone = " AND NOT EXISTS (SELECT 1 FROM party_body p WHERE p.ref = "
	return db.One(tx, db.Value[string], `SELECT c.parent FROM party_body c WHERE c.parent IS NOT NULL`+gone+`c.parent)
		UNION ALL SELECT c.successor FROM party_body c WHERE c.successor IS NOT NULL`+gone+`c.successor)
		UNION ALL SELECT m.body FROM party_mandate m WHERE m.body IS NOT NULL`+gone+`m.body)
		UNION ALL SELECT o.body FROM party_organ o WHERE o.body IS NOT NULL`+gone+`o.body)`)
}

// FirstMandates gives, of each name under which a mandate is or was held, the
// reference of one such mandate.
func FirstMandates(tx *db.Tx, holders []string) (map[string]string, error) {
	args := make([]any, len(holders))
	for i, h := range holders {
		args[i] = h
	}
	first := map[string]string{}
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var holder, ref string
		err := s.Scan(&holder, &ref)
		first[holder] = ref
		return struct{}{}, err
	}, "SELECT holder, min(ref) FROM party_mandate WHERE holder IN "+db.Placeholders(1, len(args))+" GROUP BY holder", args...)
	return first, err
}
