package site

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/feed"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/ical"
	"beffroi/internal/platform/news"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/web"
)

// i18n: news.kind.* news.field.*

// Names are by what readers elsewhere know the things of this house: they hold
// when its address changes.
type Names struct {
	Space string    // of the UUIDs
	Since time.Time // when the house began to publish
}

// uuid is the lasting name of a thing.
func (n Names) uuid(name string) string { return object.UUID(n.Space, name) }

// subject is what a feed is about.
type subject struct {
	ref   object.Ref
	title news.Title
	page  string // path of its page
	news  news.Filter
}

// feedRoutes registers feeds and calendars.
func (s *Site) feedRoutes(r *web.Routes) {
	add := func(pattern, media, summary string, h web.Handler, name, value string, params ...web.Param) {
		media, _, _ = strings.Cut(media, ";")
		r.Add(web.Route{Pattern: pattern, Kind: web.DataRoute, Rule: reading, Handle: h, Summary: summary, Media: media, Sample: map[string]string{name: value}, Params: params})
	}
	add("/communes/{nis}/feed.atom", feed.Media, "What changed for one commune, as Atom", s.feedOf(s.aboutCommune), "nis", "53053", web.Paging()...)
	add("/missions/{code}/feed.atom", feed.Media, "What changed of one mission, as Atom", s.feedOf(s.aboutMission), "code", "TER-EAU", web.Paging()...)
	add("/projects/{ref}/feed.atom", feed.Media, "What changed of one project, as Atom", s.feedOf(s.aboutProject), "ref", "SUPRA-2017-03", web.Paging()...)
	add("/bodies/{ref}/feed.atom", feed.Media, "What changed of one body, as Atom", s.feedOf(s.aboutBody), "ref", "organ-conseil", web.Paging()...)
	add("/communes/{nis}/calendar.ics", ical.Media, "The dates of one commune, as iCalendar", s.calendarCommune, "nis", "53053")
	add("/bodies/{ref}/calendar.ics", ical.Media, "The dates of one body, as iCalendar", s.calendarBody, "ref", "organ-conseil")
}

// communeAt finds the commune of the address; an old code leads to today's.
func (s *Site) communeAt(x *web.Exchange) (*territory.Atlas, *territory.Area, error) {
	atlas, err := s.Territory.Atlas(x.Context())
	if err != nil {
		return nil, nil, err
	}
	area, _, ok := atlas.Commune(x.Path("nis"))
	if !ok {
		return nil, nil, fault.New(fault.NotFound, "commune.absent", fault.Args{"value": x.Path("nis")})
	}
	return atlas, area, nil
}

// hiddenNews are the kinds of news that belong to a block which staff have
// taken off the public pages: what a page does not show, no feed tells.
var hiddenNews = map[string][]string{"money": {"ledger."}, "projects": {"project."}, "missions": {"mission."}, "bodies": {"body.", "mandate.", "organ."}, "figures": {"series."}}

// hidden reads the blocks that are not public.
func (s *Site) hidden(tx *db.Tx) (map[string]bool, error) {
	values, err := s.switches.Get(tx)
	hidden := map[string]bool{}
	for name, value := range values {
		hidden[strings.TrimPrefix(name, "block.")] = value == "off"
	}
	return hidden, err
}

func (s *Site) aboutCommune(tx *db.Tx, x *web.Exchange) (u subject, err error) {
	_, area, err := s.communeAt(x)
	if err != nil {
		return u, err
	}
	u = subject{ref: area.Ref(), title: news.Title{FR: area.NameFR, NL: area.NameNL}, page: area.Address(), news: news.Filter{Area: area.ID}}
	hidden, err := s.hidden(tx)
	for b, prefixes := range hiddenNews {
		if hidden[b] {
			u.news.Hidden = append(u.news.Hidden, prefixes...)
		}
	}
	slices.Sort(u.news.Hidden) // one text of a statement, whatever the order of a map
	return u, err
}

func (s *Site) aboutMission(tx *db.Tx, x *web.Exchange) (u subject, err error) {
	c, err := s.Mission.CatalogueTx(tx)
	if err != nil {
		return u, err
	}
	m := c.Mission(x.Path("code"))
	if m == nil {
		return u, fault.Missing("mission")
	}
	return thing(m.Object(), news.Title(m.Title), m.Address()), nil
}

func (s *Site) aboutProject(tx *db.Tx, x *web.Exchange) (u subject, err error) {
	p, err := s.Project.ProjectTx(tx, x.Path("ref"))
	if err != nil {
		return u, err
	}
	return thing(p.Object(), news.Title(p.Title), p.Address()), nil
}

func (s *Site) aboutBody(tx *db.Tx, x *web.Exchange) (u subject, err error) {
	t, err := s.Party.TreeTx(tx)
	if err != nil {
		return u, err
	}
	b := t.Body(x.Path("ref"))
	if b == nil {
		return u, fault.Missing("body")
	}
	return thing(b.Object(), news.Title{FR: b.NameFR, NL: b.NameNL}, b.Address()), nil
}

func thing(ref object.Ref, title news.Title, page string) subject {
	return subject{ref: ref, title: title, page: page, news: news.Filter{Object: ref}}
}

// feedOf answers with the feed of a subject, a page at a time.
func (s *Site) feedOf(about func(*db.Tx, *web.Exchange) (subject, error)) web.Handler {
	return func(x *web.Exchange) error {
		var u subject
		var list []news.Item
		err := s.DB.Read(x.Context(), func(tx *db.Tx) (err error) {
			if u, err = about(tx, x); err != nil {
				return err
			}
			u.news.Limit = x.Limit() + 1
			if err := x.Cursor(&u.news.Below); err != nil {
				return err
			}
			list, err = news.List(tx, u.news)
			return err
		})
		if err != nil {
			return err
		}
		rows, err := web.CutPage(x, list, u.news.Limit-1, func(i news.Item) any { return i.ID })
		if err != nil {
			return err
		}
		f := s.feed(x, u, rows)
		b, err := f.Encode()
		if err != nil {
			return err
		}
		x.Dated(f.Modified())
		return x.Text(feed.Media, b)
	}
}

func (s *Site) feed(x *web.Exchange, u subject, rows web.Rows[news.Item]) feed.Feed {
	p, lang := x.P, x.P.Lang()
	name, _ := u.title.In(lang)
	f := feed.Feed{ID: "urn:uuid:" + s.Names.uuid("feed "+u.ref.String()+" "+lang), Title: p.T("feed.title", "name", name), Subtitle: p.T("feed.subtitle"),
		Lang: lang, Base: s.base(x), Self: x.Here("lang", lang), Alternate: u.page + "?lang=" + lang, Author: s.Body(lang), Updated: s.Names.Since}
	if rows.Next != "" {
		f.Next = x.Here("lang", lang, "cursor", rows.Next)
	}
	for _, i := range rows.Items {
		f.Entries = append(f.Entries, s.entry(p, i))
	}
	return f
}

// entry says what changed; the things that hold no page any more lead nowhere.
func (s *Site) entry(p *i18n.Printer, i news.Item) feed.Entry {
	title, _ := i.Title.In(p.Lang())
	kind := p.T("news.kind." + string(i.Kind))
	e := feed.Entry{ID: "urn:uuid:" + s.Names.uuid(fmt.Sprintf("news %d", i.ID)), Title: p.T("news.line", "kind", kind, "title", title), Updated: i.At,
		Categories: []feed.Category{{Term: string(i.Kind), Label: kind}}, Content: feed.Paragraphs(sentences(p, i)...)}
	if !strings.HasSuffix(string(i.Kind), ".removed") {
		e.Link = i.Href
	}
	return e
}

// sentences say what an entry is about.
func sentences(p *i18n.Printer, i news.Item) (list []string) {
	if len(i.Fields) > 0 {
		names := make([]string, len(i.Fields))
		for n, f := range i.Fields {
			names[n] = p.T("news.field." + f)
		}
		list = append(list, p.T("news.fields", "list", strings.Join(names, ", ")))
	}
	if i.Year != 0 {
		list = append(list, p.T("news.year", "year", i.Year))
	}
	return append(list, p.T("news.day", "day", calendar.Of(i.At.In(clock.Brussels()))))
}

// base is the address that relative links start from.
func (s *Site) base(x *web.Exchange) string {
	if s.URL != "" {
		return strings.TrimSuffix(s.URL, "/") + "/"
	}
	u := url.URL{Scheme: "http", Host: x.R.Host, Path: "/"}
	if x.R.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}
