package project

import (
	"database/sql"
	"strings"

	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/search"
)

// The columns of a project, in the order of row and scan.
var columns = []string{"ref", "cycle", "territory", "title_fr", "title_nl", "title_en", "carrier", "amount", "completeness", "state", "mission",
	"valid_from", "valid_to", "source", "version", "fold", "sort_key"}

func (p *Project) row() []any {
	var amount sql.NullInt64
	if p.Amount != nil {
		amount = sql.NullInt64{Int64: int64(*p.Amount), Valid: true}
	}
	return []any{p.Ref, p.Cycle, db.NullID(p.Territory), p.Title.FR, p.Title.NL, p.Title.EN, p.Carrier, amount, string(p.Completeness), string(p.State), p.Mission,
		p.Period.From, p.Period.To, p.Source, p.Version, register.Fold(p.Title.FR, p.Title.NL, p.Title.EN, p.Carrier, p.Ref), search.SortKey(p.Title.FR)}
}

func scan(s db.Scanner) (*Project, error) {
	p := &Project{}
	var territory db.NullID
	var amount sql.NullInt64
	err := s.Scan(&p.Ref, &p.Cycle, &territory, &p.Title.FR, &p.Title.NL, &p.Title.EN, &p.Carrier, &amount, &p.Completeness, &p.State, &p.Mission,
		&p.Period.From, &p.Period.To, &p.Source, &p.Version, &p.fold, &p.sort)
	p.Territory = int64(territory)
	if amount.Valid {
		c := money.Cents(amount.Int64)
		p.Amount = &c
	}
	return p, err
}

// readAll reads every project with its communes, in two statements, by title.
func readAll(tx *db.Tx) ([]*Project, error) {
	list, err := db.All(tx, scan, "SELECT "+strings.Join(columns, ", ")+" FROM project ORDER BY sort_key, ref")
	if err != nil {
		return nil, err
	}
	byRef := make(map[string]*Project, len(list))
	for _, p := range list {
		byRef[p.Ref] = p
	}
	_, err = db.All(tx, func(s db.Scanner) (struct{}, error) {
		var ref string
		var area int64
		err := s.Scan(&ref, &area)
		if p := byRef[ref]; p != nil {
			p.Communes = append(p.Communes, area)
		}
		return struct{}{}, err
	}, "SELECT project, area FROM project_commune ORDER BY project, area")
	return list, err
}

func insert(tx *db.Tx, list []Project) error {
	rows := make([][]any, len(list))
	for i := range list {
		rows[i] = list[i].row()
	}
	if err := tx.Insert("project", columns, rows); err != nil {
		return err
	}
	return insertCommunes(tx, list...)
}

func insertCommunes(tx *db.Tx, list ...Project) error {
	var rows [][]any
	for _, p := range list {
		for _, area := range p.Communes {
			rows = append(rows, []any{p.Ref, area})
		}
	}
	return tx.Insert("project_commune", []string{"project", "area"}, rows)
}

func update(tx *db.Tx, p Project) error {
	_, err := tx.Exec(`UPDATE project SET cycle = $2, territory = $3, title_fr = $4, title_nl = $5, title_en = $6, carrier = $7, amount = $8,
		completeness = $9, state = $10, mission = $11, valid_from = $12, valid_to = $13, source = $14, version = $15, fold = $16, sort_key = $17
		WHERE ref = $1`, p.row()...)
	if err != nil {
		return err
	}
	if err := removeCommunes(tx, p.Ref); err != nil {
		return err
	}
	return insertCommunes(tx, p)
}

func removeCommunes(tx *db.Tx, ref string) error {
	_, err := tx.Exec("DELETE FROM project_commune WHERE project = $1", ref)
	return err
}

func remove(tx *db.Tx, ref string) error {
	if err := removeCommunes(tx, ref); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM project WHERE ref = $1", ref)
	return err
}
