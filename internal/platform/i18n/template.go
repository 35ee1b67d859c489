package i18n

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// template is a compiled text: plain when it has no parameter.
type template struct {
	source   string // as written, for Check
	plain    string
	segments []segment // nil when plain
}

// segment is literal text followed, unless it is the last, by a parameter.
type segment struct {
	text     string
	param    string // "" when none
	format   formatter
	decimals int
}

var (
	paramSyntax = regexp.MustCompile(`^([a-z][A-Za-z0-9_]*)(?::([a-z]+)(?::([0-9]))?)?$`)
	htmlSyntax  = regexp.MustCompile(`<|&#?[A-Za-z0-9]+;`)
)

// markup is the first HTML of a text, "" when there is none.
func markup(source string) string {
	if !strings.ContainsAny(source, "<&") {
		return "" // nearly all, and the expression is slow
	}
	return htmlSyntax.FindString(source)
}

// compile reads a text with {name}, {name:format} and {name:format:decimals}.
func compile(source string) (*template, error) {
	if html := markup(source); html != "" {
		return nil, fmt.Errorf("HTML (%s) in a text; markup belongs to the page", html)
	}
	t := &template{source: source}
	var text strings.Builder
	for rest := source; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			text.WriteString(rest)
			break
		}
		text.WriteString(rest[:i])
		brace := rest[i]
		if i+1 < len(rest) && rest[i+1] == brace { // doubled: literal
			text.WriteByte(brace)
			rest = rest[i+2:]
			continue
		}
		end := strings.IndexByte(rest[i:], '}')
		if brace == '}' || end < 0 {
			return nil, errors.New("unpaired brace; write {{ or }} for a literal one")
		}
		seg, err := parseParam(rest[i+1 : i+end])
		if err != nil {
			return nil, err
		}
		seg.text = text.String()
		t.segments = append(t.segments, seg)
		text.Reset()
		rest = rest[i+end+1:]
	}
	t.finish(text.String())
	return t, nil
}

func (t *template) finish(tail string) {
	if t.segments == nil {
		t.plain = tail
		return
	}
	if tail != "" {
		t.segments = append(t.segments, segment{text: tail})
	}
}

func parseParam(inside string) (segment, error) {
	m := paramSyntax.FindStringSubmatch(inside)
	if m == nil {
		return segment{}, fmt.Errorf("parameter {%s}: {name}, {name:format} or {name:format:decimals} expected", inside)
	}
	format, ok := formatters[m[2]]
	if !ok {
		return segment{}, fmt.Errorf("parameter {%s}: unknown format %q", inside, m[2])
	}
	decimals := format.decimals
	if m[3] != "" {
		decimals, _ = strconv.Atoi(m[3]) // one digit, by the syntax
	}
	return segment{param: m[1], format: format, decimals: decimals}, nil
}

// render writes the text with args, alternating names and values. It returns
// the name of a parameter that is absent or of the wrong type, "" if none.
func (t *template) render(p *Printer, args []any) (text, bad string) {
	if t.segments == nil {
		return t.plain, ""
	}
	b := make([]byte, 0, len(t.source)+32)
	for i := range t.segments {
		s := &t.segments[i]
		b = append(b, s.text...)
		if s.param == "" {
			break
		}
		value, ok := argument(args, s.param)
		if ok {
			b, ok = s.format.append(p, b, value, s.decimals)
		}
		if !ok {
			b, bad = append(b, mark(s.param)...), s.param
		}
	}
	return string(b), bad
}

func argument(args []any, name string) (any, bool) {
	for i := 0; i+1 < len(args); i += 2 {
		if s, ok := args[i].(string); ok && s == name {
			return args[i+1], true
		}
	}
	return nil, false
}

// mark shows what is missing, in brackets that no text uses.
func mark(name string) string { return "⟦" + name + "⟧" }
