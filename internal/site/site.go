package site

import (
	"io/fs"

	"beffroi/internal/ground/key"
	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/mission"
	"beffroi/internal/ground/party"
	"beffroi/internal/ground/project"
	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/setting"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// Site is the rooms that the composed pages read.
type Site struct {
	DB        *db.DB
	Territory *territory.Service
	Series    *series.Service
	Party     *party.Service
	Mission   *mission.Service
	Project   *project.Service
	Key       *key.Service
	Ledger    *ledger.Service
	Finder    *finder.Finder
	Demo      bool
	Body      func(lang string) string
	Pack      fs.FS
	Names     Names
	URL       string // public address, "" when it follows from the request

	remembered *db.Copy[*remembered]
	switches   *db.Copy[map[string]string]
}

// New makes the composed pages of their rooms.
func New(s Site) *Site {
	s.remembered = series.Copy(s.Series, func(*db.Tx) (*remembered, error) { return &remembered{day: map[calendar.Date]*Figures{}}, nil })
	s.switches = setting.Copy(s.DB, "block.")
	return &s
}

// The rules of the composed pages.
var (
	reading = auth.Rule{Name: "site.view", Public: true}
	switchB = auth.Rule{Name: "block.switch", Roles: []auth.Role{auth.Registrar, auth.Admin}}
)

// Routes registers the composed pages.
func (s *Site) Routes(r *web.Routes) {
	mons := map[string]string{"nis": "53053"}
	page := func(pattern string, h web.Handler, summary string, sample map[string]string, params ...web.Param) {
		r.Add(web.Route{Pattern: pattern, Kind: web.PageRoute, Rule: reading, Handle: h, Summary: summary, Sample: sample, Params: params})
	}
	data := func(pattern, media, summary string, h web.Handler, returns any, sample map[string]string, params ...web.Param) {
		r.Add(web.Route{Pattern: pattern, Kind: web.DataRoute, Rule: reading, Handle: h, Summary: summary, Sample: sample, Params: params, Media: media, Returns: returns})
	}
	page("/{$}", s.pageHome, "What does the Province do for my commune?", nil, web.AsOf())
	s.searchRoutes(r)
	page("/communes", s.pageCommunes, "All communes, as list and map", nil, web.AsOf(), web.Query("figure", "string", "dataset shown on the map"), web.Query("sort", "enum", "order of the list", "name", "figure", "money"), web.Format())
	page("/communes/{nis}", s.pageCommune, "What the Province does for one commune", mons, web.AsOf(), web.PDF())
	data("/communes/{nis}.json", "application/json", "What the Province does for one commune, as JSON", s.jsonCommune, Commune{}, mons, web.AsOf())
	data("/communes/{nis}.csv", "text/csv", "What the Province does for one commune, as a table", s.csvCommune, nil, mons, web.AsOf())
	page("/province", s.pageProvince, "The whole province: total, communes and what is not allocated", nil, web.AsOf(), web.PDF())
	data("/api/v1/province", "application/json", "The whole province, as JSON", s.jsonProvince, Province{}, nil, web.AsOf())
	data("/api/v1/communes/{nis}", "application/json", "What the Province does for one commune, as JSON", s.jsonCommune, Commune{}, mons, web.AsOf())
	data("/theme.css", "text/css", "The institution's own colours", s.own("theme.css", "text/css; charset=utf-8"), nil, nil)
	data("/logo.svg", "image/svg+xml", "The institution's own mark", s.own("logo.svg", "image/svg+xml"), nil, nil)
	s.feedRoutes(r)
	r.Add(web.Route{Method: "POST", Pattern: "/communes/{nis}/blocks", Kind: web.FormRoute, Rule: switchB, Handle: s.formBlocks, Summary: "Show or hide the blocks of the commune pages", Sample: mons})
}

// asOf is the line that says of which day a page speaks.
func asOf(x *web.Exchange, demo bool, links ...ui.Link) ui.AsOf {
	p := x.P
	line := ui.AsOf{Label: p.T("asof.label"), Day: p.Date(x.AsOf), ISO: x.AsOf.String(), Print: p.T("asof.print"), Links: append(links, x.PDFLinks()...)}
	if demo {
		line.Note = p.T("asof.demo")
	}
	return line
}
