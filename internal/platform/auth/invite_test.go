package auth_test

import (
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
)

// letters stands for the post: it keeps what it is given.
type letters struct{ list []auth.Letter }

func (l *letters) Send(_ *db.Tx, letter auth.Letter) error {
	l.list = append(l.list, letter)
	return nil
}

// last takes the newest letter, which must be of a kind and to an address.
func (l *letters) last(t *testing.T, kind, to string) (ticket string) {
	t.Helper()
	if len(l.list) == 0 {
		t.Fatalf("no letter %s", kind)
	}
	letter := l.list[len(l.list)-1]
	_, ticket, _ = strings.Cut(letter.Link, "ticket=")
	if letter.Kind != kind || letter.To != to || ticket == "" || letter.Lang != "nl" {
		t.Fatalf("letter %+v", letter)
	}
	return ticket
}

func invitee() auth.NewAccount {
	return auth.NewAccount{Username: "bram", Name: "Bram", Email: "bram@example.org", Language: "nl", Grants: []auth.Grant{{Role: auth.Agent}}}
}

func TestInvitation(t *testing.T) {
	each(t, func(h house) {
		post := &letters{}
		h.Correspond(post)
		link, err := h.Invite(h.Context(), admin, invitee())
		h.must(err)
		ticket := post.last(h.T, auth.InvitationLetter, "bram@example.org")
		if !strings.HasSuffix(link, ticket) {
			h.Errorf("the link %s is not the letter's", link)
		}
		if _, err := h.SignIn(h.Context(), "bram", "", atHome); code(err) != "signin.wrong" {
			h.Errorf("before the invitation is taken: %v", err)
		}
		i, err := h.Invited(h.Context(), ticket)
		if err != nil || i.Username != "bram" || i.Name != "Bram" {
			h.Fatalf("%+v, %v", i, err)
		}
		if _, err := h.Accept(h.Context(), ticket, "short", atHome); code(err) != "password.short" {
			h.Errorf("a short password: %v", err)
		}
		token, err := h.Accept(h.Context(), ticket, other, atHome)
		h.must(err)
		if a := h.resume(token); a.Username != "bram" || len(a.Grants) != 1 {
			h.Errorf("came in as %+v", a)
		}
		for name, again := range map[string]error{"reading": second(h.Invited(h.Context(), ticket)), "taking": second(h.Accept(h.Context(), ticket, other, atHome)),
			"as a reset": second(h.Reset(h.Context(), ticket, other, atHome))} {
			if fault.KindOf(again) != fault.Gone {
				h.Errorf("%s it again: %v", name, again)
			}
		}
		if _, err := h.InviteAgain(h.Context(), admin, "bram"); code(err) != "account.hasway" {
			h.Errorf("inviting whoever has a way in: %v", err)
		}
		if n := h.count("SELECT count(*) FROM account_ticket WHERE ticket_hash = '" + ticket + "'"); n != 0 {
			h.Error("the secret of a ticket is kept")
		}
	})
}

func TestInvitationsEnd(t *testing.T) {
	each(t, func(h house) {
		post := &letters{}
		h.Correspond(post)
		_, err := h.Invite(h.Context(), admin, invitee())
		h.must(err)
		first := post.last(h.T, auth.InvitationLetter, "bram@example.org")
		_, err = h.InviteAgain(h.Context(), admin, "bram")
		h.must(err)
		again := post.last(h.T, auth.InvitationLetter, "bram@example.org")
		if _, err := h.Invited(h.Context(), first); fault.KindOf(err) != fault.Gone || first == again {
			h.Errorf("the first link lives on: %v", err)
		}
		h.c.advance(7*24*time.Hour - time.Second)
		if _, err := h.Invited(h.Context(), again); err != nil {
			h.Errorf("within the week: %v", err)
		}
		h.c.advance(time.Second)
		if _, err := h.Accept(h.Context(), again, other, atHome); fault.KindOf(err) != fault.Gone {
			h.Errorf("after a week: %v", err)
		}
		_, err = h.InviteAgain(h.Context(), admin, "bram")
		h.must(err)
		h.must(h.SetActive(h.Context(), admin, "bram", false))
		if _, err := h.Accept(h.Context(), post.last(h.T, auth.InvitationLetter, "bram@example.org"), other, atHome); fault.KindOf(err) != fault.Gone {
			h.Errorf("to a closed account: %v", err)
		}
		for _, actor := range []auth.Actor{{}, {Username: "x", Grants: []auth.Grant{{Role: auth.Auditor}}}} {
			_, err := h.Invite(h.Context(), actor, invitee())
			if _, again := h.InviteAgain(h.Context(), actor, "bram"); outcome(err) == fault.Internal || err == nil || again == nil {
				h.Errorf("%q invites: %v, %v", actor.Username, err, again)
			}
		}
	})
}

// A first sign-in at a provider by whoever was invited.
func TestInvitationTakenAtAProvider(t *testing.T) {
	each(t, func(h house) {
		post := &letters{}
		h.Correspond(post)
		_, err := h.Invite(h.Context(), admin, invitee())
		h.must(err)
		ticket := post.last(h.T, auth.InvitationLetter, "bram@example.org")
		who := auth.Identity{Issuer: "https://id.example", Subject: "42", Label: "anna@example.org"} // another's address says nothing
		proof := auth.Proof{Methods: []string{"provider"}, At: h.c.Now().Add(time.Hour)}
		if _, err := h.SignInWith(h.Context(), who, proof, atHome); code(err) != "provider.unknown" {
			h.Errorf("before: %v", err)
		}
		token, err := h.AcceptWith(h.Context(), ticket, who, proof, atHome)
		h.must(err)
		me := h.resume(token)
		if me.Username != "bram" {
			h.Errorf("came in as %s", me.Username)
		}
		token, err = h.SignInWith(h.Context(), who, proof, atHome)
		h.must(err)
		me = h.resume(token)
		if me.Username != "bram" || me.Since.After(h.c.Now()) {
			h.Errorf("came back as %s, signed in %s, in the future", me.Username, me.Since)
		}
		if err := h.Unlink(h.Context(), me, who.Issuer, who.Subject); code(err) != "ways.last" {
			h.Errorf("the last way in is taken: %v", err)
		}
		same := who
		same.Issuer = "https://other.example" // the same subject elsewhere is somebody else
		if _, err := h.SignInWith(h.Context(), same, proof, atHome); code(err) != "provider.unknown" {
			h.Errorf("the subject of another issuer: %v", err)
		}
		h.must(h.SetActive(h.Context(), admin, "bram", false))
		if _, err := h.SignInWith(h.Context(), who, proof, atHome); code(err) != "provider.unknown" {
			h.Errorf("a closed account: %v", err)
		}
	})
}

func TestForgottenPassword(t *testing.T) {
	each(t, func(h house) {
		post := &letters{}
		h.Correspond(post)
		session := h.open()
		for _, nobody := range []string{"nobody", "", "nobody@example.org", "anna' OR 1=1 --", strings.Repeat("x", 5000), "a\x00b"} {
			h.must(h.SendReset(h.Context(), nobody))
		}
		if len(post.list) != 0 {
			h.Fatalf("letters to nobody: %+v", post.list)
		}
		h.must(h.SendReset(h.Context(), " ANNA@example.org "))
		h.must(h.SendReset(h.Context(), "anna"))
		if len(post.list) != 1 {
			h.Errorf("%d letters within five minutes", len(post.list))
		}
		first := post.last(h.T, auth.ResetLetter, "anna@example.org")
		h.c.advance(6 * time.Minute)
		h.must(h.SendReset(h.Context(), "anna"))
		ticket := post.last(h.T, auth.ResetLetter, "anna@example.org")
		if _, err := h.Forgetful(h.Context(), first); fault.KindOf(err) != fault.Gone || len(post.list) != 2 {
			h.Errorf("an older link beside a newer: %v", err)
		}
		if !h.resume(session).SignedIn() {
			h.Error("asking for a letter signs the holder out")
		}
		if _, err := h.Reset(h.Context(), ticket, "anna anna anna anna", atHome); code(err) != "password.guessable" {
			h.Errorf("a guessable one: %v", err)
		}
		token, err := h.Reset(h.Context(), ticket, other, atHome)
		h.must(err)
		if h.resume(session).SignedIn() || !h.resume(token).SignedIn() {
			h.Error("sessions after the reset")
		}
		if _, err := h.signIn(secret); err == nil {
			h.Error("the old password is taken")
		}
		if _, err := h.Reset(h.Context(), ticket, other, atHome); fault.KindOf(err) != fault.Gone {
			h.Errorf("the link again: %v", err)
		}
		h.c.advance(6 * time.Minute)
		h.must(h.SendReset(h.Context(), "anna"))
		late := post.last(h.T, auth.ResetLetter, "anna@example.org")
		h.c.advance(30 * time.Minute)
		if _, err := h.Reset(h.Context(), late, secret, atHome); fault.KindOf(err) != fault.Gone {
			h.Errorf("after half an hour: %v", err)
		}
		h.must(h.SetActive(h.Context(), admin, "anna", false))
		before := len(post.list)
		h.must(h.SendReset(h.Context(), "anna"))
		if len(post.list) != before {
			h.Error("a letter to a closed account")
		}
	})
}

// A reset is no way around the code.
func TestAResetStillAsksForTheCode(t *testing.T) {
	each(t, func(h house) {
		post := &letters{}
		h.Correspond(post)
		codes, _ := h.withCodes()
		h.must(h.SendReset(h.Context(), "anna"))
		token, err := h.Reset(h.Context(), post.last(h.T, auth.ResetLetter, "anna@example.org"), other, atHome)
		h.must(err)
		if !auth.AwaitsCode(token) || h.resume(token).SignedIn() {
			h.Fatal("the reset came in without a code")
		}
		_, err = h.second(token, h.now(codes))
		h.must(err)
	})
}
