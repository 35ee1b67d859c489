package mission

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"beffroi/internal/ground/party"
	"beffroi/internal/ground/party/register"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/search"
)

// The columns of a mission, in the order of row and scanMission.
var missionColumns = []string{"code", "title_fr", "title_nl", "title_en", "description_fr", "description_nl", "description_en", "domain", "part",
	"parent", "legal_basis", "holder", "valid_from", "valid_to", "scope", "source", "version", "fold", "sort_key"}

func (m *Mission) row() []any {
	return []any{m.Code, m.Title.FR, m.Title.NL, m.Title.EN, m.Description.FR, m.Description.NL, m.Description.EN, string(m.Domain), string(m.Part),
		db.Null(m.Parent), m.LegalBasis, m.Holder, m.Period.From, m.Period.To, string(m.Scope), m.Source, m.Version,
		register.Fold(m.Code, m.Title.FR, m.Title.NL, m.Title.EN), rank(m.Domain) + search.SortKey(m.Title.FR)}
}

// rank orders missions by domain as the pages do.
func rank(d party.Domain) string { return fmt.Sprintf("%02d", slices.Index(party.Domains(), d)+1) }

func scanMission(s db.Scanner) (*Mission, error) {
	m := &Mission{}
	var parent db.Null
	err := s.Scan(&m.Code, &m.Title.FR, &m.Title.NL, &m.Title.EN, &m.Description.FR, &m.Description.NL, &m.Description.EN, &m.Domain, &m.Part,
		&parent, &m.LegalBasis, &m.Holder, &m.Period.From, &m.Period.To, &m.Scope, &m.Source, &m.Version, &m.fold, &m.sort)
	m.Parent = string(parent)
	return m, err
}

// readCatalogue reads every mission with its communes and figures, in three statements.
func readCatalogue(tx *db.Tx) (*Catalogue, error) {
	list, err := db.All(tx, scanMission, "SELECT "+strings.Join(missionColumns, ", ")+" FROM mission ORDER BY sort_key, code")
	if err != nil {
		return nil, err
	}
	figures, err := db.All(tx, scanFigure, "SELECT "+figureColumns+" FROM mission_figure ORDER BY year, id")
	if err != nil {
		return nil, err
	}
	c := NewCatalogue(list, figures)
	_, err = db.All(tx, func(s db.Scanner) (struct{}, error) {
		var code string
		var area int64
		err := s.Scan(&code, &area)
		if m := c.byCode[code]; m != nil {
			m.Communes = append(m.Communes, area)
		}
		return struct{}{}, err
	}, "SELECT mission, area FROM mission_commune ORDER BY mission, area")
	return c, err
}

func insertMissions(tx *db.Tx, list []Mission) error {
	rows := make([][]any, len(list))
	for i := range list {
		rows[i] = list[i].row()
	}
	if err := tx.Insert("mission", missionColumns, rows); err != nil {
		return err
	}
	return insertCommunes(tx, list...)
}

func insertCommunes(tx *db.Tx, list ...Mission) error {
	var rows [][]any
	for _, m := range list {
		for _, area := range m.Communes {
			rows = append(rows, []any{m.Code, area})
		}
	}
	return tx.Insert("mission_commune", []string{"mission", "area"}, rows)
}

func updateMission(tx *db.Tx, m Mission) error {
	_, err := tx.Exec(`UPDATE mission SET title_fr = $2, title_nl = $3, title_en = $4, description_fr = $5, description_nl = $6, description_en = $7,
		domain = $8, part = $9, parent = $10, legal_basis = $11, holder = $12, valid_from = $13, valid_to = $14, scope = $15, source = $16,
		version = $17, fold = $18, sort_key = $19 WHERE code = $1`, m.row()...)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM mission_commune WHERE mission = $1", m.Code); err != nil {
		return err
	}
	return insertCommunes(tx, m)
}

func deleteMission(tx *db.Tx, code string) error {
	if _, err := tx.Exec("DELETE FROM mission_commune WHERE mission = $1", code); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM mission WHERE code = $1", code)
	return err
}

// orphan finds a reference to a mission that is no longer there.
func orphan(tx *db.Tx) (string, bool, error) {
	const gone = " AND NOT EXISTS (SELECT 1 FROM mission m WHERE m.code = "
	return db.One(tx, db.Value[string], `SELECT c.parent FROM mission c WHERE c.parent IS NOT NULL`+gone+`c.parent)
		UNION ALL SELECT f.mission FROM mission_figure f WHERE f.id > 0`+gone+`f.mission)
		UNION ALL SELECT t.mission FROM mission_tag t WHERE t.tag <> ''`+gone+`t.mission)`)
}

const figureColumns = "id, mission, year, measure, value, status, source, supersedes, at, actor"

func scanFigure(s db.Scanner) (f Figure, err error) {
	var supersedes db.NullID
	var at db.Time
	err = s.Scan(&f.ID, &f.Mission, &f.Year, &f.Measure, &f.Value, &f.Status, &f.Source, &supersedes, &at, &f.Actor)
	f.Supersedes, f.At = int64(supersedes), at.Time
	return f, err
}

func insertFigures(tx *db.Tx, list []Figure) error {
	rows := make([][]any, len(list))
	for i, f := range list {
		rows[i] = []any{f.Mission, int64(f.Year), string(f.Measure), f.Value, string(f.Status), f.Source, db.NullID(f.Supersedes), db.At(tx.Now()), f.Actor}
	}
	return tx.Insert("mission_figure", []string{"mission", "year", "measure", "value", "status", "source", "supersedes", "at", "actor"}, rows)
}

// readScenarios reads every scenario with its tags, in two statements.
func readScenarios(tx *db.Tx) ([]*Scenario, error) {
	list, err := db.All(tx, scanScenario, `SELECT key, title_fr, title_nl, title_en, description_fr, description_nl, description_en, hypothetical,
		sentence_fr, sentence_nl, sentence_en, source, version FROM mission_scenario ORDER BY key`)
	if err != nil {
		return nil, err
	}
	_, err = db.All(tx, func(s db.Scanner) (struct{}, error) {
		var key, code string
		var t Tag
		err := s.Scan(&key, &code, &t.Destiny, &t.Sentence.FR, &t.Sentence.NL, &t.Sentence.EN)
		if sc := scenarioOf(list, key); sc != nil {
			sc.Tags[code] = t
		}
		return struct{}{}, err
	}, "SELECT scenario, mission, tag, sentence_fr, sentence_nl, sentence_en FROM mission_tag ORDER BY scenario, mission")
	return list, err
}

func scanScenario(s db.Scanner) (*Scenario, error) {
	sc := &Scenario{Tags: map[string]Tag{}}
	return sc, s.Scan(&sc.Key, &sc.Title.FR, &sc.Title.NL, &sc.Title.EN, &sc.Description.FR, &sc.Description.NL, &sc.Description.EN, &sc.Hypothetical,
		&sc.Sentence.FR, &sc.Sentence.NL, &sc.Sentence.EN, &sc.Source, &sc.Version)
}

func scenarioOf(list []*Scenario, key string) *Scenario {
	for _, s := range list {
		if s.Key == key {
			return s
		}
	}
	return nil
}

func insertScenario(tx *db.Tx, s Scenario) error {
	_, err := tx.Exec(`INSERT INTO mission_scenario (key, title_fr, title_nl, title_en, description_fr, description_nl, description_en, hypothetical,
		sentence_fr, sentence_nl, sentence_en, source, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		s.Key, s.Title.FR, s.Title.NL, s.Title.EN, s.Description.FR, s.Description.NL, s.Description.EN, s.Hypothetical,
		s.Sentence.FR, s.Sentence.NL, s.Sentence.EN, s.Source, s.Version)
	if err != nil {
		return err
	}
	return insertTags(tx, s)
}

func insertTags(tx *db.Tx, s Scenario) error {
	var rows [][]any
	for _, code := range slices.Sorted(maps.Keys(s.Tags)) {
		t := s.Tags[code]
		rows = append(rows, []any{s.Key, code, string(t.Destiny), t.Sentence.FR, t.Sentence.NL, t.Sentence.EN})
	}
	return tx.Insert("mission_tag", []string{"scenario", "mission", "tag", "sentence_fr", "sentence_nl", "sentence_en"}, rows)
}

func updateScenario(tx *db.Tx, s Scenario) error {
	_, err := tx.Exec(`UPDATE mission_scenario SET title_fr = $2, title_nl = $3, title_en = $4, description_fr = $5, description_nl = $6,
		description_en = $7, hypothetical = $8, sentence_fr = $9, sentence_nl = $10, sentence_en = $11, source = $12, version = $13 WHERE key = $1`,
		s.Key, s.Title.FR, s.Title.NL, s.Title.EN, s.Description.FR, s.Description.NL, s.Description.EN, s.Hypothetical,
		s.Sentence.FR, s.Sentence.NL, s.Sentence.EN, s.Source, s.Version)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM mission_tag WHERE scenario = $1", s.Key); err != nil {
		return err
	}
	return insertTags(tx, s)
}

var labelColumns = []string{"code", "level", "parent", "title_fr", "source", "version"}

func (l Label) row() []any {
	return []any{l.Code, l.Level, l.Parent, l.TitleFR, l.Source, l.Version}
}

func readLabels(tx *db.Tx) ([]Label, error) {
	return db.All(tx, func(s db.Scanner) (l Label, err error) {
		return l, s.Scan(&l.Code, &l.Level, &l.Parent, &l.TitleFR, &l.Source, &l.Version)
	}, "SELECT code, level, parent, title_fr, source, version FROM mission_label ORDER BY code")
}

func insertLabels(tx *db.Tx, list []Label) error {
	rows := make([][]any, len(list))
	for i, l := range list {
		rows[i] = l.row()
	}
	return tx.Insert("mission_label", labelColumns, rows)
}

func updateLabel(tx *db.Tx, l Label) error {
	_, err := tx.Exec("UPDATE mission_label SET level = $2, parent = $3, title_fr = $4, source = $5, version = $6 WHERE code = $1", l.row()...)
	return err
}

func deleteLabel(tx *db.Tx, code string) error {
	_, err := tx.Exec("DELETE FROM mission_label WHERE code = $1", code)
	return err
}
