// Package fault gives every refusal one shape: what went wrong (a catalogue
// code with its parameters), where (fields, lines, columns), and of which kind,
// so that a page, the JSON API, the command line and a test tell the same story.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Kind decides what a caller can do about a refusal. The zero value is Internal:
// an error of ours, whose details are never shown.
type Kind int

// The kinds, with the HTTP status that each becomes.
const (
	Internal        Kind = iota // 500, shown as a reference number only
	Invalid                     // 422, what was typed breaks a rule
	BadRequest                  // 400, the address or its parameters are wrong
	Unauthenticated             // 401, or a redirect to the sign-in page
	Forbidden                   // 403, the actor may see it but not do this
	NotFound                    // 404, absent or hidden from the actor
	Conflict                    // 409, somebody changed it meanwhile
	Gone                        // 410
	TooLarge                    // 413
	TooMany                     // 429
	Unavailable                 // 503
	NotAllowed                  // 405, the address exists, not with this method
)

var statuses = map[Kind]int{
	Internal: http.StatusInternalServerError, Invalid: http.StatusUnprocessableEntity,
	BadRequest: http.StatusBadRequest, Unauthenticated: http.StatusUnauthorized,
	Forbidden: http.StatusForbidden, NotFound: http.StatusNotFound,
	Conflict: http.StatusConflict, Gone: http.StatusGone,
	TooLarge: http.StatusRequestEntityTooLarge, TooMany: http.StatusTooManyRequests,
	Unavailable: http.StatusServiceUnavailable, NotAllowed: http.StatusMethodNotAllowed,
}

// Args are the named parameters of a message, for example {"nis": "4000"}.
type Args map[string]any

// Field is one refused value: Name is the form field or column, Line the line
// of the file (1-based, 0 when there is none), Value what was given.
type Field struct {
	Name  string
	Line  int
	Value string
	Code  string
	Args  Args
}

// Error is a refusal. Code is a key of the catalogue below "fault.".
type Error struct {
	Kind   Kind
	Code   string
	Args   Args
	Fields []Field
	Err    error // the cause, for logs only
}

// New makes a refusal of a kind; args may be nil.
func New(kind Kind, code string, args Args) *Error {
	return &Error{Kind: kind, Code: code, Args: args}
}

// Missing is the NotFound of an object that is absent or hidden.
func Missing(what string) *Error { return New(NotFound, "absent", Args{"what": what}) }

// Bad refuses one value of a form: field name, code, and its parameters.
func Bad(field, value, code string, args Args) *Error {
	return &Error{Kind: Invalid, Code: "invalid", Args: Args{"n": int64(1)}, Fields: []Field{{Name: field, Value: value, Code: code, Args: args}}}
}

// Error renders for logs and tests, never for users.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	for _, k := range slices.Sorted(maps.Keys(e.Args)) { // the same refusal, the same line of log
		fmt.Fprintf(&b, " %s=%v", k, e.Args[k])
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " [%s", f.Name)
		if f.Line > 0 {
			fmt.Fprintf(&b, " line %d", f.Line)
		}
		fmt.Fprintf(&b, ": %s %q]", f.Code, f.Value)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Status is the HTTP status of the refusal.
func (e *Error) Status() int { return statuses[e.Kind] }

// KindOf is the kind of any error: Internal for those that are not refusals.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// From makes any error a refusal; what is not one becomes Internal with its cause kept.
func From(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Err: err}
}

// Fields collects refused values so that a form or a file shows all of them at once.
// The zero value is ready to use.
type Fields struct{ list []Field }

// Add records one refused value.
func (f *Fields) Add(name, value, code string, args Args) {
	f.list = append(f.list, Field{Name: name, Value: value, Code: code, Args: args})
}

// AddLine records one refused value of a line of a file.
func (f *Fields) AddLine(line int, name, value, code string, args Args) {
	f.list = append(f.list, Field{Name: name, Line: line, Value: value, Code: code, Args: args})
}

// Merge records what another check refused and passes on any other error.
func (f *Fields) Merge(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == Invalid && len(e.Fields) > 0 {
		f.list = append(f.list, e.Fields...)
		return nil
	}
	return err
}

// Len is the number of values refused so far.
func (f *Fields) Len() int { return len(f.list) }

// Err is nil when nothing was refused.
func (f *Fields) Err() error {
	if len(f.list) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "invalid", Args: Args{"n": int64(len(f.list))}, Fields: f.list}
}
