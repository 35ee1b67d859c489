// Package passkey speaks WebAuthn level 3 with browsers: it makes the challenges
// that they hand to authenticators and checks the answers. A passkey is held by
// the authenticator (discoverable) and asks for finger, face or PIN, so that it
// stands for both factors.
package passkey

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
)

// Service makes and checks the ceremonies of one site.
type Service struct {
	accounts *auth.Service
	site     *webauthn.WebAuthn
}

// New makes the service for a public address such as https://beffroi.example.org.
// Browsers bind passkeys to its host; an address of numbers has none, and is an error.
func New(accounts *auth.Service, address, name string) (*Service, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || net.ParseIP(u.Hostname()) != nil {
		return nil, fmt.Errorf("passkey: %q has no host name", address)
	}
	required := true
	site, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &required,
			UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	return &Service{accounts: accounts, site: site}, nil
}

// holder is an account as an authenticator sees it. Its handle holds nothing
// that tells who she is.
type holder struct {
	account           int64
	username, display string
	list              []webauthn.Credential
}

const handlePrefix = "account-"

// WebAuthnID is the user handle.
func (h holder) WebAuthnID() []byte { return fmt.Appendf(nil, "%s%d", handlePrefix, h.account) }

// WebAuthnName is shown by the authenticator.
func (h holder) WebAuthnName() string { return h.username }

// WebAuthnDisplayName is shown by the authenticator.
func (h holder) WebAuthnDisplayName() string { return h.display }

// WebAuthnCredentials are the passkeys that the account has.
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.list }

func accountOf(handle []byte) (int64, error) {
	text, ok := strings.CutPrefix(string(handle), handlePrefix)
	id, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil {
		return 0, errors.New("passkey: a user handle that is not ours")
	}
	return id, nil
}

func newHolder(account int64, username, display string, keys []auth.Passkey) (holder, error) {
	h := holder{account: account, username: username, display: display}
	for _, k := range keys {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Data), &c); err != nil {
			return h, fmt.Errorf("passkey: reading %s: %w", k.ID, err)
		}
		h.list = append(h.list, c)
	}
	return h, nil
}

func untrusted(err error) error {
	return &fault.Error{Kind: fault.Forbidden, Code: "passkey.answer", Err: err}
}

// Begin makes the challenge for a new passkey: options go to the browser, ticket
// into its cookie.
func (s *Service) Begin(ctx context.Context, actor auth.Actor) (options, ticket string, err error) {
	h, err := s.mine(ctx, actor)
	if err != nil {
		return "", "", err
	}
	creation, session, err := s.site.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.list).CredentialDescriptors()))
	if err != nil {
		return "", "", fmt.Errorf("passkey: %w", err)
	}
	return s.hold(ctx, actor.Account, creation, session)
}

func (s *Service) mine(ctx context.Context, actor auth.Actor) (holder, error) {
	if !s.accounts.Fresh(actor) {
		return holder{}, fault.New(fault.Forbidden, "signin.again", nil)
	}
	keys, err := s.accounts.Passkeys(ctx, actor)
	if err != nil {
		return holder{}, err
	}
	return newHolder(actor.Account, actor.Username, actor.Name, keys)
}

func (s *Service) hold(ctx context.Context, account int64, options any, session *webauthn.SessionData) (text, ticket string, err error) {
	b, err := json.Marshal(options)
	if err != nil {
		return "", "", fmt.Errorf("passkey: %w", err)
	}
	ticket, err = s.accounts.Hold(ctx, auth.PasskeyErrand, account, session)
	return string(b), ticket, err
}

// Add checks the authenticator's answer to Begin and keeps the passkey under the
// name that its holder gives it.
func (s *Service) Add(ctx context.Context, actor auth.Actor, ticket, name, response string) error {
	h, err := s.mine(ctx, actor)
	if err != nil {
		return err
	}
	var session webauthn.SessionData
	account, err := s.accounts.Claim(ctx, auth.PasskeyErrand, ticket, &session)
	if err != nil {
		return err
	}
	if account != actor.Account {
		return untrusted(errors.New("passkey: the challenge is another's"))
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(response))
	if err != nil {
		return untrusted(err)
	}
	c, err := s.site.CreateCredential(h, session, parsed)
	if err != nil {
		return untrusted(err)
	}
	k, err := keep(c)
	if err != nil {
		return err
	}
	k.Name = name
	return s.accounts.AddPasskey(ctx, actor, k)
}

// keep is a credential as the accounts keep it.
func keep(c *webauthn.Credential) (auth.Passkey, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return auth.Passkey{}, fmt.Errorf("passkey: %w", err)
	}
	return auth.Passkey{ID: base64.RawURLEncoding.EncodeToString(c.ID), Data: string(b)}, nil
}

// BeginSignIn makes the challenge for whoever holds a passkey of this site.
func (s *Service) BeginSignIn(ctx context.Context) (options, ticket string, err error) {
	assertion, session, err := s.site.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return "", "", fmt.Errorf("passkey: %w", err)
	}
	return s.hold(ctx, 0, assertion, session)
}

// SignIn checks the authenticator's answer to BeginSignIn and opens a session.
func (s *Service) SignIn(ctx context.Context, ticket, response string, v auth.Visit) (token string, err error) {
	var session webauthn.SessionData
	if _, err := s.accounts.Claim(ctx, auth.PasskeyErrand, ticket, &session); err != nil {
		return "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(response))
	if err != nil {
		return "", untrusted(err)
	}
	account, err := accountOf(parsed.Response.UserHandle)
	if err != nil {
		return "", untrusted(err)
	}
	return s.accounts.SignInByPasskey(ctx, account, func(account int64, keys []auth.Passkey) (auth.Passkey, bool, error) {
		h, err := newHolder(account, "", "", keys)
		if err != nil {
			return auth.Passkey{}, false, err
		}
		c, err := s.site.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, session, parsed)
		if err != nil {
			return auth.Passkey{}, false, untrusted(err)
		}
		used, err := keep(c)
		for _, k := range keys {
			if k.ID == used.ID {
				used.Name = k.Name
			}
		}
		return used, c.Authenticator.CloneWarning, err
	}, v)
}
