package series

import (
	"iter"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/web"
)

// Routes registers the API of figures; their pages belong to the site, which
// shows them beside what else is known of an area.
func (s *Service) Routes(r *web.Routes) {
	sample := map[string]string{"key": "population"}
	r.Add(web.Route{Pattern: "/api/v1/datasets", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiList, Summary: "List the datasets", Returns: web.Rows[Dataset]{Items: []Dataset{{}}}})
	r.Add(web.Route{Pattern: "/api/v1/datasets/{key}", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiOne, Summary: "Get one dataset with its vintages and years", Params: []web.Param{web.AsOf()}, Sample: sample, Returns: DatasetJSON{}})
	r.Add(web.Route{Pattern: "/api/v1/datasets/{key}/figures", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiFigures, Summary: "Get the whole figures of a dataset, by area and year, as JSON or as a file",
		Params: []web.Param{web.AsOf(), web.Format(), web.Query("year", "int", "one year only"), web.Query("area", "string", "public key of one area only")}, Sample: sample, Returns: web.Rows[FigureJSON]{Items: []FigureJSON{{}}}})
}

// DatasetJSON is a dataset with what was published of it.
type DatasetJSON struct {
	Dataset
	Years    []int     `json:"years"`
	Vintages []Vintage `json:"vintages"`
}

// FigureJSON is a figure; Value is exact decimal text, empty unless State is "value".
type FigureJSON struct {
	Area    string `json:"area"`
	Name    string `json:"name"`
	Year    int    `json:"year"`
	Value   string `json:"value,omitempty"`
	State   State  `json:"state"`
	Vintage int    `json:"vintage"`
}

func (s *Service) apiList(x *web.Exchange) error {
	var list []Dataset
	err := s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		list, err = s.Datasets(tx)
		return err
	})
	if err != nil {
		return err
	}
	return x.JSON(web.Rows[Dataset]{Items: list})
}

func (s *Service) apiOne(x *web.Exchange) error {
	var doc DatasetJSON
	err := s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		if doc.Dataset, err = s.Dataset(tx, x.Path("key")); err != nil {
			return err
		}
		if doc.Vintages, err = s.Vintages(tx, doc.ID); err != nil {
			return err
		}
		years, err := s.Years(tx, []string{doc.Key}, x.AsOf)
		doc.Years = years[doc.Key]
		return err
	})
	if err != nil {
		return err
	}
	return x.JSON(doc)
}

func (s *Service) apiFigures(x *web.Exchange) error {
	atlas, err := s.areas.Atlas(x.Context())
	if err != nil {
		return err
	}
	var areas []int64
	if key := x.Query("area"); key != "" {
		a := findArea(atlas, key)
		if a == nil {
			return fault.Missing("area")
		}
		areas = []int64{a.ID}
	}
	years := [2]int{0, calendar.MaxYear}
	if y := x.QueryInt("year", 0); y > 0 {
		years = [2]int{y, y}
	}
	var found []Found
	err = s.db.Read(x.Context(), func(tx *db.Tx) error {
		if _, err := s.Dataset(tx, x.Path("key")); err != nil {
			return err
		}
		found, err = s.figures(tx, []string{x.Path("key")}, areas, years, x.AsOf)
		return err
	})
	if err != nil {
		return err
	}
	list := make([]FigureJSON, 0, len(found))
	for _, f := range found {
		a := atlas.ByID(f.Area)
		if a == nil {
			continue // an area that the register no longer has
		}
		row := FigureJSON{Area: a.Key, Name: a.Name(x.P.Lang()), Year: f.Year, State: f.State, Vintage: f.Number}
		if f.State == Value {
			row.Value = decimal(f.Value, *f.Dataset)
		}
		list = append(list, row)
	}
	if x.Exporting() {
		p := x.P
		return x.Sheet(x.Path("key"), []sheet.Column{{Title: p.T("series.col.area")}, {Title: p.T("series.col.name"), Width: 28}, {Title: p.T("series.col.year")}, {Title: p.T("series.col.value")}, {Title: p.T("series.col.state")}, {Title: p.T("series.col.vintage")}}, sheetRows(list))
	}
	return x.JSON(web.Rows[FigureJSON]{Items: list})
}

func sheetRows(list []FigureJSON) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, f := range list {
			var value any
			if d, err := sheet.ParseNumber(f.Value, sheet.DecimalPoint); err == nil {
				value = d
			}
			if !yield([]any{f.Area, f.Name, f.Year, value, f.State.String(), f.Vintage}, nil) {
				return
			}
		}
	}
}
