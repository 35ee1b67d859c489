package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
)

// Service is the verbs of whoever keeps the subscriptions.
type Service struct {
	db            *db.DB
	kinds         []string
	guard         Guard
	secure, plain *http.Client
}

// NewService makes the service. Kinds are those that somebody may subscribe to.
func NewService(d *db.DB, guard Guard, kinds ...string) *Service {
	return &Service{db: d, kinds: slices.Sorted(slices.Values(kinds)), guard: guard, secure: guard.client(false), plain: guard.client(true)}
}

// Kinds are the kinds of events that one may subscribe to, ascending.
func (s *Service) Kinds() []string { return s.kinds }

// List reads every subscription, newest first.
func (s *Service) List(ctx context.Context, actor auth.Actor) (list []Webhook, err error) {
	if err := View.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = all(tx)
		return err
	})
	return list, err
}

// Get reads one subscription, or NotFound.
func (s *Service) Get(ctx context.Context, actor auth.Actor, key string) (w Webhook, err error) {
	if err := View.Check(actor, auth.Target{}); err != nil {
		return w, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		w, err = find(tx, key)
		return err
	})
	return w, err
}

func find(tx *db.Tx, key string) (Webhook, error) {
	w, ok, err := byKey(tx, key)
	if err == nil && !ok {
		err = fault.Missing("webhook")
	}
	return w, err
}

// Filter narrows the deliveries; zero fields do not narrow. Below is the
// position under which to read (keyset paging, newest first).
type Filter struct {
	Webhook string
	Stage   Stage
	Below   int64
	Limit   int
}

// Position is where the page after a delivery starts.
func (d Delivery) Position() int64 { return d.id }

// Deliveries reads messages, newest first.
func (s *Service) Deliveries(ctx context.Context, actor auth.Actor, f Filter) (list []Delivery, err error) {
	if err := View.Check(actor, auth.Target{}); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		list, err = deliveries(tx, f)
		return err
	})
	return list, err
}

// Subscription is what somebody asks for.
type Subscription struct {
	Label string   `json:"label"`
	URL   string   `json:"url"`
	Kinds []string `json:"kinds"`
}

// check refuses what is wrong, field by field, and puts the kinds in order.
func (s *Service) check(sub Subscription) (Webhook, error) {
	var f fault.Fields
	w := Webhook{Label: strings.TrimSpace(sub.Label), State: Active}
	if w.Label == "" {
		f.Add("label", "", "required", nil)
	} else if len(w.Label) > 200 {
		f.Add("label", w.Label[:200], "webhook.label", nil)
	}
	var err error
	w.URL, err = s.guard.URL(strings.TrimSpace(sub.URL))
	if err := f.Merge(err); err != nil {
		return w, err
	}
	if len(sub.Kinds) == 0 {
		f.Add("kinds", "", "required", nil)
	}
	for _, k := range sub.Kinds {
		if k != Every && !slices.Contains(s.kinds, k) {
			k = k[:min(len(k), 80)]
			f.Add("kinds", k, "webhook.kind", fault.Args{"value": k, "values": strings.Join(s.kinds, ", ")})
		}
	}
	w.Kinds = slices.Compact(slices.Sorted(slices.Values(sub.Kinds)))
	if slices.Contains(w.Kinds, Every) {
		w.Kinds = []string{Every}
	}
	return w, f.Err()
}

// Create subscribes an address. The secret is given this once.
func (s *Service) Create(ctx context.Context, actor auth.Actor, sub Subscription) (w Webhook, secret Secret, err error) {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return w, nil, err
	}
	asked, err := s.check(sub)
	if err != nil {
		return w, nil, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		w = asked
		w.Key, w.salt, w.Owner, w.Created = token(10), token(26), actor.Username, tx.Now()
		house, err := houseKey(tx)
		if err != nil {
			return err
		}
		if secret, err = secretOf(house, w.salt); err != nil {
			return err
		}
		if err := insert(tx, w); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "webhook.create", Object: w.Ref(), After: w})
	})
	return w, secret, err
}

// change runs a verb on one subscription and writes it down.
func (s *Service) change(ctx context.Context, actor auth.Actor, key, action string, f func(*db.Tx, Webhook) (after any, err error)) error {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		w, err := find(tx, key)
		if err != nil {
			return err
		}
		after, err := f(tx, w)
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: action, Object: w.Ref(), Before: w, After: after})
	})
}

// Pause stops telling an address anything; messages that wait are dropped when
// their turn comes.
func (s *Service) Pause(ctx context.Context, actor auth.Actor, key string) error {
	return s.turn(ctx, actor, key, "webhook.pause", Paused)
}

// Resume tells an address what happens from now on.
func (s *Service) Resume(ctx context.Context, actor auth.Actor, key string) error {
	return s.turn(ctx, actor, key, "webhook.resume", Active)
}

func (s *Service) turn(ctx context.Context, actor auth.Actor, key, action string, to State) error {
	return s.change(ctx, actor, key, action, func(tx *db.Tx, w Webhook) (any, error) {
		if w.State == to {
			return nil, fault.New(fault.Conflict, "webhook.state", fault.Args{"state": string(to)})
		}
		w.State = to
		return w, setState(tx, w.id, to)
	})
}

// Delete removes a subscription with its deliveries.
func (s *Service) Delete(ctx context.Context, actor auth.Actor, key string) error {
	return s.change(ctx, actor, key, "webhook.delete", func(tx *db.Tx, w Webhook) (any, error) { return nil, remove(tx, w.id) })
}

// Test sends a message of kind TestKind to one address; it waits for its turn
// as every other.
func (s *Service) Test(ctx context.Context, actor auth.Actor, key string) (message string, err error) {
	err = s.change(ctx, actor, key, "webhook.test", func(tx *db.Tx, w Webhook) (any, error) {
		if w.State != Active {
			return nil, fault.New(fault.Conflict, "webhook.off", nil)
		}
		body, err := bodyOf(tx, Event{Kind: TestKind, Data: map[string]string{"webhook": w.Key}})
		if err != nil {
			return nil, err
		}
		message, err = post(tx, w, TestKind, body)
		return w, err
	})
	return message, err
}

// Replay sends a message again, with the same id and all its tries.
func (s *Service) Replay(ctx context.Context, actor auth.Actor, message string) error {
	if err := Manage.Check(actor, auth.Target{}); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		d, ok, err := delivery(tx, message)
		if err != nil {
			return err
		}
		if !ok {
			return fault.Missing("delivery")
		}
		w, err := find(tx, d.Webhook)
		if err != nil {
			return err
		}
		if w.State != Active {
			return fault.New(fault.Conflict, "webhook.off", nil)
		}
		if err := setStage(tx, d.id, Waiting); err != nil {
			return err
		}
		if err := enqueue(tx, message); err != nil {
			return err
		}
		return audit.Record(tx, audit.Entry{Actor: actor.Username, Action: "webhook.replay", Object: w.Ref(), Summary: map[string]string{"message": message}})
	})
}

// Tidy removes deliveries after thirty days.
func (s *Service) Tidy(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return tidy(tx, tx.Now().Add(-keepFor)) })
}

// Emit writes an event for every active subscription that wants it, and the
// jobs that send it, in the transaction of the deed.
func Emit(tx *db.Tx, e Event) error {
	list, err := active(tx)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(w Webhook) bool { return !w.Wants(e.Kind) })
	if len(list) == 0 {
		return nil
	}
	body, err := bodyOf(tx, e)
	if err != nil {
		return err
	}
	for _, w := range list {
		if _, err := post(tx, w, e.Kind, body); err != nil {
			return err
		}
	}
	return nil
}

func bodyOf(tx *db.Tx, e Event) (string, error) {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return "", fmt.Errorf("webhook: event %s: %w", e.Kind, err)
	}
	body, err := json.Marshal(Message{Type: e.Kind, Timestamp: tx.Now(), Data: data})
	return string(body), err
}

func post(tx *db.Tx, w Webhook, kind, body string) (message string, err error) {
	message = "msg_" + token(26)
	if err := insertDelivery(tx, w.id, Delivery{Message: message, Kind: kind, Body: body}); err != nil {
		return "", err
	}
	return message, enqueue(tx, message)
}

// JobKind is the kind of the jobs that send messages.
const JobKind = "webhook.deliver"

func enqueue(tx *db.Tx, message string) error {
	_, err := jobs.Enqueue(tx, jobs.Spec{Kind: JobKind, Payload: message, Dedupe: message, MaxAttempts: attempts})
	return err
}
