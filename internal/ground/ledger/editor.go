package ledger

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"beffroi/internal/ground/key"
	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// fields of the form of a new entry.
var fields = []string{"date", "kind", "source", "title_fr", "title_nl", "title_en", "measure", "amount", "attribution", "communes", "group", "key", "projection", "fictitious", "note", "origin"}

type editorView struct {
	p       *i18n.Printer
	form    url.Values
	errors  []ui.FieldError
	atlas   *territory.Atlas
	keys    []key.Key
	day     calendar.Date
	preview []Part
	posting Posting
	unsaved bool // the preview is shown
}

// readForm turns what was typed into a posting.
func readForm(f url.Values) (p Posting, err error) {
	var bad fieldErrors
	p = Posting{Kind: Kind(f.Get("kind")), Title: series.Text{FR: f.Get("title_fr"), NL: f.Get("title_nl"), EN: f.Get("title_en")}, Measure: Measure(f.Get("measure")), Attribution: Attribution(f.Get("attribution")),
		Projection: f.Get("projection") == "1", Fictitious: f.Get("fictitious") == "1", Note: f.Get("note"), Origin: f.Get("origin")}
	if p.Date, err = calendar.Parse(f.Get("date")); err != nil {
		bad.add("date", f.Get("date"), "ledger.date")
	}
	if p.Amount, err = readAmount(p.Measure, f.Get("amount")); err != nil {
		bad.add("amount", f.Get("amount"), "ledger.amount.euro")
	}
	if s := f.Get("source"); s != "" {
		if p.Source, err = object.Parse(s); err != nil {
			bad.add("source", s, "ledger.source")
		}
	}
	switch p.Attribution {
	case Direct, Shared:
		p.Base = strings.FieldsFunc(strings.Join(f["communes"], ";"), func(r rune) bool { return r == ';' || r == ',' || r == ' ' || r == '\n' })
	case Territory:
		if g := f.Get("group"); g != "" {
			p.Base = []string{g}
		}
	}
	if p.Attribution == Shared || p.Attribution == Territory {
		p.Key = f.Get("key")
	}
	if err := bad.Merge(p.check()); err != nil {
		return p, err
	}
	return p, bad.err()
}

// readAmount reads euros as cents, and hours and persons as whole numbers.
func readAmount(m Measure, text string) (int64, error) {
	if text == "" {
		return 0, nil // refused as zero
	}
	if m == EurCents {
		return sheet.ParseCents(text, sheet.AnyStyle)
	}
	return strconv.ParseInt(strings.ReplaceAll(text, " ", ""), 10, 64)
}

func (s *Service) editor(x *web.Exchange, form url.Values) (v editorView, err error) {
	v = editorView{p: x.P, form: form, day: x.Today}
	err = s.db.Read(x.Context(), func(tx *db.Tx) error {
		if v.atlas, err = s.areas.AtlasTx(tx); err != nil {
			return err
		}
		v.keys, err = s.keys.List(tx, x.Actor)
		return err
	})
	return v, err
}

// newPage shows the form, filled from an entry when one is to be corrected.
func (s *Service) newPage(x *web.Exchange) error {
	form := url.Values{"date": {x.Today.String()}, "kind": {string(Grant)}, "measure": {string(EurCents)}, "attribution": {string(Direct)}}
	if ref, ok := ParseRef(x.Query("from")); ok {
		err := s.db.Read(x.Context(), func(tx *db.Tx) error {
			e, _, found, err := entryByRef(tx, ref)
			if err == nil && found {
				fill(form, e)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	v, err := s.editor(x, form)
	if err != nil {
		return err
	}
	return x.Page(v.page(), editorBody(v))
}

func fill(form url.Values, e Entry) {
	for name, value := range map[string]string{"date": e.Date.String(), "kind": string(e.Kind), "source": e.Source, "title_fr": e.Title.FR, "title_nl": e.Title.NL, "title_en": e.Title.EN,
		"measure": string(e.Measure), "attribution": string(e.Attribution), "note": e.Note, "origin": e.Origin} {
		form.Set(name, value)
	}
	amount := strconv.FormatInt(e.Amount, 10)
	if e.Measure == EurCents {
		amount = sheet.Decimal{Unscaled: e.Amount, Scale: 2}.String()
	}
	form.Set("amount", amount)
	if e.Attribution == Territory {
		form.Set("group", strings.Join(e.Base, ""))
	} else {
		form.Set("communes", strings.Join(e.Base, "; "))
	}
}

func (v editorView) page() ui.Page {
	return ui.Page{Title: v.p.T("ledger.new.title"), Lede: v.p.T("ledger.new.lede"), Crumbs: crumbs(v.p, v.p.T("ledger.new.title")), Compact: true}
}

// postNew shows the split first; the second step posts it.
func (s *Service) postNew(x *web.Exchange) error {
	f, err := x.Form(append(fields, "step")...)
	if err != nil {
		return err
	}
	p, err := readForm(f)
	if err == nil && f.Get("step") == "post" {
		var e Entry
		if e, err = s.Post(x.Context(), x.Actor, p); err == nil {
			x.Flash("ledger.flash.posted")
			return x.Redirect("/ledger/" + e.Ref.String())
		}
	}
	v, verr := s.editor(x, f)
	if verr != nil {
		return verr
	}
	if err == nil {
		v.posting, v.unsaved = p, f.Get("step") != "edit"
		err = s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
			v.preview, err = s.Preview(tx, x.Actor, p)
			return err
		})
	}
	if err == nil {
		return x.Page(v.page(), editorBody(v))
	}
	refusal := fault.From(err)
	if refusal.Kind != fault.Invalid {
		return err
	}
	v.unsaved = false
	for _, e := range refusal.Fields {
		v.errors = append(v.errors, ui.FieldError{Field: fieldOf(e.Name, p), Text: web.Message(x.P, e.Code, e.Args)})
	}
	return x.PageStatus(http.StatusUnprocessableEntity, v.page(), editorBody(v))
}

// fieldOf is the form's field for a refused one of a posting.
func fieldOf(name string, p Posting) string {
	if name != "base" {
		return name
	}
	if p.Attribution == Territory {
		return "group"
	}
	return "communes"
}

func (v editorView) error(name string) string {
	for _, e := range v.errors {
		if e.Field == name {
			return e.Text
		}
	}
	return ""
}

func (v editorView) groupOptions() []ui.Option {
	out := []ui.Option{{Label: v.p.T("ledger.choose")}}
	for _, kind := range territory.Kinds() {
		if !kind.IsGroup() {
			continue
		}
		for _, a := range v.atlas.OfKind(kind, v.day) {
			out = append(out, ui.Option{Value: a.Key, Label: a.Name(v.p.Lang())})
		}
	}
	return out
}

func (v editorView) keyOptions() []ui.Option {
	out := []ui.Option{{Label: v.p.T("ledger.key.none")}}
	for _, k := range v.keys {
		title, _ := k.Title.In(v.p.Lang())
		out = append(out, ui.Option{Value: k.Key, Label: title})
	}
	return out
}

// table is the split before posting.
func (v editorView) table() *ui.DataTable {
	return entryView{p: v.p, atlas: v.atlas, keep: func(s string) string { return s },
		Detail: Detail{Entry: Entry{Measure: v.posting.Measure, Amount: v.posting.Amount}, Parts: v.preview}}.table()
}

func (v editorView) attributions() []ui.Option {
	out := options(v.p, "ledger.attribution.", Attributions(), "")
	for i := range out {
		out[i].Hint = v.p.T("ledger.parts.sub." + out[i].Value)
	}
	return out
}
