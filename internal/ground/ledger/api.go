package ledger

import (
	"net/http"
	"time"

	"beffroi/internal/ground/series"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/web"
)

// EntryJSON is an entry as the API gives it. Amount is in cents, hours or persons.
type EntryJSON struct {
	Ref         string        `json:"ref"`
	Date        calendar.Date `json:"date"`
	Year        int           `json:"year"`
	Kind        Kind          `json:"kind"`
	Source      string        `json:"source_object,omitempty"`
	Title       series.Text   `json:"title"`
	Measure     Measure       `json:"measure"`
	Amount      int64         `json:"amount"`
	Part        *int64        `json:"part,omitempty"` // of the filtered area
	Attribution Attribution   `json:"attribution"`
	Base        []string      `json:"base,omitempty"`
	Counts      bool          `json:"counts"`
	Fictitious  bool          `json:"fictitious"`
	Note        string        `json:"note,omitempty"`
	Origin      string        `json:"source,omitempty"`
	RecordedAt  time.Time     `json:"recorded_at"`
	Reverses    string        `json:"reverses,omitempty"`
	ReversedBy  string        `json:"reversed_by,omitempty"`
	Key         string        `json:"key,omitempty"`
	KeyVersion  int           `json:"key_version,omitempty"`
	Parts       []PartJSON    `json:"parts,omitempty"`
}

// PartJSON is the part of one commune; NIS is empty for what is not allocated.
// Share is the exact fraction that made it.
type PartJSON struct {
	NIS    string `json:"nis,omitempty"`
	Name   string `json:"name"`
	Amount int64  `json:"amount"`
	Share  string `json:"share,omitempty"`
	Rank   int    `json:"remainder_rank,omitempty"`
	Up     bool   `json:"rounded_up,omitempty"`
}

// PostingJSON is the body by which an entry is posted.
type PostingJSON struct {
	Date        calendar.Date `json:"date"`
	Kind        Kind          `json:"kind"`
	Source      string        `json:"source_object,omitempty"`
	Title       series.Text   `json:"title"`
	Measure     Measure       `json:"measure"`
	Amount      int64         `json:"amount"`
	Attribution Attribution   `json:"attribution"`
	Base        []string      `json:"base,omitempty"`
	Key         string        `json:"key,omitempty"`
	KeyVersion  int           `json:"key_version,omitempty"`
	Projection  bool          `json:"projection,omitempty"`
	Fictitious  bool          `json:"fictitious,omitempty"`
	Note        string        `json:"note,omitempty"`
	Origin      string        `json:"source,omitempty"`
}

// ReversalJSON is the body by which an entry is cancelled.
type ReversalJSON struct {
	Reason string `json:"reason"`
}

func entryJSON(e Entry) EntryJSON {
	return EntryJSON{Ref: e.Ref.String(), Date: e.Date, Year: e.Ref.Year, Kind: e.Kind, Source: e.Source, Title: e.Title, Measure: e.Measure, Amount: e.Amount,
		Attribution: e.Attribution, Base: e.Base, Counts: e.Counts, Fictitious: e.Fictitious, Note: e.Note, Origin: e.Origin, RecordedAt: e.RecordedAt}
}

func (s *Service) apiRoutes(r *web.Routes, sample map[string]string) {
	r.Add(web.Route{Pattern: "/api/v1/ledger", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiList, Summary: "List entries, newest first, with the filters of the page",
		Params: append(append(filters(), web.AsOf()), web.Paging()...), Returns: web.Rows[EntryJSON]{Items: []EntryJSON{{}}}})
	r.Add(web.Route{Pattern: "/api/v1/ledger/balance", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiBalance, Summary: "Prove that communes and unallocated make the total", Params: []web.Param{web.AsOf()}, Returns: []BalanceLine{{}}})
	r.Add(web.Route{Pattern: "/api/v1/ledger/{ref}", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiEntry, Summary: "Get one entry with its parts", Params: []web.Param{web.AsOf()}, Sample: sample, Returns: EntryJSON{}})
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/api/v1/ledger", Kind: web.APIRoute, Rule: rulePost, Handle: s.apiPost, Summary: "Post an entry", Body: PostingJSON{}, Returns: EntryJSON{}})
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/api/v1/ledger/{ref}/reversal", Kind: web.APIRoute, Rule: rulePost, Handle: s.apiReverse, Summary: "Cancel an entry by its exact negative", Sample: sample, Body: ReversalJSON{}, Returns: EntryJSON{}})
}

func (s *Service) apiList(x *web.Exchange) error {
	v, err := s.list(x, false, false)
	if err != nil {
		return err
	}
	page := web.Rows[EntryJSON]{Items: []EntryJSON{}, Next: v.page.Next}
	for _, l := range v.page.Items {
		e := entryJSON(l.Entry)
		if v.f.HasArea {
			e.Part = &l.Part
		}
		page.Items = append(page.Items, e)
	}
	return x.JSON(page)
}

func (s *Service) apiBalance(x *web.Exchange) error {
	var lines []BalanceLine
	err := s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		lines, err = s.Balance(tx, x.AsOf)
		return err
	})
	if err != nil {
		return err
	}
	return x.JSON(lines)
}

func (s *Service) apiEntry(x *web.Exchange) error {
	v, err := s.entryView(x)
	if err != nil {
		return err
	}
	return x.JSON(v.json())
}

func (v entryView) json() EntryJSON {
	e := entryJSON(v.Entry)
	if v.Original != nil {
		e.Reverses = v.Original.Ref.String()
	}
	if v.Reversal != nil {
		e.ReversedBy = v.Reversal.Ref.String()
	}
	if v.Key != nil {
		e.Key, e.KeyVersion = v.Key.Key.Key, v.Key.Version.Number
	}
	for _, part := range v.Parts {
		code, name, _ := v.name(part.Area)
		row := PartJSON{NIS: code, Name: name, Amount: part.Amount}
		if p, ok := v.portions[code]; ok {
			row.Share, row.Rank, row.Up = p.Share.RatString(), p.Rank, p.Up
		}
		e.Parts = append(e.Parts, row)
	}
	return e
}

func (s *Service) apiPost(x *web.Exchange) error {
	var b PostingJSON
	if err := x.Decode(&b); err != nil {
		return err
	}
	p := Posting{Date: b.Date, Kind: b.Kind, Title: b.Title, Measure: b.Measure, Amount: b.Amount, Attribution: b.Attribution, Base: b.Base, Key: b.Key, KeyVersion: b.KeyVersion,
		Projection: b.Projection, Fictitious: b.Fictitious, Note: b.Note, Origin: b.Origin}
	if b.Source != "" {
		ref, err := object.Parse(b.Source)
		if err != nil {
			return fault.Bad("source_object", b.Source, "ledger.source", fault.Args{"value": b.Source})
		}
		p.Source = ref
	}
	e, err := s.Post(x.Context(), x.Actor, p)
	if err != nil {
		return err
	}
	return x.JSONStatus(http.StatusCreated, entryJSON(e))
}

func (s *Service) apiReverse(x *web.Exchange) error {
	var b ReversalJSON
	if err := x.Decode(&b); err != nil {
		return err
	}
	ref, ok := ParseRef(x.Path("ref"))
	if !ok {
		return fault.Missing("ledger")
	}
	e, err := s.Reverse(x.Context(), x.Actor, ref, b.Reason)
	if err != nil {
		return err
	}
	return x.JSONStatus(http.StatusCreated, entryJSON(e))
}
