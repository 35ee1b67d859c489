package feed

import (
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func noon(day int) time.Time { return time.Date(2026, 11, day, 12, 0, 0, 0, time.UTC) }

func sample() Feed {
	return Feed{ID: "urn:uuid:0b1f5f0e-7a5c-8d43-9c5b-3a0a8f5c1e11", Title: "Mons : ce qui a changé", Subtitle: "Projets, missions & comptes", Lang: "fr",
		Base: "https://beffroi.example/", Self: "/communes/53053/feed.atom", Alternate: "/communes/53053", Next: "/communes/53053/feed.atom?cursor=abc", Author: "Province de Hainaut",
		Entries: []Entry{
			{ID: "urn:uuid:0b1f5f0e-7a5c-8d43-9c5b-3a0a8f5c1e13", Title: "Projet modifié : <i>Ravel</i> & vélos", Link: "/projects/ravel", Updated: noon(23),
				Categories: []Category{{"project.changed", "Projet modifié"}}, Content: Paragraphs("Ont changé : montant <script>alert(1)</script>.", "", "À suivre.")},
			{ID: "urn:uuid:0b1f5f0e-7a5c-8d43-9c5b-3a0a8f5c1e12", Title: "Mission ajoutée", Updated: noon(22).Add(time.Millisecond), Content: Text("Gestion de l’eau")},
		}}
}

func TestGolden(t *testing.T) {
	got, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "commune.atom")
	if os.Getenv("BEFFROI_UPDATE") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// readFeed is a feed as a reader takes it: by the names and the namespace of
// RFC 4287, nothing of the writer's own types.
type readFeed struct {
	XMLName  xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	Base     string   `xml:"http://www.w3.org/XML/1998/namespace base,attr"`
	ID       string   `xml:"http://www.w3.org/2005/Atom id"`
	Title    string   `xml:"http://www.w3.org/2005/Atom title"`
	Subtitle string   `xml:"http://www.w3.org/2005/Atom subtitle"`
	Updated  string   `xml:"http://www.w3.org/2005/Atom updated"`
	Author   string   `xml:"http://www.w3.org/2005/Atom author>name"`
	Links    []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		ID         string `xml:"http://www.w3.org/2005/Atom id"`
		Title      string `xml:"http://www.w3.org/2005/Atom title"`
		Updated    string `xml:"http://www.w3.org/2005/Atom updated"`
		Categories []struct {
			Term  string `xml:"term,attr"`
			Label string `xml:"label,attr"`
		} `xml:"http://www.w3.org/2005/Atom category"`
		Content struct {
			Type string `xml:"type,attr"`
			Body string `xml:",chardata"`
		} `xml:"http://www.w3.org/2005/Atom content"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

// xmlText is a text as XML can carry it.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, r < 0x20 && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			return utf8.RuneError
		}
		return r
	}, s)
}

// Whatever a feed says comes back from a parser, and nothing of it as markup.
func TestReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string { return rapid.StringN(1, 40, -1).Draw(t, name) }
		f := sample()
		f.Entries = nil
		f.Title, f.Subtitle, f.Author = text("title")+"x", text("subtitle"), text("author")+"x"
		f.Updated = noon(1)
		n := rapid.IntRange(0, 5).Draw(t, "entries")
		for i := range n {
			f.Entries = append(f.Entries, Entry{ID: "urn:x:" + strings.Repeat("e", i+1), Title: text("entry") + "x", Link: "/e",
				Updated: noon(1 + rapid.IntRange(0, 25).Draw(t, "day")), Categories: []Category{{"t" + text("term"), text("label")}}, Content: Text("c" + text("content"))})
		}
		b, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var got readFeed
		if err := xml.Unmarshal(b, &got); err != nil {
			t.Fatalf("%v in\n%s", err, b)
		}
		if got.ID != f.ID || got.Title != xmlText(f.Title) || got.Subtitle != xmlText(f.Subtitle) || got.Author != xmlText(f.Author) || got.Lang != "fr" || got.Base != f.Base || len(got.Entries) != n {
			t.Fatalf("%+v\nof\n%s", got, b)
		}
		if got.Updated != f.Modified().Format(time.RFC3339) {
			t.Fatalf("updated %s, want %s", got.Updated, f.Modified())
		}
		for i, e := range got.Entries {
			w := f.Entries[i]
			if e.ID != w.ID || e.Title != xmlText(w.Title) || e.Updated > got.Updated || e.Categories[0].Term != xmlText(w.Categories[0].Term) || e.Content.Type != "text" || e.Content.Body != xmlText(w.Content.body) {
				t.Fatalf("entry %+v, want %+v", e, w)
			}
		}
	})
}

func TestLinks(t *testing.T) {
	rels := func(f Feed) (list []string) {
		b, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var got readFeed
		if err := xml.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		for _, l := range got.Links {
			list = append(list, l.Rel+" "+l.Href)
		}
		return list
	}
	f := sample()
	if got := strings.Join(rels(f), ", "); got != "self /communes/53053/feed.atom, alternate /communes/53053, next /communes/53053/feed.atom?cursor=abc" {
		t.Error(got)
	}
	f.Next = ""
	if got := rels(f); len(got) != 2 {
		t.Errorf("the last page leads on: %v", got)
	}
}

func TestParagraphsAreEscaped(t *testing.T) {
	if got := Paragraphs("a <b> & \"c\"", "", "d"); got.kind != "html" || got.body != "<p>a &lt;b&gt; &amp; &#34;c&#34;</p><p>d</p>" {
		t.Errorf("%+v", got)
	}
}

func TestRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Feed){
		"no id":              func(f *Feed) { f.ID = "" },
		"relative id":        func(f *Feed) { f.ID = "/communes/53053" },
		"id with a space":    func(f *Feed) { f.ID = "urn:x y" },
		"no title":           func(f *Feed) { f.Title = " " },
		"no author":          func(f *Feed) { f.Author = "" },
		"relative base":      func(f *Feed) { f.Base = "/" },
		"no self":            func(f *Feed) { f.Self = "" },
		"no alternate":       func(f *Feed) { f.Alternate = "" },
		"never updated":      func(f *Feed) { f.Entries = nil },
		"entry id":           func(f *Feed) { f.Entries[0].ID = "1" },
		"entry title":        func(f *Feed) { f.Entries[0].Title = "" },
		"entry time":         func(f *Feed) { f.Entries[0].Updated = time.Time{} },
		"entry says nothing": func(f *Feed) { f.Entries[0].Link, f.Entries[0].Content = "", Content{} },
		"two of one id":      func(f *Feed) { f.Entries[1].ID = f.Entries[0].ID },
		"entry with feed's":  func(f *Feed) { f.Entries[1].ID = f.ID },
		"category, no term":  func(f *Feed) { f.Entries[0].Categories[0].Term = "" },
	} {
		f := sample()
		spoil(&f)
		if b, err := f.Encode(); !errors.Is(err, ErrFeed) {
			t.Errorf("%s: %v, written: %s", name, err, b)
		}
	}
	if _, err := sample().Encode(); err != nil {
		t.Errorf("the unspoilt feed is refused: %v", err)
	}
}
