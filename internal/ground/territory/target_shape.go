package territory

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/geo"
	"beffroi/internal/platform/intake"
)

// shapeTarget takes the boundaries of communes as GeoJSON or TopoJSON.
type shapeTarget struct{ reversible }

// Key is "boundaries".
func (shapeTarget) Key() string { return "boundaries" }

// Columns: the file is no table.
func (shapeTarget) Columns() []intake.Column { return nil }

// Options: the reference system, and where the file keeps codes and names.
func (shapeTarget) Options() []intake.Option {
	return []intake.Option{
		{Name: "crs", Kind: "enum", Enum: []string{"auto", "EPSG:4326", "EPSG:31370", "EPSG:3812"}, Default: "auto"},
		{Name: "code_property", Kind: "text"}, {Name: "name_property", Kind: "text"}, {Name: "layer", Kind: "text"},
	}
}

// Apply checks every shape and keeps those of our communes: nothing is kept when
// one of them is broken.
func (shapeTarget) Apply(tx *db.Tx, _ auth.Actor, batch int64, in intake.Input) (intake.Outcome, error) {
	im, err := newImporter(tx, batch, in)
	if err != nil {
		return intake.Outcome{}, err
	}
	features, err := im.readFeatures()
	if err != nil {
		return im.out, err
	}
	for i, f := range features {
		if err := im.shape(i+1, f); err != nil {
			return im.out, err
		}
	}
	if im.out.Facts["communes"] = strconv.Itoa(len(im.seen)); len(im.seen) == 0 {
		im.note(intake.Error, 0, "", in.Name, "territory.shape.none", nil)
		return im.out, nil
	}
	im.missing()
	return im.finish()
}

// readFeatures reads the file. Without a choice of property, the code is the
// feature's id or the first usual property that leads to a commune.
func (im *importer) readFeatures() ([]geo.Feature, error) {
	opt := geo.ReadOptions{CodeProperty: im.in.Options["code_property"], NameProperty: im.in.Options["name_property"], Layer: im.in.Options["layer"]}
	if crs := im.in.Options["crs"]; crs != "" && crs != "auto" {
		var err error
		if opt.CRS, err = geo.ParseCRS(crs); err != nil {
			return nil, err
		}
	}
	features, report, err := geo.Read(bytes.NewReader(im.in.Raw), opt)
	if err != nil {
		return nil, err
	}
	im.out.Facts["crs"], im.out.Facts["vertices"] = report.CRS.String(), strconv.Itoa(report.Vertices)
	for _, n := range report.Notices {
		if n.Code == geo.NoticeSwappedAxes {
			im.note(intake.Error, 0, "", n.Feature, n.Code, fault.Args{"feature": n.Feature})
		}
	}
	return features, nil
}

// codeProperties are the usual names of the property that holds the REFNIS code.
var codeProperties = []string{"nis", "NIS", "refnis", "REFNIS", "niscode", "NISCODE", "nis_code", "CD_MUNTY_REFNIS", "cd_munty_refnis", "ins", "INS", "code"}

// owner is the commune of a feature: by code, otherwise by name.
func (im *importer) owner(f geo.Feature) *dossier {
	codes := []string{f.Code}
	for _, p := range codeProperties {
		codes = append(codes, f.Props[p])
	}
	for _, text := range codes {
		if code, _, ok := ReadCode(text); ok {
			if area, _, ok := im.atlas.Commune(code); ok {
				return im.byID[area.ID]
			}
		}
	}
	for _, name := range []string{f.Name, f.Props["name_fr"], f.Props["name_nl"], f.Props["nom"]} {
		if area, ok := im.atlas.Named(name); ok && name != "" {
			return im.byID[area.ID]
		}
	}
	return nil
}

func (im *importer) shape(n int, f geo.Feature) error {
	d := im.owner(f)
	if d == nil {
		im.out.Skipped++
		im.note(intake.Info, 0, "", cmp.Or(f.Code, f.Name, "#"+strconv.Itoa(n)), "territory.shape.foreign", fault.Args{"value": cmp.Or(f.Name, f.Code)})
		return nil
	}
	if !im.first(n, "feature", d.Area.Key) {
		return nil
	}
	im.read[d] = true
	issues := geo.Validate(f)
	for _, issue := range issues[:min(3, len(issues))] {
		im.note(intake.Error, 0, "", d.Area.NameFR, issue.Code, fault.Args{"feature": d.Area.NameFR, "at": place(issue.At), "ring": int64(issue.Ring + 1)})
	}
	if len(issues) > 0 {
		return nil
	}
	hectares := geo.Area(f.Geometry) / 10_000
	if differs(hectares, float64(d.Area.Hectares)) {
		im.note(intake.Warning, 0, "", d.Area.NameFR, "territory.shape.area",
			fault.Args{"name": d.Area.NameFR, "given": km2(int64(hectares + 0.5)), "official": km2(d.Area.Hectares)})
	}
	text, err := encodeShape(f.Geometry)
	d.Shape = text
	return err
}

// place writes a position for a message, in degrees, longitude first.
func place(p orb.Point) string { return fmt.Sprintf("%.5f, %.5f", p.Lon(), p.Lat()) }

// missing lists the communes that the file leaves without a shape.
func (im *importer) missing() {
	var names []string
	for _, c := range im.atlas.Communes(calendar.Of(im.tx.Now())) {
		if _, ok := im.seen[c.Key]; !ok {
			names = append(names, c.NameFR)
		}
	}
	if len(names) > 0 {
		im.note(intake.Warning, 0, "", "", "territory.shape.missing", fault.Args{"n": int64(len(names)), "names": strings.Join(names, ", ")})
	}
}
