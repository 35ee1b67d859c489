package notice

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/money"
	"beffroi/internal/platform/object"
)

func action(account int64, n int) Notice {
	return Notice{Account: account, Kind: "plan.assigned", Ref: object.Ref{Kind: "action", Key: fmt.Sprint("A-", n)},
		Args: map[string]any{"n": n, "day": calendar.MustParse("2026-12-01")}}
}

// In the list at once; by e-mail after ten quiet minutes, several in one letter.
func TestAfterTenQuietMinutes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.tell(action(1, 7))
		if h.unread(one) != 1 || h.unread(two) != 0 {
			t.Fatal("it is not in the list at once")
		}
		h.pass(9 * time.Minute)
		h.tell(action(1, 8))
		h.tell(action(2, 9))
		h.pass(9 * time.Minute)
		if n := len(h.letters()); n != 0 {
			t.Fatalf("%d letters without quiet", n)
		}
		h.pass(time.Minute)
		got := h.letters()
		if len(got) != 2 {
			t.Fatalf("%d letters: %+v", len(got), got)
		}
		if l := got[0]; l.Account != 1 || l.Subject != "2 avis : Actions du plan" || !strings.HasSuffix(l.Body, "\n– Vous pilotez l’action 7 dès le 1er décembre 2026\n– Vous pilotez l’action 8 dès le 1er décembre 2026") || l.Link != ListPath {
			t.Errorf("%+v", l)
		}
		if l := got[1]; l.Account != 2 || l.Lang != "nl" || l.Subject != "U leidt actie 9 vanaf 1 december 2026" || l.Link != "/actions/A-9" {
			t.Errorf("%+v", l)
		}
		h.pass(3 * time.Hour)
		if n := len(h.letters()); n != 2 {
			t.Errorf("%d letters later", n)
		}
	})
}

// Without ten quiet minutes a letter leaves after an hour, also when it is the
// same thing that changes again and again.
func TestNoQuiet(t *testing.T) {
	for _, same := range []bool{true, false} {
		h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
		for i := range 14 {
			n := i
			if same {
				n = 0
			}
			h.tell(action(1, n))
			h.pass(5 * time.Minute)
		}
		if n := len(h.letters()); n != 1 {
			t.Errorf("same %t: %d letters after 70 minutes", same, n)
		}
	}
}

// A change undone within the quiet minutes tells nothing; one that was read or
// posted stays told.
func TestWithdraw(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		key := Key("plan.assigned", object.Ref{Kind: "action", Key: "A-7"})
		h.tell(action(1, 7))
		h.tell(action(2, 7))
		h.pass(9 * time.Minute)
		if !h.withdraw(key) || h.unread(one)+h.unread(two) != 0 {
			t.Error("it is told all the same")
		}
		h.pass(2 * time.Hour)
		if n := len(h.letters()); n != 0 {
			t.Errorf("%d letters about what was undone", n)
		}
		if h.withdraw(key) {
			t.Error("undone twice")
		}
		h.tell(action(1, 7))
		h.pass(10 * time.Minute)
		if h.withdraw(key) || h.unread(one) != 1 || len(h.letters()) != 1 {
			t.Error("what was posted is taken back")
		}
		h.tell(action(2, 7))
		if err := h.Read(t.Context(), two, h.list(two)[0].ID); err != nil {
			t.Fatal(err)
		}
		if h.withdraw(key) || len(h.list(two)) != 1 {
			t.Error("what was read is taken back")
		}
	})
}

// What is read in the list is not sent any more.
func TestReadIsNotSent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.tell(action(1, 1))
		h.tell(action(1, 2))
		if err := h.Read(t.Context(), one, h.list(one)[0].ID); err != nil {
			t.Fatal(err)
		}
		h.pass(time.Hour)
		if got := h.letters(); len(got) != 1 || got[0].Subject != "Vous pilotez l’action 1 dès le 1er décembre 2026" {
			t.Errorf("%+v", got)
		}
		h.tell(action(1, 3))
		if err := h.ReadAll(t.Context(), one); err != nil || h.unread(one) != 0 {
			t.Fatal(err)
		}
		h.pass(time.Hour)
		if len(h.letters()) != 1 {
			t.Error("what was read is sent")
		}
	})
}

// The last word about a thing replaces the one before.
func TestLastWord(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		n := action(1, 7)
		h.tell(n)
		n.Args["day"] = calendar.MustParse("2027-01-01")
		h.tell(n)
		h.pass(10 * time.Minute)
		if got := h.letters(); len(got) != 1 || got[0].Subject != "Vous pilotez l’action 7 dès le 1er janvier 2027" || h.unread(one) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// Digests: daily and weekly by choice, one letter, once.
func TestDigests(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.choose(one, "plan.assigned", Daily)
		h.tell(action(1, 1))
		h.tell(action(1, 2))
		h.tell(Notice{Account: 1, Kind: "call", Ref: object.Ref{Kind: "call", Key: "7"}, Args: map[string]any{"title": "Été"}})
		h.pass(3 * time.Hour)
		if n := len(h.letters()); n != 0 {
			t.Fatalf("%d letters before the digest", n)
		}
		h.digestNow(Daily)
		got := h.letters()
		if len(got) != 1 || got[0].Subject != "Votre résumé du 23 novembre 2026 : 2 avis" || strings.Contains(got[0].Body, "Été") || strings.Count(got[0].Body, "\n– ") != 2 {
			t.Fatalf("%+v", got)
		}
		h.digestNow(Weekly)
		if got = h.letters(); len(got) != 2 || !strings.Contains(got[1].Body, "– L’appel Été est ouvert") {
			t.Fatalf("%+v", got)
		}
		h.digestNow(Daily)
		h.digestNow(Weekly)
		if len(h.letters()) != 2 {
			t.Error("a digest comes twice")
		}
	})
}

// Choices: never drops what waits and brings nothing back; what waited for a
// letter of its own when the choice changed comes with the next digest.
func TestChoices(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if list, err := h.Choices(t.Context(), one); err != nil || !cmp.Equal(list, []Choice{{"plan.assigned", Now}, {"call", Weekly}}) {
			t.Errorf("%v, %v", list, err)
		}
		h.tell(action(1, 1))
		h.choose(one, "plan.assigned", Never)
		h.tell(action(1, 2))
		h.choose(one, "plan.assigned", Daily)
		h.digestNow(Daily)
		h.pass(3 * time.Hour)
		if n := len(h.letters()); n != 0 || h.unread(one) != 2 {
			t.Errorf("%d letters", n)
		}
		h.tell(action(1, 3)) // waits for a digest
		h.choose(one, "plan.assigned", Now)
		h.digestNow(Daily)
		if len(h.letters()) != 0 {
			t.Error("what has just been told is in a digest")
		}
		h.pass(3 * time.Hour)
		h.digestNow(Daily)
		if got := h.letters(); len(got) != 1 || !strings.Contains(got[0].Body, "action 3") {
			t.Errorf("left behind: %+v", got)
		}
		q := action(1, 4)
		q.Quiet = true
		h.tell(q)
		h.pass(time.Hour)
		h.digestNow(Daily)
		if len(h.letters()) != 1 || h.unread(one) != 4 {
			t.Error("a quiet notice makes noise")
		}
		for _, c := range []Choice{{"plan.assigned", "hourly"}, {"unknown", Daily}, {"call", ""}} {
			if e := fault.From(h.Choose(t.Context(), one, c)); e.Kind != fault.Invalid || e.Fields[0].Code != "notice.frequency" {
				t.Errorf("%v: %v", c, e)
			}
		}
	})
}

// The link at the foot of a letter changes the choice.
func TestStop(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.tell(action(1, 1))
		h.pass(10 * time.Minute)
		stop := func() {
			t.Helper()
			list := h.letters()
			href := h.mail.Letterhead(list[len(list)-1]).StopHref
			if err := h.mail.Stop(t.Context(), strings.TrimPrefix(href, "https://b.test"+mail.StopPath)); err != nil {
				t.Fatal(err)
			}
		}
		stop()
		if list, err := h.Choices(t.Context(), one); err != nil || list[0].Frequency != Never || list[1].Frequency != Weekly {
			t.Errorf("%v, %v", list, err)
		}
		h.tell(action(1, 2))
		h.pass(time.Hour)
		if len(h.letters()) != 1 || h.unread(one) != 2 {
			t.Error("the letters go on, or the list does not")
		}
		h.tell(Notice{Account: 1, Kind: "call", Ref: object.Ref{Kind: "call", Key: "7"}, Args: map[string]any{"title": "Été"}})
		h.digestNow(Weekly)
		stop()
		if list, err := h.Choices(t.Context(), one); err != nil || list[1].Frequency != Never {
			t.Errorf("%v, %v", list, err)
		}
	})
}

// Nobody reads or marks the notices of another; visitors have none.
func TestOwnOnly(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.tell(action(1, 1))
		id := h.list(one)[0].ID
		if len(h.list(two)) != 0 {
			t.Error("the notices of another are listed")
		}
		for _, who := range []auth.Actor{two, admin} {
			if err := h.Read(t.Context(), who, id); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s marks it: %v", who.Username, err)
			}
			if err := h.ReadAll(t.Context(), who); err != nil {
				t.Error(err)
			}
		}
		if h.unread(one) != 1 {
			t.Error("another has marked it")
		}
		if err := h.Read(t.Context(), one, id); err != nil || h.unread(one) != 0 {
			t.Error(err)
		}
		if err := h.Read(t.Context(), one, id); err != nil {
			t.Errorf("read twice: %v", err)
		}
		nobody := auth.Actor{}
		_, lerr := h.List(t.Context(), nobody, Filter{})
		_, cerr := h.Choices(t.Context(), nobody)
		for _, err := range []error{lerr, cerr, h.Read(t.Context(), nobody, id), h.ReadAll(t.Context(), nobody), h.Choose(t.Context(), nobody)} {
			if fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("a visitor: %v", err)
			}
		}
		if h.unread(nobody) != 0 {
			t.Error("a visitor has notices")
		}
	})
}

// Written with its cause; an unknown kind or parameter is an error of the program.
func TestTell(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		undone := errors.New("undone")
		if err := h.d.Write(t.Context(), func(tx *db.Tx) error {
			if err := h.Tell(tx, action(1, 1)); err != nil {
				return err
			}
			return undone
		}); !errors.Is(err, undone) || h.unread(one) != 0 {
			t.Errorf("%v, %d unread", err, h.unread(one))
		}
		for _, change := range []func(*Notice){func(n *Notice) { n.Kind = "unknown" }, func(n *Notice) { n.Args["x"] = 1.5 }, func(n *Notice) { n.Account = 99 }} {
			n := action(1, 1)
			change(&n)
			if err := h.d.Write(t.Context(), func(tx *db.Tx) error { return h.Tell(tx, n) }); err == nil {
				t.Errorf("%+v is told", n)
			}
		}
	})
}

// An address that cannot be written to leaves the notice to the list, and the
// others their letters.
func TestBadAddress(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.write(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE account SET email = 'élise@b.test' WHERE id = 1")
			return err
		})
		h.tell(action(1, 1))
		h.tell(action(2, 2))
		h.pass(time.Hour)
		if got := h.letters(); len(got) != 1 || got[0].Account != 2 || h.unread(one) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// A letter of a hundred notices names fifty and counts the rest.
func TestMany(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
	for i := range 100 {
		h.tell(action(1, i))
	}
	h.pass(10 * time.Minute)
	if got := h.letters(); len(got) != 1 || strings.Count(got[0].Body, "\n– ") != most+1 || !strings.HasSuffix(got[0].Body, "– et 50 autres avis, à lire dans Beffroi") {
		t.Errorf("%+v", got)
	}
}

func TestTidy(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.tell(action(1, 1))
		h.clock.at = h.clock.at.Add(364 * 24 * time.Hour)
		h.tell(action(1, 2))
		if err := h.Tidy(t.Context()); err != nil || len(h.list(one)) != 2 {
			t.Errorf("%d notices, %v", len(h.list(one)), err)
		}
		h.clock.at = h.clock.at.Add(48 * time.Hour)
		if err := h.Tidy(t.Context()); err != nil || len(h.list(one)) != 1 {
			t.Errorf("%d notices, %v", len(h.list(one)), err)
		}
	})
}

// The sentence speaks the reader's language, words and days included.
func TestText(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
	r := Record{Kind: "role.given", args: map[string]any{"role": Word("role.registrar"), "day": calendar.MustParse("2026-12-01")}}
	for lang, want := range map[string]string{"fr": "Vous avez le rôle « Gestionnaire du registre » à partir du 1er décembre 2026",
		"nl": "U hebt de rol “Beheerder” vanaf 1 december 2026", "en": "You have the role “Registrar” from 1 December 2026"} {
		if got := h.Text(h.bundle.Printer(lang), r); got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
	if _, ok := r.args["role"].(Word); !ok {
		t.Error("showing it changes it")
	}
}

// Parameters come back with their types.
func TestArgs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]any{
			"text": rapid.String().Draw(t, "text"), "word": Word(rapid.String().Draw(t, "word")), "n": rapid.Int64().Draw(t, "n"),
			"cents": money.Cents(rapid.Int64().Draw(t, "cents")), "day": calendar.MustParse("2026-01-01").AddDays(rapid.IntRange(-9999, 9999).Draw(t, "day")),
			"at": time.Unix(rapid.Int64Range(-1e9, 1e10).Draw(t, "at"), 12345000).UTC(),
		}
		text, err := encodeArgs(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeArgs(text)
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("%v, %v, want %v", err, got, want)
		}
	})
	for _, bad := range []string{"", "[]", `{"a":{"type":"float","value":"1"}}`, `{"a":{"type":"int","value":"x"}}`, `{"a":{"type":"day","value":"2026-13-01"}}`, `{"a":{"type":"cents","value":""}}`, `{"a":{"type":"instant","value":"now"}}`} {
		if _, err := decodeArgs(bad); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// Whatever is told, withdrawn, read and waited for: each notice is posted once,
// unless it was withdrawn or read before, and then never.
func TestEachOnce(t *testing.T) {
	h := open(t, "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
	rapid.Check(t, func(rt *rapid.T) {
		for _, table := range []string{"notice", "mail_letter", "job"} {
			h.write(func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM " + table); return err })
		}
		told, silent := 0, map[int]bool{}
		posted := func(n int) (times int) {
			for _, l := range h.letters() {
				if strings.Contains(l.Subject+l.Body+" ", fmt.Sprintf("action %d ", n)) {
					times++
				}
			}
			return times
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			n := 0
			if told > 0 {
				n = rapid.IntRange(1, told).Draw(rt, "which")
			}
			switch rapid.SampledFrom([]string{"tell", "tell", "withdraw", "read", "wait", "wait"}).Draw(rt, "step") {
			case "tell":
				told++
				h.tell(action(1, told))
			case "withdraw":
				if n > 0 && h.withdraw(Key("plan.assigned", object.Ref{Kind: "action", Key: fmt.Sprint("A-", n)})) {
					silent[n] = true
				}
			case "read":
				for _, r := range h.list(one) {
					if r.Ref.Key == fmt.Sprint("A-", n) && posted(n) == 0 {
						if err := h.Read(t.Context(), one, r.ID); err != nil {
							rt.Fatal(err)
						}
						silent[n] = true
					}
				}
			case "wait":
				h.pass(time.Duration(rapid.IntRange(1, 25).Draw(rt, "minutes")) * time.Minute)
			}
		}
		h.pass(11 * time.Minute)
		for n := 1; n <= told; n++ {
			want := 1
			if silent[n] {
				want = 0
			}
			if got := posted(n); got != want {
				rt.Fatalf("notice %d of %d was posted %d times, want %d", n, told, got, want)
			}
		}
	})
}
