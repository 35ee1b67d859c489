package territory

import (
	"net/http"
	"slices"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/web"
)

// The documents of the API carry the names of the forms' fields, under which a
// verb refuses what is wrong. Days are texts, so that a bad one is refused by name.

// addJSON is a new area.
type addJSON struct {
	Kind     Kind   `json:"kind"`
	Key      string `json:"key,omitempty"` // made from the name when empty
	NameFR   string `json:"name_fr"`
	NameNL   string `json:"name_nl,omitempty"`
	NameDE   string `json:"name_de,omitempty"`
	Day      string `json:"day,omitempty"` // its first
	Hectares int64  `json:"area_ha,omitempty"`
	Source   string `json:"source,omitempty"`
}

// renameJSON is another name: with since it is a renaming of that day, without
// it corrects a spelling.
type renameJSON struct {
	Version int64  `json:"version"`
	NameFR  string `json:"name_fr"`
	NameNL  string `json:"name_nl,omitempty"`
	NameDE  string `json:"name_de,omitempty"`
	Since   string `json:"since,omitempty"`
	Source  string `json:"source,omitempty"`
}

// endJSON ends an area; date is its last day.
type endJSON struct {
	Version int64  `json:"version"`
	Date    string `json:"date"`
	Note    string `json:"note,omitempty"`
}

// memberJSON puts a commune into the group of the address, or with leave takes
// it out; day is the first of the new situation.
type memberJSON struct {
	Commune string `json:"commune"` // NIS code
	Day     string `json:"day"`
	Leave   bool   `json:"leave,omitempty"`
	Source  string `json:"source,omitempty"`
}

// recordJSON is an event to record; date is the first day of the new situation.
type recordJSON struct {
	Date   string      `json:"date"`
	Kind   EventKind   `json:"kind"`
	From   []partyJSON `json:"from"`
	To     []partyJSON `json:"to,omitempty"`    // with the code of a recoding, the weights of a split
	Moved  []partyJSON `json:"moved,omitempty"` // the members that a transfer moves
	Note   string      `json:"note,omitempty"`
	Source string      `json:"source,omitempty"`
}

// writing registers the five verbs of the territory as documents.
func (s *Service) writing(r *web.Routes) {
	area := map[string]string{"kind": "territory", "key": "ter-coeur-du-hainaut"}
	add := func(method, pattern, summary string, h web.Handler, body, returns any, sample map[string]string) {
		r.Add(web.Route{Method: method, Pattern: "/api/v1" + pattern, Kind: web.APIRoute, Rule: change, Handle: h, Summary: summary, Body: body, Returns: returns, Sample: sample})
	}
	add(http.MethodPost, "/areas", "Add an area", s.apiAdd, addJSON{}, areaJSON{}, nil)
	add(http.MethodPut, "/areas/{kind}/{key}/name", "Rename an area, or correct its name; version is the one that was read", s.apiRename, renameJSON{}, areaJSON{}, area)
	add(http.MethodPost, "/areas/{kind}/{key}/end", "End an area without successor; version is the one that was read", s.apiEnd, endJSON{}, areaJSON{}, area)
	add(http.MethodPost, "/areas/{kind}/{key}/members", "Put a commune into a group, or take it out", s.apiMember, memberJSON{}, areaDetail{}, area)
	add(http.MethodPost, "/events", "Record a recoding, merger, split or transfer", s.apiRecord, recordJSON{}, eventJSON{}, nil)
}

func (s *Service) apiAdd(x *web.Exchange) error {
	var d addJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	var bad fault.Fields
	n := NewArea{Kind: d.Kind, Key: d.Key, NameFR: d.NameFR, NameNL: d.NameNL, NameDE: d.NameDE, From: dayOf(d.Day, "day", &bad), Hectares: d.Hectares, Source: d.Source}
	if d.Hectares < 0 {
		bad.Add("area_ha", "", "territory.area.bad", fault.Args{"value": d.Hectares})
	}
	if err := bad.Err(); err != nil {
		return err
	}
	added, err := s.AddArea(x.Context(), x.Actor, n)
	if err != nil {
		return err
	}
	return x.JSONStatus(http.StatusCreated, jsonOf(added, x.P.Lang()))
}

func (s *Service) apiRename(x *web.Exchange) error {
	_, area, err := s.at(x)
	if err != nil {
		return err
	}
	var d renameJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	var bad fault.Fields
	n := Naming{ID: area.ID, Version: d.Version, FR: d.NameFR, NL: d.NameNL, DE: d.NameDE, From: dayOf(d.Since, "since", &bad), Source: d.Source}
	if err := bad.Err(); err != nil {
		return err
	}
	renamed, err := s.RenameArea(x.Context(), x.Actor, n)
	if err != nil {
		return err
	}
	return x.JSON(jsonOf(renamed, x.P.Lang()))
}

func (s *Service) apiEnd(x *web.Exchange) error {
	_, area, err := s.at(x)
	if err != nil {
		return err
	}
	var d endJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	var bad fault.Fields
	last := dayOf(d.Date, "date", &bad)
	if err := bad.Err(); err != nil {
		return err
	}
	if err := s.EndArea(x.Context(), x.Actor, area.ID, d.Version, last, d.Note); err != nil {
		return err
	}
	_, area, err = s.at(x)
	if err != nil {
		return err
	}
	return x.JSON(jsonOf(area, x.P.Lang()))
}

func (s *Service) apiMember(x *web.Exchange) error {
	a, group, err := s.at(x)
	if err != nil {
		return err
	}
	var d memberJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	var bad fault.Fields
	j := Joining{Group: group.ID, From: dayOf(d.Day, "day", &bad), Leave: d.Leave, Source: d.Source}
	if c, _, ok := a.Commune(d.Commune); ok {
		j.Area = c.ID
	}
	if err := bad.Err(); err != nil {
		return err
	}
	if err := s.SetMembership(x.Context(), x.Actor, j); err != nil {
		return err
	}
	if a, group, err = s.at(x); err != nil {
		return err
	}
	return x.JSON(a.detail(group, x))
}

func (s *Service) apiRecord(x *web.Exchange) error {
	var d recordJSON
	if err := x.Decode(&d); err != nil {
		return err
	}
	a, err := s.Atlas(x.Context())
	if err != nil {
		return err
	}
	e, err := a.event(d)
	if err != nil {
		return err
	}
	if err := s.RecordEvent(x.Context(), x.Actor, e); err != nil {
		return err
	}
	if a, err = s.Atlas(x.Context()); err != nil { // keys as they are now
		return err
	}
	return x.JSONStatus(http.StatusCreated, eventJSON{e.Date, e.Kind, a.parties(e.From), a.parties(e.To), e.Note})
}

// event makes an event of a document. A recoding names one area and its new
// code; its key need not be said twice.
func (a *Atlas) event(d recordJSON) (Event, error) {
	var bad fault.Fields
	e := Event{Date: dayOf(d.Date, "date", &bad), Kind: d.Kind, Note: d.Note, Source: d.Source}
	if !slices.Contains(recordable, e.Kind) {
		bad.Add("kind", string(e.Kind), "territory.event.kind", nil)
	}
	e.From, e.Moved = a.sides(d.From, "from", &bad), a.sides(d.Moved, "moved", &bad)
	if e.Kind != Recode {
		e.To = a.sides(d.To, "to", &bad)
	} else if len(d.To) == 1 {
		a.recoding(&e, d.To[0].Code)
	}
	return e, bad.Err()
}

func (a *Atlas) sides(list []partyJSON, name string, bad *fault.Fields) []Party {
	var out []Party
	for _, p := range list {
		if area := a.called(p.Key, name, bad); area != nil {
			out = append(out, Party{Area: area.ID, Weight: p.Weight})
		}
	}
	return out
}
