package faults_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"beffroi/internal/app"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/vault"
)

// password opens every account of the demonstration.
const password = "le beffroi veille sur 2026"

// template is the demonstration, made once, with the bearer token of an
// accountant, from which each test has a copy.
var template struct {
	once        sync.Once
	dir         string
	path, token string
	err         error
}

func closeHouses() error { return os.RemoveAll(template.dir) }

func open(t testing.TB, address string, c clock.Clock) *app.House {
	t.Helper()
	h, err := app.Open(context.Background(), app.Config{DB: address, Pack: "hainaut", Log: "off"}, c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func makeTemplate() error {
	dir, err := os.MkdirTemp("", "beffroi-faults-")
	if err != nil {
		return err
	}
	template.dir, template.path = dir, filepath.Join(dir, "template.db")
	ctx := context.Background()
	h, err := app.Open(ctx, app.Config{DB: "sqlite:" + template.path, Data: dir, Pack: "hainaut", Log: "off"}, clock.System(), io.Discard)
	if err != nil {
		return err
	}
	if err := h.LoadDemo(ctx, func(string) {}); err != nil {
		return err
	}
	if _, err := h.DB.Migrate(ctx, seatSchema()); err != nil {
		return err
	}
	template.token, err = h.Auth.IssueToken(ctx, auth.System("faults"), "demo-accountant", "faults", clock.Today(clock.System()).AddDays(30))
	if err != nil {
		return err
	}
	return h.Close()
}

// demonstration puts the demonstration where path says, and gives its address
// and a token.
func demonstration(t testing.TB, path string) (address, token string) {
	t.Helper()
	template.once.Do(func() { template.err = makeTemplate() })
	if template.err != nil {
		t.Fatal(template.err)
	}
	content, err := os.ReadFile(template.path)
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path, template.token
}

// move copies the demonstration into a PostgreSQL database, as `db copy` does.
func move(t testing.TB, address string) (token string) {
	t.Helper()
	here, token := demonstration(t, filepath.Join(t.TempDir(), "here.db"))
	from, err := db.Open(t.Context(), here, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := db.Open(t.Context(), address, clock.System())
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if _, err := vault.Copy(t.Context(), from, to, append(app.Schemas(), seatSchema()...), nil); err != nil {
		t.Fatal(err)
	}
	return token
}

// command runs a command of the program on a database.
func command(t testing.TB, address string, args ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	env := []string{"LANG=en_GB.UTF-8", "BEFFROI_DB=" + address, "BEFFROI_DATA=" + t.TempDir(), "BEFFROI_FILES=" + filepath.Join(template.dir, "files")}
	code = app.Main(t.Context(), "test", args, env, strings.NewReader(""), &out, &out)
	return code, out.String()
}

// sound has doctor and audit verify say that all is well.
func sound(t testing.TB, address string) {
	t.Helper()
	for _, args := range [][]string{{"doctor"}, {"audit", "verify"}} {
		if code, said := command(t, address, args...); code != 0 {
			t.Errorf("beffroi %s: exit %d\n%s", strings.Join(args, " "), code, said)
		}
	}
}
