package passkey_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/auth/passkey"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/test/pg"
)

// What a real browser and its authenticator answer is tried in test/browser.

func TestMain(m *testing.M) { pg.Main(m) }

const secret = "un beffroi sonne l’heure"

func TestNeedsAHostName(t *testing.T) {
	for address, fits := range map[string]bool{"https://beffroi.example.org": true, "http://localhost:8080": true,
		"": false, "http://127.0.0.1:8080": false, "http://[::1]/": false, "beffroi.example.org": false, "%": false} {
		if _, err := passkey.New(nil, address, "Province"); (err == nil) != fits {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestCeremonies(t *testing.T) {
	dbtest.Each(t, []db.Schema{audit.Schema(), auth.Schema()}, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		accounts := auth.NewService(d)
		err := accounts.Create(ctx, auth.System("test"), auth.NewAccount{Username: "anna", Name: "Anna", Email: "a@example.org", Password: secret})
		if err != nil {
			t.Fatal(err)
		}
		token, err := accounts.SignIn(ctx, "anna", secret, auth.Visit{})
		if err != nil {
			t.Fatal(err)
		}
		anna, err := accounts.Resume(ctx, token)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := passkey.New(accounts, "https://beffroi.example.org", "Province")
		if err != nil {
			t.Fatal(err)
		}
		options, ticket, err := keys.Begin(ctx, anna)
		if err != nil {
			t.Fatal(err)
		}
		var asked struct {
			PublicKey struct {
				Challenge              string
				RP                     struct{ ID string }
				AuthenticatorSelection struct{ ResidentKey, UserVerification string }
			}
		}
		if err := json.Unmarshal([]byte(options), &asked); err != nil {
			t.Fatal(err)
		}
		pk := asked.PublicKey
		if len(pk.Challenge) < 22 || pk.RP.ID != "beffroi.example.org" || pk.AuthenticatorSelection.ResidentKey != "required" || pk.AuthenticatorSelection.UserVerification != "required" {
			t.Errorf("asked %+v", pk)
		}
		_, again, err := keys.Begin(ctx, anna)
		if err != nil || again == ticket {
			t.Errorf("two challenges share a ticket, %v", err)
		}
		other := anna
		other.Account++
		_, stale, err := keys.Begin(ctx, anna)
		if err != nil {
			t.Fatal(err)
		}
		for name, try := range map[string]struct {
			err  error
			kind fault.Kind
		}{
			"nonsense":          {keys.Add(ctx, anna, ticket, "x", "{}"), fault.Forbidden},
			"a ticket twice":    {keys.Add(ctx, anna, ticket, "x", "{}"), fault.Gone},
			"no ticket":         {keys.Add(ctx, anna, "", "x", "{}"), fault.Gone},
			"another's ticket":  {keys.Add(ctx, other, again, "x", "{}"), fault.Forbidden},
			"an old session":    {keys.Add(ctx, aged(anna), stale, "x", "{}"), fault.Forbidden},
			"sign in, no token": {signIn(t, keys, "", "{}"), fault.Gone},
			"sign in, nonsense": {signIn(t, keys, begin(t, keys), strings.Repeat("x", 1000)), fault.Forbidden},
			"sign in, nobody":   {signIn(t, keys, begin(t, keys), nobody), fault.Forbidden},
		} {
			if fault.KindOf(try.err) != try.kind || try.err == nil {
				t.Errorf("%s: %v", name, try.err)
			}
		}
		if list, err := accounts.Passkeys(ctx, anna); err != nil || len(list) != 0 {
			t.Errorf("%d passkeys, %v", len(list), err)
		}
	})
}

// nobody is an answer of the right form for an account that there is not.
const nobody = `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"authenticatorData":"dKbqkhPJnC90siSSsyDPQCYqlMGpUKA5fyklC2CEHvAFAAAAAQ",
"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFBQSIsIm9yaWdpbiI6Imh0dHBzOi8vYmVmZnJvaS5leGFtcGxlLm9yZyJ9",
"signature":"AAAA","userHandle":"YWNjb3VudC05OTk"}}`

func aged(a auth.Actor) auth.Actor {
	a.Since = a.Since.Add(-time.Hour)
	return a
}

func begin(t *testing.T, keys *passkey.Service) string {
	t.Helper()
	_, ticket, err := keys.BeginSignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

func signIn(t *testing.T, keys *passkey.Service, ticket, response string) error {
	t.Helper()
	token, err := keys.SignIn(t.Context(), ticket, response, auth.Visit{})
	if token != "" {
		t.Error("a session was opened")
	}
	return err
}
