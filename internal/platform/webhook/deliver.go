package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/setting"
)

// result is how one try ended.
type result struct {
	outcome Outcome
	status  int
	took    time.Duration
	answer  string
}

// errTry makes the job be tried again; its text stands among the jobs.
type errTry struct {
	result
	message string
}

func (e errTry) Error() string {
	return fmt.Sprintf("webhook: %s: %s (status %d)", e.message, e.outcome, e.status)
}

// Deliver is the handler of the jobs: one try of one message. A receiver may
// get a message twice, after a crash between the call and the note of it; it
// knows it by its id. The last failure makes the message a dead letter here,
// among the deliveries, rather than among the jobs.
func (s *Service) Deliver(ctx context.Context, j jobs.Job) error {
	var message string
	if err := j.Decode(&message); err != nil {
		return err
	}
	p, err := s.parcel(ctx, message)
	if err != nil || p.delivery.Stage != Waiting {
		return err // gone, or sent already
	}
	if p.webhook.State != Active {
		return s.db.Write(ctx, func(tx *db.Tx) error { return setStage(tx, p.delivery.id, Dropped) })
	}
	r := s.call(ctx, p)
	if ctx.Err() != nil {
		return ctx.Err() // the program stops: not the receiver's fault
	}
	stage := Waiting
	switch {
	case r.outcome == Taken:
		stage = Delivered
	case j.Attempt >= j.MaxAttempts || r.outcome == Gone:
		stage = Exhausted
	}
	if err := s.db.Write(ctx, func(tx *db.Tx) error { return note(tx, p, stage, r) }); err != nil || stage != Waiting {
		return err
	}
	return errTry{r, message}
}

// parcel is all that a try needs.
type parcel struct {
	webhook  Webhook
	delivery Delivery
	secret   Secret
}

func (s *Service) parcel(ctx context.Context, message string) (p parcel, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		d, ok, err := delivery(tx, message)
		if err != nil || !ok {
			return err
		}
		p.delivery = d
		if p.webhook, err = find(tx, d.Webhook); err != nil {
			return err
		}
		keys, err := setting.All(tx, keySetting)
		if err != nil {
			return err
		}
		p.secret, err = secretOf(keys[keySetting], p.webhook.salt)
		return err
	})
	return p, err
}

// note writes down how a try ended, and what follows for the subscription.
func note(tx *db.Tx, p parcel, stage Stage, r result) error {
	if err := tried(tx, p.delivery.id, stage, r); err != nil {
		return err
	}
	w, ok, err := byKey(tx, p.webhook.Key) // as it is now: other tries end meanwhile
	if err != nil || !ok {
		return err
	}
	switch {
	case r.outcome == Taken && w.FailingSince.IsZero():
		return nil
	case r.outcome == Taken:
		return setFailing(tx, w.id, time.Time{})
	case r.outcome == Gone, !w.FailingSince.IsZero() && tx.Now().Sub(w.FailingSince) >= giveUp:
		return switchOff(tx, w, r.outcome)
	case w.FailingSince.IsZero():
		return setFailing(tx, w.id, tx.Now())
	}
	return nil
}

func switchOff(tx *db.Tx, w Webhook, why Outcome) error {
	if w.State != Active {
		return nil
	}
	if err := setState(tx, w.id, Failed); err != nil {
		return err
	}
	after := w
	after.State = Failed
	return audit.Record(tx, audit.Entry{Actor: "system", Action: "webhook.disable", Object: w.Ref(), Summary: map[string]string{"outcome": string(why)}, Before: w, After: after})
}

// call sends a message once.
func (s *Service) call(ctx context.Context, p parcel) (r result) {
	begin := time.Now()
	defer func() { r.took = time.Since(begin) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.webhook.URL, strings.NewReader(p.delivery.Body))
	if err != nil {
		return result{outcome: Broken, answer: err.Error()}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Beffroi-Webhook/1")
	p.secret.sign(req.Header, p.delivery.Message, s.db.Clock().Now(), []byte(p.delivery.Body))
	client := s.secure
	if req.URL.Scheme == "http" {
		client = s.plain
	}
	resp, err := client.Do(req)
	if err != nil {
		return result{outcome: reason(err), answer: excerpt(err.Error())}
	}
	defer resp.Body.Close()
	// What cannot be read in time is not needed: the status has come.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, readAnswer))
	return result{outcome: verdict(resp.StatusCode), status: resp.StatusCode, answer: excerpt(string(body))}
}

func verdict(status int) Outcome {
	switch {
	case status/100 == 2:
		return Taken
	case status == http.StatusGone:
		return Gone
	case status/100 == 3:
		return Redirects
	}
	return Refused
}

// reason says why no answer came.
func reason(err error) Outcome {
	if errors.Is(err, ErrPrivate) || errors.Is(err, ErrPort) {
		return Private
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok && !e.IsTimeout {
		return Unknown
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return TimedOut
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return BadTLS
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return BadTLS
	}
	return Broken
}

// excerpt is the beginning of a foreign text, as both databases can keep it.
func excerpt(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s[:min(len(s), readAnswer)], "\uFFFD"), "\x00", "\uFFFD")
	if r := []rune(s); len(r) > keptAnswer {
		return string(r[:keptAnswer]) + "…"
	}
	return s
}
