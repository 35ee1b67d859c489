// Package feed writes Atom feeds (RFC 4287, paged by RFC 5005): a pure function
// from a Feed to bytes. It refuses what the standard forbids, so that whoever
// fills a feed wrongly learns it from a test and not from a reader.
package feed

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Media is the media type of an Atom feed.
const Media = "application/atom+xml; charset=utf-8"

// ErrFeed is wrapped by every refusal to write a feed.
var ErrFeed = errors.New("not an Atom feed")

// Feed is one page of a feed, newest entry first.
type Feed struct {
	ID        string // lasting absolute IRI, urn: or tag:
	Title     string
	Subtitle  string // optional
	Lang      string // BCP 47
	Base      string // absolute address that the links are relative to
	Self      string // address of this page of the feed
	Alternate string // address of the page for people that says the same
	Next      string // address of the older entries, "" on the last page (RFC 5005, 3)
	Author    string
	Updated   time.Time // of the feed when it has no entry; otherwise the newest entry decides
	Entries   []Entry
}

// Entry is one change.
type Entry struct {
	ID         string // lasting absolute IRI, different from every other of the feed
	Title      string
	Link       string // address of what it is about
	Updated    time.Time
	Categories []Category
	Content    Content
}

// Category is a kind of entry that a reader may filter by.
type Category struct{ Term, Label string }

// Content is what an entry says: text, or HTML that this package has made. The
// zero Content says nothing.
type Content struct{ kind, body string }

// Text is content without markup.
func Text(s string) Content { return Content{"text", s} }

// Paragraphs is HTML content: one paragraph for each text, escaped. Empty texts
// are left out.
func Paragraphs(texts ...string) Content {
	var b strings.Builder
	for _, t := range texts {
		if t != "" {
			b.WriteString("<p>" + html.EscapeString(t) + "</p>")
		}
	}
	return Content{"html", b.String()}
}

// The elements of RFC 4287, in the order in which they are written.
type (
	xmlFeed struct {
		XMLName   xml.Name   `xml:"http://www.w3.org/2005/Atom feed"`
		Lang      string     `xml:"xml:lang,attr,omitempty"`
		Base      string     `xml:"xml:base,attr,omitempty"`
		ID        string     `xml:"id"`
		Title     string     `xml:"title"`
		Subtitle  string     `xml:"subtitle,omitempty"`
		Updated   string     `xml:"updated"`
		Author    string     `xml:"author>name"`
		Generator string     `xml:"generator"`
		Links     []xmlLink  `xml:"link"`
		Entries   []xmlEntry `xml:"entry"`
	}
	xmlLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	xmlEntry struct {
		ID         string        `xml:"id"`
		Title      string        `xml:"title"`
		Updated    string        `xml:"updated"`
		Links      []xmlLink     `xml:"link"`
		Categories []xmlCategory `xml:"category"`
		Content    *xmlContent   `xml:"content"`
	}
	xmlCategory struct {
		Term  string `xml:"term,attr"`
		Label string `xml:"label,attr,omitempty"`
	}
	xmlContent struct {
		Type string `xml:"type,attr"`
		Body string `xml:",chardata"`
	}
)

// Modified is when the feed last changed: its newest entry, or Updated.
func (f Feed) Modified() time.Time {
	at := time.Time{}
	for _, e := range f.Entries {
		if e.Updated.After(at) {
			at = e.Updated
		}
	}
	if at.IsZero() {
		return f.Updated
	}
	return at
}

// Encode writes the feed. Errors wrap ErrFeed and name what is missing. Characters
// that XML cannot hold become U+FFFD.
func (f Feed) Encode() ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	doc := xmlFeed{Lang: f.Lang, Base: f.Base, ID: f.ID, Title: f.Title, Subtitle: f.Subtitle, Updated: instant(f.Modified()), Author: f.Author, Generator: "Beffroi",
		Links: []xmlLink{{"self", "application/atom+xml", f.Self}, {"alternate", "text/html", f.Alternate}}}
	if f.Next != "" {
		doc.Links = append(doc.Links, xmlLink{"next", "application/atom+xml", f.Next})
	}
	for _, e := range f.Entries {
		doc.Entries = append(doc.Entries, e.encode())
	}
	b, err := xml.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	return slices.Concat([]byte(xml.Header), b, []byte("\n")), nil
}

func (e Entry) encode() xmlEntry {
	out := xmlEntry{ID: e.ID, Title: e.Title, Updated: instant(e.Updated)}
	if e.Link != "" {
		out.Links = []xmlLink{{"alternate", "text/html", e.Link}}
	}
	for _, c := range e.Categories {
		out.Categories = append(out.Categories, xmlCategory(c))
	}
	if e.Content.body != "" {
		out.Content = &xmlContent{e.Content.kind, e.Content.body}
	}
	return out
}

// instant is a date construct (RFC 4287, 3.3).
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// check refuses what a feed and its entries must have and lack (RFC 4287, 4.1).
func (f Feed) check() error {
	for _, c := range []struct {
		what  string
		right bool
	}{{"absolute id", absolute(f.ID)}, {"title", said(f.Title)}, {"author", said(f.Author)}, {"absolute base", absolute(f.Base)},
		{"self", f.Self != ""}, {"alternate", f.Alternate != ""}, {"updated", !f.Modified().IsZero()}} {
		if !c.right {
			return fmt.Errorf("%w: %s has no %s", ErrFeed, f.ID, c.what)
		}
	}
	seen := map[string]bool{f.ID: true}
	for i, e := range f.Entries {
		// An entry without content must link to its alternate (4.1.2).
		if !absolute(e.ID) || !said(e.Title) || e.Updated.IsZero() || e.Link == "" && e.Content.body == "" {
			return fmt.Errorf("%w: entry %d (%s) lacks id, title, updated or what it says", ErrFeed, i+1, e.ID)
		}
		if seen[e.ID] {
			return fmt.Errorf("%w: entry %d has the id of another: %s", ErrFeed, i+1, e.ID)
		}
		seen[e.ID] = true
		if slices.ContainsFunc(e.Categories, func(c Category) bool { return c.Term == "" }) {
			return fmt.Errorf("%w: entry %d has a category without a term", ErrFeed, i+1)
		}
	}
	return nil
}

func said(s string) bool { return strings.TrimSpace(s) != "" }

func absolute(iri string) bool {
	u, err := url.Parse(iri)
	return err == nil && u.IsAbs() && !strings.ContainsAny(iri, " \t\r\n<>\"")
}
