package oidc_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/auth/oidc"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/fault"
	"beffroi/test/idp"
)

const callback = "http://beffroi.example/signin/callback"

// The whole way with a real provider in this process: discovery, its own sign-in
// page, code, PKCE, ID token.
func TestRealProvider(t *testing.T) {
	op := idp.New(t, callback)
	p := oidc.New(oidc.Config{Issuer: op.Issuer, ClientID: op.ClientID, Secret: op.Secret, Redirect: callback}, clock.System())
	flow, address, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer := op.SignIn(t, address)
	who, proof, err := p.Finish(t.Context(), flow, answer)
	if err != nil {
		t.Fatal(err)
	}
	if who.Issuer != op.Issuer || who.Subject != op.Subject || proof.IDToken == "" || proof.At.IsZero() || time.Since(proof.At) > time.Minute {
		t.Errorf("%+v, %+v", who, proof)
	}
	if _, _, err := p.Finish(t.Context(), flow, answer); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("the same code again: %v", err)
	}
	flow, address, err = p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stolen := flow
	stolen.Verifier = strings.Repeat("x", 43)
	if _, _, err := p.Finish(t.Context(), stolen, op.SignIn(t, address)); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("a code without its verifier: %v", err)
	}
	out, err := url.Parse(p.Logout(t.Context(), proof.IDToken, "")) // this provider registers no address to come back to
	if err != nil || out.Query().Get("id_token_hint") != proof.IDToken || !strings.HasPrefix(out.String(), op.Issuer) {
		t.Errorf("logout at %s, %v", out, err)
	}
	if status := op.Get(t, out.String()); status >= 400 {
		t.Errorf("the provider answers %d at logout", status)
	}
}

// crook is a provider made by hand that answers as a test wants.
type crook struct {
	*httptest.Server
	key     *rsa.PrivateKey // that signs
	shown   []*rsa.PrivateKey
	kid     string
	header  map[string]any
	claims  map[string]any
	status  int // of the token endpoint
	fetched int // times that the keys were asked for
}

func newCrook(t *testing.T) *crook {
	t.Helper()
	c := &crook{key: key(t), kid: "k1"}
	c.shown = []*rsa.PrivateKey{c.key}
	mux := http.NewServeMux()
	c.Server = httptest.NewServer(mux)
	t.Cleanup(c.Close)
	answer := func(path string, f func() any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if path == "/token" && c.status != 0 {
				w.WriteHeader(c.status)
			}
			_ = json.NewEncoder(w).Encode(f())
		})
	}
	answer("/.well-known/openid-configuration", func() any {
		return map[string]any{"issuer": c.URL, "authorization_endpoint": c.URL + "/auth", "token_endpoint": c.URL + "/token", "jwks_uri": c.URL + "/keys",
			"end_session_endpoint": c.URL + "/out?x=1", "id_token_signing_alg_values_supported": []string{"RS256", "none", "HS256"}}
	})
	answer("/keys", func() any {
		c.fetched++
		var keys []any
		for i, k := range c.shown {
			keys = append(keys, map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": fmt.Sprintf("k%d", i+1),
				"n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())})
		}
		return map[string]any{"keys": keys}
	})
	answer("/token", func() any {
		return map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": c.token(t)}
	})
	return c
}

func key(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// token signs the claims with the key, whatever the header says.
func (c *crook) token(t *testing.T) string {
	header := map[string]any{"alg": "RS256", "typ": "JWT", "kid": c.kid}
	maps.Copy(header, c.header)
	head, _ := json.Marshal(header)
	body, _ := json.Marshal(c.claims)
	text := b64(head) + "." + b64(body)
	if header["alg"] == "none" {
		return text + "."
	}
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Error(err)
	}
	return text + "." + b64(signature)
}

var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// good are the claims of an honest answer.
func (c *crook) good(f oidc.Flow) map[string]any {
	return map[string]any{"iss": c.URL, "aud": "beffroi", "sub": "123", "nonce": f.Nonce, "exp": now.Add(time.Minute).Unix(), "iat": now.Unix(),
		"email": "victim@example.org", "acr": "urn:mfa", "amr": []string{"pwd", "mfa"}, "auth_time": now.Add(-time.Minute).Unix()}
}

func (c *crook) provider() *oidc.Provider {
	return oidc.New(oidc.Config{Issuer: c.URL, ClientID: "beffroi", Secret: "s", Redirect: callback}, clock.Fixed(now))
}

// Every answer that cannot be trusted is refused; the honest one, which each of
// them differs from in one point only, is taken.
func TestHostileAnswers(t *testing.T) {
	c := newCrook(t)
	stranger := key(t)
	for _, try := range []struct {
		name  string
		spoil func(c *crook, f *oidc.Flow, q url.Values)
		taken bool
	}{
		{"honest", func(*crook, *oidc.Flow, url.Values) {}, true},
		{"issuer in the answer", func(c *crook, _ *oidc.Flow, q url.Values) { q.Set("iss", c.URL) }, true},
		{"several audiences with us as party", func(c *crook, _ *oidc.Flow, _ url.Values) {
			c.claims["aud"], c.claims["azp"] = []string{"beffroi", "other"}, "beffroi"
		}, true},
		{"wrong nonce", func(c *crook, _ *oidc.Flow, _ url.Values) { c.claims["nonce"] = "another" }, false},
		{"no nonce", func(c *crook, _ *oidc.Flow, _ url.Values) { delete(c.claims, "nonce") }, false},
		{"wrong audience", func(c *crook, _ *oidc.Flow, _ url.Values) { c.claims["aud"] = "other" }, false},
		{"several audiences, no party", func(c *crook, _ *oidc.Flow, _ url.Values) { c.claims["aud"] = []string{"beffroi", "other"} }, false},
		{"another party", func(c *crook, _ *oidc.Flow, _ url.Values) { c.claims["azp"] = "other" }, false},
		{"wrong issuer", func(c *crook, _ *oidc.Flow, _ url.Values) { c.claims["iss"] = "https://evil.example" }, false},
		{"issuer with a slash more", func(c *crook, _ *oidc.Flow, _ url.Values) { c.claims["iss"] = c.URL + "/" }, false},
		{"issuer of another in the answer", func(_ *crook, _ *oidc.Flow, q url.Values) { q.Set("iss", "https://evil.example") }, false},
		{"expired", func(c *crook, _ *oidc.Flow, _ url.Values) { c.claims["exp"] = now.Add(-time.Second).Unix() }, false},
		{"never expires", func(c *crook, _ *oidc.Flow, _ url.Values) { delete(c.claims, "exp") }, false},
		{"nobody", func(c *crook, _ *oidc.Flow, _ url.Values) { delete(c.claims, "sub") }, false},
		{"alg none", func(c *crook, _ *oidc.Flow, _ url.Values) { c.header = map[string]any{"alg": "none"} }, false},
		{"alg HS256", func(c *crook, _ *oidc.Flow, _ url.Values) { c.header = map[string]any{"alg": "HS256"} }, false},
		{"signed by a stranger", func(c *crook, _ *oidc.Flow, _ url.Values) { c.key = stranger }, false},
		{"signed by a stranger of another name", func(c *crook, _ *oidc.Flow, _ url.Values) { c.key, c.kid = stranger, "k9" }, false},
		{"wrong hash of the access token", func(c *crook, _ *oidc.Flow, _ url.Values) { c.claims["at_hash"] = b64([]byte("0123456789abcdef")) }, false},
		{"wrong state", func(_ *crook, _ *oidc.Flow, q url.Values) { q.Set("state", "another") }, false},
		{"no state", func(_ *crook, _ *oidc.Flow, q url.Values) { q.Del("state") }, false},
		{"no state anywhere", func(_ *crook, f *oidc.Flow, q url.Values) { f.State = ""; q.Set("state", "") }, false},
		{"no code", func(_ *crook, _ *oidc.Flow, q url.Values) { q.Del("code") }, false},
		{"a refused code", func(c *crook, _ *oidc.Flow, _ url.Values) { c.status = http.StatusBadRequest }, false},
	} {
		t.Run(try.name, func(t *testing.T) {
			p := c.provider()
			flow, _, err := p.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			honest := c.key
			c.claims, c.header, c.kid, c.status = c.good(flow), nil, "k1", 0
			q := url.Values{"state": {flow.State}, "code": {"c"}}
			try.spoil(c, &flow, q)
			who, proof, err := p.Finish(t.Context(), flow, q)
			c.key = honest
			if try.taken {
				if err != nil || who.Subject != "123" || who.Label != "victim@example.org" || proof.ACR != "urn:mfa" || len(proof.AMR) != 2 || !proof.At.Equal(now.Add(-time.Minute)) {
					t.Errorf("%+v %+v, %v", who, proof, err)
				}
				return
			}
			if e := fault.From(err); e.Kind != fault.Forbidden || e.Code != "provider.answer" || e.Err == nil || who.Subject != "" || proof.Methods != nil {
				t.Errorf("taken: %+v, %v", who, err)
			}
		})
	}
}

// A provider changes its keys; the old ones are not asked for at each sign-in.
func TestKeysRotate(t *testing.T) {
	c := newCrook(t)
	p := c.provider()
	finish := func() error {
		flow, _, err := p.Begin(t.Context())
		if err != nil {
			return err
		}
		c.claims = c.good(flow)
		_, _, err = p.Finish(t.Context(), flow, url.Values{"state": {flow.State}, "code": {"c"}})
		return err
	}
	for range 3 {
		if err := finish(); err != nil {
			t.Fatal(err)
		}
	}
	if c.fetched != 1 {
		t.Errorf("the keys were fetched %d times", c.fetched)
	}
	old := c.key
	c.key, c.kid = key(t), "k1"
	c.shown = []*rsa.PrivateKey{c.key}
	if err := finish(); err != nil {
		t.Errorf("after a change of keys: %v", err)
	}
	c.key = old
	if err := finish(); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("signed with the key of before: %v", err)
	}
}

func TestSomebodyTurnsBack(t *testing.T) {
	c := newCrook(t)
	p := c.provider()
	flow, address, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"response_type": "code", "client_id": "beffroi", "redirect_uri": callback, "state": flow.State,
		"nonce": flow.Nonce, "code_challenge_method": "S256"} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if strings.Contains(address, flow.Verifier) || !strings.Contains(u.Query().Get("scope"), "openid") {
		t.Errorf("address %s", address)
	}
	if _, _, err := p.Finish(t.Context(), flow, url.Values{"state": {flow.State}, "error": {"access_denied"}}); fault.From(err).Code != "provider.denied" {
		t.Errorf("turned back: %v", err)
	}
	if out := p.Logout(t.Context(), "t", "http://b/"); !strings.Contains(out, "x=1") || !strings.Contains(out, "id_token_hint=t") {
		t.Errorf("logout %s", out)
	}
}

// A provider that is down, talks nonsense or talks for ever is no way in, and no
// reason not to start; it is asked again.
func TestProviderDown(t *testing.T) {
	body := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
	defer s.Close()
	for name, text := range map[string]string{"nonsense": "<html>", "another issuer": `{"issuer":"https://evil.example","jwks_uri":"x"}`,
		"endless": `{"issuer":"` + strings.Repeat("x", 3<<20) + `"}`} {
		body = text
		p := oidc.New(oidc.Config{Issuer: s.URL, ClientID: "b", Redirect: callback}, clock.System())
		if _, _, err := p.Begin(t.Context()); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		if p.Logout(t.Context(), "t", "/") != "" {
			t.Errorf("%s: logout", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := newCrook(t)
	p := c.provider()
	if _, _, err := p.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	flow, _, _ := p.Begin(ctx) // known already: nothing is asked
	if _, _, err := p.Finish(ctx, flow, url.Values{"state": {flow.State}, "code": {"c"}}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("while the line is down: %v", err)
	}
}
