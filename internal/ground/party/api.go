package party

import (
	"strconv"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/web"
)

// BodyJSON is a body as the API gives it.
type BodyJSON struct {
	Ref       string `json:"ref"`
	Kind      string `json:"kind"`
	Domain    string `json:"domain"`
	NameFR    string `json:"name_fr"`
	NameNL    string `json:"name_nl"`
	Acronym   string `json:"acronym"`
	Parent    string `json:"parent"`
	ValidFrom string `json:"valid_from"`
	ValidTo   string `json:"valid_to"`
	Successor string `json:"successor"`
	Seat      string `json:"seat_commune"` // NIS code
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	Website   string `json:"website"`
	Source    string `json:"source"`
	Version   int64  `json:"version"`
}

// get gives a document by the names of a form's fields.
func (d BodyJSON) get(name string) string {
	return map[string]string{"ref": d.Ref, "kind": d.Kind, "domain": d.Domain, "name_fr": d.NameFR, "name_nl": d.NameNL, "acronym": d.Acronym, "parent": d.Parent,
		"valid_from": d.ValidFrom, "valid_to": d.ValidTo, "successor": d.Successor, "seat_commune": d.Seat, "email": d.Email, "phone": d.Phone,
		"website": d.Website, "source": d.Source, "version": itoa(d.Version)}[name]
}

func document(b *Body, atlas *territory.Atlas) BodyJSON {
	d := BodyJSON{Ref: b.Ref, Kind: string(b.Kind), Domain: string(b.Domain), NameFR: b.NameFR, NameNL: b.NameNL, Acronym: b.Acronym, Parent: b.Parent,
		ValidFrom: b.Period.From.String(), ValidTo: b.Period.To.String(), Successor: b.Successor, Email: b.Email, Phone: b.Phone, Website: b.Website, Source: b.Source, Version: b.Version}
	d.Seat = b.field("seat_commune", atlas)
	return d
}

// BodyDetail is a body with what hangs on it.
type BodyDetail struct {
	BodyJSON
	Children []string  `json:"children"` // refs of the bodies under it on the day
	Mandates []Mandate `json:"mandates"`
}

func (s *Service) apiRoutes(r *web.Routes) {
	ref := map[string]string{"ref": "body-069"}
	r.Add(web.Route{Pattern: "/api/v1/bodies", Kind: web.APIRoute, Rule: ReadBodies, Handle: s.apiList, Summary: "List bodies", Params: listParams(), Returns: web.Rows[BodyJSON]{}})
	r.Add(web.Route{Pattern: "/api/v1/bodies/{ref}", Kind: web.APIRoute, Rule: ReadBodies, Handle: s.apiBody, Summary: "One body with its parts and mandates", Params: []web.Param{web.AsOf()}, Returns: BodyDetail{}, Sample: ref})
	r.Add(web.Route{Method: "POST", Pattern: "/api/v1/bodies", Kind: web.APIRoute, Rule: EditBodies, Handle: s.apiCreate, Summary: "Add a body", Body: BodyJSON{}, Returns: BodyJSON{}})
	r.Add(web.Route{Method: "PUT", Pattern: "/api/v1/bodies/{ref}", Kind: web.APIRoute, Rule: EditBodies, Handle: s.apiUpdate, Summary: "Change a body; version is the one that was read", Body: BodyJSON{}, Returns: BodyJSON{}, Sample: ref})
	r.Add(web.Route{Pattern: "/api/v1/organs", Kind: web.APIRoute, Rule: ReadBodies, Handle: s.apiOrgans, Summary: "Organs, their voting rules, and who is competent on a day", Params: []web.Param{web.AsOf()}, Returns: OrgansJSON{}})
	s.organAPI(r)
}

func (s *Service) apiList(x *web.Exchange) error {
	tree, atlas, err := s.readBoth(x.Context())
	if err != nil {
		return err
	}
	list, err := selection(x, tree, atlas)
	if err != nil {
		return err
	}
	page, err := cut(x, list)
	if err != nil {
		return err
	}
	out := web.Rows[BodyJSON]{Items: []BodyJSON{}, Next: page.Next}
	for _, b := range page.Items {
		out.Items = append(out.Items, document(b, atlas))
	}
	return x.JSON(out)
}

func (s *Service) apiBody(x *web.Exchange) error {
	tree, atlas, err := s.readBoth(x.Context())
	if err != nil {
		return err
	}
	b := tree.Body(x.Path("ref"))
	if b == nil {
		return fault.Missing("body")
	}
	d := BodyDetail{BodyJSON: document(b, atlas), Children: []string{}, Mandates: []Mandate{}}
	for _, c := range tree.Children(b.Ref, x.AsOf) {
		d.Children = append(d.Children, c.Ref)
	}
	mandates, err := s.Mandates(x.Context(), b.Ref)
	if err != nil {
		return err
	}
	d.Mandates = append(d.Mandates, mandates...)
	return x.JSON(d)
}

func (s *Service) apiCreate(x *web.Exchange) error {
	var d BodyJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	b, err := s.CreateBody(x.Context(), x.Actor, d.get)
	if err != nil {
		return err
	}
	return s.answer(x, 201, b)
}

func (s *Service) apiUpdate(x *web.Exchange) error {
	var d BodyJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	b, err := s.UpdateBody(x.Context(), x.Actor, x.Path("ref"), d.get)
	if err != nil {
		return err
	}
	return s.answer(x, 200, b)
}

func (s *Service) answer(x *web.Exchange, status int, b Body) error {
	atlas, err := s.places.Atlas(x.Context())
	if err != nil {
		return err
	}
	return x.JSONStatus(status, document(&b, atlas))
}

// OrgansJSON is the organs as the API gives them.
type OrgansJSON struct {
	Competent []string `json:"competent"` // keys of the organs that decide on the day
	Organs    []*Board `json:"organs"`
}

func (s *Service) apiOrgans(x *web.Exchange) error {
	boards, err := s.Boards(x.Context())
	if err != nil {
		return err
	}
	out := OrgansJSON{Competent: []string{}, Organs: append([]*Board{}, boards...)}
	for _, b := range Competent(boards, x.AsOf) {
		out.Competent = append(out.Competent, b.Key)
	}
	return x.JSON(out)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
