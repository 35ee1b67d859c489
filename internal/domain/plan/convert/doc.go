// Package convert brings plans in and out in foreign formats: eComptes XML, tables
// (CSV and XLSX, our own and the workbook of Territoires en Transitions), JSON,
// IATI results, iCalendar.
//
// A reader gives a document and what it has to say about the file, line by line;
// it writes nothing and never guesses in silence. A node that the file gives no
// code has a provisional one ("?7"), which whoever keeps the plan replaces.
package convert

import (
	"strconv"
	"strings"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
)

// MaxFile is the largest file read, in bytes.
const MaxFile = 20 << 20

// Read is what a reader found. Merge brings what the format carries of a node into
// another state of it and leaves the rest.
type Read struct {
	Document outline.Document
	Notes    []intake.Note
	INS      string // of the authority, "" when the format does not say
	Merge    func(into, from *outline.Node)
}

// Refused tells whether a note stops the import.
func (r *Read) Refused() bool {
	for _, n := range r.Notes {
		if n.Severity == intake.Error {
			return true
		}
	}
	return false
}

func (r *Read) note(severity string, line int, column, value, code string, args fault.Args) {
	r.Notes = append(r.Notes, intake.Note{Line: line, Column: column, Value: clip(value), Code: code, Args: args, Severity: severity})
}

func (r *Read) refuse(line int, column, value, code string, args fault.Args) {
	r.note(intake.Error, line, column, value, code, args)
}

// add adds a node read at a line and gives its code.
func (r *Read) add(n *outline.Node, line int) string {
	if n.Code == "" {
		n.Code = "?" + strconv.Itoa(len(r.Document.Nodes)+1)
	}
	r.Document.Nodes = append(r.Document.Nodes, n)
	r.Document.Places = append(r.Document.Places, line)
	return n.Code
}

// Provisional tells whether a code is one that a reader made up.
func Provisional(code string) bool { return strings.HasPrefix(code, "?") }

func clip(s string) string {
	if len(s) > 64 {
		return strings.ToValidUTF8(s[:64], "") + "…"
	}
	return s
}

// cutCode takes the code off a title such as "A.3 - Engager deux agents".
func cutCode(label string) (code, title string) {
	code, title, ok := strings.Cut(label, " - ")
	if code = strings.TrimSpace(code); !ok || !outline.IsCode(code) {
		return "", strings.TrimSpace(label)
	}
	return code, strings.TrimSpace(title)
}
