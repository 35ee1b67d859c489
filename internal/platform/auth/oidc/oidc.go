// Package oidc signs people in at an identity provider: OpenID Connect Core 1.0,
// authorization code flow with PKCE (RFC 7636), state, nonce, the issuer in the
// answer (RFC 9207), and RP-initiated logout. Issuer and subject say who somebody
// is; an e-mail address never does.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	client "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/fault"
)

// Config is what the operator agreed with the provider.
type Config struct {
	Issuer   string // exactly as the provider names itself
	ClientID string
	Secret   string
	Redirect string // our callback address, as registered there
	Name     string // what the button says
}

// Limits of what a provider may send, and of how long it may take.
const (
	maxAnswer = 1 << 20
	patience  = 10 * time.Second
	maxLabel  = 200
)

// algorithms are the signatures taken; "none" and shared secrets are not among them.
func algorithms() []string {
	return []string{client.RS256, client.RS384, client.RS512, client.PS256, client.PS384, client.PS512, client.ES256, client.ES384, client.ES512, client.EdDSA}
}

// Provider is one identity provider. It is asked what it offers at first use, so
// that the house starts while it is down; its keys are fetched anew when one that
// is not known signs.
type Provider struct {
	config Config
	clock  clock.Clock
	http   *http.Client

	mu    sync.Mutex
	found *offer
}

// offer is what the provider's discovery document says.
type offer struct {
	*client.Provider
	Logout string `json:"end_session_endpoint"`
	Iss    bool   `json:"authorization_response_iss_parameter_supported"`
}

// New describes a provider; it asks nothing yet.
func New(c Config, clk clock.Clock) *Provider {
	return &Provider{config: c, clock: clk, http: &http.Client{Timeout: patience, Transport: bounded{http.DefaultTransport}}}
}

// Name is what the button to this provider says.
func (p *Provider) Name() string { return p.config.Name }

// bounded cuts answers that are too long: what is left cannot be read as JSON.
type bounded struct{ http.RoundTripper }

// RoundTrip sends the request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}

// discover asks the provider what it offers, once it answers.
func (p *Provider) discover(ctx context.Context) (*offer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The keys are fetched later with this context, long after the request.
	lasting := client.ClientContext(context.WithoutCancel(ctx), p.http)
	found, err := client.NewProvider(lasting, p.config.Issuer)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "provider.down", Err: err}
	}
	o := &offer{Provider: found}
	if err := found.Claims(o); err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "provider.down", Err: err}
	}
	p.found = o
	return o, nil
}

// Flow is what must be kept, unseen by others, while somebody is at the provider.
type Flow struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

func (p *Provider) oauth(o *offer) oauth2.Config {
	return oauth2.Config{ClientID: p.config.ClientID, ClientSecret: p.config.Secret, Endpoint: o.Endpoint(), RedirectURL: p.config.Redirect,
		Scopes: []string{client.ScopeOpenID, "profile", "email"}}
}

// Begin draws a flow and gives the provider's address to go to. Unavailable when
// the provider does not answer.
func (p *Provider) Begin(ctx context.Context) (f Flow, address string, err error) {
	o, err := p.discover(ctx)
	if err != nil {
		return f, "", err
	}
	f = Flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	config := p.oauth(o)
	return f, config.AuthCodeURL(f.State, client.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// claims are those of an ID token that we read.
type claims struct {
	Azp      string   `json:"azp"`
	Name     string   `json:"name"`
	Username string   `json:"preferred_username"`
	Email    string   `json:"email"`
	ACR      string   `json:"acr"`
	AMR      []string `json:"amr"`
	AuthTime int64    `json:"auth_time"`
}

// Finish reads the provider's answer, the query of our callback address. Invalid
// "provider.denied" when somebody turned back, Unavailable when the provider
// does not answer; every answer that cannot be trusted is Forbidden
// "provider.answer", with the reason for the log.
func (p *Provider) Finish(ctx context.Context, f Flow, q url.Values) (who auth.Identity, proof auth.Proof, err error) {
	o, err := p.discover(ctx)
	if err != nil {
		return who, proof, err
	}
	if err := p.checkAnswer(o, f, q); err != nil {
		return who, proof, err
	}
	ctx = client.ClientContext(ctx, p.http)
	config := p.oauth(o)
	token, err := config.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(f.Verifier))
	if err != nil {
		if _, answered := errors.AsType[*oauth2.RetrieveError](err); answered {
			return who, proof, untrusted(err)
		}
		return who, proof, &fault.Error{Kind: fault.Unavailable, Code: "provider.down", Err: err}
	}
	raw, _ := token.Extra("id_token").(string)
	id, c, err := p.verify(ctx, o, f, raw, token.AccessToken)
	if err != nil {
		return who, proof, untrusted(err)
	}
	who = auth.Identity{Issuer: id.Issuer, Subject: id.Subject, Label: c.label()}
	proof = auth.Proof{Methods: []string{"provider"}, ACR: c.ACR, AMR: c.AMR, IDToken: raw}
	if c.AuthTime > 0 {
		proof.At = time.Unix(c.AuthTime, 0).UTC()
	}
	return who, proof, nil
}

func untrusted(err error) error {
	return &fault.Error{Kind: fault.Forbidden, Code: "provider.answer", Err: err}
}

// checkAnswer is what the address itself must say, before anything is asked.
func (p *Provider) checkAnswer(o *offer, f Flow, q url.Values) error {
	switch iss := q.Get("iss"); {
	case f.State == "" || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.State)) != 1:
		return untrusted(errors.New("oidc: the state is not the one sent"))
	case iss != "" && iss != p.config.Issuer, iss == "" && o.Iss:
		return untrusted(errors.New("oidc: the answer is of another issuer"))
	case q.Get("error") != "":
		return &fault.Error{Kind: fault.Invalid, Code: "provider.denied", Err: errors.New("oidc: " + q.Get("error"))}
	case q.Get("code") == "":
		return untrusted(errors.New("oidc: no code"))
	}
	return nil
}

// verify checks an ID token (OpenID Connect Core, 3.1.3.7): signature, issuer,
// audience, party, expiry, nonce, and the hash of the access token when there is one.
func (p *Provider) verify(ctx context.Context, o *offer, f Flow, raw, access string) (*client.IDToken, claims, error) {
	var c claims
	verifier := o.Verifier(&client.Config{ClientID: p.config.ClientID, SupportedSigningAlgs: algorithms(), Now: p.clock.Now})
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		return nil, c, err
	}
	if err := id.Claims(&c); err != nil {
		return nil, c, err
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1:
		return nil, c, errors.New("oidc: the nonce is not the one sent")
	case id.Subject == "":
		return nil, c, errors.New("oidc: nobody is the subject")
	case c.Azp != "" && c.Azp != p.config.ClientID, c.Azp == "" && len(id.Audience) > 1:
		return nil, c, errors.New("oidc: the token was made for another party")
	case id.AccessTokenHash != "":
		return id, c, id.VerifyAccessToken(access)
	}
	return id, c, nil
}

// label helps a person to recognise her identity; it decides nothing.
func (c claims) label() string {
	for _, text := range []string{c.Email, c.Username, c.Name} {
		if text != "" {
			return text[:min(len(text), maxLabel)]
		}
	}
	return ""
}

// Logout is the address at which the provider ends its own session and sends the
// browser back to an address of ours that is registered there, if one is given
// (RP-Initiated Logout 1.0); "" when it has none.
func (p *Provider) Logout(ctx context.Context, idToken, back string) string {
	o, err := p.discover(ctx)
	if err != nil || o.Logout == "" {
		return "" // we are signed out; the provider cannot be asked
	}
	u, err := url.Parse(o.Logout)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("id_token_hint", idToken)
	q.Set("client_id", p.config.ClientID)
	if back != "" {
		q.Set("post_logout_redirect_uri", back)
	}
	u.RawQuery = q.Encode()
	return u.String()
}
