package series

import (
	"net/http"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Routes registers the pages, the forms and the API.
func (s *Service) Routes(r *web.Routes) {
	q := web.Query("q", "string", "words of the title, the key or the publisher")
	sample := map[string]string{"key": "population"}
	r.Add(web.Route{Pattern: "/datasets", Kind: web.PageRoute, Rule: ruleView, Handle: s.listPage, Summary: "The datasets: what is counted, by whom and for which years", Params: []web.Param{web.AsOf(), web.Format(), q}})
	r.Add(web.Route{Pattern: "/datasets/{key}", Kind: web.PageRoute, Rule: ruleView, Handle: s.datasetPage, Summary: "One dataset: its map, its figures by commune and year, its source and its vintages", Sample: sample,
		Params: []web.Param{web.AsOf(), web.Format(), web.Query("year", "int", "year of the map, default the latest"), dimParam(), web.Query("commune", "nis", "NIS code of a commune to set apart")}})
	r.Add(web.Route{Pattern: "/datasets/{key}/edit", Kind: web.PageRoute, Rule: ruleEdit, Handle: s.editPage, Summary: "Form: change the words of a dataset", Sample: sample})
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/datasets/{key}/edit", Kind: web.FormRoute, Rule: ruleEdit, Handle: s.postEdit, Summary: "Change the words of a dataset", Sample: sample})
	r.Add(web.Route{Method: http.MethodPost, Pattern: "/datasets/{key}/withdraw", Kind: web.FormRoute, Rule: ruleEdit, Handle: s.postWithdraw, Summary: "Withdraw a vintage, with the reason", Sample: sample})
	s.apiRoutes(r, q, sample)
}

func dimParam() web.Param {
	return web.Query("dim", "string", "dimension, for example age=00-04;sex=F; default the whole")
}

func asOf(x *web.Exchange, links ...ui.Link) ui.AsOf {
	return ui.AsOf{Label: x.P.T("series.asof"), Day: x.P.Date(x.AsOf), ISO: x.AsOf.String(), Print: x.P.T("series.print"), Links: links}
}

func fileLinks(x *web.Exchange, json string) []ui.Link {
	return []ui.Link{{Label: "CSV", Href: x.Here("format", "csv")}, {Label: "XLSX", Href: x.Here("format", "xlsx")}, {Label: "JSON", Href: x.Keep(json)}}
}

func crumbs(p *i18n.Printer, rest ...ui.Link) []ui.Link {
	return append([]ui.Link{{Label: p.T("series.home"), Href: "/"}, {Label: p.T("series.title"), Href: "/datasets"}}, rest...)
}

func editor(a auth.Actor) bool { return ruleEdit.Gate(a) == nil }

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
