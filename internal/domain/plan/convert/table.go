package convert

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/search"
	"beffroi/internal/platform/sheet"
)

// column is a column of our own table: how it is written and how it is read.
type column struct {
	name  string
	width int
	write func(*outline.Node) string
	read  func(*cell, *outline.Node)
}

// Columns of our own table, in the order in which it is written.
func columns() []column {
	return slices.Concat(wordColumns(), dateColumns(), partyColumns(), listColumns())
}

func wordColumns() []column {
	return []column{
		{"code", 10, func(n *outline.Node) string { return n.Code }, func(c *cell, n *outline.Node) { n.Code = c.text }},
		{"parent", 10, func(n *outline.Node) string { return n.Parent }, func(c *cell, n *outline.Node) { n.Parent = c.text }},
		{"title", 60, func(n *outline.Node) string { return n.Title }, func(c *cell, n *outline.Node) { n.Title = c.text }},
		{"text", 60, func(n *outline.Node) string { return n.Text }, func(c *cell, n *outline.Node) { n.Text = c.text }},
		{"state", 12, func(n *outline.Node) string { return n.State }, func(c *cell, n *outline.Node) { n.State = c.text }},
		{"health", 10, func(n *outline.Node) string { return string(n.Health) }, func(c *cell, n *outline.Node) { n.Health = outline.Health(c.text) }},
		{"remark", 40, func(n *outline.Node) string { return n.Remark }, func(c *cell, n *outline.Node) { n.Remark = c.text }},
		{"side", 10, func(n *outline.Node) string { return string(n.Side) }, func(c *cell, n *outline.Node) { n.Side = outline.Side(c.text) }},
		{"secrecy", 10, func(n *outline.Node) string { return string(n.Secrecy) }, func(c *cell, n *outline.Node) { n.Secrecy = outline.Secrecy(c.text) }},
		{"priority", 8, func(n *outline.Node) string { return yes(n.Priority) }, func(c *cell, n *outline.Node) { n.Priority = c.yes() }},
		{"permanent", 8, func(n *outline.Node) string { return yes(n.Permanent) }, func(c *cell, n *outline.Node) { n.Permanent = c.yes() }},
	}
}

func dateColumns() []column {
	day := func(name string, at func(*outline.Node) *calendar.Date) column {
		return column{name, 12, func(n *outline.Node) string { return at(n).String() }, func(c *cell, n *outline.Node) { *at(n) = c.day() }}
	}
	return []column{
		day("planned_from", func(n *outline.Node) *calendar.Date { return &n.Planned.From }), day("planned_to", func(n *outline.Node) *calendar.Date { return &n.Planned.To }),
		day("actual_from", func(n *outline.Node) *calendar.Date { return &n.Actual.From }), day("actual_to", func(n *outline.Node) *calendar.Date { return &n.Actual.To }),
		day("forecast", func(n *outline.Node) *calendar.Date { return &n.Forecast }), day("reported", func(n *outline.Node) *calendar.Date { return &n.Reported }),
		{"progress_percent", 10, writeProgress, func(c *cell, n *outline.Node) { n.Progress = c.percent() }},
		{"weight", 8, func(n *outline.Node) string { return number(n.Weight, 0) }, func(c *cell, n *outline.Node) { n.Weight = c.number(0) }},
		{"fte", 8, func(n *outline.Node) string { return number(n.Staff, 3) }, func(c *cell, n *outline.Node) { n.Staff = c.number(3) }},
	}
}

func partyColumns() (list []column) {
	for _, role := range outline.Roles() {
		list = append(list, column{string(role), 30, func(n *outline.Node) string { return writeActors(n, role) }, func(c *cell, n *outline.Node) { c.actors(n, role) }})
	}
	return list
}

func listColumns() []column {
	list := func(name string, at func(*outline.Node) *[]string) column {
		return column{name, 20, func(n *outline.Node) string { return strings.Join(*at(n), "; ") }, func(c *cell, n *outline.Node) { *at(n) = c.list() }}
	}
	return []column{
		{"contributions", 20, writeContributions, func(c *cell, n *outline.Node) { c.contributions(n) }},
		{"after", 20, writeTies, func(c *cell, n *outline.Node) { c.ties(n) }},
		{"budget", 60, writeLines, func(c *cell, n *outline.Node) { c.lines(n) }},
		list("communes", func(n *outline.Node) *[]string { return &n.Communes }), list("missions", func(n *outline.Node) *[]string { return &n.Missions }),
		list("sdg", func(n *outline.Node) *[]string { return &n.Goals }), list("tags", func(n *outline.Node) *[]string { return &n.Tags }),
		list("sector_plans", func(n *outline.Node) *[]string { return &n.Plans }),
	}
}

// TableColumns are the headings of our own table.
func TableColumns() (list []sheet.Column) {
	for _, c := range columns() {
		list = append(list, sheet.Column{Title: c.name, Width: c.width})
	}
	return list
}

// TableRow is a node as a row of our own table.
func TableRow(n *outline.Node) (row []any) {
	for _, c := range columns() {
		row = append(row, c.write(n))
	}
	return row
}

// tableWriter is what CSV and workbooks have in common.
type tableWriter interface {
	Header(columns ...sheet.Column) error
	Row(values ...any) error
	Close() error
}

// WriteXLSX writes nodes as our own table, in a workbook.
func WriteXLSX(w io.Writer, nodes []*outline.Node) error {
	x, err := sheet.NewXLSXWriter(w, "plan")
	if err != nil {
		return err
	}
	return writeTable(x, nodes)
}

// WriteCSV writes nodes as our own table.
func WriteCSV(w io.Writer, nodes []*outline.Node) error {
	x, err := sheet.NewCSVWriter(w, sheet.CSVOptions{})
	if err != nil {
		return err
	}
	return writeTable(x, nodes)
}

func writeTable(w tableWriter, nodes []*outline.Node) error {
	if err := w.Header(TableColumns()...); err != nil {
		return err
	}
	all := columns()
	row := make([]any, len(all))
	for _, n := range nodes {
		for i, c := range all {
			row[i] = c.write(n)
		}
		if err := w.Row(row...); err != nil {
			return err
		}
	}
	return w.Close()
}

// ReadTable reads a table of nodes: ours, as CSV or XLSX with any of its columns
// in any order, or the 28-column workbook of Territoires en Transitions. Every
// cell that is wrong is told, with its place.
func ReadTable(data []byte) *Read {
	r := &Read{}
	f, err := sheet.OpenBytes(data, sheet.Options{MaxBytes: MaxFile, HeaderRow: sheet.NoHeader})
	if err == nil {
		if at := slices.IndexFunc(f.Format().Sheets, isTerritories); at >= 0 {
			defer f.Close()
			return readTerritories(r, data, f.Format().Sheets[at])
		}
	}
	if err == nil {
		_ = f.Close()
		f, err = sheet.OpenBytes(data, sheet.Options{MaxBytes: MaxFile})
	}
	if err != nil {
		r.sheet(err)
		return r
	}
	defer f.Close()
	t := &tableReader{Read: r, sheet: f.Format().Sheet, titles: map[string]int{}}
	t.header(f.Header())
	if !r.Refused() {
		t.rows(f)
	}
	r.Merge = mergeTable(t.found)
	return r
}

// sheet tells an error of the file itself.
func (r *Read) sheet(err error) {
	e, ok := errors.AsType[*sheet.Error](err)
	if !ok {
		e = &sheet.Error{Code: sheet.CodeRead}
	}
	r.refuse(e.Line, "", e.Value, e.Code, fault.Args{"line": int64(e.Line), "column": int64(e.Column), "value": e.Value, "want": int64(e.Want), "got": int64(e.Got)})
}

type tableReader struct {
	*Read
	sheet  string
	found  []*column // of the file, nil for one without a heading
	titles map[string]int
}

// header finds the columns by their names, in any order, and tells every heading
// that is none.
func (t *tableReader) header(names []string) {
	all := columns()
	var expected []string
	for _, c := range all {
		expected = append(expected, c.name)
	}
	for i, name := range names {
		at := slices.IndexFunc(all, func(c column) bool { return search.Fold(c.name) == search.Fold(name) })
		switch {
		case at >= 0:
			t.found = append(t.found, &all[at])
			continue
		case strings.TrimSpace(name) != "":
			t.refuse(1, letter(i), name, "plan.table.column", fault.Args{"cell": letter(i) + "1", "value": name, "expected": strings.Join(expected, ", ")})
		}
		t.found = append(t.found, nil)
	}
	for _, need := range []string{"code", "parent", "title"} {
		if !slices.ContainsFunc(t.found, func(c *column) bool { return c != nil && c.name == need }) {
			t.refuse(1, need, "", "plan.table.missing", fault.Args{"value": need})
		}
	}
}

func (t *tableReader) rows(f *sheet.Reader) {
	for {
		row, err := f.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Read.sheet(err)
			continue
		}
		n := &outline.Node{}
		for i, text := range row.Cells {
			if i < len(t.found) && t.found[i] != nil {
				c := &cell{t, row.Line, i, t.found[i].name, strings.TrimSpace(text)}
				c.check()
				t.found[i].read(c, n)
			}
		}
		t.twin(n, row.Line)
		t.add(n, row.Line)
	}
}

// twin refuses two nodes of one title below one parent.
func (t *tableReader) twin(n *outline.Node, line int) {
	key := n.Parent + "\x00" + search.Fold(n.Title)
	if first, twice := t.titles[key]; twice && n.Title != "" {
		t.refuse(line, "title", n.Title, "plan.table.twin", fault.Args{"value": n.Title, "line": int64(first)})
		return
	}
	t.titles[key] = line
}

// mergeTable brings in the columns that the file has.
func mergeTable(found []*column) func(into, from *outline.Node) {
	return func(into, from *outline.Node) {
		quiet := &tableReader{Read: &Read{}}
		for _, c := range found {
			if c != nil && c.name != "code" {
				kept := *into
				c.read(&cell{t: quiet, text: c.write(from)}, into)
				keepDetails(into, &kept)
			}
		}
	}
}

// keepDetails gives actors and lines back what a cell cannot say of them.
func keepDetails(into, old *outline.Node) {
	for i, a := range into.Actors {
		for _, o := range old.Actors {
			if o.Role == a.Role && o.Name == a.Name && (a.Body == "" || o.Body == a.Body) {
				into.Actors[i] = o
			}
		}
	}
	for i, l := range into.Lines {
		for _, o := range old.Lines {
			origin := o.Origin
			if o.Origin = ""; o == l {
				into.Lines[i].Origin = origin
			}
		}
	}
}

// letter is the name of a column in a spreadsheet: A, B, … AA.
func letter(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

func yes(b bool) string {
	if b {
		return "1"
	}
	return ""
}

func number(n int64, scale int) string {
	if n == 0 {
		return ""
	}
	if scale == 0 {
		return strconv.FormatInt(n, 10)
	}
	return decimals(n, scale)
}

func writeProgress(n *outline.Node) string {
	if n.Progress == nil {
		return ""
	}
	return decimals(*n.Progress, 2)
}
