package i18n

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Literals lists, as "file:line: text", the words written in the .templ sources
// below root instead of in a catalogue: text between tags, and the attributes
// that are read or shown (title, alt, aria-label, placeholder …). A comment
// "// i18n: literal" on the line before allows one, for a name that no language
// translates.
func Literals(root string) ([]string, error) {
	var found []string
	err := sources(root, func(path string, text []byte) error {
		if strings.HasSuffix(path, ".templ") {
			s := &templScanner{path: path, src: string(text)}
			found = append(found, s.scan()...)
		}
		return nil
	})
	return found, err
}

// templScanner walks the markup of one .templ file. It knows just enough of the
// grammar to tell text from Go: blocks begin at "templ " and end at "}", both
// at the beginning of a line, as templ fmt writes them.
type templScanner struct {
	path, src string
	pos       int
	lineStart bool // only blanks since the line began: statements may begin here
	found     []string
}

var (
	entity     = regexp.MustCompile(`&#?[A-Za-z0-9]+;`)
	word       = regexp.MustCompile(`\pL{2}`)
	statement  = regexp.MustCompile(`^(?:(?:if|for|switch|case)\s|(?:default:|else\b|//))`)
	attribute  = regexp.MustCompile(`^(?:title|alt|placeholder|label|summary|aria-(?:label|description|roledescription|valuetext))="([^"]*)"`)
	identifier = regexp.MustCompile(`^[A-Za-z_][\w.]*`)
)

func (s *templScanner) scan() []string {
	for s.nextBlock() {
		s.block()
	}
	return s.found
}

// nextBlock moves past the opening line of the next templ component.
func (s *templScanner) nextBlock() bool {
	for s.pos < len(s.src) {
		if strings.HasPrefix(s.src[s.pos:], "templ ") {
			for s.pos < len(s.src) && !strings.HasSuffix(strings.TrimSpace(s.line()), "{") {
				s.skipLine()
			}
			s.skipLine()
			return true
		}
		s.skipLine()
	}
	return false
}

func (s *templScanner) block() {
	s.lineStart = true
	for s.pos < len(s.src) {
		if s.lineStart && s.atColumnOne() && strings.HasPrefix(s.line(), "}") {
			return
		}
		s.node()
	}
}

func (s *templScanner) node() {
	rest := s.src[s.pos:]
	switch c := rest[0]; {
	case c == '\n':
		s.pos++
		s.lineStart = true
	case c == ' ' || c == '\t' || c == '\r':
		s.pos++
	case c == '}':
		s.pos++ // a statement may follow: } else {
	case s.lineStart && statement.MatchString(rest):
		s.skipLine()
	case strings.HasPrefix(rest, "<!--"):
		s.skipPast("-->")
	case strings.HasPrefix(rest, "<script"), strings.HasPrefix(rest, "<style"):
		s.skipPast("</" + identifier.FindString(rest[1:]))
		s.skipPast(">")
	case c == '<':
		s.tag()
	case c == '{':
		s.braces()
	case c == '@' && identifier.MatchString(rest[1:]):
		s.component()
	default:
		s.text()
	}
}

// text reads up to the next markup, expression or end of line.
func (s *templScanner) text() {
	end := strings.IndexAny(s.src[s.pos:], "<{}\n")
	if end < 0 {
		end = len(s.src) - s.pos
	}
	s.report(s.src[s.pos : s.pos+end])
	s.pos += end
	s.lineStart = false
}

// tag reads <name attributes>, stepping over quoted values and expressions.
func (s *templScanner) tag() {
	s.pos++
	for s.pos < len(s.src) {
		rest := s.src[s.pos:]
		switch c := rest[0]; {
		case c == '>':
			s.pos++
			s.lineStart = false
			return
		case c == '{':
			s.braces()
		case c == '"':
			s.pos++
			s.skipPast(`"`)
		case isSpace(c):
			s.pos++
			s.attribute()
		default:
			s.pos++
		}
	}
}

// attribute stands where one may begin; it reports its constant text and skips
// the condition of a conditional one, which may hold < and >.
func (s *templScanner) attribute() {
	rest := s.src[s.pos:]
	if m := attribute.FindStringSubmatch(rest); m != nil {
		s.report(m[1])
		s.pos += len(m[0])
		return
	}
	if strings.HasPrefix(rest, "if ") {
		s.skipTo('{')
		s.pos++ // its attributes are read like the others; the closing brace is stepped over
	}
}

// component reads @pkg.Name(args){…}: calls and literals joined without blanks.
func (s *templScanner) component() {
	s.pos++
	for s.pos < len(s.src) {
		rest := s.src[s.pos:]
		switch c := rest[0]; {
		case c == '(' || c == '{' || c == '[':
			s.braces()
		case c == '.':
			s.pos++
		case identifier.MatchString(rest):
			s.pos += len(identifier.FindString(rest))
		default:
			if strings.HasPrefix(rest, " {") {
				s.pos += 2 // children follow
			}
			return
		}
	}
}

// braces steps over a balanced Go expression in (), [] or {}, minding strings.
func (s *templScanner) braces() {
	depth := 0
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		s.pos++
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				s.lineStart = false
				return
			}
		case '"', '\'', '`':
			s.goString(c)
		}
	}
}

func (s *templScanner) goString(quote byte) {
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		s.pos++
		switch {
		case c == quote:
			return
		case c == '\\' && quote != '`':
			s.pos = min(s.pos+1, len(s.src))
		}
	}
}

func (s *templScanner) report(text string) {
	text = strings.TrimSpace(text)
	if !word.MatchString(entity.ReplaceAllString(text, "")) {
		return
	}
	before := strings.Split(s.src[:min(s.pos, len(s.src))], "\n")
	if n := len(before); n > 1 && strings.TrimSpace(before[n-2]) == "// i18n: literal" {
		return
	}
	s.found = append(s.found, fmt.Sprintf("%s:%d: %s", s.path, len(before), text))
}

func (s *templScanner) line() string {
	line, _, _ := strings.Cut(s.src[s.pos:], "\n")
	return line
}

func (s *templScanner) atColumnOne() bool { return s.pos == 0 || s.src[s.pos-1] == '\n' }

func (s *templScanner) skipLine() {
	s.skipPast("\n")
	s.lineStart = true
}

func (s *templScanner) skipTo(c byte) {
	for s.pos < len(s.src) && s.src[s.pos] != c {
		s.pos++
	}
}

func (s *templScanner) skipPast(mark string) {
	i := strings.Index(s.src[s.pos:], mark)
	if i < 0 {
		s.pos = len(s.src)
		return
	}
	s.pos += i + len(mark)
}

func isSpace(c byte) bool { return unicode.IsSpace(rune(c)) }
