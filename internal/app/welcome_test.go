package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/site/staff"
)

const chosen = "une phrase assez longue 1789"

var invitationLink = regexp.MustCompile(`id="secret">[^<]*(/welcome\?ticket=[^<]+)<`)

// An administrator invites; the link lets the person choose a password, once.
func TestInvitationOnThePages(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		w.Auth.Correspond(nil) // no post: the link is handed over
		made := w.send(t, auth.Admin, "/staff/accounts", "username", "n.exemple", "name", "N. Exemple", "email", "n@example.org", "role", "agent", "language", "nl")
		link := invitationLink.FindStringSubmatch(made.Body.String())
		if made.Code != http.StatusOK || link == nil {
			t.Fatalf("inviting: %d", made.Code)
		}
		u, err := url.Parse(link[1])
		if err != nil {
			t.Fatal(err)
		}
		ticket := u.Query().Get("ticket")
		j := w.browser()
		if page := j.get(t, link[1]); page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "N. Exemple") {
			t.Errorf("the page of the invitation: %d", page.Code)
		}
		if rec := j.post(t, "/welcome", "ticket", ticket, "password", "short"); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), ticket) {
			t.Errorf("a short password: %d", rec.Code)
		}
		if rec := j.post(t, "/welcome", "ticket", ticket, "password", chosen); !leads(rec, "/staff/me") {
			t.Errorf("taking the invitation: %d", rec.Code)
		}
		if rec := j.get(t, "/staff/me"); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "N. Exemple") {
			t.Errorf("inside: %d", rec.Code)
		}
		if rec := w.browser().get(t, link[1]); rec.Code != http.StatusGone {
			t.Errorf("the link again: %d", rec.Code)
		}
		if again := w.send(t, auth.Admin, "/staff/accounts/n.exemple", "do", "invite"); again.Code != http.StatusConflict {
			t.Errorf("inviting whoever is in: %d", again.Code)
		}
	})
}

// Whatever is typed, the answer is the same to the byte, and nothing is looked up
// before it is given.
func TestForgottenTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		var answers []string
		for _, typed := range []string{"demo-agent", "nobody", "agent@example.org", ""} {
			rec := w.browser().post(t, "/signin/forgotten", "name", typed)
			if rec.Code != http.StatusOK {
				t.Errorf("%q: %d", typed, rec.Code)
			}
			answers = append(answers, rec.Body.String())
		}
		for _, a := range answers[1:] {
			if a != answers[0] {
				t.Error(firstDifference(answers[0], a))
			}
		}
		list, err := w.Jobs.List(t.Context(), auth.System("test"), jobs.Filter{Kind: staff.ResetJob, Limit: 10})
		if err != nil || len(list) != 4 {
			t.Errorf("%d jobs, %v", len(list), err)
		}
		rec := w.browser().post(t, "/signin/forgotten", "name", "x")
		if rec = w.browser().post(t, "/signin/forgotten", "name", "x"); rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") == "" {
			t.Errorf("a sixth letter in a minute: %d", rec.Code)
		}
	})
}

// An administrator sees the house as another account does: banner on every page,
// nothing to change, nothing of the person's own account, back by a button.
func TestSeeingAsAnother(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		j := w.browser()
		j.signIn(t, "demo-admin")
		if rec := j.post(t, "/staff/accounts/demo-accountant/view", "reason", ""); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("without a reason: %d", rec.Code)
		}
		before := j.cookies["session"]
		if rec := j.post(t, "/staff/accounts/demo-accountant/view", "reason", "ticket 12"); !leads(rec, "/staff") || j.cookies["session"] == before {
			t.Fatalf("seeing as another: %d", rec.Code)
		}
		const banner = `action="/staff/view/end"`
		for address, status := range map[string]int{"/": 200, "/staff": 200, "/ledger/new": 200, "/communes/53053": 200, "/nowhere": 404, "/staff/me": 403, "/staff/audit": 403} {
			rec := j.get(t, address)
			if rec.Code != status || !strings.Contains(rec.Body.String(), banner) || !strings.Contains(rec.Body.String(), "demo-admin") {
				t.Errorf("%s: %d, want %d and a banner", address, rec.Code, status)
			}
		}
		for _, form := range []string{"/ledger/new", "/staff/password", "/staff/me/tokens", "/staff/me/sessions", "/signin/passkey"} {
			if rec := j.post(t, form, "x", "y"); rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), banner) {
				t.Errorf("POST %s: %d", form, rec.Code)
			}
		}
		if rec := j.post(t, "/staff/view/end"); !leads(rec, "/staff/accounts") {
			t.Errorf("going back: %d", rec.Code)
		}
		if rec := j.get(t, "/staff/audit?action=session.view"); rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), banner) || !strings.Contains(rec.Body.String(), "ticket 12") {
			t.Errorf("afterwards, the audit: %d", rec.Code)
		}
		if rec := w.browser().post(t, "/staff/accounts/demo-agent/view", "reason", "x"); !isSignIn(rec) {
			t.Errorf("a stranger: %d", rec.Code)
		}
	})
}

// Signing out leaves nothing behind in the browser.
func TestSigningOutClears(t *testing.T) {
	w := demos[0].write(t)
	j := w.browser()
	j.signIn(t, "demo-agent")
	token := j.cookies["session"]
	rec := j.post(t, "/signout")
	if got := rec.Header().Get("Clear-Site-Data"); !strings.Contains(got, `"cache"`) || !strings.Contains(got, `"storage"`) || j.cookies["session"] != "" {
		t.Errorf("Clear-Site-Data %q, cookies %v", got, j.cookies)
	}
	j.cookies["session"] = token
	if rec := j.get(t, "/staff"); !isSignIn(rec) {
		t.Errorf("the old session: %d", rec.Code)
	}
}
