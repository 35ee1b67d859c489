package convert

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Bounds of an XML document.
const (
	maxDepth    = 40
	maxElements = 500_000
)

// element is an element of an XML document with the line where it begins.
type element struct {
	name     string
	attrs    []xml.Attr
	text     string
	children []*element
	line     int
	used     bool // a reader looked at it
}

// xmlError is a document that cannot be read, and where.
type xmlError struct {
	line, column int
	code         string
	value        string
}

// Error gives the place.
func (e *xmlError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s %s", e.line, e.column, e.code, e.value)
}

// parseXML reads a whole document. What could reach outside it or unfold within
// it is refused: document types, entities. UTF-8 and ISO-8859-1 are read; a label
// that the bytes contradict is refused.
func parseXML(data []byte) (*element, error) {
	if len(data) > MaxFile {
		return nil, &xmlError{1, 1, "plan.xml.large", ""}
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Entity = map[string]string{}
	d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) { return latin1(label, r, data) }
	p := &xmlParser{decoder: d}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, p.fail("plan.xml.bad", reason(err))
		}
		if err := p.take(token); err != nil {
			return nil, err
		}
	}
	if p.root == nil {
		return nil, p.fail("plan.xml.bad", "empty")
	}
	return p.root, nil
}

// reason is what the decoder says without its own line.
func reason(err error) string {
	if e, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return e.Msg
	}
	return err.Error()
}

// latin1 reads ISO-8859-1 unless the bytes are plainly UTF-8.
func latin1(label string, r io.Reader, data []byte) (io.Reader, error) {
	if l := strings.ToLower(label); l != "iso-8859-1" && l != "windows-1252" && l != "us-ascii" {
		return nil, fmt.Errorf("encoding %q", label)
	}
	if utf8.Valid(data) && bytes.ContainsFunc(data, func(c rune) bool { return c >= utf8.RuneSelf }) {
		return nil, fmt.Errorf("the label says %s, the bytes are UTF-8", label)
	}
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	runes := make([]rune, len(all))
	for i, b := range all {
		runes[i] = rune(b)
	}
	return strings.NewReader(string(runes)), nil
}

type xmlParser struct {
	decoder *xml.Decoder
	root    *element
	open    []*element
	count   int
}

func (p *xmlParser) fail(code, value string) error {
	line, column := p.decoder.InputPos()
	return &xmlError{line, column, code, clip(value)}
}

func (p *xmlParser) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.Directive:
		return p.fail("plan.xml.doctype", string(t))
	case xml.StartElement:
		return p.start(t)
	case xml.EndElement:
		p.open = p.open[:len(p.open)-1]
	case xml.CharData:
		if len(p.open) > 0 {
			p.open[len(p.open)-1].text += string(t)
		} else if len(bytes.TrimSpace(t)) > 0 {
			return p.fail("plan.xml.bad", string(t))
		}
	}
	return nil
}

func (p *xmlParser) start(t xml.StartElement) error {
	line, _ := p.decoder.InputPos()
	e := &element{name: t.Name.Local, attrs: t.Copy().Attr, line: line}
	if p.count++; p.count > maxElements || len(p.open) >= maxDepth {
		return p.fail("plan.xml.large", e.name)
	}
	switch {
	case len(p.open) > 0:
		up := p.open[len(p.open)-1]
		up.children = append(up.children, e)
	case p.root != nil:
		return p.fail("plan.xml.bad", e.name)
	default:
		p.root = e
	}
	p.open = append(p.open, e)
	return nil
}

// child is the first child of a name, an empty element when there is none.
func (e *element) child(names ...string) *element {
	at := e
	for _, name := range names {
		var next *element
		for _, c := range at.children {
			if c.name == name {
				next = c
				break
			}
		}
		if next == nil {
			return &element{line: e.line}
		}
		next.used = true
		at = next
	}
	return at
}

// all are the children of a name below a list element.
func (e *element) all(list, name string) (found []*element) {
	for _, c := range e.child(list).children {
		if c.name == name {
			c.used = true
			found = append(found, c)
		}
	}
	return found
}

// value is the text of a child, trimmed.
func (e *element) value(names ...string) string { return strings.TrimSpace(e.child(names...).text) }

func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// unused calls f with each element that no reader looked at; what is below one is
// not told again.
func (e *element) unused(f func(*element)) {
	for _, c := range e.children {
		if !c.used {
			f(c)
		} else {
			c.unused(f)
		}
	}
}
