package auth_test

import (
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/auth/totp"
	"beffroi/internal/platform/fault"
)

// withCodes turns codes on for anna and gives her secret and recovery codes.
func (h house) withCodes() (secret string, recovery []string) {
	h.Helper()
	me := h.resume(h.open())
	h.must(h.BeginCodes(h.Context(), me))
	state, err := h.MyCodes(h.Context(), me)
	h.must(err)
	if state.On || state.Secret == "" {
		h.Fatalf("state %+v", state)
	}
	if _, err := h.ConfirmCodes(h.Context(), me, "000000"); code(err) != "codes.wrong" {
		h.Fatalf("a wrong first code: %v", err)
	}
	if token := h.open(); auth.AwaitsCode(token) {
		h.Fatal("codes count before the first one was seen")
	}
	recovery, err = h.ConfirmCodes(h.Context(), me, h.now(state.Secret))
	h.must(err)
	state2, err := h.MyCodes(h.Context(), me)
	h.must(err)
	if !state2.On || state2.Secret != "" || state2.Recovery != 10 || len(recovery) != 10 {
		h.Fatalf("state %+v, %d recovery codes", state2, len(recovery))
	}
	h.c.advance(time.Minute)
	return state.Secret, recovery
}

func (h house) now(secret string) string {
	h.Helper()
	c, err := totp.Code(secret, totp.Step(h.c.Now()))
	h.must(err)
	return c
}

func (h house) second(ticket, typed string) (string, error) {
	return h.SecondFactor(h.Context(), ticket, typed, atHome)
}

func TestACodeIsAskedForAfterThePassword(t *testing.T) {
	each(t, func(h house) {
		secret, _ := h.withCodes()
		ticket := h.open()
		if !auth.AwaitsCode(ticket) || h.resume(ticket).SignedIn() || h.resume(strings.TrimPrefix(ticket, "2.")).SignedIn() {
			h.Fatal("the password alone opens a session")
		}
		if _, err := h.second(ticket, "123456"); code(err) != "codes.wrong" {
			h.Errorf("a wrong code: %v", err)
		}
		typed := h.now(secret)
		token, err := h.second(ticket, typed)
		h.must(err)
		me := h.resume(token)
		if !me.SignedIn() || token == ticket {
			h.Error("the code opens nothing, or the ticket became the session")
		}
		sessions, err := h.Sessions(h.Context(), me)
		h.must(err)
		if got := strings.Join(sessions[0].Methods, "+"); got != "password+code" {
			h.Errorf("methods %s", got)
		}
		if _, err := h.second(ticket, typed); fault.KindOf(err) != fault.Gone {
			h.Errorf("the ticket again: %v", err)
		}
		if _, err := h.second(h.open(), typed); code(err) != "codes.wrong" {
			h.Errorf("the same code again: %v", err)
		}
		h.c.advance(30 * time.Second)
		_, err = h.second(h.open(), h.now(secret))
		h.must(err)
	})
}

func TestRecoveryCodesWorkOnce(t *testing.T) {
	each(t, func(h house) {
		_, recovery := h.withCodes()
		typed := strings.ToLower(strings.ReplaceAll(recovery[3], "-", " "))
		_, err := h.second(h.open(), typed)
		h.must(err)
		if _, err := h.second(h.open(), recovery[3]); code(err) != "codes.wrong" {
			h.Errorf("a recovery code twice: %v", err)
		}
		token, err := h.second(h.open(), recovery[4])
		h.must(err)
		me := h.resume(token)
		fresh, err := h.RenewRecovery(h.Context(), me)
		h.must(err)
		if _, err := h.second(h.open(), recovery[5]); code(err) != "codes.wrong" {
			h.Errorf("an old recovery code: %v", err)
		}
		_, err = h.second(h.open(), fresh[5])
		h.must(err)
		if n := h.count("SELECT count(*) FROM audit_entry WHERE action = 'codes.recovered'"); n != 3 {
			h.Errorf("%d entries", n)
		}
		for _, c := range recovery {
			if n := h.count("SELECT count(*) FROM account_recovery WHERE code_hash = '" + c + "'"); n != 0 {
				h.Error("a recovery code lies open")
			}
		}
	})
}

func TestWrongCodesEndTheTicket(t *testing.T) {
	each(t, func(h house) {
		secret, _ := h.withCodes()
		ticket := h.open()
		for range 5 {
			if _, err := h.second(ticket, "000000"); code(err) != "codes.wrong" {
				h.Fatal(err)
			}
		}
		if _, err := h.second(ticket, h.now(secret)); fault.KindOf(err) != fault.Gone {
			h.Errorf("the right code after five wrong ones: %v", err)
		}
		late := h.open()
		h.c.advance(5 * time.Minute)
		if _, err := h.second(late, h.now(secret)); fault.KindOf(err) != fault.Gone {
			h.Errorf("after five minutes: %v", err)
		}
		closed := h.open()
		h.must(h.SetActive(h.Context(), admin, "anna", false))
		if _, err := h.second(closed, h.now(secret)); err == nil {
			h.Error("a closed account comes in by its code")
		}
	})
}

func TestCodesAreTurnedOff(t *testing.T) {
	each(t, func(h house) {
		secret, _ := h.withCodes()
		token, err := h.second(h.open(), h.now(secret))
		h.must(err)
		me := h.resume(token)
		if err := h.BeginCodes(h.Context(), me); fault.KindOf(err) != fault.Conflict {
			h.Errorf("beginning again: %v", err)
		}
		if _, err := h.ConfirmCodes(h.Context(), me, "000000"); fault.KindOf(err) != fault.Conflict {
			h.Errorf("confirming again: %v", err)
		}
		old := me
		old.Since = old.Since.Add(-time.Hour)
		if got := code(h.EndCodes(h.Context(), old, "anna")); got != "signin.again" {
			h.Errorf("from an old session: %q", got)
		}
		h.must(h.EndCodes(h.Context(), me, "anna"))
		if token := h.open(); auth.AwaitsCode(token) {
			h.Error("a code is still asked for")
		}
		h.withCodes()
		h.must(h.EndCodes(h.Context(), admin, "anna")) // she lost her telephone
		if token := h.open(); auth.AwaitsCode(token) {
			h.Error("a code is still asked for after the administrator's help")
		}
		if err := h.EndCodes(h.Context(), admin, "anna"); fault.KindOf(err) != fault.NotFound {
			h.Errorf("codes that there are not: %v", err)
		}
	})
}

// Guessing codes is slowed by the same buckets as guessing passwords.
func TestCodesAreGuessedSlowly(t *testing.T) {
	each(t, func(h house) {
		h.withCodes()
		refused := 0
		for range 40 {
			ticket, err := h.signIn(secret)
			if fault.KindOf(err) == fault.TooMany {
				refused++
				h.c.advance(time.Second)
				continue
			}
			h.must(err)
			_, err = h.second(ticket, "000000")
			if code(err) != "codes.wrong" {
				h.Fatal(err)
			}
		}
		if refused < 30 {
			h.Errorf("%d of 40 refused", refused)
		}
	})
}

// Whoever guesses from the next desk does not keep the holder's browser out.
func TestAKnownBrowserIsNotHeldUp(t *testing.T) {
	each(t, func(h house) {
		h.Seal([]byte("key of the test"))
		hers := auth.Visit{Network: home, Device: h.Device("anna")}
		for range 8 {
			_, _ = h.signIn(other) // a stranger in the same network
		}
		if _, err := h.signIn(secret); fault.KindOf(err) != fault.TooMany {
			h.Fatalf("the stranger's network is not slowed: %v", err)
		}
		for name, cookie := range map[string]string{"another's": h.Device("bram"), "invented": "abc.def", "empty mac": "abc."} {
			if _, err := h.SignIn(h.Context(), "anna", secret, auth.Visit{Network: home, Device: cookie}); fault.KindOf(err) != fault.TooMany {
				h.Errorf("a device that is %s: %v", name, err)
			}
		}
		_, err := h.SignIn(h.Context(), "anna", secret, hers)
		h.must(err)
	})
}
