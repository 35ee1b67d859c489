package auth_test

import (
	"testing"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

// withChief opens the account of an administrator and gives a session of it.
func (h house) withChief() (token string, chief auth.Actor) {
	h.Helper()
	n := anna()
	n.Username, n.Name, n.Grants = "chief", "Chief", []auth.Grant{{Role: auth.Admin}}
	h.must(h.Create(h.Context(), admin, n))
	token, err := h.SignIn(h.Context(), "chief", secret, atHome)
	h.must(err)
	return token, h.resume(token)
}

func TestSeeingThroughAnother(t *testing.T) {
	each(t, func(h house) {
		before, chief := h.withChief()
		token, err := h.View(h.Context(), chief, "anna", "she sees an error")
		h.must(err)
		if token == before || h.resume(before).SignedIn() {
			h.Error("the session of before lives on")
		}
		eyes := h.resume(token)
		if eyes.Username != "anna" || eyes.By != "chief" || len(eyes.Grants) != 1 || eyes.Grants[0].Role != auth.Registrar {
			h.Fatalf("sees as %+v", eyes)
		}
		write := auth.Rule{Name: "body.edit", Roles: []auth.Role{auth.Registrar}}
		if write.Gate(eyes) != nil || eyes.Scoped(write, false) != nil {
			h.Error("she does not see what anna sees")
		}
		if got := code(eyes.Scoped(write, true)); got != "viewing.readonly" {
			h.Errorf("she changes what anna may change: %q", got)
		}
		if eyes.Scoped(auth.Rule{Name: "session.close", SignedIn: true}, true) != nil {
			h.Error("she cannot leave")
		}
		for name, err := range map[string]error{
			"a token":    second(h.IssueToken(h.Context(), eyes, "anna", "x", calendar.MustParse("2026-12-01"))),
			"codes":      h.BeginCodes(h.Context(), eyes),
			"password":   h.ChangePassword(h.Context(), eyes, secret, other, atHome),
			"sessions":   h.EndSession(h.Context(), eyes, ""),
			"identities": second(h.Identities(h.Context(), eyes)),
			"passkeys":   second(h.Passkeys(h.Context(), eyes)),
		} {
			if got := code(err); got != "viewing.readonly" {
				h.Errorf("%s of anna: %q", name, got)
			}
		}
		if _, err := h.View(h.Context(), eyes, "chief", "x"); fault.KindOf(err) != fault.Forbidden {
			h.Errorf("eyes behind eyes: %v", err)
		}
		back, err := h.EndView(h.Context(), eyes)
		h.must(err)
		if me := h.resume(back); me.Username != "chief" || me.By != "" || h.resume(token).SignedIn() {
			h.Errorf("back as %+v", me)
		}
		for action, want := range map[string]int64{"session.view": 1, "session.view.end": 1} {
			if n := h.count("SELECT count(*) FROM audit_entry WHERE actor = 'chief' AND object_key = 'anna' AND action = '" + action + "'"); n != want {
				h.Errorf("%d entries %s", n, action)
			}
		}
	})
}

// Whoever lost the right to look, looks no more; nor for longer than her own
// session would have lasted.
func TestSeeingEnds(t *testing.T) {
	each(t, func(h house) {
		_, chief := h.withChief()
		token, err := h.View(h.Context(), chief, "anna", "help")
		h.must(err)
		h.c.advance(30*time.Minute + time.Second)
		if h.resume(token).SignedIn() {
			h.Error("left alone for half an hour")
		}
		look := func() string {
			t, err := h.SignIn(h.Context(), "chief", secret, atHome)
			h.must(err)
			token, err := h.View(h.Context(), h.resume(t), "anna", "help")
			h.must(err)
			return token
		}
		for name, end := range map[string]func() error{
			"her role is taken":   func() error { return h.Revoke(h.Context(), admin, "chief", auth.Admin, calendar.Date{}) },
			"her account closes":  func() error { return h.SetActive(h.Context(), admin, "chief", false) },
			"anna's account ends": func() error { return h.SetActive(h.Context(), admin, "anna", false) },
		} {
			token := look()
			if !h.resume(token).SignedIn() {
				h.Fatal("she does not look")
			}
			h.must(end())
			if h.resume(token).SignedIn() {
				h.Errorf("after %s she still looks", name)
			}
			h.must(h.SetActive(h.Context(), admin, "chief", true))
			h.must(h.SetActive(h.Context(), admin, "anna", true))
			h.must(h.Grant(h.Context(), admin, "chief", auth.Grant{Role: auth.Admin}))
		}
	})
}

func TestWhoMaySeeThroughWhom(t *testing.T) {
	each(t, func(h house) {
		_, chief := h.withChief()
		n := anna()
		n.Username = "closed"
		h.must(h.Create(h.Context(), admin, n))
		h.must(h.SetActive(h.Context(), admin, "closed", false))
		robot := chief
		robot.Session = ""
		for _, c := range []struct {
			name         string
			actor        auth.Actor
			whom, reason string
			code         string
		}{
			{"no reason", chief, "anna", "  ", "required"},
			{"herself", chief, "chief", "x", "viewing.whom"},
			{"a closed account", chief, "closed", "x", "viewing.whom"},
			{"nobody", chief, "nobody", "x", "absent"},
			{"by a token", robot, "anna", "x", "account.session"},
			{"a registrar", h.resume(h.open()), "chief", "x", "forbidden"},
			{"a stranger", auth.Actor{}, "anna", "x", "signin"},
		} {
			if _, err := h.View(h.Context(), c.actor, c.whom, c.reason); code(err) != c.code {
				h.Errorf("%s: %q, want %q", c.name, code(err), c.code)
			}
		}
		if _, err := h.EndView(h.Context(), chief); code(err) != "viewing.none" {
			h.Errorf("ending what did not begin: %v", err)
		}
	})
}
