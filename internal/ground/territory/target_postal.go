package territory

import (
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/search"
)

// postalTarget takes a table of postal codes: one code and one commune a line,
// the commune by its code or its name.
type postalTarget struct{ reversible }

// Key is "postal".
func (postalTarget) Key() string { return "postal" }

// Columns of the table.
func (postalTarget) Columns() []intake.Column {
	return []intake.Column{
		{Name: "postal_code", Kind: "text", Required: true, Aliases: []string{"code", "code postal", "postcode", "postal", "zip"}},
		{Name: "nis", Kind: "nis", Aliases: []string{"code ins", "ins", "refnis", "area", "niscode"}},
		{Name: "commune", Kind: "text", Aliases: []string{"name", "name fr", "nom", "gemeente", "municipality"}},
		{Name: "main", Kind: "text", Aliases: []string{"principal", "centre"}},
	}
}

// Options: none.
func (postalTarget) Options() []intake.Option { return nil }

// Apply enters the codes.
func (postalTarget) Apply(tx *db.Tx, _ auth.Actor, batch int64, in intake.Input) (intake.Outcome, error) {
	im, err := newImporter(tx, batch, in)
	if err != nil {
		return intake.Outcome{}, err
	}
	if !mapped(in, "nis") && !mapped(in, "commune") {
		return im.out, fault.Bad("nis", "", "territory.postal.columns", nil)
	}
	for r, err := range in.Rows {
		if err != nil {
			return im.out, err
		}
		d := im.communeOf(r)
		if d != nil && im.first(r.Line, "postal_code", r.Values["postal_code"]+" "+d.Area.Key) {
			im.read[d] = true
			im.putPostal(d, r.Line, "postal_code", r.Values["postal_code"], yes(r.Values["main"]))
		}
	}
	return im.finish()
}

func yes(text string) bool {
	switch search.Fold(text) {
	case "1", "x", "oui", "ja", "yes", "true", "vrai":
		return true
	}
	return false
}

// communeOf is the commune of a row by code, otherwise by name; nil when refused.
func (im *importer) communeOf(r intake.Row) *dossier {
	if text := r.Values["nis"]; text != "" {
		code, _, ok := ReadCode(text)
		area, _, found := im.atlas.Commune(code)
		if !ok || !found {
			im.note(intake.Error, r.Line, "nis", text, "territory.nis.unknown", fault.Args{"value": text})
			return nil
		}
		return im.byID[area.ID]
	}
	area, ok := im.atlas.Named(r.Values["commune"])
	if !ok {
		im.note(intake.Error, r.Line, "commune", r.Values["commune"], "territory.name.unknown", fault.Args{"value": r.Values["commune"]})
		return nil
	}
	return im.byID[area.ID]
}
