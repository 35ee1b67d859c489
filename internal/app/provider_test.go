package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"beffroi/internal/app"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/test/idp"
)

const publicURL = "http://beffroi.example"

// withProvider is a house whose staff may sign in at a real provider as well. Its
// clock goes, since the provider's does.
func withProvider(t *testing.T, d *demo) (*world, *idp.Provider) {
	t.Helper()
	op := idp.New(t, publicURL+"/signin/callback")
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(op.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := app.Open(t.Context(), app.Config{DB: d.copy(t), Pack: "hainaut", Log: "off", URL: publicURL,
		OIDC: app.OIDC{Issuer: op.Issuer, ClientID: op.ClientID, SecretFile: secret, Name: "Province ID"}}, clock.System(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{House: h, session: map[auth.Role]string{}, token: map[auth.Role]string{}}
	t.Cleanup(func() { _ = w.Close() })
	w.handler = w.Handler()
	return w, op
}

var refreshTo = regexp.MustCompile(`^0; url=(\S+)$`)

// departs is the address outside to which an answer sends the browser.
func departs(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	m := refreshTo.FindStringSubmatch(rec.Header().Get("Refresh"))
	if m == nil || rec.Code != http.StatusOK {
		t.Fatalf("the answer leads nowhere: %d %s", rec.Code, rec.Body)
	}
	return m[1]
}

// atProvider goes to the provider by a form of ours, signs in there and comes back.
func (j *jar) atProvider(t *testing.T, op *idp.Provider, form string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	answer := op.SignIn(t, departs(t, j.post(t, form, fields...)))
	return j.get(t, "/signin/callback?"+answer.Encode())
}

// The whole way with a real provider: unknown at first, linked from one's own
// account, then a way in, left by both doors, and unlinked.
func TestSignInAtAProvider(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w, op := withProvider(t, d)
		j := w.browser()
		if page := j.get(t, "/signin").Body.String(); !strings.Contains(page, "Sign in with Province ID") {
			t.Error("no button to the provider")
		}
		if rec := j.atProvider(t, op, "/signin/provider"); rec.Code != http.StatusForbidden || j.cookies["session"] != "" {
			t.Fatalf("a stranger: %d", rec.Code)
		}
		if rec := j.signIn(t, "demo-agent"); !leads(rec, "/staff/me") {
			t.Fatalf("by password: %d", rec.Code)
		}
		if rec := j.atProvider(t, op, "/staff/me/identities", "do", "link"); !leads(rec, "/staff/me") {
			t.Fatalf("linking: %d %s", rec.Code, rec.Body)
		}
		page := j.get(t, "/staff/me").Body.String()
		subject := regexp.MustCompile(`name="subject" value="([^"]+)"`).FindStringSubmatch(page)
		if subject == nil || subject[1] != op.Subject {
			t.Fatalf("linked: %v", subject)
		}
		other := w.browser()
		if rec := other.atProvider(t, op, "/signin/provider", "next", "/staff/audit"); !leads(rec, "/staff/audit") || other.cookies["session"] == "" {
			t.Fatalf("signing in at the provider: %d %s", rec.Code, rec.Body)
		}
		if me := other.get(t, "/staff/me"); !strings.Contains(me.Body.String(), "demo-agent") {
			t.Error("somebody else came in")
		}
		out := departs(t, other.post(t, "/signout"))
		if !strings.HasPrefix(out, op.Issuer) || !strings.Contains(out, "id_token_hint=") || other.cookies["session"] != "" {
			t.Errorf("signing out leads to %s", out)
		}
		if rec := other.get(t, "/staff/me"); !isSignIn(rec) {
			t.Errorf("after signing out: %d", rec.Code)
		}
		taker := w.browser()
		taker.signIn(t, "demo-registrar")
		if rec := taker.atProvider(t, op, "/staff/me/identities", "do", "link"); rec.Code != http.StatusConflict {
			t.Errorf("a second account takes the identity: %d", rec.Code)
		}
		if rec := j.post(t, "/staff/me/identities", "do", "unlink", "issuer", op.Issuer, "subject", op.Subject); !leads(rec, "/staff/me") {
			t.Errorf("unlinking: %d", rec.Code)
		}
		if rec := other.atProvider(t, op, "/signin/provider"); rec.Code != http.StatusForbidden {
			t.Errorf("after unlinking: %d", rec.Code)
		}
	})
}

// Who was led to the provider by somebody else's page comes back to nothing.
func TestProviderJourneysAreOnesOwn(t *testing.T) {
	w, op := withProvider(t, demos[0])
	victim, crook := w.browser(), w.browser()
	victim.signIn(t, "demo-agent")
	answer := op.SignIn(t, departs(t, crook.post(t, "/signin/provider")))
	if rec := victim.get(t, "/signin/callback?"+answer.Encode()); rec.Code != http.StatusGone {
		t.Errorf("an answer to a journey of another browser: %d", rec.Code)
	}
	crook.signIn(t, "demo-registrar")
	linking := departs(t, crook.post(t, "/staff/me/identities", "do", "link"))
	victim.cookies["provider"] = crook.cookies["provider"] // even with the journey planted
	if rec := victim.get(t, "/signin/callback?"+op.SignIn(t, linking).Encode()); rec.Code != http.StatusForbidden {
		t.Errorf("linking a journey that another began: %d", rec.Code)
	}
	first := crook.post(t, "/signin/provider")
	answer = op.SignIn(t, departs(t, first))
	answer.Set("state", "another")
	if rec := crook.get(t, "/signin/callback?"+answer.Encode()); rec.Code != http.StatusForbidden {
		t.Errorf("another state: %d", rec.Code)
	}
	if rec := w.ask(t, "", http.MethodPost, "/signin/provider", "", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site"); rec.Code != http.StatusForbidden {
		t.Errorf("a journey begun from elsewhere: %d", rec.Code)
	}
}

func TestProviderConfiguration(t *testing.T) {
	for name, c := range map[string]app.Config{
		"no address": {OIDC: app.OIDC{Issuer: "https://id.example", ClientID: "b"}},
		"no client":  {URL: publicURL, OIDC: app.OIDC{Issuer: "https://id.example"}},
		"no secret":  {URL: publicURL, OIDC: app.OIDC{Issuer: "https://id.example", ClientID: "b", SecretFile: "/nowhere"}},
	} {
		c.DB, c.Pack, c.Log = demos[0].copy(t), "hainaut", "off"
		if h, err := app.Open(t.Context(), c, clock.System(), io.Discard); err == nil {
			_ = h.Close()
			t.Errorf("%s: it opens", name)
		}
	}
}
