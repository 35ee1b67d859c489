package mail

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/textproto"
	"strings"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// What a bounce may hold at most: a report brings back at most the letter.
const (
	maxBounce = 4 << 20
	maxParts  = 20
)

// Bounce is a delivery status notification (RFC 3464): what became of a letter
// at a server further on.
type Bounce struct {
	MessageID  string // of the letter, without brackets
	Recipients []Delivery
}

// Delivery is what became of a letter for one recipient.
type Delivery struct {
	Address    string // as the last server knows it
	Action     string // failed, delayed, delivered, relayed, expanded
	Status     string // of RFC 3463, such as 5.1.1
	Diagnostic string // in the words of the server
}

// ParseBounce reads a notification as a mail server hands it in. What is not one,
// or does not bring back the headers of the letter, is refused.
func ParseBounce(r io.Reader) (Bounce, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBounce+1))
	if err != nil {
		return Bounce{}, err
	}
	if len(text) > maxBounce {
		return Bounce{}, fault.New(fault.TooLarge, "body.large", fault.Args{"max": int64(maxBounce)})
	}
	m, err := netmail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return Bounce{}, notBounce(err)
	}
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || media != "multipart/report" || !strings.EqualFold(params["report-type"], "delivery-status") || params["boundary"] == "" {
		return Bounce{}, notBounce(err)
	}
	var b Bounce
	parts := multipart.NewReader(m.Body, params["boundary"])
	for range maxParts {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Bounce{}, notBounce(err)
		}
		if err := b.read(p); err != nil {
			return Bounce{}, notBounce(err)
		}
	}
	if b.MessageID == "" || len(b.Recipients) == 0 {
		return Bounce{}, notBounce(nil)
	}
	return b, nil
}

func notBounce(err error) error {
	return &fault.Error{Kind: fault.Invalid, Code: "mail.bounce", Err: err}
}

// read takes what one part of the report says; parts for people are left alone.
func (b *Bounce) read(p *multipart.Part) error {
	media, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
	if err != nil {
		return nil // a part without a type says nothing to programs
	}
	var body io.Reader = p
	if strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "base64") {
		body = base64.NewDecoder(base64.StdEncoding, p)
	}
	switch media {
	case "message/delivery-status", "message/global-delivery-status":
		return b.status(body)
	case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
		header, err := textproto.NewReader(bufio.NewReader(body)).ReadMIMEHeader()
		if err != nil && !errors.Is(err, io.EOF) && len(header) == 0 {
			return err
		}
		if id := header.Get("Message-Id"); id != "" && b.MessageID == "" {
			b.MessageID = strings.Trim(strings.TrimSpace(id), "<>")
		}
	}
	return nil
}

// status reads the groups of fields: one about the message, then one for each
// recipient.
func (b *Bounce) status(r io.Reader) error {
	for groups := textproto.NewReader(bufio.NewReader(r)); ; {
		h, err := groups.ReadMIMEHeader()
		if action := h.Get("Action"); action != "" {
			status, _, _ := strings.Cut(strings.TrimSpace(h.Get("Status")), " ")
			b.Recipients = append(b.Recipients, Delivery{Address: clip(typed(h.Get("Final-Recipient"))), Action: clip(strings.ToLower(strings.TrimSpace(action))),
				Status: clip(status), Diagnostic: clip(typed(h.Get("Diagnostic-Code")))})
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// typed drops the type of a field such as "rfc822; anne@example.org".
func typed(field string) string {
	if _, value, ok := strings.Cut(field, ";"); ok {
		return strings.TrimSpace(value)
	}
	return strings.TrimSpace(field)
}

// failed tells whether the letter did not arrive and will not.
func (d Delivery) failed() bool { return d.Action == "failed" && strings.HasPrefix(d.Status, "5.") }

// Return records a bounce on the letter and, when there is no such mailbox, on
// its address. Only a bounce that names the Message-ID of one of our letters
// counts: who did not get the letter cannot guess it, and so cannot silence
// others. Twice is as once.
func (s *Service) Return(ctx context.Context, message io.Reader) (Bounce, error) {
	b, err := ParseBounce(message)
	if err != nil {
		return b, err
	}
	return b, s.db.Write(ctx, func(tx *db.Tx) error {
		r, ok, err := letterByMessageID(tx, b.MessageID)
		if err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.NotFound, "mail.bounce.letter", fault.Args{"value": printable(b.MessageID)})
		}
		for _, d := range b.Recipients {
			if err := returned(tx, &r, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func returned(tx *db.Tx, r *Record, d Delivery) error {
	if d.failed() && hopeless(d.Status) {
		if err := addFailure(tx, r.To.Mail, clip(d.Status+" "+d.Diagnostic)); err != nil {
			return err
		}
	}
	switch {
	case d.failed() && r.State.May(Bounced):
		r.State = Bounced
	case d.Action != "delayed" || r.State != Sent:
		return nil
	}
	return settle(tx, r.ID, r.State, clip(d.Status+" "+d.Diagnostic))
}
