package series

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the room's tables.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "series", Files: files}
}

const datasetColumns = `d.id, d.code, d.title_fr, d.title_nl, d.title_en, d.description_fr, d.description_nl, d.description_en,
	d.unit_fr, d.unit_nl, d.unit_en, d.decimals, d.additive, d.publisher, d.source, d.note, d.polarity, d.version`

func scanDataset(s db.Scanner) (d Dataset, err error) {
	return d, s.Scan(&d.ID, &d.Key, &d.Title.FR, &d.Title.NL, &d.Title.EN, &d.Description.FR, &d.Description.NL, &d.Description.EN,
		&d.Unit.FR, &d.Unit.NL, &d.Unit.EN, &d.Decimals, &d.Additive, &d.Publisher, &d.Source, &d.Note, &d.Polarity, &d.Version)
}

// Dataset gives one dataset, or a NotFound fault.
func (s *Service) Dataset(tx *db.Tx, key string) (Dataset, error) {
	d, ok, err := db.One(tx, scanDataset, "SELECT "+datasetColumns+" FROM series_dataset d WHERE d.code = $1", key)
	if err == nil && !ok {
		err = fault.Missing("dataset")
	}
	return d, err
}

// Datasets lists all datasets by key.
func (s *Service) Datasets(tx *db.Tx) ([]Dataset, error) {
	return db.All(tx, scanDataset, "SELECT "+datasetColumns+" FROM series_dataset d ORDER BY d.code")
}

// datasetsOfBatch lists the datasets of which an import brought a vintage.
func datasetsOfBatch(tx *db.Tx, batch int64) ([]Dataset, error) {
	return db.All(tx, scanDataset, "SELECT "+datasetColumns+" FROM series_dataset d WHERE d.id IN (SELECT dataset_id FROM series_vintage WHERE batch = $1) ORDER BY d.code", batch)
}

func insertDataset(tx *db.Tx, d Dataset) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], `INSERT INTO series_dataset (code, title_fr, title_nl, title_en, description_fr, description_nl, description_en,
		unit_fr, unit_nl, unit_en, decimals, additive, publisher, source, note, polarity, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 1) RETURNING id`, append([]any{d.Key}, datasetValues(d)...)...)
	return id, err
}

func datasetValues(d Dataset) []any {
	return []any{d.Title.FR, d.Title.NL, d.Title.EN, d.Description.FR, d.Description.NL, d.Description.EN,
		d.Unit.FR, d.Unit.NL, d.Unit.EN, d.Decimals, d.Additive, d.Publisher, d.Source, d.Note, string(d.Polarity)}
}

// updateDataset changes the description of a dataset, not its figures: the
// decimals stay, or every stored value would change. False when somebody else
// changed it meanwhile.
func updateDataset(tx *db.Tx, d Dataset) (bool, error) {
	args := append(datasetValues(d), d.ID, d.Version)
	n, err := tx.Exec(`UPDATE series_dataset SET title_fr = $1, title_nl = $2, title_en = $3, description_fr = $4, description_nl = $5, description_en = $6,
		unit_fr = $7, unit_nl = $8, unit_en = $9, decimals = $10, additive = $11, publisher = $12, source = $13, note = $14, polarity = $15, version = version + 1
		WHERE id = $16 AND version = $17`, args...)
	return n == 1, err
}

const vintageColumns = "v.id, v.dataset_id, v.number, v.published, v.file_hash, v.batch, v.recorded_at, v.withdrawn_at"

func scanVintage(s db.Scanner) (v Vintage, err error) {
	var recorded, withdrawn db.Time
	err = s.Scan(&v.ID, &v.Dataset, &v.Number, &v.Published, &v.FileHash, &v.Batch, &recorded, &withdrawn)
	v.RecordedAt, v.WithdrawnAt = recorded.Time, withdrawn.Time
	return v, err
}

// Vintages lists the publications of a dataset, newest first, withdrawn ones included.
func (s *Service) Vintages(tx *db.Tx, dataset int64) ([]Vintage, error) {
	return db.All(tx, scanVintage, "SELECT "+vintageColumns+" FROM series_vintage v WHERE v.dataset_id = $1 ORDER BY v.number DESC", dataset)
}

func insertVintage(tx *db.Tx, v Vintage) (Vintage, error) {
	return first(db.One(tx, scanVintage, `INSERT INTO series_vintage (dataset_id, number, published, file_hash, batch, recorded_at)
		VALUES ($1, (SELECT coalesce(max(number) + 1, 1) FROM series_vintage WHERE dataset_id = $1), $2, $3, $4, $5)
		RETURNING id, dataset_id, number, published, file_hash, batch, recorded_at, withdrawn_at`,
		v.Dataset, v.Published, v.FileHash, v.Batch, db.At(tx.Now())))
}

func first[T any](v T, _ bool, err error) (T, error) { return v, err }

func withdrawVintages(tx *db.Tx, column string, id int64) (int64, error) {
	return tx.Exec("UPDATE series_vintage SET withdrawn_at = $1 WHERE "+column+" = $2 AND withdrawn_at IS NULL", db.At(tx.Now()), id)
}

// dimIDs gives the number of each dimension, adding those that are new.
func dimIDs(tx *db.Tx, texts []string) ([]int64, error) {
	known := map[string]int64{}
	var last int64
	_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
		var id int64
		var text string
		err := s.Scan(&id, &text)
		known[text], last = id, max(last, id)
		return struct{}{}, err
	}, "SELECT id, text FROM series_dim")
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(texts))
	var added [][]any
	for i, t := range texts {
		id, ok := known[t]
		if !ok {
			last++
			id, known[t] = last, last
			added = append(added, []any{id, t})
		}
		ids[i] = id
	}
	return ids, tx.Insert("series_dim", []string{"id", "text"}, added)
}

// rowsPerInsert was measured: SQLite looks each numbered parameter up in a list,
// so a statement costs the square of its length. A full one is always the same
// text, so that it is prepared once.
const rowsPerInsert = 10

// insertFigures adds figures of a vintage, in the order of the key for speed.
func insertFigures(tx *db.Tx, vintage int64, figures []Figure, dims []int64) error {
	full := figuresText(rowsPerInsert)
	args := make([]any, 0, rowsPerInsert*6)
	for len(figures) > 0 {
		n := min(rowsPerInsert, len(figures))
		text := full
		if n < rowsPerInsert {
			text = figuresText(n)
		}
		args = args[:0]
		for i := range figures[:n] {
			f := &figures[i]
			args = append(args, vintage, dims[i], f.Area, f.Year, f.Value, int64(f.State))
		}
		if _, err := tx.Exec(text, args...); err != nil {
			return err
		}
		figures, dims = figures[n:], dims[n:]
	}
	return nil
}

func figuresText(n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO series_figure (vintage_id, dim_id, area_id, year, value, state) VALUES ")
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(db.Placeholders(i*6+1, 6))
	}
	return b.String()
}

// filter collects conditions and their arguments.
type filter struct {
	where []string
	args  []any
}

func (f *filter) add(condition string, v any) {
	f.args = append(f.args, v)
	f.where = append(f.where, fmt.Sprintf(condition, len(f.args)))
}

// in narrows a column to a list; nil does not narrow.
func in[T any](f *filter, column string, list []T) {
	if list == nil {
		return
	}
	if len(list) == 0 {
		f.where = append(f.where, "1 = 0")
		return
	}
	from := len(f.args) + 1
	for _, v := range list {
		f.args = append(f.args, v)
	}
	f.where = append(f.where, column+" IN "+db.Placeholders(from, len(list)))
}

func (f *filter) text() string { return strings.Join(f.where, " AND ") }

// anyYear does not narrow figures by year.
var anyYear = [2]int{0, calendar.MaxYear}

type stored struct {
	Figure
	dataset int64
	number  int
}

func scanStored(s db.Scanner) (x stored, err error) {
	return x, s.Scan(&x.dataset, &x.number, &x.Vintage, &x.Area, &x.Year, &x.Value, &x.State)
}

// whole is the number of the dimension of whole figures.
const whole = int64(0)

// figures reads the figures of one dimension, of each area and year the one of
// the highest vintage that asOf sees, by dataset key, area and year.
func (s *Service) figures(tx *db.Tx, keys []string, areas []int64, years [2]int, dim int64, asOf calendar.Date) ([]Found, error) {
	f := &filter{}
	in(f, "d.code", keys)
	datasets, err := db.All(tx, scanDataset, "SELECT "+datasetColumns+" FROM series_dataset d"+whereText(f)+" ORDER BY d.code", f.args...)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*Dataset, len(datasets))
	for i := range datasets {
		byID[datasets[i].ID] = &datasets[i]
	}
	f.add("v.published <= $%d", asOf)
	f.add("f.year >= $%d", years[0])
	f.add("f.year <= $%d", years[1])
	f.add("f.dim_id = $%d", dim)
	in(f, "f.area_id", areas)
	rows, err := db.All(tx, scanStored, `SELECT v.dataset_id, v.number, f.vintage_id, f.area_id, f.year, f.value, f.state
		FROM series_dataset d JOIN series_vintage v ON v.dataset_id = d.id JOIN series_figure f ON f.vintage_id = v.id
		WHERE v.withdrawn_at IS NULL AND `+f.text()+` ORDER BY d.code, f.area_id, f.year, v.number DESC`, f.args...)
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, x := range rows {
		if n := len(found); n > 0 && found[n-1].Dataset.ID == x.dataset && found[n-1].Area == x.Area && found[n-1].Year == x.Year {
			continue // an older vintage
		}
		found = append(found, Found{Figure: x.Figure, Dataset: byID[x.dataset], Number: x.number})
	}
	return found, nil
}

func whereText(f *filter) string {
	if len(f.where) == 0 {
		return ""
	}
	return " WHERE " + f.text()
}

// Latest implements Reader.
func (s *Service) Latest(tx *db.Tx, keys []string, areas []int64, asOf calendar.Date) ([]Found, error) {
	all, err := s.figures(tx, keys, areas, [2]int{0, asOf.Year()}, whole, asOf)
	if err != nil {
		return nil, err
	}
	var last []Found
	for i, f := range all {
		if i+1 < len(all) && all[i+1].Dataset == f.Dataset && all[i+1].Area == f.Area {
			continue // a later year follows
		}
		last = append(last, f)
	}
	return last, nil
}

// History implements Reader.
func (s *Service) History(tx *db.Tx, keys []string, area int64, asOf calendar.Date) ([]Found, error) {
	return s.figures(tx, keys, []int64{area}, anyYear, whole, asOf)
}

// Values implements Reader.
func (s *Service) Values(tx *db.Tx, key string, year int, vintage int64) (map[int64]Figure, error) {
	rows, err := db.All(tx, scanStored, `SELECT v.dataset_id, v.number, f.vintage_id, f.area_id, f.year, f.value, f.state
		FROM series_figure f JOIN series_vintage v ON v.id = f.vintage_id JOIN series_dataset d ON d.id = v.dataset_id
		WHERE f.vintage_id = $1 AND f.dim_id = 0 AND f.year = $2 AND d.code = $3`, vintage, year, key)
	m := make(map[int64]Figure, len(rows))
	for _, x := range rows {
		m[x.Area] = x.Figure
	}
	return m, err
}

// Newest implements Reader.
func (s *Service) Newest(tx *db.Tx, key string, year int, asOf calendar.Date) (map[int64]Figure, Vintage, error) {
	all, err := s.figures(tx, []string{key}, nil, [2]int{year, year}, whole, asOf)
	if err != nil || len(all) == 0 {
		return nil, Vintage{}, err
	}
	m := make(map[int64]Figure, len(all))
	newest := all[0]
	for _, f := range all {
		m[f.Area] = f.Figure
		if f.Number > newest.Number {
			newest = f
		}
	}
	v, _, err := db.One(tx, scanVintage, "SELECT "+vintageColumns+" FROM series_vintage v WHERE v.id = $1", newest.Vintage)
	return m, v, err
}

// Years implements Reader.
func (s *Service) Years(tx *db.Tx, keys []string, asOf calendar.Date) (map[string][]int, error) {
	f := &filter{}
	f.add("v.published <= $%d", asOf)
	in(f, "d.code", keys)
	years := map[string][]int{}
	_, err := db.All(tx, func(sc db.Scanner) (struct{}, error) {
		var key string
		var year int
		err := sc.Scan(&key, &year)
		years[key] = append(years[key], year)
		return struct{}{}, err
	}, `SELECT d.code, f.year FROM series_dataset d JOIN series_vintage v ON v.dataset_id = d.id JOIN series_figure f ON f.vintage_id = v.id
		WHERE v.withdrawn_at IS NULL AND f.dim_id = 0 AND `+f.text()+` GROUP BY d.code, f.year ORDER BY d.code, f.year`, f.args...)
	return years, err
}

// dimensionRow is a dimension of figures as the tables keep it.
type dimensionRow struct {
	id   int64
	text string
}

// dims lists the dimensions of a dataset that asOf sees, the whole first.
func dims(tx *db.Tx, dataset int64, asOf calendar.Date) ([]dimensionRow, error) {
	return db.All(tx, func(sc db.Scanner) (d dimensionRow, err error) {
		return d, sc.Scan(&d.id, &d.text)
	}, `SELECT DISTINCT m.id, m.text FROM series_vintage v JOIN series_figure f ON f.vintage_id = v.id JOIN series_dim m ON m.id = f.dim_id
		WHERE v.dataset_id = $1 AND v.withdrawn_at IS NULL AND v.published <= $2 ORDER BY m.text`, dataset, asOf)
}

// extent is what a dataset covers.
type extent struct {
	first, last int // years
	areas       int
}

// extents gives what each dataset covers as of a day, in any dimension, by its
// database key.
func extents(tx *db.Tx, asOf calendar.Date) (map[int64]extent, error) {
	m := map[int64]extent{}
	_, err := db.All(tx, func(sc db.Scanner) (struct{}, error) {
		var id int64
		var e extent
		err := sc.Scan(&id, &e.first, &e.last, &e.areas)
		m[id] = e
		return struct{}{}, err
	}, `SELECT v.dataset_id, min(f.year), max(f.year), count(DISTINCT f.area_id) FROM series_vintage v JOIN series_figure f ON f.vintage_id = v.id
		WHERE v.withdrawn_at IS NULL AND v.published <= $1 GROUP BY v.dataset_id`, asOf)
	return m, err
}

// newestVintages gives the newest vintage of each dataset as of a day, by the
// database key of the dataset.
func newestVintages(tx *db.Tx, asOf calendar.Date) (map[int64]Vintage, error) {
	list, err := db.All(tx, scanVintage, "SELECT "+vintageColumns+" FROM series_vintage v WHERE v.withdrawn_at IS NULL AND v.published <= $1 ORDER BY v.number", asOf)
	m := map[int64]Vintage{}
	for _, v := range list {
		m[v.Dataset] = v
	}
	return m, err
}
