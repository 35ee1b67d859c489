package auth_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

const (
	secret = "un beffroi sonne l’heure"
	other  = "een klok luidt elk uur op tijd"
	home   = "192.0.2.0/24"
)

var atHome = auth.Visit{Agent: "agent", Network: home}

// house is a service over a fresh database, with a clock that the test turns,
// and with the account of anna, registrar of body 12.
type house struct {
	*testing.T
	*auth.Service
	d *db.DB
	c *movable
}

var admin = auth.System("test")

func each(t *testing.T, f func(h house)) {
	t.Helper()
	for name, url := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") },
		"postgres": func(t *testing.T) string { return pg.Shared(t) },
	} {
		t.Run(name, func(t *testing.T) {
			c := &movable{now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
			d, err := db.Open(t.Context(), url(t), c)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			if _, err := d.Migrate(t.Context(), []db.Schema{audit.Schema(), auth.Schema()}); err != nil {
				t.Fatal(err)
			}
			h := house{t, auth.NewService(d), d, c}
			h.must(h.Create(t.Context(), admin, anna()))
			f(h)
		})
	}
}

func anna() auth.NewAccount {
	return auth.NewAccount{Username: "anna", Name: "Anna Dubois", Email: "anna@example.org", Language: "nl", Password: secret,
		Grants: []auth.Grant{{Role: auth.Registrar, Body: "12"}}}
}

func (h house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h house) signIn(password string) (string, error) {
	return h.SignIn(h.Context(), "anna", password, atHome)
}

// open signs anna in and gives the token of her session.
func (h house) open() string {
	h.Helper()
	token, err := h.signIn(secret)
	h.must(err)
	return token
}

// resume tells who a session's token stands for.
func (h house) resume(token string) auth.Actor {
	h.Helper()
	a, err := h.Resume(h.Context(), token)
	h.must(err)
	return a
}

func (h house) count(query string) int64 {
	h.Helper()
	var n int64
	h.must(h.d.Read(h.Context(), func(tx *db.Tx) (err error) {
		n, _, err = db.One(tx, db.Value[int64], query)
		return err
	}))
	return n
}

func TestSignIn(t *testing.T) {
	each(t, func(h house) {
		token := h.open()
		a := h.resume(token)
		if a.Username != "anna" || a.Name != "Anna Dubois" || a.Language != "nl" || a.Session == "" || a.Session == token || len(a.Grants) != 1 || a.Grants[0].Body != "12" {
			h.Errorf("actor %+v", a)
		}
		if _, err := h.SignIn(h.Context(), "  ANNA ", secret, atHome); err != nil {
			h.Errorf("blanks and capitals around a name: %v", err)
		}
		for user, password := range map[string]string{"anna": other, "nobody": secret, "": "", strings.Repeat("x", 1<<16): secret, "a\x00nna\xff": secret} {
			_, err := h.SignIn(h.Context(), user, password, atHome)
			if e := fault.From(err); e.Code != "signin.wrong" || e.Kind != fault.Invalid || len(e.Args)+len(e.Fields) != 0 {
				h.Errorf("%.20q: %v", user, err)
			}
		}
		h.must(h.SetActive(h.Context(), admin, "anna", false))
		if _, err := h.signIn(secret); fault.From(err).Code != "signin.wrong" {
			h.Errorf("a closed account: %v", err)
		}
		if a := h.resume("no such token"); a.SignedIn() {
			h.Errorf("an unknown token is %v", a)
		}
	})
}

func TestSignInIsSlowedNotLocked(t *testing.T) {
	each(t, func(h house) {
		for range 5 {
			if _, err := h.signIn(other); fault.From(err).Code != "signin.wrong" {
				h.Fatal(err)
			}
		}
		if _, err := h.signIn(secret); fault.KindOf(err) != fault.TooMany {
			h.Fatalf("the sixth attempt: %v", err)
		}
		if _, err := h.SignIn(h.Context(), "anna", secret, auth.Visit{Network: "198.51.100.0/24"}); err != nil {
			h.Errorf("the holder, from elsewhere: %v", err)
		}
		h.c.advance(13 * time.Second)
		h.open()
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(h house) {
		idle := h.open()
		h.c.advance(60 * time.Minute)
		if !h.resume(idle).SignedIn() {
			h.Error("ended before an hour without use")
		}
		h.c.advance(60*time.Minute + time.Second)
		if h.resume(idle).SignedIn() {
			h.Error("lives after an hour without use")
		}
		used := h.open()
		for range 24 {
			h.c.advance(30 * time.Minute)
			if !h.resume(used).SignedIn() {
				h.Fatal("ended although it was used")
			}
		}
		h.c.advance(time.Second)
		if h.resume(used).SignedIn() {
			h.Error("lives after twelve hours")
		}
		h.open() // takes the dead ones away
		if n := h.count("SELECT count(*) FROM account_session"); n != 1 {
			h.Errorf("%d sessions are kept", n)
		}
	})
}

func TestSignOutEndsOneSession(t *testing.T) {
	each(t, func(h house) {
		first, second := h.open(), h.open()
		_, err := h.SignOut(h.Context(), h.resume(first))
		h.must(err)
		if h.resume(first).SignedIn() || !h.resume(second).SignedIn() {
			h.Error("sign-out ended the wrong session")
		}
	})
}

func TestANewPasswordEndsSessionsAndTokens(t *testing.T) {
	each(t, func(h house) {
		session, token := h.open(), h.token(1)
		self := h.resume(session)
		if err := h.ChangePassword(h.Context(), self, secret, "short", atHome); fault.KindOf(err) != fault.Invalid || !h.resume(session).SignedIn() {
			h.Fatalf("a short password: %v", err)
		}
		h.must(h.ChangePassword(h.Context(), self, secret, other, atHome))
		if _, err := h.Bearer(h.Context(), token); h.resume(session).SignedIn() || fault.KindOf(err) != fault.Unauthenticated {
			h.Errorf("the session or the token lives on: %v", err)
		}
		if _, err := h.signIn(secret); err == nil {
			h.Error("the old password is taken")
		}
		_, err := h.signIn(other)
		h.must(err)
		for _, actor := range []auth.Actor{{}, {Username: "bram"}, {Username: "bram", Grants: []auth.Grant{{Role: auth.Registrar}}}} {
			if err := h.SetPassword(h.Context(), actor, "anna", "x"); fault.KindOf(err) != fault.Forbidden && fault.KindOf(err) != fault.Unauthenticated {
				h.Errorf("%q sets another's password: %v", actor.Username, err)
			}
		}
	})
}

func (h house) token(days int) string {
	h.Helper()
	token, err := h.IssueToken(h.Context(), admin, "anna", "script", clock.Today(h.c).AddDays(days))
	h.must(err)
	return token
}

func TestTokens(t *testing.T) {
	each(t, func(h house) {
		token := h.token(1)
		a, err := h.Bearer(h.Context(), token)
		if err != nil || a.Username != "anna" || a.Session != "" || len(a.Grants) != 1 {
			h.Fatalf("actor %+v, %v", a, err)
		}
		h.c.now = time.Date(2026, 11, 24, 22, 59, 59, 0, time.UTC) // a second before midnight in Brussels
		if _, err := h.Bearer(h.Context(), token); err != nil {
			h.Errorf("on its last day: %v", err)
		}
		h.c.advance(time.Second)
		for _, bad := range []string{token, "", "unknown", token + "x"} {
			if _, err := h.Bearer(h.Context(), bad); fault.KindOf(err) != fault.Unauthenticated {
				h.Errorf("%.10q: %v", bad, err)
			}
		}
		for _, days := range []int{-1, 367} {
			if _, err := h.IssueToken(h.Context(), admin, "anna", "x", clock.Today(h.c).AddDays(days)); fault.KindOf(err) != fault.Invalid {
				h.Errorf("a token for %d days: %v", days, err)
			}
		}
		if _, err := h.IssueToken(h.Context(), a, "anna", "x", calendar.Date{}); fault.KindOf(err) != fault.Forbidden {
			h.Errorf("a registrar issues tokens: %v", err)
		}
	})
}

func TestAClosedAccountIsNobody(t *testing.T) {
	each(t, func(h house) {
		session, token := h.open(), h.token(5)
		h.must(h.SetActive(h.Context(), admin, "anna", false))
		_, err := h.Bearer(h.Context(), token)
		if h.resume(session).SignedIn() || fault.KindOf(err) != fault.Unauthenticated {
			h.Errorf("lives on: %v", err)
		}
		h.must(h.SetActive(h.Context(), admin, "anna", true))
		if h.resume(session).SignedIn() {
			h.Error("opening the account again revived an old session")
		}
		h.open()
	})
}

func TestGrantsHoldBetweenTheirDays(t *testing.T) {
	each(t, func(h house) {
		day := func(n int) calendar.Date { return clock.Today(h.c).AddDays(n) }
		h.must(h.Grant(h.Context(), admin, "anna", auth.Grant{Role: auth.Analyst, Period: calendar.Period{From: day(1), To: day(2)}}))
		for i, want := range []bool{false, true, true, false} {
			got := false
			for _, g := range h.resume(h.open()).Grants {
				got = got || g.Role == auth.Analyst
			}
			if got != want {
				h.Errorf("day %d: analyst is %v", i, got)
			}
			h.c.advance(24 * time.Hour)
		}
		h.must(h.Revoke(h.Context(), admin, "anna", auth.Registrar, calendar.Date{}))
		if a := h.resume(h.open()); len(a.Grants) != 0 {
			h.Errorf("after revoking: %+v", a.Grants)
		}
		for _, g := range []auth.Grant{{Role: "king"}, {}, {Role: auth.Agent, Period: calendar.Period{From: day(2), To: day(1)}}} {
			if err := h.Grant(h.Context(), admin, "anna", g); fault.KindOf(err) != fault.Invalid {
				h.Errorf("%+v: %v", g, err)
			}
		}
		if err := h.Grant(h.Context(), admin, "nobody", auth.Grant{Role: auth.Agent}); fault.KindOf(err) != fault.NotFound {
			h.Errorf("an unknown account: %v", err)
		}
	})
}

func TestCreateRefusesEverythingAtOnce(t *testing.T) {
	each(t, func(h house) {
		err := h.Create(h.Context(), admin, auth.NewAccount{Username: "Ann A", Email: "@", Password: "x", Grants: []auth.Grant{{Role: "king"}}})
		var codes []string
		for _, f := range fault.From(err).Fields {
			codes = append(codes, f.Code)
		}
		if got := strings.Join(codes, " "); got != "account.username required account.email account.role password.short" {
			h.Errorf("refused: %s", got)
		}
		if err := h.Create(h.Context(), admin, anna()); fault.From(err).Fields == nil || fault.From(err).Fields[0].Code != "account.taken" {
			h.Errorf("a second anna: %v", err)
		}
	})
}

// Every verb on accounts asks for an administrator and leaves an audit entry.
func TestAccountsAreKeptByAdministratorsOnly(t *testing.T) {
	each(t, func(h house) {
		ctx := h.Context()
		verbs := map[string]func(auth.Actor) error{
			"create": func(a auth.Actor) error {
				n := anna()
				n.Username = "bram"
				return h.Create(ctx, a, n)
			},
			"grant":    func(a auth.Actor) error { return h.Grant(ctx, a, "anna", auth.Grant{Role: auth.Agent}) },
			"revoke":   func(a auth.Actor) error { return h.Revoke(ctx, a, "anna", auth.Registrar, calendar.Date{}) },
			"close":    func(a auth.Actor) error { return h.SetActive(ctx, a, "anna", false) },
			"password": func(a auth.Actor) error { return h.SetPassword(ctx, a, "anna", other) },
		}
		for name, verb := range verbs {
			for _, a := range []auth.Actor{{}, {Username: "x"}, {Username: "x", Grants: []auth.Grant{{Role: auth.Auditor}, {Role: auth.Registrar}, {Role: auth.Admin, Body: "12"}}}} {
				if k := outcome(verb(a)); k != fault.Forbidden && k != fault.Unauthenticated {
					h.Errorf("%s by %q: %v", name, a.Username, k)
				}
			}
			before := h.count("SELECT count(*) FROM audit_entry")
			h.must(verb(admin))
			if n := h.count("SELECT count(*) FROM audit_entry"); n != before+1 {
				h.Errorf("%s left %d audit entries", name, n-before)
			}
		}
		if n := h.count("SELECT count(*) FROM audit_detail WHERE data <> replace(data, 'argon2', '')"); n != 0 {
			h.Error("a password is in the audit")
		}
	})
}

func TestList(t *testing.T) {
	each(t, func(h house) {
		n := anna()
		n.Username, n.Grants = "aad", nil
		h.must(h.Create(h.Context(), admin, n))
		h.must(h.Grant(h.Context(), admin, "anna", auth.Grant{Role: auth.Agent, Domain: "roads"}))
		list, err := h.List(h.Context(), auth.Actor{Username: "x", Grants: []auth.Grant{{Role: auth.Auditor}}})
		h.must(err)
		if len(list) != 2 || list[0].Username != "aad" || len(list[0].Grants) != 0 || len(list[1].Grants) != 2 || list[1].Grants[1].Domain != "roads" {
			h.Errorf("list %+v", list)
		}
		if _, err := h.List(h.Context(), auth.Actor{Username: "x"}); fault.KindOf(err) != fault.Forbidden {
			h.Errorf("anybody lists accounts: %v", err)
		}
	})
}

func TestSweep(t *testing.T) {
	each(t, func(h house) {
		h.open()
		h.token(0)
		h.c.advance(60 * time.Minute)
		live := h.open()
		valid := h.token(1)
		h.must(h.Sweep(h.Context()))
		if n := h.count("SELECT count(*) FROM account_session"); n != 2 {
			h.Errorf("%d sessions: one is an hour old to the second and may still be resumed", n)
		}
		h.c.advance(time.Second)
		h.must(h.Sweep(h.Context()))
		if n := h.count("SELECT count(*) FROM account_session"); n != 1 || !h.resume(live).SignedIn() {
			h.Errorf("%d sessions", n)
		}
		h.c.now = time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC) // midnight in Brussels
		h.must(h.Sweep(h.Context()))
		if n := h.count("SELECT count(*) FROM account_token"); n != 1 {
			h.Errorf("%d tokens", n)
		}
		if _, err := h.Bearer(h.Context(), valid); err != nil {
			h.Errorf("a valid token is swept away: %v", err)
		}
	})
}
