package series

import (
	"iter"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/web"
)

func (s *Service) apiRoutes(r *web.Routes, q web.Param, sample map[string]string) {
	r.Add(web.Route{Pattern: "/api/v1/datasets", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiList, Summary: "List the datasets with what they cover", Params: []web.Param{web.AsOf(), q}, Returns: web.Rows[ListedJSON]{Items: []ListedJSON{{}}}})
	r.Add(web.Route{Pattern: "/api/v1/datasets/{key}", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiOne, Summary: "Get one dataset with its vintages and years", Params: []web.Param{web.AsOf()}, Sample: sample, Returns: DatasetJSON{}})
	r.Add(web.Route{Pattern: "/api/v1/datasets/{key}/figures", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiFigures, Summary: "Get the figures of a dataset, by area and year, as JSON or as a file",
		Params: []web.Param{web.AsOf(), web.Format(), web.Query("year", "int", "one year only"), web.Query("area", "string", "public key of one area only"), dimParam()}, Sample: sample, Returns: web.Rows[FigureJSON]{Items: []FigureJSON{{}}}})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/datasets/{key}", Kind: web.APIRoute, Rule: ruleEdit, Handle: s.apiSave, Summary: "Add a dataset, or change its words; version is the one that was read, and decimals stay", Body: Dataset{}, Returns: DatasetJSON{}, Sample: sample})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/datasets/{key}/withdraw", Kind: web.APIRoute, Rule: ruleEdit, Handle: s.apiWithdraw, Summary: "Withdraw a vintage, with the reason", Body: WithdrawalJSON{}, Returns: DatasetJSON{}, Sample: sample})
}

// DatasetJSON is a dataset with what was published of it.
type DatasetJSON struct {
	Dataset
	Years    []int     `json:"years"`
	Vintages []Vintage `json:"vintages"`
}

// ListedJSON is a dataset with what it covers.
type ListedJSON struct {
	Dataset
	First     int           `json:"first_year,omitempty"`
	Last      int           `json:"last_year,omitempty"`
	Areas     int           `json:"areas"`
	Vintage   int           `json:"vintage,omitempty"` // the newest
	Published calendar.Date `json:"published,omitzero"`
}

// WithdrawalJSON takes a vintage back.
type WithdrawalJSON struct {
	Vintage int    `json:"vintage"`
	Reason  string `json:"reason"`
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
	list, err := s.catalogue(x)
	if err != nil {
		return err
	}
	rows := web.Rows[ListedJSON]{Items: make([]ListedJSON, 0, len(list))}
	for _, l := range list {
		rows.Items = append(rows.Items, ListedJSON{Dataset: l.Dataset, First: l.first, Last: l.last, Areas: l.areas, Vintage: l.vintage.Number, Published: l.vintage.Published})
	}
	return x.JSON(rows)
}

func (s *Service) apiOne(x *web.Exchange) error { return s.document(x, x.Path("key")) }

// document answers with a dataset as it is now.
func (s *Service) document(x *web.Exchange, key string) error {
	var doc DatasetJSON
	err := s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		if doc.Dataset, err = s.Dataset(tx, key); err != nil {
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
	found, err := s.asked(x, areas)
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

// asked reads the figures that an address of the API asks for.
func (s *Service) asked(x *web.Exchange, areas []int64) (found []Found, err error) {
	years := anyYear
	if y := x.QueryInt("year", 0); y > 0 {
		years = [2]int{y, y}
	}
	err = s.db.Read(x.Context(), func(tx *db.Tx) error {
		d, err := s.Dataset(tx, x.Path("key"))
		if err != nil {
			return err
		}
		dim := dimensionRow{id: whole}
		if text := x.Query("dim"); text != "" {
			list, err := dims(tx, d.ID, x.AsOf)
			if err != nil {
				return err
			}
			if dim, err = dimOf(list, text); err != nil {
				return err
			}
		}
		found, err = s.figures(tx, []string{d.Key}, areas, years, dim.id, x.AsOf)
		return err
	})
	return found, err
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

func (s *Service) apiSave(x *web.Exchange) error {
	var d Dataset
	if err := x.Decode(&d); err != nil {
		return err
	}
	if key := x.Path("key"); d.Key == "" {
		d.Key = key
	} else if d.Key != key {
		return fault.Bad("key", d.Key, "series.key.other", fault.Args{"value": d.Key, "key": key})
	}
	if err := s.Save(x.Context(), x.Actor, d); err != nil {
		return err
	}
	return s.document(x, d.Key)
}

func (s *Service) apiWithdraw(x *web.Exchange) error {
	var w WithdrawalJSON
	if err := x.Decode(&w); err != nil {
		return err
	}
	if err := s.Withdraw(x.Context(), x.Actor, x.Path("key"), w.Vintage, w.Reason); err != nil {
		return err
	}
	return s.document(x, x.Path("key"))
}
