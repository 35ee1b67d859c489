package statement

import (
	_ "embed" // results.toml
	"fmt"
	"time"

	"github.com/BurntSushi/toml"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

//go:embed results.toml
var committed []byte

// results are the last run of the tests, as results.toml holds them.
type results struct {
	Prepared time.Time
	Tested   time.Time
	Audit    string
	Tool     []struct{ Name, Version, Checks string }
	Issue    []struct{ ID, Criterion, Reason, FR, NL, EN string }
}

// readResults reads and checks results.toml.
func readResults(text []byte) (results, error) {
	var r results
	meta, err := toml.Decode(string(text), &r)
	if err != nil {
		return r, fmt.Errorf("statement: results.toml: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return r, fmt.Errorf("statement: results.toml: unknown key %s", unknown[0])
	}
	if r.Prepared.IsZero() || r.Tested.IsZero() || r.Audit != "automatic" && r.Audit != "people" {
		return r, fmt.Errorf("statement: results.toml: prepared, tested and audit (automatic or people) are needed")
	}
	for _, t := range r.Tool {
		if t.Name == "" || t.Checks == "" {
			return r, fmt.Errorf("statement: results.toml: a tool needs name and checks")
		}
	}
	for _, i := range r.Issue {
		if i.ID == "" || i.FR == "" || i.NL == "" || i.EN == "" || i.Reason != "fault" && i.Reason != "burden" && i.Reason != "outside" {
			return r, fmt.Errorf("statement: results.toml: issue %q needs id, reason (fault, burden or outside), fr, nl and en", i.ID)
		}
	}
	return r, nil
}

// status is the level that the statement may claim, in the words of Decision
// (EU) 2018/1523: "full" needs an audit by people and no known fault. A machine
// alone never proves accessibility.
func (r results) status() string {
	if r.Audit != "people" {
		return "partial"
	}
	for _, i := range r.Issue {
		if i.Reason == "fault" {
			return "partial"
		}
	}
	return "full"
}

// Accessibility is the statement for machines, its texts in the language asked.
type Accessibility struct {
	Body        string        `json:"body"`
	Address     string        `json:"address"`
	Status      string        `json:"status"` // "full" or "partial"
	Standard    string        `json:"standard"`
	Prepared    calendar.Date `json:"prepared"`
	Tested      calendar.Date `json:"tested"`
	Method      string        `json:"method"` // "automatic" or "people"
	Tools       []Tool        `json:"tools"`
	Issues      []Issue       `json:"issues"`
	Contact     string        `json:"contact"`
	Enforcement []string      `json:"enforcement"`
}

// Tool is a program that tests the pages and what it looks at.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Checks  string `json:"checks"`
}

// Issue is something known not to be accessible. Reason is "fault", "burden" or
// "outside"; Criterion is of WCAG 2.2, "" for none in particular.
type Issue struct {
	ID        string `json:"id"`
	Criterion string `json:"criterion,omitempty"`
	Reason    string `json:"reason"`
	Text      string `json:"text"`
}

const (
	standard  = "EN 301 549 V3.2.1 (WCAG 2.1 AA)"
	regulator = "https://accessibility.belgium.be/fr/missions-et-plaintes"
)

// i18n: statement.checks.*
func (p *Pages) accessibility(x *web.Exchange) (Accessibility, error) {
	r, err := readResults(committed)
	if err != nil {
		return Accessibility{}, err
	}
	a := Accessibility{Body: p.Body(x.P.Lang()), Address: p.base(x), Status: r.status(), Standard: standard, Prepared: calendar.Of(r.Prepared),
		Tested: calendar.Of(r.Tested), Method: r.Audit, Contact: p.contact(x), Enforcement: []string{regulator}}
	for _, t := range r.Tool {
		a.Tools = append(a.Tools, Tool{t.Name, t.Version, x.P.T("statement.checks." + t.Checks)})
	}
	for _, i := range r.Issue {
		text := map[string]string{"nl": i.NL, "en": i.EN}[x.P.Lang()]
		if text == "" {
			text = i.FR
		}
		a.Issues = append(a.Issues, Issue{i.ID, i.Criterion, i.Reason, text})
	}
	return a, nil
}

func (p *Pages) jsonAccess(x *web.Exchange) error {
	a, err := p.accessibility(x)
	if err != nil {
		return err
	}
	return x.JSON(a)
}

// pageAccess answers: can everybody use this site, and whom do I tell when I cannot?
// i18n: statement.status.* statement.method.*
func (p *Pages) pageAccess(x *web.Exchange) error {
	a, err := p.accessibility(x)
	if err != nil {
		return err
	}
	title := x.P.T("statement.access.title")
	return x.Page(ui.Page{Title: title, Lede: x.P.T("statement.access.lede", "body", a.Body), Crumbs: crumbs(title)}, accessPage(x.P, a, p.Contact))
}

// i18n: statement.reason.*
func issueTable(p *i18n.Printer, issues []Issue) *ui.DataTable {
	t := ui.NewTable(p.T("statement.issues"), ui.Column{Label: p.T("statement.issue"), RowHeader: true}, ui.Column{Label: p.T("statement.criterion")},
		ui.Column{Label: p.T("statement.reason")}).HideCaption().Empty(p.T("statement.issues.none"))
	for _, i := range issues {
		t.Row(ui.Text(i.Text), ui.Text(i.Criterion), ui.Text(p.T("statement.reason."+i.Reason)))
	}
	return t
}

func toolTable(p *i18n.Printer, tools []Tool) *ui.DataTable {
	t := ui.NewTable(p.T("statement.tools"), ui.Column{Label: p.T("statement.tool"), RowHeader: true}, ui.Column{Label: p.T("statement.version")},
		ui.Column{Label: p.T("statement.checks")}).HideCaption()
	for _, tool := range tools {
		t.Row(ui.Text(tool.Name), ui.Text(tool.Version), ui.Text(tool.Checks))
	}
	return t
}
