package svg

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"strconv"
)

// pen collects the bytes of one picture. It writes to memory first, so that a
// picture reaches the page whole or not at all.
type pen struct {
	bytes.Buffer
	id string // prefix of every id in this picture
}

// put writes markup that this package itself wrote; never a caller's text.
func (p *pen) put(parts ...string) {
	for _, s := range parts {
		p.WriteString(s)
	}
}

// esc writes a caller's text, fit for content and for quoted attributes.
// Bytes that XML forbids become U+FFFD.
func (p *pen) esc(s string) {
	_ = xml.EscapeText(&p.Buffer, []byte(s)) // a Buffer never fails
}

// attr writes name="value" with the value escaped.
func (p *pen) attr(name, value string) {
	p.put(" ", name, `="`)
	p.esc(value)
	p.put(`"`)
}

// at writes numeric attributes: pairs of name and value.
func (p *pen) at(name string, v float64) {
	p.put(" ", name, `="`)
	p.num(v)
	p.put(`"`)
}

// num writes v with at most one decimal. What is not finite becomes 0: a bad
// figure may misplace a mark but never breaks the page.
func (p *pen) num(v float64) {
	v = tenth(v)
	p.Write(strconv.AppendFloat(p.AvailableBuffer(), v, 'f', -1, 64))
}

// cmd writes one path command with its numbers, as short as SVG allows.
func (p *pen) cmd(c byte, vs ...float64) {
	p.WriteByte(c)
	for i, v := range vs {
		if i > 0 && tenth(v) >= 0 {
			p.WriteByte(' ') // a minus sign separates by itself
		}
		p.num(v)
	}
}

// tenth rounds to one decimal; non-finite values become 0, and -0 becomes 0.
func tenth(v float64) float64 {
	r := math.Round(v*10) / 10
	if !finite(r) || r == 0 {
		return 0
	}
	return r
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// open starts the svg element. role is "img" or "group" (see the package
// comment). The title becomes the name of the picture and desc its description.
func (p *pen) open(kind, role string, box [4]float64, title, desc string) {
	p.put(`<svg class="chart `, kind, `" viewBox="`)
	for i, v := range box {
		if i > 0 {
			p.WriteByte(' ')
		}
		p.num(v)
	}
	p.put(`" role="`, role, `"`)
	p.attr("aria-labelledby", p.id+"-t")
	if desc != "" {
		p.attr("aria-describedby", p.id+"-d")
	}
	p.put(`>`)
	p.named("title", "-t", title)
	if desc != "" {
		p.named("desc", "-d", desc)
	}
}

func (p *pen) named(element, suffix, text string) {
	p.put("<", element)
	p.attr("id", p.id+suffix)
	p.put(">")
	p.esc(text)
	p.put("</", element, ">")
}

// text writes one text element; class and anchor may be empty.
func (p *pen) text(x, y float64, class, anchor, s string) {
	p.put("<text")
	p.at("x", x)
	p.at("y", y)
	if class != "" {
		p.put(` class="`, class, `"`)
	}
	if anchor != "" {
		p.put(` text-anchor="`, anchor, `"`)
	}
	p.put(">")
	p.esc(s)
	p.put("</text>")
}

// link opens an <a> for href, or a <g> when there is none; either carries name
// as its accessible name. It returns the closing tag.
func (p *pen) link(href, name string, class Class, current bool) string {
	tag := "a"
	if href == "" {
		tag = "g"
		p.put(`<g role="img"`)
	} else {
		p.put("<a")
		p.attr("href", href)
	}
	if class != "" {
		p.attr("class", string(class))
	}
	p.attr("aria-label", name)
	if current {
		p.put(` aria-current="true"`)
	}
	p.put("><title>")
	p.esc(name)
	p.put("</title>")
	return "</" + tag + ">"
}

// flush closes the picture and hands it to w.
func (p *pen) flush(w io.Writer) (bool, error) {
	p.put("</svg>")
	_, err := w.Write(p.Bytes())
	return err == nil, err
}

// textWidth estimates the width of s in a sans face of the given size. It errs
// on the wide side: a system font is not known here, and space costs less than
// overlap.
func textWidth(s string, size float64) float64 {
	var em float64
	for _, r := range s {
		switch r {
		case ' ', '\u00a0', '\u202f', '.', ',', ':', ';', '\'', '’', 'i', 'j', 'l', 'I', '|', '!', '(', ')', '-':
			em += 0.36
		case 'm', 'w', 'M', 'W', '%', '@', 'œ', 'Œ', 'æ', '–', '—', '…':
			em += 0.92
		default:
			em += 0.63
		}
	}
	return em * size
}

// widest returns the largest estimated width among texts, 0 when there is none.
func widest(size float64, texts ...string) float64 {
	var w float64
	for _, s := range texts {
		w = max(w, textWidth(s, size))
	}
	return w
}
