package notice

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
)

// The kinds of the jobs that send e-mail: of notices of one kind to one person,
// and the digests.
const (
	PostJob   = "notice.post"
	DailyJob  = "notice.daily"
	WeeklyJob = "notice.weekly"
)

// ListPath is the address of one's notices.
const ListPath = "/staff/notices"

// most is how many notices a letter tells of; of the rest it gives the number.
const most = 50

// bundle is the payload of a posting.
type bundle struct {
	Account int64  `json:"account"`
	Kind    string `json:"kind"`
}

// Post is the job that sends what waits of one kind for one person, once it has
// been quiet for ten minutes or somebody has waited for an hour. Later notices
// have later jobs of their own; what was sent, read or withdrawn is not there
// any more, so that it may run twice.
func (s *Service) Post(ctx context.Context, j jobs.Job) error {
	var b bundle
	if err := j.Decode(&b); err != nil {
		return err
	}
	k, ok := s.kind(b.Kind)
	if !ok {
		return nil // the kind is gone with its room
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		list, err := waiting(tx, b.Account, b.Kind)
		if err != nil || len(list) == 0 || !ripe(list, tx.Now()) {
			return err
		}
		if f, err := frequencyOf(tx, b.Account, k); err != nil || f != Now {
			return err
		}
		return s.send(tx, b.Account, list, func(r auth.Account) mail.Letter { return s.letter(r, k, list) })
	})
}

// ripe tells whether there has been quiet, or waiting enough.
func ripe(list []Record, now time.Time) bool {
	last := list[len(list)-1].At
	first := slices.MinFunc(list, func(a, b Record) int { return a.since.Compare(b.since) }).since
	return !last.After(now.Add(-quiet)) || !first.After(now.Add(-atMost))
}

// send writes a letter about notices. An address that cannot be written to
// leaves them to the list.
func (s *Service) send(tx *db.Tx, account int64, list []Record, compose func(auth.Account) mail.Letter) error {
	reader, ok, err := auth.AccountByID(tx, account)
	if err != nil || !ok {
		return err
	}
	l := compose(reader)
	newest := slices.MaxFunc(list, func(a, b Record) int { return cmp.Compare(a.ID, b.ID) })
	l.Account, l.Dedupe = account, fmt.Sprintf("notice %d", newest.ID)
	err = s.mail.Send(tx, l)
	if fault.KindOf(err) == fault.Invalid {
		return settleMail(tx, list, "none")
	}
	if err != nil {
		return err
	}
	return settleMail(tx, list, "sent")
}

// letter tells of notices of one kind: a single one is the letter, several are a list.
func (s *Service) letter(reader auth.Account, k Kind, list []Record) mail.Letter {
	p := s.bundle.Printer(reader.Language)
	topic := topicOf + k.Name
	if len(list) == 1 {
		link := s.Address(list[0])
		if link == "" {
			link = ListPath
		}
		return mail.Letter{Kind: "notice", Topic: topic, Link: link, Args: map[string]any{"text": s.Text(p, list[0])}}
	}
	return mail.Letter{Kind: "notices", Topic: topic, Link: ListPath, Items: s.sentences(reader.Language, list),
		Args: map[string]any{"n": int64(len(list)), "name": p.T("notice." + k.Name + ".name")}}
}

func (s *Service) sentences(lang string, list []Record) (items []string) {
	p := s.bundle.Printer(lang)
	for _, r := range list[:min(most, len(list))] {
		items = append(items, s.Text(p, r))
	}
	if rest := len(list) - most; rest > 0 {
		items = append(items, p.N("notice.more", int64(rest)))
	}
	return items
}

// Digest is the job that sends to each person what waits for the digest of a
// frequency. The daily one also takes what a change of choice left behind.
func (s *Service) Digest(f Frequency) jobs.Handler {
	return func(ctx context.Context, _ jobs.Job) error {
		var accounts []int64
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			accounts, err = waitingAccounts(tx)
			return err
		})
		for _, account := range accounts {
			if err != nil {
				return err
			}
			err = s.db.Write(ctx, func(tx *db.Tx) error { return s.digest(tx, account, f) })
		}
		return err
	}
}

func (s *Service) digest(tx *db.Tx, account int64, f Frequency) error {
	list, err := waiting(tx, account, "")
	if err != nil {
		return err
	}
	choices, err := s.choices(tx, account)
	if err != nil {
		return err
	}
	of := map[string]Frequency{}
	for _, c := range choices {
		of[c.Kind] = c.Frequency
	}
	list = slices.DeleteFunc(list, func(r Record) bool {
		left := f == Daily && of[r.Kind] == Now && r.since.Before(tx.Now().Add(-2*atMost))
		return of[r.Kind] != f && !left
	})
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b Record) int { return s.order(a.Kind) - s.order(b.Kind) })
	return s.send(tx, account, list, func(r auth.Account) mail.Letter {
		return mail.Letter{Kind: "digest", Topic: topicOf + string(f), Link: ListPath, Items: s.sentences(r.Language, list),
			Args: map[string]any{"n": int64(len(list)), "day": clock.Today(s.db.Clock())}}
	})
}

// order keeps the notices of one kind together, in the order of the choices.
func (s *Service) order(kind string) int {
	return slices.IndexFunc(s.kinds, func(k Kind) bool { return k.Name == kind })
}
