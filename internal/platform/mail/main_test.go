package mail

import (
	"bytes"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/setting"
	"beffroi/test/pg"
	"beffroi/test/smtpd"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		postForEver(url, os.Getenv(childServer))
	}
	pg.Main(m)
}

func schemas() []db.Schema {
	return []db.Schema{setting.Schema(), audit.Schema(), auth.Schema(), jobs.Schema(), Schema()}
}

// callTexts are the texts of a kind of letter that some room might have.
var callTexts = fstest.MapFS{
	"locale/fr.toml": {Data: []byte("[mail.call]\nsubject = \"Appel « {title} » : dépôt ouvert\"\nbody = \"\"\"\nL’appel {title} est ouvert jusqu’au {day}.\n\nDéposez votre dossier en ligne.\"\"\"\nlink = \"Voir l’appel\"\nwhy = \"Vous suivez les appels de la Province.\"\n")},
	"locale/nl.toml": {Data: []byte("[mail.call]\nsubject = \"Oproep “{title}”: indienen kan\"\nbody = \"De oproep {title} loopt tot {day}.\"\nlink = \"De oproep bekijken\"\nwhy = \"U volgt de oproepen van de provincie.\"\n")},
	"locale/en.toml": {Data: []byte("[mail.call]\nsubject = \"Call “{title}” is open\"\nbody = \"The call {title} is open until {day}.\"\nlink = \"See the call\"\nwhy = \"You follow the calls of the province.\"\n")},
}

func texts3(t testing.TB) *i18n.Bundle {
	t.Helper()
	b := i18n.New("fr", "nl", "en")
	for _, err := range []error{b.Load(Locale()), b.Load(callTexts)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// ticking is a clock that tests move.
type ticking struct {
	mu sync.Mutex
	at time.Time
}

func (c *ticking) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// desk is the room over one database.
type desk struct {
	*Service
	d   *db.DB
	q   *jobs.Queue
	ctx context.Context
}

var admin = auth.System("test")

// open makes the room with one account, number 1, of Zoë.
func open(t *testing.T, d *db.DB, server *Server) *desk {
	t.Helper()
	q := jobs.NewQueue(d)
	s := NewService(d, q, texts3(t))
	s.Connect(Office{Server: server, From: Address{"Province de Hainaut – Beffroi", "noreply@province.test"}, URL: "https://beffroi.province.test",
		Body: func(string) string { return "Province de Hainaut" }, Seal: []byte("seal of the tests")})
	h := &desk{s, d, q, t.Context()}
	if err := auth.NewService(d).Create(h.ctx, admin, auth.NewAccount{Username: "zoe", Name: "Zoë Dé­livré", Email: "zoe@commune.test", Password: "le beffroi veille sur 2026"}); err != nil {
		t.Fatal(err)
	}
	return h
}

func parse(t testing.TB, address, password string) *Server {
	t.Helper()
	s, err := ParseServer(address, password)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func plain(t testing.TB, box *smtpd.Server) *Server { return parse(t, "smtp+plain://"+box.Addr, "") }

// each runs a test on both engines with a fresh plain server.
func each(t *testing.T, f func(t *testing.T, h *desk, box *smtpd.Server)) {
	t.Helper()
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		box := smtpd.Plain(t)
		f(t, open(t, d, plain(t, box)), box)
	})
}

func call() Letter {
	return Letter{To: Address{"Anne-Élise Dupré", "anne@example.org"}, Lang: "fr", Kind: "call", Link: "/calls/7",
		Args: map[string]any{"title": "Été à l’école", "day": "30 juin"}}
}

func (h *desk) send(t *testing.T, l Letter) {
	t.Helper()
	if err := h.d.Write(h.ctx, func(tx *db.Tx) error { return h.Send(tx, l) }); err != nil {
		t.Fatal(err)
	}
}

// work runs every posting that waits, as the runner would at this attempt, and
// gives the last error.
func (h *desk) work(t *testing.T, attempt int) (last error) {
	t.Helper()
	list, err := h.q.List(h.ctx, admin, jobs.Filter{Kind: PostJob, State: jobs.Ready, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range list {
		j.Attempt = attempt
		if err := h.Post(h.ctx, j); err != nil {
			last = err
		}
	}
	return last
}

func (h *desk) letters(t *testing.T) (list []Record) {
	t.Helper()
	err := h.d.Read(h.ctx, func(tx *db.Tx) (err error) {
		list, err = listLetters(tx, Filter{Limit: 100})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (h *desk) only(t *testing.T) Record {
	t.Helper()
	list := h.letters(t)
	if len(list) != 1 {
		t.Fatalf("there are %d letters", len(list))
	}
	return list[0]
}

// parts reads the two parts of a letter, decoded.
func parts(t testing.TB, m *netmail.Message) (text, html string) {
	t.Helper()
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || media != "multipart/alternative" {
		t.Fatalf("%s, %v", media, err)
	}
	var list []string
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if enc := p.Header.Get("Content-Transfer-Encoding"); enc != "quoted-printable" {
			t.Errorf("a part is %s", enc)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p.Header.Get("Content-Type")+"\n"+strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
	if len(list) != 2 || !strings.HasPrefix(list[0], "text/plain; charset=UTF-8\n") || !strings.HasPrefix(list[1], "text/html; charset=UTF-8\n") {
		t.Fatalf("%d parts: %.60q", len(list), list)
	}
	return list[0][len("text/plain; charset=UTF-8\n"):], list[1][len("text/html; charset=UTF-8\n"):]
}

func decode(t testing.TB, header string) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asciiLines tells whether the wire carries what RFC 5321 and 5322 allow: ASCII
// in lines of at most 998 bytes.
func asciiLines(data []byte) bool {
	for line := range bytes.SplitSeq(data, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsFunc(line, func(r rune) bool { return r > 0x7e || r == '\r' || r == '\n' }) {
			return false
		}
	}
	return true
}

var _ clock.Clock = (*ticking)(nil)
