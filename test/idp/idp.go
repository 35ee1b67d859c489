// Package idp runs a real identity provider inside a test: the example
// server of zitadel/oidc, an implementation that is not ours.
package idp

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

// Provider is a provider with one client and one person.
type Provider struct {
	Issuer, ClientID, Secret string
	Subject                  string // of the person whom SignIn signs in
	client                   *http.Client
}

// New starts a provider that sends people back to callback.
func New(t testing.TB, callback string) *Provider {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.Start()
	t.Cleanup(server.Close)
	issuer := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	storage.RegisterClients(storage.WebClient("beffroi", "secret of the test", callback))
	users := storage.NewUserStore(issuer)
	server.Config.Handler = exampleop.SetupServer(issuer, storage.NewStorage(users), slog.New(slog.DiscardHandler), false)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{Issuer: issuer, ClientID: "beffroi", Secret: "secret of the test", Subject: "id1", client: &http.Client{Jar: jar}}
	p.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), issuer) {
			return http.ErrUseLastResponse // back at ours
		}
		return nil
	}
	return p
}

// SignIn goes to an address of Begin as the person's browser would, gives name
// and password, and returns the answer that the provider sends back with.
func (p *Provider) SignIn(t testing.TB, address string) url.Values {
	t.Helper()
	page, err := p.client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, page.Body)
	_ = page.Body.Close()
	at := page.Request.URL
	form := url.Values{"username": {"test-user@localhost"}, "password": {"verysecure"}, "id": {at.Query().Get("authRequestID")}}
	back, err := p.client.PostForm(p.Issuer+at.Path, form)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Body.Close()
	to, err := back.Location()
	if err != nil {
		text, _ := io.ReadAll(back.Body)
		t.Fatalf("the provider does not send back: %d %.300s", back.StatusCode, text)
	}
	return to.Query()
}

// Get asks an address as the person's browser would.
func (p *Provider) Get(t testing.TB, address string) int {
	t.Helper()
	answer, err := p.client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}
