package site

import (
	"strings"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// found is a group of results of one sort.
type found struct {
	key, title string
	items      []ui.Item
}

// maxFound is how many results of each sort the page shows.
const maxFound = 20

// pageSearch finds communes by name, old name, Dutch name, code or postal code,
// and bodies, missions and projects by their words. One exact commune is opened
// at once.
func (s *Site) pageSearch(x *web.Exchange) error {
	q := strings.TrimSpace(x.Query("q"))
	atlas, err := s.Territory.Atlas(x.Context())
	if err != nil {
		return err
	}
	hits := atlas.Search(q, maxFound)
	if len(hits) == 1 && hits[0].Area.Kind == territory.Commune {
		return x.Redirect(hits[0].Area.Address())
	}
	var groups []found
	add := func(key string, items []ui.Item) {
		if len(items) > 0 {
			groups = append(groups, found{key, x.P.T("search." + key), items}) // i18n: search.*
		}
	}
	add("areas", areaItems(x, hits))
	if q != "" {
		err = s.DB.Read(x.Context(), func(tx *db.Tx) error {
			bodies, err := s.Party.Find(tx, q, x.AsOf, maxFound)
			if err != nil {
				return err
			}
			var items []ui.Item
			for _, b := range bodies {
				name, _ := b.Name(x.P.Lang())
				items = append(items, ui.Item{Title: name, Href: b.Address(), Meta: x.P.T("party.kind." + string(b.Kind))}) // i18n: party.kind.*
			}
			add("bodies", items)
			missions, err := s.Mission.Find(tx, q, x.AsOf, maxFound)
			if err != nil {
				return err
			}
			items = nil
			for _, m := range missions {
				title, _ := m.Title.In(x.P.Lang())
				items = append(items, ui.Item{Title: title, Href: "/missions/" + m.Code, Meta: domainName(x.P, m.Domain)})
			}
			add("missions", items)
			projects, err := s.Project.Find(tx, q, x.AsOf, maxFound)
			if err != nil {
				return err
			}
			items = nil
			for _, p := range projects {
				title, _ := p.Title.In(x.P.Lang())
				items = append(items, ui.Item{Title: title, Href: "/projects/" + p.Ref, Meta: p.Cycle})
			}
			add("projects", items)
			return nil
		})
	}
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("search.title"), Lede: x.P.T("search.lede"), Compact: true, Crumbs: []ui.Link{{Label: x.P.T("search.title"), Current: true}}}
	return x.Page(page, searchPage(x, q, groups))
}

func areaItems(x *web.Exchange, hits []territory.Hit) []ui.Item {
	var items []ui.Item
	for _, h := range hits {
		meta := x.P.T("territory.kind." + string(h.Area.Kind))
		if h.Why != "name" {
			meta += " · " + h.Matched
		}
		items = append(items, ui.Item{Title: h.Area.Name(x.P.Lang()), Href: h.Area.Address(), Meta: meta})
	}
	return items
}
