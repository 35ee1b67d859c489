package ui

import (
	"bytes"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

func render(t testing.TB, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatalf("render: %v", err)
	}
	return b.String()
}

// each visits the elements of a document in order.
func each(t testing.TB, text string, visit func(n *html.Node)) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func find(t testing.TB, text, tag string) []*html.Node {
	var out []*html.Node
	each(t, text, func(n *html.Node) {
		if n.Data == tag {
			out = append(out, n)
		}
	})
	return out
}

// faults are the promises of the package, checked on any page.
func faults(t testing.TB, text string) []string {
	var out []string
	say := func(s ...string) { out = append(out, strings.Join(s, " ")) }
	ids, labels := map[string]int{}, map[string]bool{}
	each(t, text, func(n *html.Node) {
		if id := attr(n, "id"); id != "" {
			ids[id]++
		}
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
	})
	for id, count := range ids {
		if count > 1 {
			say("id used twice:", id)
		}
	}
	headings := 0
	each(t, text, func(n *html.Node) {
		out = append(out, inlineFaults(n)...)
		out = append(out, nameFaults(n, labels)...)
		for _, name := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls"} {
			for _, id := range strings.Fields(attr(n, name)) {
				if ids[id] == 0 {
					say(n.Data, name, "leads nowhere:", id)
				}
			}
		}
		if href := attr(n, "href"); len(href) > 1 && href[0] == '#' && ids[href[1:]] == 0 {
			say("link leads nowhere:", href)
		}
		if n.Data == "h1" {
			headings++
		}
		if level := headingLevel(n); level > 0 && textOf(n) == "" {
			say("empty heading", n.Data)
		}
	})
	if strings.HasPrefix(text, "<!doctype html>") || strings.HasPrefix(text, "<!DOCTYPE html>") {
		if headings != 1 {
			say("a page needs one h1")
		}
	}
	return out
}

// inlineFaults are what the Content-Security-Policy refuses.
func inlineFaults(n *html.Node) []string {
	var out []string
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			out = append(out, n.Data+" has an inline "+a.Key)
		}
		if (a.Key == "href" || a.Key == "action") && strings.HasPrefix(a.Val, "javascript:") {
			out = append(out, n.Data+" runs a script from its address")
		}
	}
	if n.Data == "style" || n.Data == "script" && !has(n, "src") {
		out = append(out, "inline "+n.Data)
	}
	return out
}

// nameFaults are controls, links, pictures and tables that nobody can name.
func nameFaults(n *html.Node, labels map[string]bool) []string {
	switch n.Data {
	case "input", "select", "textarea", "progress":
		if attr(n, "type") != "hidden" && !labels[attr(n, "id")] {
			return []string{n.Data + " without label: " + attr(n, "name")}
		}
	case "a", "button", "summary", "legend", "th", "caption", "dt", "option", "label":
		if textOf(n) == "" && attr(n, "aria-label") == "" {
			return []string{n.Data + " says nothing"}
		}
	case "img":
		if !has(n, "alt") {
			return []string{"img without alt"}
		}
	case "nav", "aside":
		if attr(n, "aria-label") == "" {
			return []string{n.Data + " without name"}
		}
	case "table":
		if c := n.FirstChild; c == nil || c.Data != "caption" {
			return []string{"table without caption"}
		}
	}
	return nil
}

func headingLevel(n *html.Node) int {
	if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
		return int(n.Data[1] - '0')
	}
	return 0
}
