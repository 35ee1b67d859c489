package webhook

import (
	"embed"
	"encoding/json"
	"io/fs"
	"slices"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the tables of subscriptions and deliveries.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "webhook", Files: files}
}

// The rules of whoever looks at subscriptions and of whoever keeps them.
var (
	View   = auth.Rule{Name: "webhook.view", Roles: []auth.Role{auth.Auditor, auth.Admin}}
	Manage = auth.Rule{Name: "webhook.manage", Roles: []auth.Role{auth.Admin}}
)

// State is where a subscription stands.
type State string

// The states of a subscription.
const (
	Active State = "active"
	Paused State = "paused" // by hand
	Failed State = "failed" // by the house, after days of failures
)

// Every is the kind that stands for all kinds, those to come too.
const Every = "*"

// TestKind is the kind of the message that staff send to try an address.
const TestKind = "webhook.test"

// How long things last.
const (
	attempts   = 16                  // of one message, over two days
	giveUp     = 5 * 24 * time.Hour  // an address that fails this long is switched off
	keepFor    = 30 * 24 * time.Hour // deliveries are kept this long
	keptAnswer = 500                 // characters of an answer
	readAnswer = 4 << 10             // bytes of an answer that are read at all
)

// Webhook is a subscription: an address and what it is told.
type Webhook struct {
	Key          string    `json:"key"`
	Label        string    `json:"label"`
	URL          string    `json:"url"`
	Kinds        []string  `json:"kinds"` // ascending, or Every alone
	Owner        string    `json:"owner"` // username of who subscribed
	State        State     `json:"state"`
	FailingSince time.Time `json:"failing_since,omitzero"` // of the first failure since the last success
	Created      time.Time `json:"created_at"`

	id   int64
	salt string
}

// Ref is the subscription in the audit.
func (w Webhook) Ref() object.Ref { return object.Ref{Kind: "webhook", Key: w.Key} }

// Wants tells whether the subscription is for a kind of event.
func (w Webhook) Wants(kind string) bool {
	return slices.Contains(w.Kinds, kind) || slices.Contains(w.Kinds, Every)
}

// Event is what happened, as receivers are told: public facts, nobody's name.
type Event struct {
	Kind string
	Data any // any JSON value
}

// Message is the body of a call.
type Message struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"` // of the deed, not of the call
	Data      json.RawMessage `json:"data"`
}

// Stage is where a delivery stands.
type Stage string

// The stages of a delivery.
const (
	Waiting   Stage = "waiting"   // to be tried, perhaps again
	Delivered Stage = "delivered" // the receiver answered 2xx
	Exhausted Stage = "failed"    // the last try failed: a dead letter, to be sent again by hand
	Dropped   Stage = "dropped"   // the subscription was off
)

// Stages lists the stages.
func Stages() []Stage { return []Stage{Waiting, Delivered, Exhausted, Dropped} }

// Outcome is how a try ended.
type Outcome string

// The outcomes.
const (
	Untried   Outcome = ""
	Taken     Outcome = "taken"    // 2xx
	Refused   Outcome = "refused"  // any other status
	Redirects Outcome = "redirect" // 3xx: redirects are not followed
	Gone      Outcome = "gone"     // 410: the receiver wants no more
	Private   Outcome = "private"  // the guard refused the address
	TimedOut  Outcome = "timeout"
	BadTLS    Outcome = "tls"  // no certificate that can be trusted
	Unknown   Outcome = "name" // the name does not resolve
	Broken    Outcome = "connection"
)

// Delivery is one message to one subscription.
type Delivery struct {
	Message  string    `json:"id"` // the webhook-id, the same at every try
	Webhook  string    `json:"webhook"`
	Kind     string    `json:"type"`
	Body     string    `json:"body"`
	Stage    Stage     `json:"state"`
	Attempts int       `json:"attempts"`
	Outcome  Outcome   `json:"outcome,omitempty"`
	Status   int       `json:"status,omitempty"` // of HTTP, 0 without an answer
	TookMS   int64     `json:"took_ms,omitempty"`
	Answer   string    `json:"answer,omitempty"` // its beginning
	Created  time.Time `json:"created_at"`
	Tried    time.Time `json:"tried_at,omitzero"`

	id int64
}
