package convert

import (
	"encoding/xml"
	"io"
	"time"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/domain/plan/rollup"
)

// Reporter is the organisation that an IATI file speaks for. Ref is its identifier
// in the registers that IATI takes, in Belgium "BE-BCE_KBO-" and its number.
type Reporter struct{ Ref, Name string }

// The parts of IATI 2.03 that a plan fills, in the order of its schema.
type (
	iatiFile struct {
		XMLName  xml.Name     `xml:"iati-activities"`
		Version  string       `xml:"version,attr"`
		Made     string       `xml:"generated-datetime,attr"`
		Activity iatiActivity `xml:"iati-activity"`
	}
	iatiActivity struct {
		Lang        string       `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		Currency    string       `xml:"default-currency,attr"`
		Updated     string       `xml:"last-updated-datetime,attr"`
		ID          string       `xml:"iati-identifier"`
		Reporting   iatiOrg      `xml:"reporting-org"`
		Title       iatiText     `xml:"title"`
		Description iatiText     `xml:"description"`
		Part        iatiPart     `xml:"participating-org"`
		Status      iatiCode     `xml:"activity-status"`
		Dates       []iatiDate   `xml:"activity-date"`
		Country     iatiCode     `xml:"recipient-country"`
		Sector      iatiSector   `xml:"sector"`
		Results     []iatiResult `xml:"result"`
	}
	iatiText struct {
		Narrative string `xml:"narrative"`
	}
	iatiCode struct {
		Code string `xml:"code,attr"`
	}
	iatiSector struct {
		Vocabulary string `xml:"vocabulary,attr"`
		Code       string `xml:"code,attr"`
	}
	iatiOrg struct {
		Ref       string `xml:"ref,attr"`
		Type      string `xml:"type,attr"`
		Narrative string `xml:"narrative"`
	}
	iatiPart struct {
		Ref       string `xml:"ref,attr"`
		Role      string `xml:"role,attr"`
		Type      string `xml:"type,attr"`
		Narrative string `xml:"narrative"`
	}
	iatiDate struct {
		Type string `xml:"type,attr"`
		Day  string `xml:"iso-date,attr"`
	}
	iatiResult struct {
		Type       string          `xml:"type,attr"`
		Aggregates string          `xml:"aggregation-status,attr"`
		Title      iatiText        `xml:"title"`
		Text       *iatiText       `xml:"description"`
		Indicators []iatiIndicator `xml:"indicator"`
	}
	iatiIndicator struct {
		Measure    string       `xml:"measure,attr"`
		Ascending  string       `xml:"ascending,attr"`
		Aggregates string       `xml:"aggregation-status,attr"`
		Title      iatiText     `xml:"title"`
		Baseline   *iatiBase    `xml:"baseline"`
		Period     []iatiPeriod `xml:"period"`
	}
	iatiBase struct {
		Day   string `xml:"iso-date,attr,omitempty"`
		Year  int    `xml:"year,attr"`
		Value string `xml:"value,attr"`
	}
	iatiPeriod struct {
		Start  iatiDay    `xml:"period-start"`
		End    iatiDay    `xml:"period-end"`
		Target *iatiValue `xml:"target"`
		Actual *iatiValue `xml:"actual"`
	}
	iatiDay struct {
		Day string `xml:"iso-date,attr"`
	}
	iatiValue struct {
		Value string `xml:"value,attr"`
	}
)

// WriteIATI writes the results of a plan as one IATI 2.03 activity: each node to
// keep that has indicators is a result.
func WriteIATI(w io.Writer, t *outline.Tree, keep []bool, who Reporter, at time.Time) error {
	p := t.Plan
	made := at.UTC().Format(time.RFC3339)
	a := iatiActivity{Lang: "fr", Currency: "EUR", Updated: made, ID: who.Ref + "-" + p.Key, Reporting: iatiOrg{who.Ref, "11", who.Name},
		Title: iatiText{p.Title}, Description: iatiText{elementOf(p.Lede, p.Title)}, Part: iatiPart{who.Ref, "4", "11", who.Name},
		Status: iatiCode{iatiStatus(p)}, Country: iatiCode{"BE"}, Sector: iatiSector{"1", "15112"}}
	for _, d := range []iatiDate{{"1", p.Term.From.String()}, {"3", p.Term.To.String()}} {
		if d.Day != "" {
			a.Dates = append(a.Dates, d)
		}
	}
	for i, n := range t.Nodes {
		if keep[i] && len(n.Indicators) > 0 {
			a.Results = append(a.Results, iatiResultOf(n, p))
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(iatiFile{Version: "2.03", Made: made, Activity: a}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// iatiStatus is the status of an activity: 1 planned, 2 running, 4 closed.
func iatiStatus(p outline.Plan) string {
	s, _ := p.Frame.State(outline.ForPlan, p.State)
	switch s.Phase {
	case outline.Running:
		return "2"
	case outline.Closed:
		return "4"
	}
	return "1"
}

func iatiResultOf(n *outline.Node, p outline.Plan) iatiResult {
	r := iatiResult{Type: iatiKind(n.Indicators[0].Kind), Aggregates: "0", Title: iatiText{n.Code + " " + n.Title}}
	if n.Text != "" {
		r.Text = &iatiText{n.Text}
	}
	for _, v := range n.Indicators {
		r.Indicators = append(r.Indicators, iatiIndicatorOf(v, p))
	}
	return r
}

// iatiKind is the type of a result: 1 output, 2 outcome, 3 impact, 9 other.
func iatiKind(kind string) string {
	if code := map[string]string{"output": "1", "outcome": "2", "impact": "3"}[kind]; code != "" {
		return code
	}
	return "9"
}

// iatiIndicatorOf writes an indicator. A number that is not known is left out with
// the element that would hold it: rules 8.8 to 8.10 want a value in each.
func iatiIndicatorOf(v outline.Indicator, p outline.Plan) iatiIndicator {
	i := iatiIndicator{Measure: "1", Ascending: "1", Aggregates: "0", Title: iatiText{v.Title}}
	if v.Unit == "%" {
		i.Measure = "2"
	}
	if v.Direction == rollup.Down {
		i.Ascending = "0"
	}
	start := v.Start
	if start.IsZero() {
		start = p.Term.From
	}
	if v.Baseline != "" && v.Direction != rollup.Hold && !start.IsZero() {
		i.Baseline = &iatiBase{v.Start.String(), start.Year(), v.Baseline}
	}
	end := v.Due
	if end.IsZero() {
		end = p.Term.To
	}
	if start.IsZero() || !start.Before(end) {
		return i
	}
	period := iatiPeriod{Start: iatiDay{start.String()}, End: iatiDay{end.String()}}
	if v.Target != "" {
		period.Target = &iatiValue{v.Target}
	}
	if v.Value != "" {
		period.Actual = &iatiValue{v.Value}
	}
	i.Period = []iatiPeriod{period}
	return i
}
