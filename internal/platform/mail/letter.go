package mail

import (
	"cmp"
	"crypto/rand"
	"fmt"
	netmail "net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
)

// PostJob is the kind of the job that posts a letter.
const PostJob = "mail.post"

// attempts spread over a day by the curve of the jobs: who runs the mail server
// has until tomorrow to bring it back.
const attempts = 14

// Address is a person and her e-mail address.
type Address struct{ Name, Mail string }

// Letter is a letter to be written.
type Letter struct {
	To       Address        // of the account when empty
	Account  int64          // whose letter it is, 0 for an outsider
	Lang     string         // of the account, otherwise the first language, when empty
	Kind     string         // names its texts in the catalogues
	Topic    string         // what one stops by unsubscribing, Kind when empty
	Args     map[string]any // parameters of the texts
	Items    []string       // a list under the body: what a digest tells, already in the language
	Link     string         // where the button leads: a path of the site or an https address, "" for no button
	Security bool           // invitation, reset, new sign-in: cannot be unsubscribed
	Dedupe   string         // a second letter of this key is not written; "" does not look
}

// State is where a letter stands.
type State string

// The states.
const (
	Queued   State = "queued"
	Sent     State = "sent"
	Kept     State = "kept"
	Refused  State = "refused"
	Failed   State = "failed"
	Withheld State = "withheld"
	Bounced  State = "bounced"
)

// States lists every state, in the order of a letter's life.
func States() []State { return []State{Queued, Sent, Kept, Refused, Failed, Withheld, Bounced} }

// transitions is the whole state machine.
var transitions = map[State][]State{
	Queued:   {Sent, Kept, Refused, Failed, Withheld},
	Sent:     {Bounced},
	Kept:     {Queued},
	Refused:  {Queued},
	Failed:   {Queued},
	Withheld: {Queued},
	Bounced:  {Queued},
}

// May tells whether a letter may go from s to another state.
func (s State) May(to State) bool { return slices.Contains(transitions[s], to) }

// The reasons for which a letter is withheld, kept as its answer.
const (
	becauseBlocked = "blocked" // the address failed permanently before
	becauseStopped = "stopped" // its owner wants no letter of this kind
	becauseClosed  = "closed"  // the account is closed
)

// Record is a letter as it is kept.
type Record struct {
	ID       int64
	Account  int64 // 0 for an outsider
	To       Address
	Lang     string
	Kind     string
	Topic    string
	Subject  string // "" once the retention has passed
	Body     string // paragraphs; a line that begins with a dash is an item of a list
	Button   string
	Link     string
	Security bool
	State    State
	Attempts int
	Answer   string    // of the server, or why it was withheld
	At       time.Time // written
	Tried    time.Time // last posted, zero before
	token    string    // of the Message-ID
	id       string    // the Message-ID without brackets, "" before it is first posted
}

// Ref is the letter in the audit.
func (r Record) Ref() object.Ref { return object.Ref{Kind: "letter", Key: fmt.Sprint(r.ID)} }

// Service writes letters and posts them.
type Service struct {
	db     *db.DB
	queue  *jobs.Queue
	bundle *i18n.Bundle
	office Office
}

// NewService makes the service; Connect gives it its office before it posts.
func NewService(d *db.DB, q *jobs.Queue, b *i18n.Bundle) *Service {
	return &Service{db: d, queue: q, bundle: b}
}

// Office is what posting needs beyond the letters.
type Office struct {
	Server *Server                  // nil: letters are kept
	From   Address                  // sender
	Return string                   // address to which servers send letters back, that of From when empty
	URL    string                   // of the site, without a slash at the end
	Body   func(lang string) string // name of the institution
	Seal   []byte                   // key under which the addresses to unsubscribe are signed
	Demo   bool                     // invented data: administrators may read everybody’s kept letters
	// Stop is told which topic an account wants no more letters about; false
	// leaves it to this room, which then holds them back.
	Stop func(tx *db.Tx, account int64, topic string) (bool, error)
}

// Connect gives the service its office.
func (s *Service) Connect(o Office) { s.office = o }

// Send writes a letter in the caller's transaction: it is posted if and only if
// that commits. An address or a name that would break out of its header is
// refused; a kind without texts is an error.
func (s *Service) Send(tx *db.Tx, l Letter) error {
	if err := s.complete(tx, &l); err != nil {
		return err
	}
	if err := l.check(); err != nil {
		return err
	}
	r, err := s.write(l)
	if err != nil {
		return err
	}
	id, added, err := insertLetter(tx, r, l.Dedupe)
	if err != nil || !added {
		return err
	}
	_, err = s.queue.Enqueue(tx, jobs.Spec{Kind: PostJob, Payload: parcel{id}, Dedupe: fmt.Sprint(id), MaxAttempts: attempts})
	return err
}

// complete fills in what the account says.
func (s *Service) complete(tx *db.Tx, l *Letter) error {
	if l.Account != 0 && (l.To.Mail == "" || l.Lang == "") {
		a, ok, err := auth.AccountByID(tx, l.Account)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("account")
		}
		if l.To.Mail == "" {
			l.To = Address{Name: a.Name, Mail: a.Email}
		}
		if l.Lang == "" {
			l.Lang = a.Language
		}
	}
	l.Lang = s.bundle.Printer(l.Lang).Lang()
	return nil
}

// longest is the longest address that a server must take (RFC 5321, 4.5.3.1.3).
const longest = 254

func (l Letter) check() error {
	var f fault.Fields
	if !l.To.valid() {
		f.Add("to", l.To.Mail, "mail.address", fault.Args{"value": printable(l.To.Mail)})
	}
	if strings.ContainsFunc(l.To.Name, unicode.IsControl) || len(l.To.Name) > 200 {
		f.Add("name", l.To.Name, "mail.name", fault.Args{"value": printable(l.To.Name)})
	}
	if err := f.Err(); err != nil {
		return err
	}
	if l.Link != "" && !strings.HasPrefix(l.Link, "https://") && (!strings.HasPrefix(l.Link, "/") || strings.HasPrefix(l.Link, "//")) {
		return fmt.Errorf("mail: letter %s leads to %q, neither a path nor https", l.Kind, l.Link)
	}
	return nil
}

// valid tells whether the address is one bare address that any server takes.
// Addresses beyond ASCII (RFC 6531) are refused: few servers take them yet.
func (a Address) valid() bool {
	parsed, err := netmail.ParseAddress(a.Mail)
	return err == nil && parsed.Address == a.Mail && parsed.Name == "" && len(a.Mail) <= longest &&
		!strings.ContainsFunc(a.Mail, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// printable makes what was refused fit to be repeated: on one line, and short.
func printable(s string) string {
	s = oneLine(s)
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// oneLine makes every control character a space, so that no text can begin a
// header of its own.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// write composes what is kept of a letter.
func (s *Service) write(l Letter) (Record, error) {
	p := s.bundle.Printer(l.Lang)
	for _, part := range []string{"subject", "body", "why"} {
		if !p.Has("mail." + l.Kind + "." + part) {
			return Record{}, fmt.Errorf("mail: letter %s has no text mail.%[1]s.%s", l.Kind, part)
		}
	}
	r := Record{Account: l.Account, To: l.To, Lang: l.Lang, Kind: l.Kind, Topic: cmp.Or(l.Topic, l.Kind), Link: l.Link, Security: l.Security, State: Queued, token: strings.ToLower(rand.Text())}
	r.Subject = oneLine(p.Map("mail."+l.Kind+".subject", l.Args))
	r.Body = strings.TrimSpace(p.Map("mail."+l.Kind+".body", l.Args))
	for i, item := range l.Items {
		if i == 0 {
			r.Body += "\n"
		}
		r.Body += "\n" + dash + oneLine(item)
	}
	if l.Link != "" {
		if !p.Has("mail." + l.Kind + ".link") {
			return Record{}, fmt.Errorf("mail: letter %s has no text for its button", l.Kind)
		}
		r.Button = oneLine(p.Map("mail."+l.Kind+".link", l.Args))
	}
	return r, nil
}
