package webhook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
)

func TestCreateKeepsNoSecret(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		w, secret := b.subscribe("http://127.0.0.1:9000/hook", "project.changed", "mission.changed", "mission.changed")
		if !strings.HasPrefix(secret.String(), "whsec_") || len(secret) != 32 {
			t.Errorf("secret %s", secret)
		}
		got := b.state(w.Key)
		if got.URL != "http://127.0.0.1:9000/hook" || !slices.Equal(got.Kinds, []string{"mission.changed", "project.changed"}) || got.Owner != "eve" || got.State != Active || !got.Created.Equal(b.clock.Now()) {
			t.Errorf("%+v", got)
		}
		_, other := b.subscribe("http://127.0.0.1:9000/hook", Every, "mission.changed")
		if other.String() == secret.String() {
			t.Error("two subscriptions share a secret")
		}
		list, err := b.List(t.Context(), auditor)
		if err != nil || len(list) != 2 || !slices.Equal(list[0].Kinds, []string{Every}) {
			t.Errorf("%+v, %v", list, err)
		}
		// Neither the row nor the audit tells the secret.
		err = b.db.Read(t.Context(), func(tx *db.Tx) error {
			texts, err := db.All(tx, db.Value[string], "SELECT salt FROM webhook UNION ALL SELECT data FROM audit_detail UNION ALL SELECT value FROM setting")
			for _, text := range texts {
				if strings.Contains(text, secret.String()) || strings.Contains(text, fmt.Sprintf("%x", []byte(secret))) {
					t.Errorf("the secret stands in %s", text)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestRefusedSubscriptions(t *testing.T) {
	b := newBench(t, "sqlite:"+t.TempDir()+"/test.db")
	for name, c := range map[string]struct {
		sub  Subscription
		want string
	}{
		"nothing":      {Subscription{}, "label required, url required, kinds required"},
		"blank":        {Subscription{" ", "http://127.0.0.1/", []string{Every}}, "label required"},
		"long label":   {Subscription{strings.Repeat("x", 201), "http://127.0.0.1/", []string{Every}}, "label webhook.label"},
		"private":      {Subscription{"a", "https://10.0.0.1/", []string{Every}}, "url webhook.private"},
		"unknown kind": {Subscription{"a", "http://127.0.0.1/", []string{"mission.changed", "salary.changed"}}, "kinds webhook.kind"},
	} {
		_, _, err := b.Create(t.Context(), admin, c.sub)
		var got []string
		for _, f := range fault.From(err).Fields {
			got = append(got, f.Name+" "+f.Code)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if list, err := b.List(t.Context(), admin); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

// Who may do what, and what is said of a subscription that is not there.
func TestRights(t *testing.T) {
	b := newBench(t, "sqlite:"+t.TempDir()+"/test.db")
	w, _ := b.subscribe("http://127.0.0.1:9/", Every)
	b.emit("mission.changed")
	message := b.only().Message
	ctx := t.Context()
	type verb func(auth.Actor, string, string) error
	manage := map[string]verb{
		"create": func(a auth.Actor, _, _ string) error {
			_, _, err := b.Create(ctx, a, Subscription{"x", "http://127.0.0.1/", []string{Every}})
			return err
		},
		"test":   func(a auth.Actor, key, _ string) error { _, err := b.Test(ctx, a, key); return err },
		"replay": func(a auth.Actor, _, message string) error { return b.Replay(ctx, a, message) },
		"pause":  func(a auth.Actor, key, _ string) error { return b.Pause(ctx, a, key) },
		"resume": func(a auth.Actor, key, _ string) error { return b.Resume(ctx, a, key) },
		"delete": func(a auth.Actor, key, _ string) error { return b.Delete(ctx, a, key) },
	}
	view := map[string]verb{
		"list":       func(a auth.Actor, _, _ string) error { _, err := b.List(ctx, a); return err },
		"get":        func(a auth.Actor, key, _ string) error { _, err := b.Get(ctx, a, key); return err },
		"deliveries": func(a auth.Actor, _, _ string) error { _, err := b.Deliveries(ctx, a, Filter{}); return err },
	}
	for name, f := range manage {
		for who, want := range map[string]fault.Kind{"": fault.Unauthenticated, "ann": fault.Forbidden, "otto": fault.Forbidden} {
			actor := map[string]auth.Actor{"": {}, "ann": agent, "otto": auditor}[who]
			if err := f(actor, w.Key, message); fault.KindOf(err) != want {
				t.Errorf("%q %s: %v", who, name, err)
			}
		}
		if err := f(admin, "none", "none"); name != "create" && fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s of nothing: %v", name, err)
		}
	}
	for name, f := range view {
		if err := f(agent, w.Key, message); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("an agent may %s: %v", name, err)
		}
		if err := f(auditor, w.Key, message); err != nil {
			t.Errorf("an auditor may not %s: %v", name, err)
		}
	}
	if _, err := b.Get(ctx, admin, "none"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
}

func TestVerbs(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		ctx := t.Context()
		w, _ := b.subscribe("http://127.0.0.1:9/", "mission.changed")
		if err := b.Resume(ctx, admin, w.Key); fault.From(err).Code != "webhook.state" {
			t.Errorf("switched on twice: %v", err)
		}
		message, err := b.Test(ctx, admin, w.Key)
		if err != nil || b.only().Message != message || b.only().Kind != TestKind {
			t.Errorf("%v, %+v", err, b.only())
		}
		if err := b.Pause(ctx, admin, w.Key); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Test(ctx, admin, w.Key); fault.From(err).Code != "webhook.off" {
			t.Errorf("one that is off is tried: %v", err)
		}
		if err := b.Replay(ctx, admin, message); fault.From(err).Code != "webhook.off" {
			t.Errorf("one that is off is replayed: %v", err)
		}
		if err := b.Resume(ctx, admin, w.Key); err != nil {
			t.Fatal(err)
		}
		if err := b.Replay(ctx, admin, message); err != nil {
			t.Fatal(err)
		}
		list, err := jobs.NewQueue(b.db).List(ctx, auditor, jobs.Filter{Limit: 10})
		if err != nil || len(list) != 1 || list[0].MaxAttempts != attempts {
			t.Errorf("one message has one job: %+v, %v", list, err)
		}
		if err := b.Delete(ctx, admin, w.Key); err != nil || len(b.list(Filter{})) != 0 {
			t.Errorf("%v, %v", err, b.list(Filter{}))
		}
		want := []string{"eve webhook.create", "eve webhook.test", "eve webhook.pause", "eve webhook.resume", "eve webhook.replay", "eve webhook.delete"}
		if got := b.deeds(w); !slices.Equal(got, want) {
			t.Errorf("%v", got)
		}
	})
}

// A message exists exactly when its deed does.
func TestMessageBelongsToItsDeed(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		b.subscribe("http://127.0.0.1:9/", "mission.changed")
		undone := errors.New("undone")
		err := b.db.Write(t.Context(), func(tx *db.Tx) error {
			if err := Emit(tx, Event{"mission.changed", nil}); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) || len(b.list(Filter{})) != 0 {
			t.Errorf("%v leaves %v", err, b.list(Filter{}))
		}
		if err := b.db.Write(t.Context(), func(tx *db.Tx) error { return Emit(tx, Event{"mission.changed", func() {}}) }); err == nil {
			t.Error("data that are no JSON are taken")
		}
	})
}

func TestDeliveriesFiltered(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		one, _ := b.subscribe("http://127.0.0.1:9/", "mission.changed")
		b.subscribe("http://127.0.0.1:9/", Every)
		b.emit("mission.changed")
		b.emit("project.changed")
		all := b.list(Filter{})
		if len(all) != 3 {
			t.Fatalf("%d deliveries", len(all))
		}
		_ = b.try(all[2].Message, attempts) // nobody listens
		for _, f := range []Filter{{}, {Webhook: one.Key}, {Stage: Exhausted}, {Stage: Waiting}, {Webhook: one.Key, Stage: Waiting}, {Below: all[1].Position()}, {Webhook: "none"}} {
			var want, got []string
			for _, d := range b.list(Filter{}) {
				if (f.Webhook == "" || d.Webhook == f.Webhook) && (f.Stage == "" || d.Stage == f.Stage) && (f.Below == 0 || d.Position() < f.Below) {
					want = append(want, d.Message)
				}
			}
			for _, d := range b.list(f) {
				got = append(got, d.Message)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: %v, want %v", f, got, want)
			}
		}
	})
}

func TestTidy(t *testing.T) {
	each(t, func(t *testing.T, b bench) {
		b.subscribe("http://127.0.0.1:9/", Every)
		b.emit("mission.changed")
		b.emit("mission.changed")
		_ = b.try(b.list(Filter{})[0].Message, attempts)
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{keepFor, 2}, {time.Second, 1}} { // what waits is kept
			b.clock.move(step.wait)
			if err := b.Tidy(t.Context()); err != nil || len(b.list(Filter{})) != step.want {
				t.Errorf("after %v: %d, %v", step.wait, len(b.list(Filter{})), err)
			}
		}
	})
}
