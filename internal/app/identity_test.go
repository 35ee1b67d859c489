package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/auth/totp"
	"beffroi/internal/platform/clock"
)

// send sends a form as a browser would, of the same origin.
func (w *world) send(t testing.TB, role auth.Role, address string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return w.ask(t, role, http.MethodPost, address, form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Accept-Language", "en")
}

// call sends JSON to the API with a token.
func (w *world) call(t testing.TB, method, address, token, body string) (int, map[string]any) {
	t.Helper()
	rec := w.ask(t, "", method, address, body, "Content-Type", "application/json", "Authorization", "Bearer "+token)
	var doc map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		t.Errorf("%s %s: %d, %v", method, address, rec.Code, err)
	}
	return rec.Code, doc
}

func TestAccountsThroughTheAPI(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		admin := w.bearer(t, auth.Admin)
		const base, one = "/api/v1/accounts", "/api/v1/accounts/m.exemple"
		for _, c := range []struct {
			method, address, body string
			status                int
			has                   string
		}{
			{"POST", base, `{"username":"m.exemple","name":"M. Exemple","email":"m@example.org","password":"une phrase assez longue 1789","grants":[{"role":"agent"}]}`, 201, `"role":"agent"`},
			{"POST", base, `{"username":"m.exemple","name":"M. Exemple","email":"m@example.org","password":"une phrase assez longue 1789"}`, 422, "account.taken"},
			{"POST", base, `{"username":"M","name":"","email":"x","password":"short","grants":[{"role":"king"}]}`, 422, "account.username"},
			{"GET", one, "", 200, `"active":true`},
			{"GET", base, "", 200, `"m.exemple"`},
			{"GET", base + "/nobody", "", 404, "absent"},
			{"POST", one + "/grants", `{"role":"analyst","period":{"from":"2026-12-01","to":"2026-12-31"}}`, 201, `"2026-12-31"`},
			{"POST", one + "/grants", `{"role":"analyst","mandate":"nobody-m1"}`, 422, "account.mandate"},
			{"POST", one + "/grants/end", `{"role":"analyst","last":"2026-12-15"}`, 200, `"2026-12-15"`},
			{"POST", one + "/grants/end", `{"role":"auditor"}`, 422, "account.notheld"},
			{"PUT", one + "/active", `{"active":false}`, 200, `"active":false`},
			{"PUT", base + "/nobody/active", `{"active":false}`, 404, "absent"},
		} {
			rec := w.ask(t, "", c.method, c.address, c.body, "Content-Type", "application/json", "Authorization", "Bearer "+admin)
			if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.has) {
				t.Errorf("%s %s %s: %d, want %d and %s in %s", c.method, c.address, c.body, rec.Code, c.status, c.has, rec.Body)
			}
			if strings.Contains(rec.Body.String(), "argon2") {
				t.Errorf("%s %s tells of a password", c.method, c.address)
			}
		}
		if status, _ := w.call(t, "POST", base, w.bearer(t, auth.Registrar), `{}`); status != http.StatusForbidden {
			t.Errorf("a registrar opens accounts: %d", status)
		}
	})
}

// The scopes of a token hold at the door, whatever its holder may.
func TestScopesAtTheDoor(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		until := clock.Today(w.DB.Clock()).AddDays(1)
		token := func(scopes string) string {
			list, err := auth.ParseScopes(scopes)
			if err != nil {
				t.Fatal(err)
			}
			secret, err := w.Auth.IssueToken(t.Context(), auth.System("test"), "demo-accountant", "test", until, list...)
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		for _, c := range []struct {
			scopes string
			status int
		}{{"write", 201}, {"write:ledger", 201}, {"read:ledger write:body", 403}, {"read", 403}} {
			secret := token(c.scopes)
			status, doc := w.call(t, "POST", "/api/v1/ledger", secret, posting)
			if status != c.status || status == 403 && doc["type"] != "urn:beffroi:fault:token.scope" {
				t.Errorf("%s posts to the ledger: %d %v, want %d", c.scopes, status, doc["type"], c.status)
			}
			if status, _ := w.call(t, "GET", "/api/v1/ledger", secret, ""); status != 200 {
				t.Errorf("%s reads what is public: %d", c.scopes, status)
			}
		}
		reads := w.ask(t, "", "GET", "/staff/audit", "", "Authorization", "Bearer "+token("read:ledger"))
		if reads.Code != http.StatusForbidden {
			t.Errorf("a token for the ledger at the audit: %d", reads.Code)
		}
		me := w.ask(t, "", "POST", "/staff/me/tokens", "label=x&until=2026-12-01&access=write", "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer "+token("write"))
		if me.Code != http.StatusForbidden || strings.Contains(me.Body.String(), `id="secret"`) {
			t.Errorf("a token makes a token: %d", me.Code)
		}
	})
}

var secretOnPage = regexp.MustCompile(`id="secret">([^<]+)<`)

// The page of tokens: made, shown once, works within its scope, revoked.
func TestTokensOnThePage(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		bad := w.send(t, auth.Accountant, "/staff/me/tokens", "label", "tableau", "until", "2030-01-01", "access", "write", "domain", "ledger")
		if bad.Code != http.StatusUnprocessableEntity || !strings.Contains(bad.Body.String(), `value="tableau"`) || secretOnPage.MatchString(bad.Body.String()) {
			t.Errorf("a token for years: %d", bad.Code)
		}
		made := w.send(t, auth.Accountant, "/staff/me/tokens", "label", "tableau", "until", "2026-12-01", "access", "write", "domain", "ledger")
		found := secretOnPage.FindStringSubmatch(made.Body.String())
		if made.Code != http.StatusOK || found == nil {
			t.Fatalf("making a token: %d", made.Code)
		}
		if status, _ := w.call(t, "POST", "/api/v1/ledger", found[1], posting); status != http.StatusCreated {
			t.Errorf("the token posts: %d", status)
		}
		again := w.ask(t, auth.Accountant, "GET", "/staff/me/tokens", "").Body.String()
		if strings.Contains(again, found[1]) || !strings.Contains(again, "tableau") {
			t.Error("the token is shown twice, or not listed")
		}
		revoke := regexp.MustCompile(`/staff/me/tokens/[0-9a-f]{16}/revoke`).FindString(again)
		if rec := w.send(t, auth.Registrar, revoke); rec.Code != http.StatusNotFound {
			t.Errorf("somebody else revokes it: %d", rec.Code)
		}
		if rec := w.send(t, auth.Accountant, revoke); rec.Code != http.StatusSeeOther {
			t.Errorf("revoking: %d", rec.Code)
		}
		if status, _ := w.call(t, "POST", "/api/v1/ledger", found[1], posting); status != http.StatusUnauthorized {
			t.Errorf("the revoked token posts: %d", status)
		}
	})
}

// My account shows where I am signed in and ends what I do not recognise.
func TestMySessionsOnThePage(t *testing.T) {
	w := demos[0].write(t)
	here := w.enter(t, auth.Agent)
	elsewhere, err := w.Auth.SignIn(t.Context(), "demo-agent", demoPassword,
		auth.Visit{Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", Network: "192.0.2.0/24"})
	if err != nil {
		t.Fatal(err)
	}
	page := w.ask(t, auth.Agent, "GET", "/staff/me", "").Body.String()
	for _, want := range []string{"Firefox, Linux", "192.0.2.0/24"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if strings.Contains(page, here) || strings.Contains(page, elsewhere) {
		t.Error("the secret of a session is on the page")
	}
	ref := regexp.MustCompile(`name="ref" value="([0-9a-f]{16})"`).FindStringSubmatch(page)
	if ref == nil {
		t.Fatal("no session to end")
	}
	if rec := w.send(t, auth.Agent, "/staff/me/sessions", "do", "end", "ref", ref[1]); rec.Code != http.StatusSeeOther {
		t.Errorf("ending a session: %d", rec.Code)
	}
	for token, want := range map[string]bool{here: true, elsewhere: false} {
		if a, err := w.Auth.Resume(t.Context(), token); err != nil || a.SignedIn() != want {
			t.Errorf("signed in: %t, want %t, %v", a.SignedIn(), want, err)
		}
	}
	if rec := w.send(t, auth.Agent, "/staff/me/sessions", "do", "end"); rec.Code != http.StatusBadRequest {
		t.Errorf("ending no session in particular: %d", rec.Code)
	}
}

// A mandate gives a role and takes it away when it ends, in the same transaction.
func TestAMandateGivesARole(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		ctx, system := t.Context(), auth.System("test")
		m, err := w.Party.AddMandate(ctx, system, "organ-college", given("role", "Présidence", "holder", "C. Exemple", "valid_from", "2026-01-01"))
		if err != nil {
			t.Fatal(err)
		}
		if rec := w.send(t, auth.Admin, "/staff/accounts/demo-agent", "do", "grant", "role", "auditor", "mandate", m.Ref); rec.Code != http.StatusSeeOther {
			t.Fatalf("giving a role by a mandate: %d", rec.Code)
		}
		audits := func() int { return w.ask(t, auth.Agent, "GET", "/staff/audit", "").Code }
		if got := audits(); got != http.StatusOK {
			t.Errorf("during the mandate: %d", got)
		}
		if _, err := w.Party.EndMandate(ctx, system, m.Ref, given("valid_to", "2026-11-22", "version", fmt.Sprint(m.Version))); err != nil {
			t.Fatal(err)
		}
		if got := audits(); got != http.StatusForbidden {
			t.Errorf("after the mandate: %d", got)
		}
	})
}

// given answers a verb that asks for the fields of a form.
func given(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// jar keeps the cookies that answers set, as a browser does.
type jar struct {
	*world
	cookies map[string]string
}

func (w *world) browser() *jar { return &jar{w, map[string]string{}} }

func (j *jar) do(t testing.TB, method, address, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	var list []string
	for name, value := range j.cookies {
		list = append(list, name+"="+value)
	}
	headers = append(headers, "Cookie", strings.Join(list, "; "), "Accept-Language", "en")
	if method == http.MethodPost {
		headers = append(headers, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	}
	rec := j.ask(t, "", method, address, body, headers...)
	for _, c := range rec.Result().Cookies() {
		if j.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(j.cookies, c.Name)
		}
	}
	return rec
}

func (j *jar) post(t testing.TB, address string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return j.do(t, http.MethodPost, address, form.Encode())
}

func (j *jar) get(t testing.TB, address string) *httptest.ResponseRecorder {
	t.Helper()
	return j.do(t, http.MethodGet, address, "")
}

// signIn gives the password of a demonstration account.
func (j *jar) signIn(t testing.TB, username string) *httptest.ResponseRecorder {
	t.Helper()
	return j.post(t, "/signin", "username", username, "password", demoPassword, "next", "/staff/me")
}

// leads tells whether an answer redirects to an address.
func leads(rec *httptest.ResponseRecorder, to string) bool {
	return rec.Code == http.StatusSeeOther && rec.Header().Get("Location") == to
}

// Codes on the pages: the secret is shown while it waits, the recovery codes
// once, and the password alone no longer opens the door.
func TestCodesOnThePages(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		j := w.browser()
		if rec := j.signIn(t, "demo-agent"); !leads(rec, "/staff/me") || j.cookies["session"] == "" || j.cookies["device"] == "" {
			t.Fatalf("signing in: %d %s", rec.Code, rec.Header().Get("Location"))
		}
		if rec := j.post(t, "/staff/me/codes", "do", "begin"); !leads(rec, "/staff/me/codes") {
			t.Fatalf("beginning: %d", rec.Code)
		}
		page := j.get(t, "/staff/me/codes").Body.String()
		found := secretOnPage.FindStringSubmatch(page)
		if found == nil || !strings.Contains(page, `<svg class="qr"`) {
			t.Fatal("no secret to scan or type")
		}
		secret, step := strings.ReplaceAll(found[1], " ", ""), totp.Step(w.DB.Clock().Now())
		typed := func(n int64) string {
			c, err := totp.Code(secret, step+n)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if rec := j.post(t, "/staff/me/codes", "do", "confirm", "code", "000000"); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("a wrong first code: %d", rec.Code)
		}
		on := j.post(t, "/staff/me/codes", "do", "confirm", "code", typed(0))
		recovery := regexp.MustCompile(`<code>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})</code>`).FindAllStringSubmatch(on.Body.String(), -1)
		if on.Code != http.StatusOK || len(recovery) != 10 {
			t.Fatalf("turning on: %d, %d recovery codes", on.Code, len(recovery))
		}
		if again := j.get(t, "/staff/me/codes").Body.String(); strings.Contains(again, recovery[0][1]) || strings.Contains(again, found[1]) {
			t.Error("a secret is shown again")
		}
		other := w.browser()
		if rec := other.signIn(t, "demo-agent"); !leads(rec, "/signin/code?next=%2Fstaff%2Fme") || other.cookies["session"] != "" {
			t.Fatalf("the password alone: %d %s %v", rec.Code, rec.Header().Get("Location"), other.cookies)
		}
		if rec := other.get(t, "/staff/me"); !isSignIn(rec) {
			t.Errorf("halfway in: %d", rec.Code)
		}
		if rec := other.post(t, "/signin/code", "code", typed(0), "next", "/staff/me"); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("a code that was used: %d", rec.Code)
		}
		if rec := other.post(t, "/signin/code", "code", typed(1), "next", "/staff/me"); !leads(rec, "/staff/me") || other.cookies["code"] != "" {
			t.Errorf("the right code: %d %s", rec.Code, rec.Body)
		}
		if rec := other.get(t, "/staff/me"); rec.Code != http.StatusOK {
			t.Errorf("all the way in: %d", rec.Code)
		}
		if rec := w.browser().post(t, "/signin/code", "code", typed(1)); rec.Code != http.StatusGone {
			t.Errorf("a code without a password before: %d", rec.Code)
		}
	})
}
