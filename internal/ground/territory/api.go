package territory

import (
	"bytes"
	"slices"
	"strconv"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/geo"
	"beffroi/internal/platform/web"
)

// areaLink names an area in an answer.
type areaLink struct {
	Kind Kind   `json:"kind"`
	Key  string `json:"key"`
	Name string `json:"name"`
	Href string `json:"href"`
}

// areaJSON is an area as the API gives it.
type areaJSON struct {
	areaLink
	Names    map[string]string `json:"names"`
	From     calendar.Date     `json:"valid_from,omitzero"`
	To       calendar.Date     `json:"valid_to,omitzero"`
	Hectares int64             `json:"area_ha,omitempty"`
	Source   string            `json:"source,omitempty"`
	Version  int64             `json:"version"` // to be given back with a change
}

type codeJSON struct {
	Scheme string        `json:"scheme"`
	Code   string        `json:"code"`
	From   calendar.Date `json:"valid_from,omitzero"`
	To     calendar.Date `json:"valid_to,omitzero"`
}

// areaDetail adds what hangs on the area on the day asked for.
type areaDetail struct {
	areaJSON
	Codes   []codeJSON  `json:"codes,omitempty"`
	Postal  []string    `json:"postal_codes,omitempty"`
	Groups  []areaLink  `json:"groups,omitempty"`
	Members []areaLink  `json:"members,omitempty"`
	Events  []eventJSON `json:"events,omitempty"`
}

type eventJSON struct {
	Date calendar.Date `json:"date"`
	Kind EventKind     `json:"kind"`
	From []partyJSON   `json:"from,omitempty"`
	To   []partyJSON   `json:"to,omitempty"`
	Note string        `json:"note,omitempty"`
}

type partyJSON struct {
	Key    string `json:"key"`
	Code   string `json:"code,omitempty"`
	Weight int64  `json:"weight_bp,omitempty"`
}

type neighbourJSON struct {
	areaLink
	Metres int64 `json:"metres"`
}

func linkOf(a *Area, lang string) areaLink {
	return areaLink{a.Kind, a.Key, a.Name(lang), a.Address()}
}

func linksOf(list []*Area, lang string) []areaLink {
	out := make([]areaLink, 0, len(list))
	for _, a := range list {
		out = append(out, linkOf(a, lang))
	}
	return out
}

func jsonOf(a *Area, lang string) areaJSON {
	return areaJSON{linkOf(a, lang), map[string]string{"fr": a.NameFR, "nl": a.Name("nl"), "de": a.Name("de")},
		a.Period.From, a.Period.To, a.Hectares, a.Source, a.Version}
}

func (a *Atlas) detail(area *Area, x *web.Exchange) areaDetail {
	lang := x.P.Lang()
	d := areaDetail{areaJSON: jsonOf(area, lang), Postal: a.PostalCodes(area.ID),
		Groups: linksOf(a.Groups(area.ID, x.AsOf), lang), Members: linksOf(a.Members(area.ID, x.AsOf), lang)}
	for _, c := range a.codes[area.ID] {
		d.Codes = append(d.Codes, codeJSON{c.Scheme, c.Code, c.Period.From, c.Period.To})
	}
	for _, e := range a.Events(area.ID) {
		d.Events = append(d.Events, eventJSON{e.Date, e.Kind, a.parties(e.From), a.parties(e.To), e.Note})
	}
	return d
}

func (a *Atlas) parties(list []Party) []partyJSON {
	var out []partyJSON
	for _, p := range list {
		out = append(out, partyJSON{a.byID[p.Area].Key, p.Code, p.Weight})
	}
	return out
}

func kindNames() []string {
	var out []string
	for _, k := range Kinds() {
		out = append(out, string(k))
	}
	return out
}

func (s *Service) apiRoutes(r *web.Routes) {
	r.Add(web.Route{Pattern: "/api/v1/areas", Kind: web.APIRoute, Rule: view, Handle: s.apiAreas, Summary: "Areas of a kind that exist on a day, by French name",
		Params:  append(web.Paging(), web.AsOf(), web.Query("kind", "enum", "one kind only", kindNames()...), web.Query("q", "string", "name, old name, postal code or REFNIS code")),
		Returns: web.Rows[areaJSON]{Items: []areaJSON{}}})
	r.Add(web.Route{Pattern: "/api/v1/areas/{kind}/{key}", Kind: web.APIRoute, Rule: view, Handle: s.apiArea, Summary: "One area with its codes, groups, members and events",
		Params: []web.Param{web.AsOf()}, Sample: map[string]string{"kind": "rescue_zone", "key": "rz-hainaut-est"}, Returns: areaDetail{}})
	r.Add(web.Route{Pattern: "/api/v1/communes/{nis}/neighbours", Kind: web.APIRoute, Rule: view, Handle: s.apiNeighbours,
		Summary: "Communes that share a border with one, with the distance between centres; empty before boundaries are imported",
		Sample:  map[string]string{"nis": "53053"}, Returns: web.Rows[neighbourJSON]{Items: []neighbourJSON{}}})
	r.Add(web.Route{Pattern: "/api/v1/locate", Kind: web.APIRoute, Rule: view, Handle: s.apiLocate, Summary: "Communes of a position in degrees or of a postal code",
		Params: locating(), Returns: web.Rows[areaJSON]{Items: []areaJSON{}}})
	r.Add(web.Route{Pattern: "/api/v1/areas.geojson", Kind: web.DataRoute, Rule: view, Handle: s.geojson, Summary: "Boundaries of the communes (RFC 7946)", Media: "application/geo+json"})
	s.writing(r)
}

func locating() []web.Param {
	return []web.Param{web.Query("lon", "decimal", "longitude, degrees"), web.Query("lat", "decimal", "latitude, degrees"), web.Query("postal", "string", "postal code")}
}

func (s *Service) apiAreas(x *web.Exchange) error {
	a, err := s.Atlas(x.Context())
	if err != nil {
		return err
	}
	var last string // key of the last area of the page before
	if err := x.Cursor(&last); err != nil {
		return err
	}
	list := a.selection(Kind(x.Query("kind")), x.Query("q"), x.AsOf)
	if from := a.byKey[last]; from != nil {
		list = slices.DeleteFunc(list, func(area *Area) bool { return byName(area, from) <= 0 })
	}
	rows := make([]areaJSON, 0, x.Limit()+1)
	for _, area := range list[:min(len(list), x.Limit()+1)] {
		rows = append(rows, jsonOf(area, x.P.Lang()))
	}
	page, err := web.CutPage(x, rows, x.Limit(), func(v areaJSON) any { return v.Key })
	if err != nil {
		return err
	}
	return x.JSON(page)
}

// selection are the areas that a list shows: of a kind ("" = all), found by q,
// existing on a day; by French name.
func (a *Atlas) selection(kind Kind, q string, day calendar.Date) []*Area {
	found := map[*Area]bool{}
	for _, h := range a.Search(q, len(a.areas)) {
		found[h.Area] = true
	}
	return a.filter(func(area *Area) bool {
		return (kind == "" || area.Kind == kind) && (q == "" || found[area]) && area.Period.Contains(day)
	})
}

// at finds the area of the address.
func (s *Service) at(x *web.Exchange) (*Atlas, *Area, error) {
	a, err := s.Atlas(x.Context())
	if err != nil {
		return nil, nil, err
	}
	area := a.Area(Kind(x.Path("kind")), x.Path("key"))
	if area == nil {
		return nil, nil, fault.Missing("area")
	}
	return a, area, nil
}

func (s *Service) apiArea(x *web.Exchange) error {
	a, area, err := s.at(x)
	if err != nil {
		return err
	}
	return x.JSON(a.detail(area, x))
}

func (s *Service) apiNeighbours(x *web.Exchange) error {
	a, err := s.Atlas(x.Context())
	if err != nil {
		return err
	}
	area, current, ok := a.Commune(x.Path("nis"))
	if !ok {
		return fault.Missing("commune")
	}
	if current != x.Path("nis") {
		return x.Moved("/api/v1/communes/" + current + "/neighbours")
	}
	list := []neighbourJSON{}
	for _, n := range a.Neighbours(area.ID) {
		metres, _ := a.Distance(area.ID, n.ID)
		list = append(list, neighbourJSON{linkOf(n, x.P.Lang()), int64(metres + 0.5)})
	}
	return x.JSON(web.Rows[neighbourJSON]{Items: list})
}

// located are the communes that a look-up form asks for. A position needs both
// its numbers; the postal code decides when both are given.
func (a *Atlas) located(x *web.Exchange) ([]*Area, error) {
	if code := x.Query("postal"); code != "" {
		return a.Postal(code), nil
	}
	lon, errLon := strconv.ParseFloat(x.Query("lon"), 64)
	lat, errLat := strconv.ParseFloat(x.Query("lat"), 64)
	if errLon != nil || errLat != nil || lon < -180 || lon > 180 || lat < -90 || lat > 90 {
		return nil, fault.New(fault.BadRequest, "territory.locate", nil)
	}
	if area := a.At(lon, lat); area != nil {
		return []*Area{area}, nil
	}
	return nil, nil
}

func (s *Service) apiLocate(x *web.Exchange) error {
	a, err := s.Atlas(x.Context())
	if err != nil {
		return err
	}
	found, err := a.located(x)
	if err != nil {
		return err
	}
	list := []areaJSON{}
	for _, area := range found {
		list = append(list, jsonOf(area, x.P.Lang()))
	}
	return x.JSON(web.Rows[areaJSON]{Items: list})
}

func (s *Service) geojson(x *web.Exchange) error {
	a, err := s.Atlas(x.Context())
	if err != nil {
		return err
	}
	if !a.HasShapes() {
		return fault.New(fault.NotFound, "territory.shape.absent", nil)
	}
	var b bytes.Buffer
	if err := geo.WriteGeoJSON(&b, a.Features()); err != nil {
		return err
	}
	x.W.Header().Set("Content-Disposition", `attachment; filename="communes.geojson"`)
	return x.Text("application/geo+json", b.Bytes())
}
