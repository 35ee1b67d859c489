package notice

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/object"
)

// How long an e-mail waits: for so many quiet minutes after the last notice of
// its kind, but not for ever when there is no quiet.
const (
	quiet  = 10 * time.Minute
	atMost = time.Hour
)

// keepFor is how long a notice stays in the list.
const keepFor = 365 * 24 * time.Hour

// Own is the rule of one's notices and choices.
var Own = auth.Rule{Name: "notice.own", SignedIn: true}

// Frequency is how often a person wants e-mail about a kind of notice.
type Frequency string

// The frequencies.
const (
	Now    Frequency = "now"    // after ten quiet minutes
	Daily  Frequency = "daily"  // at seven in the morning, in Brussels
	Weekly Frequency = "weekly" // on Mondays at seven
	Never  Frequency = "never"  // in the list only
)

// Frequencies lists every frequency, from the most to the least.
func Frequencies() []Frequency { return []Frequency{Now, Daily, Weekly, Never} }

// Kind is a kind of notice and how it is sent to whoever did not choose.
type Kind struct {
	Name    string
	Default Frequency
}

// Notice is something to tell one person.
type Notice struct {
	Account int64
	Kind    string
	Ref     object.Ref     // what it is about: the link of the notice
	Args    map[string]any // parameters of the text: string, int, int64, money.Cents, calendar.Date, time.Time or Word
	Key     string         // names it for Withdraw; Key(Kind, Ref) when empty
	Quiet   bool           // in the list only, no e-mail
}

// Key is the name of a notice that says of itself nothing else: one kind of news
// about one thing.
func Key(kind string, ref object.Ref) string { return kind + " " + ref.String() }

// Record is a notice as it is kept.
type Record struct {
	ID    int64
	Kind  string
	Ref   object.Ref
	At    time.Time
	Read  time.Time // zero while it is unread
	args  map[string]any
	since time.Time // when the first of those that it replaced was told
}

// Service keeps notices and sends them.
type Service struct {
	db        *db.DB
	queue     *jobs.Queue
	mail      *mail.Service
	bundle    *i18n.Bundle
	directory *object.Directory
	kinds     []Kind
}

// NewService makes the service. The directory may be filled later.
func NewService(d *db.DB, q *jobs.Queue, m *mail.Service, b *i18n.Bundle, dir *object.Directory, kinds ...Kind) *Service {
	return &Service{db: d, queue: q, mail: m, bundle: b, directory: dir, kinds: kinds}
}

func (s *Service) kind(name string) (Kind, bool) {
	i := slices.IndexFunc(s.kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return s.kinds[i], true
}

// Tell puts a notice into its reader's list, in the caller's transaction. An
// unread one of the same key is replaced: only the last word about a thing
// counts.
func (s *Service) Tell(tx *db.Tx, n Notice) error {
	k, ok := s.kind(n.Kind)
	if !ok {
		return fmt.Errorf("notice: kind %q is not registered", n.Kind)
	}
	args, err := encodeArgs(n.Args)
	if err != nil {
		return fmt.Errorf("notice: %s: %w", n.Kind, err)
	}
	frequency, err := frequencyOf(tx, n.Account, k)
	if err != nil {
		return err
	}
	n.Key = cmp.Or(n.Key, Key(n.Kind, n.Ref))
	waits := !n.Quiet && frequency != Never
	if err := replace(tx, n, args, waits); err != nil || !waits || frequency != Now {
		return err
	}
	// One job for each notice: the job of the last one finds quiet.
	_, err = s.queue.Enqueue(tx, jobs.Spec{Kind: PostJob, Payload: bundle{n.Account, n.Kind}, RunAt: tx.Now().Add(quiet)})
	return err
}

// Withdraw takes back what a change that was undone told: whoever has neither
// read it nor got it by e-mail never hears of it. undone tells whether there was
// such a notice; then there is nothing to tell of the undoing either.
func (s *Service) Withdraw(tx *db.Tx, key string) (undone bool, err error) { return withdraw(tx, key) }

// Text is the sentence of a notice.
func (s *Service) Text(p *i18n.Printer, r Record) string {
	return p.Map("notice."+r.Kind+".text", inWords(p, r.args))
}

// Address is where a notice leads, "" when its object has no page.
func (s *Service) Address(r Record) string { return s.directory.Address(r.Ref) }

// Filter narrows the list of a person; zero fields do not narrow. Below is an id
// under which to read (keyset paging, newest first).
type Filter struct {
	Unread bool
	Kind   string
	Below  int64
	Limit  int
}

// List reads the actor's notices, newest first.
func (s *Service) List(ctx context.Context, actor auth.Actor, f Filter) (list []Record, err error) {
	if err := Own.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = listNotices(tx, actor.Account, f)
		return err
	})
	return list, err
}

// Unread counts the actor's unread notices, in one statement; a visitor has none.
func (s *Service) Unread(ctx context.Context, actor auth.Actor) (n int64, err error) {
	if actor.Account == 0 {
		return 0, nil
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		n, err = countUnread(tx, actor.Account)
		return err
	})
	return n, err
}

// Read marks one notice of the actor as read. What was read is not sent any more.
func (s *Service) Read(ctx context.Context, actor auth.Actor, id int64) error {
	if err := Own.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		found, err := markRead(tx, actor.Account, id)
		if err == nil && !found {
			err = fault.Missing("notice")
		}
		return err
	})
}

// ReadAll marks every notice of the actor as read.
func (s *Service) ReadAll(ctx context.Context, actor auth.Actor) error {
	if err := Own.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error { return markAllRead(tx, actor.Account) })
}

// Choice is a kind and what its reader chose.
type Choice struct {
	Kind      string
	Frequency Frequency
}

// Choices are what the actor chose, or the default, for every kind.
func (s *Service) Choices(ctx context.Context, actor auth.Actor) (list []Choice, err error) {
	if err := Own.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = s.choices(tx, actor.Account)
		return err
	})
	return list, err
}

func (s *Service) choices(tx *db.Tx, account int64) (list []Choice, err error) {
	chosen, err := chosen(tx, account)
	for _, k := range s.kinds {
		list = append(list, Choice{k.Name, cmp.Or(chosen[k.Name], k.Default)})
	}
	return list, err
}

// Choose sets how often the actor hears of kinds. Letters that wait are dropped
// for kinds that are to be silent.
func (s *Service) Choose(ctx context.Context, actor auth.Actor, choices ...Choice) error {
	if err := Own.Check(actor, auth.Target{}); err != nil {
		return err
	}
	var f fault.Fields
	for _, c := range choices {
		if _, ok := s.kind(c.Kind); !ok || !slices.Contains(Frequencies(), c.Frequency) {
			f.Add(c.Kind, string(c.Frequency), "notice.frequency", fault.Args{"value": string(c.Frequency)})
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		for _, c := range choices {
			if err := choose(tx, actor.Account, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// Tidy forgets notices after a year.
func (s *Service) Tidy(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return forget(tx, tx.Now().Add(-keepFor)) })
}
