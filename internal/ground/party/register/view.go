package register

import (
	"net/url"

	"github.com/a-h/templ"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// AsOf is the line under a title: the day, and the page in other forms.
func AsOf(x *web.Exchange, links ...ui.Link) ui.AsOf {
	return ui.AsOf{Label: x.P.T("register.asof"), Day: x.P.Date(x.AsOf), ISO: x.AsOf.String(), Print: x.P.T("register.print"), Links: append(links, x.PDFLinks()...)}
}

// Follow is how to subscribe to the page of a thing: the feed of its changes and,
// where it has one, the calendar of its dates. The head of the page names them,
// the line above its content links to them.
func Follow(x *web.Exchange, page string, dated bool) (feeds []ui.Feed, links []ui.Link) {
	feeds = []ui.Feed{{Title: x.P.T("register.follow.title"), Type: "application/atom+xml", Href: page + "/feed.atom"}}
	links = []ui.Link{{Label: x.P.T("register.follow"), Href: page + "/feed.atom"}}
	if dated {
		feeds = append(feeds, ui.Feed{Title: x.P.T("register.dates.title"), Type: "text/calendar", Href: page + "/calendar.ics"})
		links = append(links, ui.Link{Label: x.P.T("register.dates"), Href: page + "/calendar.ics"})
	}
	return feeds, links
}

// Files are the links to a list as a table and as JSON.
func Files(x *web.Exchange, json string) []ui.Link {
	return []ui.Link{{Label: "CSV", Href: x.Here("format", "csv", "cursor", "")}, {Label: "XLSX", Href: x.Here("format", "xlsx", "cursor", "")}, {Label: "JSON", Href: x.Keep(json)}}
}

// PeriodText says from when to when something holds.
func PeriodText(p *i18n.Printer, d calendar.Period) string {
	switch {
	case d.From.IsZero() && d.To.IsZero():
		return p.T("register.period.always")
	case d.To.IsZero():
		return p.T("register.period.from", "from", d.From)
	case d.From.IsZero():
		return p.T("register.period.to", "to", d.To)
	}
	return p.T("register.period.both", "from", d.From, "to", d.To)
}

// State tells whether something is in force on a day, with its word.
func State(p *i18n.Printer, d calendar.Period, day calendar.Date) (ui.State, string) {
	switch {
	case d.Contains(day):
		return ui.OnTime, p.T("register.state.in_force")
	case !d.From.IsZero() && day.Before(d.From):
		return ui.Info, p.T("register.state.future")
	}
	return ui.Stopped, p.T("register.state.ended")
}

// Options words a list of values: prefix + value is the key of each word. any is
// the word of the empty choice; none without it.
// i18n: party.kind.* party.domain.* mission.part.* project.state.* project.completeness.*
func Options[E ~string](p *i18n.Printer, prefix, any string, list []E) []ui.Option {
	var options []ui.Option
	if any != "" {
		options = append(options, ui.Option{Label: any})
	}
	for _, v := range list {
		options = append(options, ui.Option{Value: string(v), Label: p.T(prefix + string(v))})
	}
	return options
}

// Choice is one filter of a list.
type Choice struct {
	Field   ui.Field
	Options []ui.Option
}

// ListView is a page that lists a register.
type ListView struct {
	P       *i18n.Printer
	AsOf    ui.AsOf
	Intro   templ.Component // above the filters, nil for none
	Action  string          // address of the list itself
	Query   string
	Day     string // the as_of that was asked for, "" for today
	Choices []Choice
	Count   string
	Table   *ui.DataTable // nil when the list is empty
	Pager   ui.PageLinks
	None    string  // what an empty list says
	Add     ui.Link // first action of those who may, empty for others
}

// NewList starts the view of a list page from what was asked.
func NewList(x *web.Exchange, json string) ListView {
	return ListView{P: x.P, AsOf: AsOf(x, Files(x, json)...), Action: x.R.URL.Path, Query: x.Query("q"), Day: x.Query("as_of")}
}

// Choose adds a filter whose value stands in the address.
func (v *ListView) Choose(x *web.Exchange, name string, options []ui.Option) {
	v.Choices = append(v.Choices, Choice{ui.Field{Name: name, Label: x.P.T("register.field." + name), Value: x.Query(name)}, options})
}

// Paged says how long the list is and leads to its next page.
func (v *ListView) Paged(x *web.Exchange, total int, next string) {
	v.Count = x.P.N("register.count", int64(total))
	v.Pager = ui.PageLinks{Label: x.P.T("register.pages")}
	if x.Query("cursor") != "" {
		v.Pager.First = ui.Link{Label: x.P.T("register.first"), Href: x.Here("cursor", "")}
	}
	if next != "" {
		v.Pager.Next = ui.Link{Label: x.P.T("register.next"), Href: x.Here("cursor", next)}
	}
}

// Heading is a sortable column. sort is the value of the address's parameter;
// "-" before it turns the order.
func Heading(x *web.Exchange, label, sort, current string) ui.Column {
	c := ui.Column{Label: label}
	switch current {
	case sort:
		c.Sort = ui.Sort{Href: x.Here("sort", "-"+sort, "cursor", ""), Dir: "ascending"}
	case "-" + sort:
		c.Sort = ui.Sort{Href: x.Here("sort", sort, "cursor", ""), Dir: "descending"}
	default:
		c.Sort = ui.Sort{Href: x.Here("sort", sort, "cursor", "")}
	}
	return c
}

// Named is a cell that leads to a thing, marked when its name is in another language.
func Named(text, other, href string) ui.Cell { return ui.Cell{Text: text, Href: href, Lang: other} }

// Input is one field of a form.
type Input struct {
	Name     string
	Kind     string // "text", "date", "area", "select", "check"
	Options  []ui.Option
	Required bool
	Width    string
}

// FormView is a page with one form.
type FormView struct {
	P        *i18n.Printer
	Action   string
	Submit   string
	Cancel   ui.Link
	Form     Form
	Inputs   []Input
	Conflict *ui.DataTable // what somebody stored meanwhile beside what was typed
	Version  string
}

// Names lists the fields that a form may post.
func Names(inputs []Input) []string {
	names := []string{"version"}
	for _, i := range inputs {
		names = append(names, i.Name)
	}
	return names
}

// field is an input with its label, its hint, what was typed and what is wrong.
// i18n: register.field.* register.hint.*
func (v FormView) field(i Input) ui.Field {
	f := v.Form.Field(i.Name, v.P.T("register.field."+i.Name))
	f.Required, f.Width = i.Required, i.Width
	if !i.Required && i.Kind != "check" {
		f.Optional = v.P.T("register.optional")
	}
	if v.P.Has("register.hint." + i.Name) {
		f.Hint = v.P.T("register.hint." + i.Name)
	}
	return f
}

// Stored fills a form from a record: get gives the value of a field.
func Stored(inputs []Input, get func(string) string) url.Values {
	values := url.Values{}
	for _, name := range Names(inputs) {
		values.Set(name, get(name))
	}
	return values
}

// Compare shows what is stored now beside what was typed, field by field where
// they differ.
func Compare(p *i18n.Printer, inputs []Input, stored, typed url.Values) *ui.DataTable {
	t := ui.NewTable(p.T("register.stale"), ui.Column{Label: p.T("register.stale.field")}, ui.Column{Label: p.T("register.stale.stored")}, ui.Column{Label: p.T("register.stale.typed")})
	for _, i := range inputs {
		if a, b := stored.Get(i.Name), typed.Get(i.Name); a != b {
			t.Row(ui.Text(p.T("register.field."+i.Name)), ui.Text(a), ui.Text(b))
		}
	}
	return t.Empty(p.T("register.stale.same"))
}

// Refused tells whether a refusal brings the form back, and with which status:
// 422 for what was typed, 409 when somebody was faster.
func Refused(err error) (status int, ok bool) {
	e := fault.From(err)
	if e.Kind == fault.Invalid || e.Kind == fault.Conflict && e.Code == "stale" {
		return e.Status(), true
	}
	return 0, false
}

// IsStale tells whether somebody was faster.
func IsStale(err error) bool { return fault.KindOf(err) == fault.Conflict }
