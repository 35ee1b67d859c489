package statement

import (
	"iter"
	"strings"

	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/privacy"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Word is a word of package privacy with its text in the language asked.
type Word struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Record is the register of processing activities for machines.
type Record struct {
	Controller string     `json:"controller"`
	Contact    string     `json:"contact"`
	Activities []Activity `json:"activities"`
}

// Activity is a row of the register: GDPR, article 30(1), points b to g.
type Activity struct {
	Purpose    Word     `json:"purpose"`
	Persons    Word     `json:"persons"`
	Data       []Word   `json:"data"`
	Basis      Word     `json:"basis"`
	Recipients Word     `json:"recipients"`
	Transfers  Word     `json:"transfers"`
	Retention  Word     `json:"retention"`
	Terms      []Word   `json:"terms"`   // after which the program removes data by itself
	Endings    []Word   `json:"endings"` // what becomes of data when they are erased
	Security   []Word   `json:"security"`
	Tables     []string `json:"tables"`
}

// i18n: privacy.*
func (p *Pages) record(x *web.Exchange) Record {
	word := func(kind, code string) Word { return Word{code, x.P.T("privacy." + kind + "." + code)} }
	words := func(kind string, codes []string) (list []Word) {
		for _, c := range codes {
			list = append(list, word(kind, c))
		}
		return list
	}
	doc := Record{Controller: p.Body(x.P.Lang()), Contact: p.contact(x), Activities: []Activity{}}
	for _, a := range privacy.Register(p.Tables) {
		doc.Activities = append(doc.Activities, Activity{Purpose: word("purpose", a.Purpose), Persons: word("persons", a.Persons), Data: words("data", a.Data),
			Basis: word("basis", a.Basis), Recipients: word("recipients", a.Recipients), Transfers: word("transfers", a.Transfers),
			Retention: word("retention", a.Retention), Terms: terms(x.P, a), Endings: endings(x.P, a), Security: words("security", a.Security), Tables: a.Tables})
	}
	return doc
}

func (p *Pages) jsonPrivacy(x *web.Exchange) error { return x.JSON(p.record(x)) }

// pagePrivacy answers: what does this site know about me?
func (p *Pages) pagePrivacy(x *web.Exchange) error {
	doc := p.record(x)
	if x.Exporting() {
		return x.Sheet("register", columns(x.P), rows(doc))
	}
	title := x.P.T("statement.privacy.title")
	return x.Page(ui.Page{Title: title, Lede: x.P.T("statement.privacy.lede"), Crumbs: crumbs(title)}, privacyPage(x, doc, p.Contact))
}

// headings are the columns of the register that differ from row to row.
func headings(p *i18n.Printer) []string {
	return []string{p.T("statement.record.purpose"), p.T("statement.record.persons"), p.T("statement.record.data"), p.T("statement.record.basis"),
		p.T("statement.record.recipients"), p.T("statement.record.retention"), p.T("statement.record.ending")}
}

func (a Activity) fields() []string {
	return []string{a.Purpose.Text, a.Persons.Text, join(a.Data), a.Basis.Text, a.Recipients.Text, a.kept(), sentence(a.Endings)}
}

// kept is for how long, in a sentence, and the times that the program keeps itself.
func (a Activity) kept() string {
	if len(a.Terms) == 0 {
		return a.Retention.Text
	}
	return a.Retention.Text + " (" + sentence(a.Terms) + ")"
}

// alike is what holds for every activity, told once on the page.
func alike(p *i18n.Printer, doc Record) []ui.Fact {
	if len(doc.Activities) == 0 {
		return nil
	}
	first := doc.Activities[0]
	return []ui.Fact{{Term: p.T("statement.record.transfers"), Value: first.Transfers.Text}, {Term: p.T("statement.record.security"), Value: join(first.Security)}}
}

// sentence puts words that have commas of their own one after the other.
func sentence(words []Word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return strings.Join(texts, " · ")
}

func join(words []Word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return strings.Join(texts, ", ")
}

func recordTable(p *i18n.Printer, doc Record) *ui.DataTable {
	var heads []ui.Column
	for _, h := range headings(p) {
		heads = append(heads, ui.Column{Label: h})
	}
	t := ui.NewTable(p.T("statement.record"), heads...).HideCaption().Empty(p.T("statement.record.none"))
	for _, a := range doc.Activities {
		var cells []ui.Cell
		for _, f := range a.fields() {
			cells = append(cells, ui.Text(f))
		}
		t.Row(cells...)
	}
	return t
}

// columns are those of the file: it travels alone, so each row says everything.
func columns(p *i18n.Printer) []sheet.Column {
	list := []sheet.Column{{Title: p.T("statement.record.controller"), Width: 24}}
	for _, h := range headings(p) {
		list = append(list, sheet.Column{Title: h, Width: 32})
	}
	return append(list, sheet.Column{Title: p.T("statement.record.transfers")}, sheet.Column{Title: p.T("statement.record.security"), Width: 32},
		sheet.Column{Title: p.T("statement.record.tables"), Width: 32})
}

func rows(doc Record) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, a := range doc.Activities {
			row := []any{doc.Controller}
			for _, f := range a.fields() {
				row = append(row, f)
			}
			if !yield(append(row, a.Transfers.Text, join(a.Security), strings.Join(a.Tables, ", ")), nil) {
				return
			}
		}
	}
}
