package ical

import (
	"fmt"
	"strings"
)

// property is a content line as the standard's grammar reads it.
type property struct {
	name   string
	params map[string]string
	value  string
}

// component is what stands between BEGIN and END.
type component struct {
	name  string
	props []property
	parts []component
}

func (c component) value(name string) string {
	for _, p := range c.props {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// read is a strict reader, written from the grammar of RFC 5545, 3.1 and 3.4:
// every line ends in CRLF and holds 75 octets at most, every physical line is
// UTF-8, every component that begins ends.
func read(b []byte) (component, error) {
	text := string(b)
	if !strings.HasSuffix(text, "\r\n") {
		return component{}, fmt.Errorf("the last line has no end")
	}
	var lines []string
	for i, physical := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		switch {
		case strings.ContainsAny(physical, "\r\n"):
			return component{}, fmt.Errorf("line %d holds a bare CR or LF", i+1)
		case len(physical) > 75:
			return component{}, fmt.Errorf("line %d has %d octets", i+1, len(physical))
		case strings.ToValidUTF8(physical, "") != physical:
			return component{}, fmt.Errorf("line %d breaks a character", i+1)
		case strings.HasPrefix(physical, " "):
			lines[len(lines)-1] += physical[1:]
		default:
			lines = append(lines, physical)
		}
	}
	list, rest, err := components(lines)
	if err != nil || len(rest) > 0 || len(list) != 1 {
		return component{}, fmt.Errorf("%d components, %d lines left: %v", len(list), len(rest), err)
	}
	return list[0], nil
}

func components(lines []string) (list []component, rest []string, err error) {
	for len(lines) > 0 && strings.HasPrefix(lines[0], "BEGIN:") {
		c := component{name: strings.TrimPrefix(lines[0], "BEGIN:")}
		for lines = lines[1:]; ; lines = lines[1:] {
			if len(lines) == 0 {
				return nil, nil, fmt.Errorf("%s does not end", c.name)
			}
			if strings.HasPrefix(lines[0], "BEGIN:") {
				break
			}
			if strings.HasPrefix(lines[0], "END:") {
				break
			}
			p, err := parse(lines[0])
			if err != nil {
				return nil, nil, err
			}
			c.props = append(c.props, p)
		}
		if c.parts, lines, err = components(lines); err != nil {
			return nil, nil, err
		}
		if len(lines) == 0 || lines[0] != "END:"+c.name {
			return nil, nil, fmt.Errorf("%s ends otherwise: %v", c.name, lines)
		}
		list, lines = append(list, c), lines[1:]
	}
	return list, lines, nil
}

func parse(line string) (property, error) {
	head, value, ok := strings.Cut(line, ":")
	parts := strings.Split(head, ";")
	p := property{name: parts[0], params: map[string]string{}, value: value}
	if !ok || p.name == "" || strings.Trim(p.name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
		return p, fmt.Errorf("%q is no property", line)
	}
	for _, param := range parts[1:] {
		name, v, ok := strings.Cut(param, "=")
		if !ok {
			return p, fmt.Errorf("%q is no parameter", param)
		}
		p.params[name] = v
	}
	for _, c := range line {
		if c < ' ' && c != '\t' || c == 0x7F {
			return p, fmt.Errorf("%q holds a control character", line)
		}
	}
	return p, nil
}

// unescape reads a TEXT; anything but the four escapes of 3.3.11 is refused, as
// is a comma or semicolon that is not escaped.
func unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ',', ';':
			return "", fmt.Errorf("a bare %c in %q", s[i], s)
		case '\\':
			i++
			if i == len(s) {
				return "", fmt.Errorf("%q ends in a backslash", s)
			}
			switch s[i] {
			case 'n', 'N':
				b.WriteByte('\n')
			case '\\', ',', ';':
				b.WriteByte(s[i])
			default:
				return "", fmt.Errorf("\\%c is no escape", s[i])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), nil
}
