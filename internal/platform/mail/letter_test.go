package mail

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/test/smtpd"
)

// A letter exists exactly when its cause does.
func TestSendInTheTransaction(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		undone := errors.New("undone")
		if err := h.d.Write(h.ctx, func(tx *db.Tx) error {
			if err := h.Send(tx, call()); err != nil {
				return err
			}
			return undone
		}); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if n := len(h.letters(t)); n != 0 {
			t.Fatalf("%d letters of a change that was undone", n)
		}
		l := call()
		l.Dedupe = "call 7"
		h.send(t, l)
		h.send(t, l)
		if r := h.only(t); r.State != Queued || r.Subject != "Appel « Été à l’école » : dépôt ouvert" || r.Button != "Voir l’appel" {
			t.Errorf("%+v", r)
		}
		if list, err := h.q.List(h.ctx, admin, jobs.Filter{Kind: PostJob, Limit: 9}); err != nil || len(list) != 1 || list[0].MaxAttempts != attempts {
			t.Errorf("jobs %+v, %v", list, err)
		}
		if err := h.work(t, 1); err != nil {
			t.Fatal(err)
		}
		if n := len(box.Letters()); n != 1 {
			t.Errorf("%d letters arrived", n)
		}
	})
}

// To an account: her name, address and language.
func TestSendToAccount(t *testing.T) {
	each(t, func(t *testing.T, h *desk, box *smtpd.Server) {
		h.send(t, Letter{Account: 1, Kind: "test"})
		if r := h.only(t); r.To != (Address{"Zoë Dé­livré", "zoe@commune.test"}) || r.Lang != "fr" {
			t.Errorf("%+v", r)
		}
		err := h.d.Write(h.ctx, func(tx *db.Tx) error { return h.Send(tx, Letter{Account: 99, Kind: "test"}) })
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("to nobody: %v", err)
		}
	})
}

// What would break out of a header, or cannot be written to, is refused; what
// is somebody's text becomes one line.
func TestRefused(t *testing.T) {
	d := dbOne(t)
	h := open(t, d, nil)
	for _, c := range []struct {
		change func(*Letter)
		field  string // "" for an error of the program
	}{
		{func(l *Letter) { l.To.Mail = "anne@example.org\r\nBcc: all@example.org" }, "to"},
		{func(l *Letter) { l.To.Mail = "anne@example.org, bob@example.org" }, "to"},
		{func(l *Letter) { l.To.Mail = "Anne <anne@example.org>" }, "to"},
		{func(l *Letter) { l.To.Mail = "élise@example.org" }, "to"},
		{func(l *Letter) { l.To.Mail = "anne@exämple.org" }, "to"},
		{func(l *Letter) { l.To.Mail = "anne" }, "to"},
		{func(l *Letter) { l.To.Mail = strings.Repeat("a", 250) + "@b.be" }, "to"},
		{func(l *Letter) { l.To.Mail = "" }, "to"},
		{func(l *Letter) { l.To.Name = "Anne\r\nBcc: all@example.org" }, "name"},
		{func(l *Letter) { l.To.Name = "Anne\x00" }, "name"},
		{func(l *Letter) { l.To.Name = strings.Repeat("a", 201) }, "name"},
		{func(l *Letter) { l.Kind = "unknown" }, ""},
		{func(l *Letter) { l.Link = "javascript:alert(1)" }, ""},
		{func(l *Letter) { l.Link = "//evil.example" }, ""},
		{func(l *Letter) { l.Link = "http://example.org" }, ""},
		{func(l *Letter) { l.Kind = "test" }, ""}, // a link and no words on the button
	} {
		l := call()
		c.change(&l)
		err := d.Write(t.Context(), func(tx *db.Tx) error { return h.Send(tx, l) })
		if c.field == "" {
			if err == nil || fault.KindOf(err) != fault.Internal {
				t.Errorf("%+v: %v", l, err)
			}
			continue
		}
		if e := fault.From(err); e.Kind != fault.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != c.field {
			t.Errorf("%+v: %v", l, err)
		}
	}
	if n := len(h.letters(t)); n != 0 {
		t.Errorf("%d letters were written all the same", n)
	}
}

// Whatever stands in an argument, the subject stays one header.
func TestSubjectIsOneHeader(t *testing.T) {
	h := open(t, dbOne(t), nil)
	rapid.Check(t, func(t *rapid.T) {
		l := call()
		l.Args["title"] = rapid.String().Draw(t, "title") + rapid.SampledFrom([]string{"", "\r\nBcc: x@y.be", "\n\n<b>", "\u2028", "\x00"}).Draw(t, "evil")
		l.To.Name = strings.Map(func(r rune) rune {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				return -1
			}
			return r
		}, rapid.StringN(0, 40, 100).Draw(t, "name"))
		r, err := h.write(l)
		if err != nil {
			t.Fatal(err)
		}
		r.id, r.At = "a@b.test", h.d.Clock().Now()
		m, err := h.message(h.ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if _, err := m.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(b.String(), "\r\n\r\n")
		for line := range strings.SplitSeq(head, "\r\n") {
			name, _, _ := strings.Cut(line, ":")
			if !strings.HasPrefix(line, " ") && !expectedHeaders[name] {
				t.Fatalf("a header of its own: %q in\n%s", line, head)
			}
		}
		if !asciiLines([]byte(b.String())) {
			t.Fatalf("not fit for the wire:\n%q", b.String())
		}
	})
}

// expectedHeaders are all headers that a letter has.
var expectedHeaders = map[string]bool{"Auto-Submitted": true, "Content-Language": true, "Date": true, "List-Unsubscribe": true, "List-Unsubscribe-Post": true,
	"MIME-Version": true, "Message-ID": true, "Subject": true, "X-Auto-Response-Suppress": true, "From": true, "To": true, "Content-Type": true}
