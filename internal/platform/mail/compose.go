package mail

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"beffroi/internal/platform/i18n"
)

// dash begins each item of a list.
const dash = "– "

// Letterhead is a letter as its reader sees it, with absolute addresses.
type Letterhead struct {
	Lang, Title, House string
	Greeting           string
	Blocks             []Block
	Button, Href       string
	Copy               string // what to do when the button does not work
	Why                string
	Stop, StopHref     string // "" when the letter cannot be unsubscribed
	Always             string // why it cannot
}

// Block is a paragraph, or a list when it has items.
type Block struct {
	Text  string
	Items []string
}

// blocks cuts a body into paragraphs and lists.
func blocks(body string) (list []Block) {
	for part := range strings.SplitSeq(body, "\n\n") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(part, dash); ok {
			list = append(list, Block{Items: strings.Split(rest, "\n"+dash)})
			continue
		}
		list = append(list, Block{Text: part})
	}
	return list
}

// Letterhead puts a letter under its head and above its footer.
func (s *Service) Letterhead(r Record) Letterhead {
	p := s.bundle.Printer(r.Lang)
	h := Letterhead{Lang: p.Lang(), Title: r.Subject, House: "Beffroi", Blocks: blocks(r.Body), Greeting: p.T("mail.frame.hello"),
		Why: s.Why(p, r)}
	if s.office.Body != nil {
		h.House += " · " + s.office.Body(p.Lang())
	}
	if r.To.Name != "" {
		h.Greeting = p.T("mail.frame.greeting", "name", r.To.Name)
	}
	if r.Link != "" {
		h.Button, h.Href, h.Copy = r.Button, s.absolute(r.Link), p.T("mail.frame.copy")
	}
	switch {
	case r.Security:
		h.Always = p.T("mail.frame.always")
	case r.ID != 0: // a trial is no letter that could be stopped
		h.Stop, h.StopHref = p.T("mail.frame.stop"), s.absolute(StopPath+s.stopToken(r.ID))
	}
	return h
}

// Why is the sentence that says why one gets letters like this one.
func (s *Service) Why(p *i18n.Printer, r Record) string { return p.T("mail." + r.Kind + ".why") }

func (s *Service) absolute(link string) string {
	if strings.HasPrefix(link, "/") {
		return s.office.URL + link
	}
	return link
}

// Text is the letter for programs that show no HTML, and for ears.
func (h Letterhead) Text() string {
	var b strings.Builder
	b.WriteString(h.Greeting + "\n")
	for _, block := range h.Blocks {
		b.WriteByte('\n')
		for _, item := range block.Items {
			b.WriteString(dash + item + "\n")
		}
		if block.Text != "" {
			b.WriteString(block.Text + "\n")
		}
	}
	if h.Href != "" {
		fmt.Fprintf(&b, "\n%s\n%s\n", h.Button, h.Href)
	}
	b.WriteString("\n-- \n" + h.House + "\n" + h.Why + "\n") // the dash, dash, space of signatures (RFC 3676, 4.3)
	if h.Always != "" {
		b.WriteString(h.Always + "\n")
	}
	if h.StopHref != "" {
		fmt.Fprintf(&b, "%s\n%s\n", h.Stop, h.StopHref)
	}
	return b.String()
}

// HTML is the letter as a document of its own.
func (h Letterhead) HTML(ctx context.Context) (string, error) {
	var b bytes.Buffer
	if err := letterhead(h).Render(ctx, &b); err != nil {
		return "", fmt.Errorf("mail: composing: %w", err)
	}
	return b.String(), nil
}

// message is the letter as it goes over the wire. The same letter gives the
// same bytes at each attempt.
func (s *Service) message(ctx context.Context, r Record) (*gomail.Msg, error) {
	head := s.Letterhead(r)
	html, err := head.HTML(ctx)
	if err != nil {
		return nil, err
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary("beffroi-"+r.token))
	m.FromMailAddress(s.office.From.header())
	m.ToMailAddress(r.To.header())
	if s.office.Return != "" {
		if err := m.EnvelopeFrom(s.office.Return); err != nil {
			return nil, fmt.Errorf("mail: return address: %w", err)
		}
	}
	m.Subject(r.Subject)
	m.SetDateWithValue(r.At)
	m.SetMessageIDWithValue(r.id)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday answers
	m.SetGenHeader("X-Auto-Response-Suppress", "All")  // the same, for Exchange
	m.SetGenHeader("Content-Language", r.Lang)
	if head.StopHref != "" {
		m.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribe, "<"+head.StopHref+">") // not folded; the only one, for their order is by lot
		if strings.HasPrefix(head.StopHref, "https://") {                               // RFC 8058 wants https
			m.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
		}
	}
	m.SetBodyString(gomail.TypeTextPlain, head.Text())
	m.AddAlternativeString(gomail.TypeTextHTML, html)
	return m, nil
}

func (a Address) header() *netmail.Address { return &netmail.Address{Name: a.Name, Address: a.Mail} }

// host is the part after the @.
func (a Address) host() string { return a.Mail[strings.LastIndexByte(a.Mail, '@')+1:] }

// encode is base64 without padding, fit for an address.
func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
