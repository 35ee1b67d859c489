package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// Column heads a column of a DataTable.
type Column struct {
	Label     string
	Unit      string // in the header, never in the cells: "€", "%"
	Numeric   bool   // right-aligned tabular figures
	RowHeader bool   // names the row; the first column when none says so
	Sort      Sort
}

// Sort is the state of a sortable column. Its link asks for the next order.
type Sort struct {
	Href string // "" when the column cannot be sorted
	Dir  string // "ascending", "descending" or "" when another column leads
}

// Cell is one value of a table, from the simplest to the freest.
type Cell struct {
	Text   string
	Href   string
	Swatch string          // colour key before the text, a class of svg: "k1" … "k5", "q1" … "q5"
	Lang   string          // language of the text when it differs
	Body   templ.Component // instead of the text: a tag, a button
}

// Text is a plain cell.
func Text(s string) Cell { return Cell{Text: s} }

// LinkTo is a cell that leads somewhere.
func LinkTo(text, href string) Cell { return Cell{Text: text, Href: href} }

// Body is a cell drawn by a component.
func Body(c templ.Component) Cell { return Cell{Body: c} }

// Keyed is a cell with the colour key of category n (1 to 5) before its text.
func Keyed(n int, text string) Cell { return Cell{Text: text, Swatch: "k" + strconv.Itoa(n)} }

// DataTable is a table that everybody can read: it refuses to be drawn without a
// caption, with an unnamed column or with a row of the wrong length. It is a
// templ component: @ui.NewTable("Moyens", cols...).Row(…).
type DataTable struct {
	caption string
	hidden  bool
	columns []Column
	rows    [][]Cell
	totals  []Cell
	empty   string
	id      string
	err     error
}

// Errors of a table that must not be drawn.
var (
	ErrNoCaption = errors.New("ui: a table needs a caption")
	ErrNoColumns = errors.New("ui: a table needs columns, each with a label")
	ErrRowLength = errors.New("ui: a row does not have one cell per column")
)

// NewTable starts a table. The caption says what the table holds and names its
// scrolling region.
func NewTable(caption string, columns ...Column) *DataTable {
	t := &DataTable{caption: caption, columns: columns}
	if caption == "" {
		t.fail(ErrNoCaption)
	}
	if len(columns) == 0 {
		t.fail(ErrNoColumns)
	}
	named := false
	for _, c := range columns {
		if c.Label == "" {
			t.fail(ErrNoColumns)
		}
		named = named || c.RowHeader
	}
	if !named && len(columns) > 0 {
		t.columns = append([]Column(nil), columns...)
		t.columns[0].RowHeader = true
	}
	return t
}

// Row adds a row: one cell per column.
func (t *DataTable) Row(cells ...Cell) *DataTable {
	t.check(cells)
	t.rows = append(t.rows, cells)
	return t
}

// Total sets the last row, set apart: one cell per column.
func (t *DataTable) Total(cells ...Cell) *DataTable {
	t.check(cells)
	t.totals = cells
	return t
}

// HideCaption keeps the caption for screen readers only, where a visible title
// already says the same.
func (t *DataTable) HideCaption() *DataTable { t.hidden = true; return t }

// Empty sets what a table without rows says.
func (t *DataTable) Empty(text string) *DataTable { t.empty = text; return t }

// ID makes the table a target for links and swaps.
func (t *DataTable) ID(id string) *DataTable { t.id = id; return t }

// Err reports the first refusal: ErrNoCaption, ErrNoColumns or ErrRowLength.
func (t *DataTable) Err() error { return t.err }

// Render draws the table or returns Err, so that a page with a bad table fails
// its test rather than reach a reader.
func (t *DataTable) Render(ctx context.Context, w io.Writer) error {
	if t.err != nil {
		return t.err
	}
	return dataTable(t).Render(ctx, w)
}

func (t *DataTable) check(cells []Cell) {
	if len(cells) != len(t.columns) {
		t.fail(fmt.Errorf("%w: table %q has %d columns, row has %d cells", ErrRowLength, t.caption, len(t.columns), len(cells)))
	}
}

func (t *DataTable) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// sortMark shows the order in the header, beside what aria-sort says.
func sortMark(dir string) string {
	switch dir {
	case "ascending":
		return "↑"
	case "descending":
		return "↓"
	}
	return "↕"
}
