package key

import (
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/web"
)

// SharesJSON is a key's shares, with an amount divided when one was given.
type SharesJSON struct {
	Key       string      `json:"key"`
	Version   int         `json:"version"`
	Amount    *int64      `json:"amount_cents,omitempty"`
	Sum       *int64      `json:"sum_cents,omitempty"`
	Communes  []ShareJSON `json:"communes"`
	Remainder int         `json:"cents_given_by_largest_remainder"`
}

// ShareJSON is the share of one commune; Share is an exact fraction.
type ShareJSON struct {
	NIS    string `json:"nis"`
	Name   string `json:"name"`
	Share  string `json:"share"`
	Amount *int64 `json:"amount_cents,omitempty"`
	Rank   int    `json:"remainder_rank,omitempty"`
	Up     bool   `json:"rounded_up,omitempty"`
}

func (s *Service) apiRoutes(r *web.Routes, amount web.Param, sample map[string]string) {
	r.Add(web.Route{Pattern: "/api/v1/keys", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiList, Summary: "List the distribution keys with their versions", Returns: web.Rows[Key]{Items: []Key{{}}}})
	r.Add(web.Route{Pattern: "/api/v1/keys/{key}", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiKey, Summary: "Get one key with its versions", Sample: sample, Returns: Key{}})
	r.Add(web.Route{Pattern: "/api/v1/keys/{key}/shares", Kind: web.APIRoute, Rule: ruleView, Handle: s.apiShares, Summary: "Get the exact shares of the communes, and an amount divided by them",
		Params: []web.Param{web.AsOf(), amount, web.Query("version", "int", "number of a version, default the one in force")}, Sample: sample, Returns: SharesJSON{}})
}

func (s *Service) apiList(x *web.Exchange) error {
	var list []Key
	err := s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		list, err = s.List(tx, x.Actor)
		return err
	})
	if err != nil {
		return err
	}
	return x.JSON(web.Rows[Key]{Items: list})
}

func (s *Service) apiKey(x *web.Exchange) error {
	var k Key
	err := s.db.Read(x.Context(), func(tx *db.Tx) (err error) {
		k, err = s.Get(tx, x.Actor, x.Path("key"))
		return err
	})
	if err != nil {
		return err
	}
	return x.JSON(k)
}

func (s *Service) apiShares(x *web.Exchange) error {
	v, err := s.keyView(x)
	if err != nil {
		return err
	}
	if v.refused != "" {
		return &fault.Error{Kind: fault.BadRequest, Code: "key.amount", Args: fault.Args{"value": v.amount}}
	}
	return x.JSON(v.json())
}

func (v keyView) json() SharesJSON {
	doc := SharesJSON{Key: v.key.Key, Version: v.version.Number}
	given := v.amount != ""
	if given {
		doc.Amount, doc.Sum = cents(v.sharing.total), cents(v.sharing.sum())
	}
	for _, a := range v.sharing.communes {
		p := v.sharing.portions[a.Key]
		row := ShareJSON{NIS: a.Key, Name: a.Name(v.p.Lang()), Share: p.Share.RatString()}
		if given {
			row.Amount, row.Rank, row.Up = cents(p.Amount), p.Rank, p.Up
		}
		if p.Up {
			doc.Remainder++
		}
		doc.Communes = append(doc.Communes, row)
	}
	return doc
}

func cents(c money.Cents) *int64 {
	n := int64(c)
	return &n
}
