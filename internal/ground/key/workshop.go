package key

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// rowsOffered is how many criteria the form of the workshop has.
const rowsOffered = 6

func (s *Service) workshopRoutes(r *web.Routes, amount web.Param) {
	params := []web.Param{web.Repeated("criterion", "string", "dataset:year"), web.Repeated("weight", "string", "weight in per cent, in the order of the criteria"), amount,
		web.Query("key", "string", "key of which this would be a new version")}
	for _, pattern := range []string{"/keys/new", "/keys/workshop"} {
		r.Add(web.Route{Pattern: pattern, Kind: web.PageRoute, Rule: ruleEdit, Handle: s.workshopPage, Summary: "Try criteria and weights and see the shares before saving", Params: params})
	}
	sample := map[string]string{"key": "population-2018"}
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/keys/new", Kind: web.FormRoute, Rule: ruleEdit, Handle: s.postKey, Summary: "Save a new key or a new version as a draft"})
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/keys/{key}/decide", Kind: web.FormRoute, Rule: ruleEdit, Handle: s.postDecide, Summary: "Put a draft in force by a decision", Sample: sample})
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/keys/{key}/retire", Kind: web.FormRoute, Rule: ruleEdit, Handle: s.postRetire, Summary: "End a version on a day", Sample: sample})
}

// trial is a set of criteria as typed, tried out.
type trial struct {
	p         *i18n.Printer
	criteria  []string // "dataset:year"
	weights   []string // per cent
	options   []ui.Option
	amount    string
	choices   []Choice
	errors    []ui.FieldError
	sharing   sharing
	ready     bool
	atlas     *territory.Atlas
	day       calendar.Date
	names     names
	version   Version
	keys      []Key
	form      url.Values // of saving, as typed
	candidate string     // key for which a new version is made
}

// readChoices turns what was typed into choices; empty rows are left out.
func readChoices(p *i18n.Printer, criteria, weights []string) (list []Choice, errors []ui.FieldError) {
	for i, text := range criteria {
		if text == "" {
			continue
		}
		dataset, year, _ := strings.Cut(text, ":")
		y, err := strconv.Atoi(year)
		if err != nil {
			errors = append(errors, ui.FieldError{Field: fmt.Sprintf("criterion-%d", i), Text: p.T("fault.key.criterion", "value", text)})
			continue
		}
		weight := ""
		if i < len(weights) {
			weight = weights[i]
		}
		bp, err := sheet.ParseCents(weight, sheet.DecimalComma)
		if strings.Contains(weight, ".") {
			bp, err = sheet.ParseCents(weight, sheet.DecimalPoint)
		}
		if err != nil {
			errors = append(errors, ui.FieldError{Field: fmt.Sprintf("weight-%d", i), Text: p.T("fault.key.weight", "value", weight)})
			continue
		}
		list = append(list, Choice{Dataset: dataset, Year: y, Weight: bp})
	}
	return list, errors
}

func (s *Service) trial(x *web.Exchange, criteria, weights []string) (t trial, err error) {
	t = trial{p: x.P, criteria: criteria, weights: weights, amount: x.Query("amount"), day: x.Today, form: url.Values{}, candidate: x.Query("key")}
	t.choices, t.errors = readChoices(x.P, criteria, weights)
	err = s.db.Read(x.Context(), func(tx *db.Tx) error {
		if err := s.fillTrial(tx, x, &t); err != nil || len(t.choices) == 0 || len(t.errors) > 0 {
			return err
		}
		if err := checkChoices(Weighted, t.choices); err != nil {
			return t.tell(err)
		}
		pins, err := s.pin(tx, t.choices, t.day)
		if err != nil {
			return t.tell(err)
		}
		t.version = Version{Criteria: pins}
		total, refused := readAmount(x.P, t.amount)
		if refused != "" {
			t.errors = append(t.errors, ui.FieldError{Field: "amount", Text: refused})
		}
		t.sharing, err = share(t.atlas, Key{Kind: Weighted}, t.version, t.day, total)
		t.ready = err == nil
		return t.tell(err)
	})
	return t, err
}

func (s *Service) fillTrial(tx *db.Tx, x *web.Exchange, t *trial) (err error) {
	if t.atlas, err = s.areas.AtlasTx(tx); err != nil {
		return err
	}
	if t.keys, err = s.List(tx, x.Actor); err != nil {
		return err
	}
	datasets, err := s.series.Datasets(tx)
	if err != nil {
		return err
	}
	years, err := s.series.Years(tx, nil, t.day)
	if err != nil {
		return err
	}
	t.names = names{}
	t.options = []ui.Option{{Label: x.P.T("key.workshop.none")}}
	for _, d := range datasets {
		t.names[d.Key] = d
		title, _ := d.Title.In(x.P.Lang())
		for i := len(years[d.Key]) - 1; i >= 0; i-- {
			y := strconv.Itoa(years[d.Key][i])
			t.options = append(t.options, ui.Option{Value: d.Key + ":" + y, Label: title + " " + y, Group: title})
		}
	}
	return nil
}

// tell shows a refusal in the page; any other error goes on.
func (t *trial) tell(err error) error {
	if err == nil {
		return nil
	}
	f := fault.From(err)
	if f.Kind != fault.Invalid {
		return err
	}
	for _, x := range f.Fields {
		t.errors = append(t.errors, ui.FieldError{Field: x.Name, Text: web.Message(t.p, x.Code, x.Args)})
	}
	return nil
}

func (s *Service) workshopPage(x *web.Exchange) error {
	t, err := s.trial(x, x.QueryAll("criterion"), x.QueryAll("weight"))
	if err != nil {
		return err
	}
	if t.candidate != "" && len(t.choices) == 0 {
		t.prefill()
	}
	page := t.page()
	if x.R.URL.Path == "/keys/new" { // the workshop entered to save: a page of its own name
		page.Title = x.P.T("key.new")
	}
	return x.Page(page, workshopBody(t))
}

// prefill starts from the criteria of the newest version of the candidate.
func (t *trial) prefill() {
	for _, k := range t.keys {
		if k.Key != t.candidate || len(k.Versions) == 0 {
			continue
		}
		for _, c := range k.Versions[0].Criteria {
			t.criteria = append(t.criteria, c.Dataset+":"+strconv.Itoa(c.Year))
			t.weights = append(t.weights, t.p.Fixed(c.Weight, 2))
		}
	}
}

func (t trial) page() ui.Page {
	return ui.Page{Title: t.p.T("key.workshop.title"), Lede: t.p.T("key.workshop.lede"), Crumbs: crumbs(t.p, t.p.T("key.workshop.title")), Compact: true}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

func (t trial) sum() string {
	var sum int64
	for _, c := range t.choices {
		sum += c.Weight
	}
	return percent(t.p, sum)
}

func (t trial) table() *ui.DataTable {
	v := keyView{p: t.p, version: t.version, names: t.names, sharing: t.sharing, keep: func(s string) string { return s }}
	return v.table()
}

func (t trial) picture() ui.Picture {
	return t.sharing.picture(t.atlas, t.p, t.day, t.p.T("key.map.title"), nil)
}

func (s *Service) postKey(x *web.Exchange) error {
	f, err := x.Form("criterion", "weight", "key", "title_fr", "title_nl", "title_en", "note", "fictitious")
	if err != nil {
		return err
	}
	choices, bad := readChoices(x.P, f["criterion"], f["weight"])
	if len(bad) == 0 {
		_, err = s.Propose(x.Context(), x.Actor, Proposal{Key: f.Get("key"), Title: series.Text{FR: f.Get("title_fr"), NL: f.Get("title_nl"), EN: f.Get("title_en")},
			Note: f.Get("note"), Kind: Weighted, Fictitious: f.Get("fictitious") == "1", Criteria: choices})
		if err == nil {
			x.Flash("key.flash.saved")
			return x.Redirect("/keys/" + f.Get("key"))
		}
	}
	if err != nil && fault.KindOf(err) != fault.Invalid {
		return err
	}
	t, terr := s.trial(x, f["criterion"], f["weight"])
	if terr != nil {
		return terr
	}
	t.form = f
	if terr := t.tell(err); terr != nil {
		return terr
	}
	return x.PageStatus(http.StatusUnprocessableEntity, t.page(), workshopBody(t))
}

func (s *Service) postDecide(x *web.Exchange) error {
	f, err := x.Form("version", "decision", "from")
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(f.Get("version")) // not a number is no version: NotFound
	day, _ := calendar.Parse(f.Get("from"))     // not a day is unset: required
	return s.afterChange(x, f, number, s.Decide(x.Context(), x.Actor, x.Path("key"), number, f.Get("decision"), day))
}

func (s *Service) postRetire(x *web.Exchange) error {
	f, err := x.Form("version", "last")
	if err != nil {
		return err
	}
	number, _ := strconv.Atoi(f.Get("version"))
	day, _ := calendar.Parse(f.Get("last"))
	return s.afterChange(x, f, number, s.Retire(x.Context(), x.Actor, x.Path("key"), number, day))
}

// afterChange leads back to the key, or shows it again with what was refused.
func (s *Service) afterChange(x *web.Exchange, f url.Values, number int, err error) error {
	if err == nil {
		x.Flash("key.flash.changed")
		return x.Redirect("/keys/" + url.PathEscape(x.Path("key")))
	}
	refusal := fault.From(err)
	if refusal.Kind != fault.Invalid {
		return err
	}
	v, err := s.keyView(x)
	if err != nil {
		return err
	}
	for _, o := range v.key.Versions {
		if o.Number == number {
			v.version.Status, v.version.Number = o.Status, number
		}
	}
	v.decision, v.from = f.Get("decision"), f.Get("from")+f.Get("last")
	for _, e := range refusal.Fields {
		v.errors = append(v.errors, ui.FieldError{Field: e.Name, Text: web.Message(x.P, e.Code, e.Args)})
	}
	return x.PageStatus(http.StatusUnprocessableEntity, v.page(), keyBody(v))
}

// errorOf is the message of a field, "" when it is right.
func errorOf(list []ui.FieldError, name string) string {
	for _, e := range list {
		if e.Field == name {
			return e.Text
		}
	}
	return ""
}
