package ledger

import (
	"slices"
	"strconv"
	"strings"

	"beffroi/internal/ground/series"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/sheet"
)

// fieldErrors collects refused cells whose message names their value.
// i18n: fault.ledger.*
type fieldErrors struct{ fault.Fields }

func (f *fieldErrors) add(name, value, code string) {
	f.Add(name, value, code, fault.Args{"value": value})
}

func (f *fieldErrors) err() error { return f.Err() }

// Known tells whether an object exists, for files that name missions or projects.
type Known func(tx *db.Tx, ref object.Ref) (bool, error)

// Target imports ledgers. known may be nil: then no object is looked up.
func (s *Service) Target(known Known) intake.Target { return target{s, known} }

type target struct {
	s     *Service
	known Known
}

// rescueMission is the mission that pays the rescue zones.
const rescueMission = "mission:SUP-ZDS"

// Key names the target.
func (target) Key() string { return "ledger" }

// Rule says who may import entries.
func (target) Rule() auth.Rule { return rulePost }

// Columns of the two layouts: that of the packs, and the funding of the rescue
// zones (year, status, amount_eur, note, source).
func (target) Columns() []intake.Column {
	list := []intake.Column{
		{Name: "date", Kind: "date", Aliases: []string{"datum"}},
		{Name: "year", Kind: "year", Aliases: []string{"annee", "jaar"}},
		{Name: "amount", Kind: "decimal", Aliases: []string{"montant", "bedrag"}},
		{Name: "amount_eur", Kind: "cents", Aliases: []string{"montant eur", "bedrag eur"}},
		{Name: "base", Kind: "list"},
	}
	for _, name := range []string{"ref", "kind", "source_object", "title_fr", "title_nl", "title_en", "measure", "attribution", "key", "status", "source", "note", "reverses"} {
		list = append(list, intake.Column{Name: name, Kind: "text"})
	}
	return list
}

// Options: none; the layouts say everything.
func (target) Options() []intake.Option { return nil }

// Undo posts the reversal of every entry of the batch that stands.
func (t target) Undo(tx *db.Tx, actor auth.Actor, batch int64) error {
	list, err := ofBatch(tx, batch)
	if err != nil || len(list) == 0 {
		return err
	}
	w, err := t.s.writer(tx, actor, 0)
	if err != nil {
		return err
	}
	for _, e := range list {
		if _, err := w.reverse(e, "Import n° "+itoa(batch)); err != nil {
			return err
		}
	}
	return w.flush()
}

// Apply posts the entries of a file.
func (t target) Apply(tx *db.Tx, actor auth.Actor, batch int64, in intake.Input) (out intake.Outcome, err error) {
	w, err := t.s.writer(tx, actor, batch)
	if err != nil {
		return out, err
	}
	r := run{target: t, w: w, in: in}
	switch {
	case in.Mapping["amount_eur"] != "" && in.Mapping["status"] != "" && in.Mapping["year"] != "":
		err = r.rescueZones()
	case in.Mapping["date"] != "" && in.Mapping["amount"] != "" && in.Mapping["attribution"] != "":
		err = r.packLayout()
	default:
		err = fault.Bad("file", strings.Join(in.Header, ", "), "ledger.layout", fault.Args{"values": strings.Join(in.Header, ", ")})
	}
	if err != nil || r.out.Errors() > 0 {
		return r.out, err
	}
	r.out.Created = len(w.list)
	r.out.Facts = map[string]string{"entries": strconv.Itoa(len(w.list))}
	return r.out, w.flush()
}

// run is one file being posted.
type run struct {
	target
	w   *writer
	in  intake.Input
	out intake.Outcome
}

func (r *run) note(severity string, line int, column, value, code string, args fault.Args) {
	r.out.Notes = append(r.out.Notes, intake.Note{Severity: severity, Line: line, Column: column, Value: value, Code: code, Args: args})
}

// refuse turns a refusal of a line into notes, and passes on any other error.
func (r *run) refuse(line int, err error) error {
	f := fault.From(err)
	switch {
	case f.Kind == fault.Internal:
		return err
	case len(f.Fields) == 0:
		r.note(intake.Error, line, "", "", f.Code, f.Args)
	}
	for _, x := range f.Fields {
		r.note(intake.Error, line, x.Name, x.Value, x.Code, x.Args)
	}
	return nil
}

func (r *run) packLayout() error {
	for row, err := range r.in.Rows {
		if err != nil {
			return err
		}
		p, err := readPosting(row.Values)
		if err == nil {
			err = r.source(p.Source)
		}
		if err == nil {
			_, err = r.w.add(p)
		}
		if err != nil {
			if err = r.refuse(row.Line, err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) source(ref object.Ref) error {
	if ref.IsZero() || r.known == nil {
		return nil
	}
	ok, err := r.known(r.w.tx, ref)
	if err == nil && !ok {
		err = fault.Bad("source_object", ref.String(), "ledger.source.unknown", fault.Args{"value": ref.String()})
	}
	return err
}

// How the funding file says what a row is: the beginning of its status.
var (
	counting    = []string{"budget", "decided", "after circular"}
	notCounting = []string{"target", "stated", "projection"}
)

func begins(s string, list []string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return strings.HasPrefix(strings.ToLower(s), p) })
}

// rescueZones posts the funding of the rescue zones. When two rows that count
// name the same year, the later replaces the earlier: the earlier is posted and
// reversed, so that both stay on record.
func (r *run) rescueZones() error {
	mission, err := r.mission()
	if err != nil {
		return err
	}
	style, rows, err := r.collect()
	if err != nil {
		return err
	}
	standing := map[int]Entry{}
	for _, row := range rows {
		p, err := rescuePosting(row, style)
		if err == nil {
			p.Source = mission
			err = r.replace(row.Line, standing, p)
		}
		if err != nil {
			if err = r.refuse(row.Line, err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) mission() (object.Ref, error) {
	ref, err := object.Parse(rescueMission)
	if err != nil || r.known == nil {
		return ref, err
	}
	if ok, err := r.known(r.w.tx, ref); err != nil || !ok {
		return object.Ref{}, err
	}
	return ref, nil
}

func (r *run) collect() (style sheet.NumberStyle, rows []intake.Row, err error) {
	var cells []string
	for row, err := range r.in.Rows {
		if err != nil {
			return style, nil, err
		}
		rows, cells = append(rows, row), append(cells, row.Values["amount_eur"])
	}
	return sheet.DetectNumberStyle(cells), rows, nil
}

func rescuePosting(row intake.Row, style sheet.NumberStyle) (Posting, error) {
	v := row.Values
	var f fieldErrors
	year, err := strconv.Atoi(v["year"])
	day, dayErr := calendar.New(year, 1, 1)
	if err != nil || dayErr != nil {
		f.add("year", v["year"], "ledger.date")
	}
	cents, err := sheet.ParseCents(v["amount_eur"], style)
	if err != nil {
		f.add("amount_eur", v["amount_eur"], "ledger.amount.euro")
	}
	status := v["status"]
	if !begins(status, counting) && !begins(status, notCounting) {
		f.add("status", status, "ledger.status")
	}
	return Posting{Date: day, Kind: Grant, Measure: EurCents, Amount: cents, Attribution: Unallocated, Projection: !begins(status, counting),
		Note: strings.Trim(status+" ; "+v["note"], " ;"), Origin: v["source"],
		Title: series.Text{FR: "Financement des zones de secours " + v["year"], NL: "Financiering van de hulpverleningszones " + v["year"], EN: "Rescue zone financing " + v["year"]}}, f.err()
}

// replace posts p; the entry that counted for its year before is reversed first.
func (r *run) replace(line int, standing map[int]Entry, p Posting) error {
	year := p.Date.Year()
	if old, ok := standing[year]; ok && !p.Projection {
		reversal := Posting{Date: old.Date, Kind: old.Kind, Measure: old.Measure, Amount: -old.Amount, Attribution: old.Attribution, Source: p.Source,
			Title: old.Title, Note: p.Note, Origin: p.Origin, Reverses: old.Ref.String()}
		if _, err := r.w.add(reversal); err != nil {
			return err
		}
		r.note(intake.Warning, line, "amount_eur", "", "ledger.superseded", fault.Args{"year": strconv.Itoa(year), "ref": old.Ref.String(), "amount": money.Cents(old.Amount).String()})
	}
	e, err := r.w.add(p)
	if err == nil && !p.Projection {
		standing[year] = e
	}
	if err == nil && p.Projection {
		r.note(intake.Info, line, "status", "", "ledger.projection", fault.Args{"year": strconv.Itoa(year)})
	}
	return err
}
