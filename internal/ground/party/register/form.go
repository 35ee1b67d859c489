package register

import (
	"net/url"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Form is a form as shown: what was typed, and what is wrong with it.
type Form struct {
	P      *i18n.Printer
	Values url.Values
	faults []fault.Field
	errors map[string]string
}

// NewForm shows values and the refusal of a verb; err is nil at first.
func NewForm(p *i18n.Printer, values url.Values, err error) Form {
	f := Form{P: p, Values: values, errors: map[string]string{}}
	if err == nil {
		return f
	}
	f.faults = fault.From(err).Fields
	for _, x := range f.faults {
		if f.errors[x.Name] == "" {
			f.errors[x.Name] = web.Message(p, x.Code, x.Args)
		}
	}
	return f
}

// Field is a field with its value and its error.
func (f Form) Field(name, label string) ui.Field {
	return ui.Field{Name: name, Label: label, Value: f.Values.Get(name), Error: f.errors[name]}
}

// Summary lists what is wrong, for ui.ErrorSummary.
func (f Form) Summary() []ui.FieldError {
	var list []ui.FieldError
	for _, x := range f.faults {
		list = append(list, ui.FieldError{Field: x.Name, Text: web.Message(f.P, x.Code, x.Args)})
	}
	return list
}
