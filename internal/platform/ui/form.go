package ui

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// Field is what every control of a form has in common. What was typed comes
// back in Value, so that nothing is lost on error.
type Field struct {
	Name         string
	ID           string // Name when empty; must be unique in the page
	Label        string
	Hint         string // below the label
	Error        string // beside the field; also give it to ErrorSummary
	Value        string
	Optional     string // word after the label of a field one may leave: "(facultatif)"
	Required     bool
	Disabled     bool
	ReadOnly     bool
	Type         string // of an Input: "text" when empty, "email", "tel", "url", "password", "number"
	Autocomplete string // token of HTML's list: "name", "email", "street-address"…
	InputMode    string // "numeric", "decimal"…
	Width        string // "xs" for four digits, "s" a date or amount, "m", "" for all
	MaxLength    int    // characters, 0 for no limit
	Numeric      bool   // right-aligned tabular figures
	Attrs        templ.Attributes
}

// Option is a choice of Select, Radios or Checkboxes.
type Option struct {
	Value string
	Label string
	Hint  string // Radios and Checkboxes only
	Group string // Select only: options of one group follow each other
}

// FieldError ties a message of the summary to its field.
type FieldError struct {
	Field string // ID of the field
	Text  string
}

func (f Field) id() string { return or(f.ID, f.Name) }

func (f Field) hintID() string { return f.id() + "-hint" }

func (f Field) errorID() string { return f.id() + "-error" }

// describedBy lists what speech reads after the label: hint, then error.
func (f Field) describedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.hintID())
	}
	if f.Error != "" {
		ids = append(ids, f.errorID())
	}
	return strings.Join(ids, " ")
}

// control is what input, select and textarea share.
// chosen drops required from a list that begins with a real choice: it is never
// empty, and HTML wants an empty first option beside the attribute.
func (f Field) chosen(options []Option) Field {
	if len(options) > 0 && options[0].Value != "" {
		f.Required = false
	}
	return f
}

func (f Field) control() templ.Attributes {
	a := attrs(
		"autocomplete", f.Autocomplete,
		"inputmode", f.InputMode,
		"data-width", f.Width,
		"aria-describedby", f.describedBy(),
	)
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	for name, on := range map[string]bool{
		"required": f.Required, "disabled": f.Disabled, "readonly": f.ReadOnly, "data-numeric": f.Numeric,
	} {
		if on {
			a[name] = true
		}
	}
	for k, v := range f.Attrs {
		a[k] = v
	}
	return a
}

// toggle is what a radio or a checkbox carries; choice n has its own id, the
// first one that of the group, where the summary's link leads.
func (f Field) choiceID(n int) string {
	if n == 0 {
		return f.id()
	}
	return f.id() + "-" + strconv.Itoa(n+1)
}

// describedByOption adds the hint of the option itself.
func (f Field) choiceAttrs(n int, o Option, on bool) templ.Attributes {
	a := templ.Attributes{}
	if o.Hint != "" {
		a["aria-describedby"] = f.choiceID(n) + "-note"
	}
	for name, set := range map[string]bool{"checked": on, "disabled": f.Disabled, "required": f.Required} {
		if set {
			a[name] = true
		}
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

// checkboxAttrs drops required: on a group it would demand every box.
func (f Field) checkboxAttrs(n int, o Option, on bool) templ.Attributes {
	f.Required = false
	return f.choiceAttrs(n, o, on)
}

// grouped cuts options into runs of the same group, in order.
func grouped(options []Option) [][]Option {
	var runs [][]Option
	for i, o := range options {
		if i == 0 || o.Group != options[i-1].Group {
			runs = append(runs, nil)
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], o)
	}
	return runs
}

func contains(values []string, v string) bool {
	for _, x := range values {
		if x == v {
			return true
		}
	}
	return false
}

// invalid marks the group that holds a fault, for the bar at its side.
func invalid(on bool) templ.Attributes {
	if on {
		return templ.Attributes{"data-invalid": true}
	}
	return nil
}

// withWidth sets a width where the caller left it open.
func withWidth(f Field, width string) Field {
	f.Width = or(f.Width, width)
	return f
}
