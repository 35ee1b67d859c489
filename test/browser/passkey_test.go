package browser

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"beffroi/internal/app"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/test/browser/probe"
)

// namedHouse is a house with a host name, without which there are no passkeys.
func namedHouse(t *testing.T) *house {
	t.Helper()
	template.Do(load)
	if template.err != nil {
		t.Fatal(template.err)
	}
	file := filepath.Join(t.TempDir(), "beffroi.db")
	if err := os.WriteFile(file, template.content, 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + strings.Replace(server.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
	opened, err := app.Open(context.Background(), app.Config{DB: "sqlite:" + file, Pack: "hainaut", Log: "off", URL: address}, clock.Fixed(dbtest.Now()), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	server.Config.Handler = opened.Handler()
	server.Start()
	t.Cleanup(server.Close)
	return &house{House: opened, url: address, sessions: map[string]*http.Cookie{}}
}

// TestPasskeys goes the whole way with the browser's own virtual authenticator:
// register, sign in without a name or a password, be refused after the counter
// went backwards, remove.
func TestPasskeys(t *testing.T) {
	t.Parallel()
	w := arrive(t, namedHouse(t), "/signin", "", false)
	probe.Call(w.page, webauthn.Enable, webauthn.EnableParams{})
	device := probe.Call(w.page, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}}).AuthenticatorID
	w.signIn("demo-agent")
	w.open("/staff/me/passkeys")
	w.fill("#name", "Portable du bureau")
	w.follow(`form[action="/staff/me/passkeys"] button`)
	w.page.Do(chromedp.WaitVisible(`input[name="id"] ~ button`))
	w.says("main", "Portable du bureau")

	signIn := func(then string) {
		t.Helper()
		w.open("/")
		w.page.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action="/signout"]')?.requestSubmit()`), chromedp.WaitVisible(`a[href="/signin"]`))
		w.open("/signin?next=/staff/me")
		w.follow(`form[action="/signin/passkey"] button`)
		w.page.Do(chromedp.WaitVisible(then))
	}
	signIn("#sessions")
	w.says("main", "Agent")

	// The house has seen a higher counter than this authenticator's: another one
	// holds the same key. (Chromium's virtual authenticator cannot be turned back.)
	ahead(t, w.House)
	signIn(".ds-error-summary")
	w.says(".ds-error-summary", "copiée")
	signIn(".ds-error-summary") // and stays shut
	w.signIn("demo-agent")
	w.open("/staff/me/passkeys")
	w.says("main", "copiée, bloquée")
	w.follow(`input[name="id"] ~ button`)
	w.says("main", "Aucune clé")

	// Who does not show finger or face is not let in.
	probe.Call(w.page, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: device})
	w.fill("#name", "Sans doigt")
	w.follow(`form[action="/staff/me/passkeys"] button`)
	w.page.Do(chromedp.WaitVisible(`[data-failed]`))
}

// ahead makes the counters that the house remembers higher than they were.
func ahead(t *testing.T, h *app.House) {
	t.Helper()
	err := h.DB.Write(t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE account_passkey SET credential = replace(credential, '"signCount":', '"signCount":9')`)
		if err == nil && n != 1 {
			t.Errorf("%d passkeys are kept", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
