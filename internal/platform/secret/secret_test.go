package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/jobs"
	"beffroi/test/pg"
)

// What the child that gets killed is told: database and file of the master key.
const childURL, childMaster = "BEFFROI_TEST_SECRET_URL", "BEFFROI_TEST_SECRET_MASTER"

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		resealAsChild(url, os.Getenv(childMaster))
		os.Exit(0)
	}
	pg.Main(m)
}

// A domain as there will be: children at a camp, with their allergies, and what
// a social worker wrote, each family under a key of its own.
const campTables = `CREATE TABLE camp_child (
	id BIGINT NOT NULL PRIMARY KEY,
	allergy TEXT NOT NULL
);
CREATE TABLE camp_note (
	ref TEXT NOT NULL PRIMARY KEY,
	text TEXT NOT NULL
);
`

var (
	allergies = Field{Purpose: "health", Table: "camp_child", Column: "allergy", Row: "id"}
	notes     = Field{Purpose: "social", Table: "camp_note", Column: "text", Row: "ref"}
	admin     = auth.System("admin")
)

func schemas() []db.Schema {
	camp := db.Schema{Room: "camp", Files: fstest.MapFS{"0001_camp.sql": {Data: []byte(campTables)}}}
	return []db.Schema{audit.Schema(), auth.Schema(), jobs.Schema(), Schema(), camp}
}

func open(t testing.TB, url string, c clock.Clock) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), url, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Migrate(context.Background(), schemas()); err != nil {
		t.Fatal(err)
	}
	return d
}

// each runs a test on both engines.
func each(t *testing.T, f func(t *testing.T, url string, d *db.DB)) {
	t.Helper()
	for engine, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "s.db") },
		"postgres": func(t *testing.T) string { return pg.Shared(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			address := url(t)
			f(t, address, open(t, address, clock.Fixed(dbtest.Now())))
		})
	}
}

func master(t testing.TB) (*Master, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "master.key")
	m, err := MakeMaster(path)
	if err != nil {
		t.Fatal(err)
	}
	return m, path
}

func keeper(t testing.TB, d *db.DB) *Keeper {
	t.Helper()
	m, _ := master(t)
	return NewKeeper(d, jobs.NewQueue(d), m, allergies, notes)
}

func write(t testing.TB, d *db.DB, f func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// admit adds children with an allergy each, from a number on.
func admit(t testing.TB, k *Keeper, from, n int) {
	t.Helper()
	write(t, k.db, func(tx *db.Tx) error {
		for i := from; i < from+n; i++ {
			text, err := k.Seal(tx, child(i), "", fmt.Appendf(nil, "allergy %d", i))
			if err != nil {
				return err
			}
			if _, err := tx.Exec("INSERT INTO camp_child (id, allergy) VALUES ($1, $2)", i, text); err != nil {
				return err
			}
		}
		return nil
	})
}

func child(i int) Place { return Place{"camp_child", "allergy", fmt.Sprint(i)} }

// check reads every child and tells how many are sealed with a current key.
func check(t testing.TB, k *Keeper, want int) (current int) {
	t.Helper()
	n := 0
	err := k.db.Read(context.Background(), func(tx *db.Tx) error {
		keys, err := keysInState(tx, "health", Current)
		if err != nil {
			return err
		}
		type row struct {
			id   int
			text string
		}
		rows, err := db.All(tx, func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.id, &r.text) }, "SELECT id, allergy FROM camp_child ORDER BY id")
		for _, r := range rows {
			plain, err := k.Open(tx, child(r.id), r.text)
			if err != nil || string(plain) != fmt.Sprintf("allergy %d", r.id) {
				t.Fatalf("child %d: %q, %v", r.id, plain, err)
			}
			if from, _ := prefix(keys[0].ID); strings.HasPrefix(r.text, from) {
				current++
			}
			n++
		}
		return err
	})
	if err != nil || n != want {
		t.Fatalf("%d children, want %d: %v", n, want, err)
	}
	return current
}

func reseal(t testing.TB, k *Keeper) {
	t.Helper()
	if err := k.Reseal(context.Background(), jobs.Job{Payload: json.RawMessage(`"health"`)}); err != nil {
		t.Fatal(err)
	}
}

func code(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return fmt.Sprint(err)
	}
	return e.Code
}

func TestSealAndOpen(t *testing.T) {
	each(t, func(t *testing.T, _ string, d *db.DB) {
		k := keeper(t, d)
		write(t, d, func(tx *db.Tx) error {
			for _, plain := range []string{"", "peanuts", strings.Repeat("é", 10_000), "\x00\xff"} {
				a, err := k.Seal(tx, child(1), "", []byte(plain))
				if err != nil {
					return err
				}
				b, err := k.Seal(tx, child(1), "", []byte(plain))
				if err != nil {
					return err
				}
				if a == b || plain != "" && strings.Contains(a, plain) {
					t.Errorf("%.40q sealed twice: %.60s, %.60s", plain, a, b)
				}
				if got, err := k.Open(tx, child(1), a); err != nil || string(got) != plain {
					t.Errorf("%.40q comes back as %.40q, %v", plain, got, err)
				}
			}
			return nil
		})
		if keys := allKeys(t, d); len(keys) != 1 || keys[0].Purpose != "health" || keys[0].State != Current {
			t.Errorf("keys: %+v", keys)
		}
	})
}

func allKeys(t testing.TB, d *db.DB) (keys []Key) {
	t.Helper()
	if err := d.Read(context.Background(), func(tx *db.Tx) (err error) { keys, err = Keys(tx); return err }); err != nil {
		t.Fatal(err)
	}
	return keys
}

// A value opens in its own place only, and only as it was.
func TestMovedOrDamaged(t *testing.T) {
	d := open(t, "sqlite:"+filepath.Join(t.TempDir(), "s.db"), clock.Fixed(dbtest.Now()))
	m, _ := master(t)
	other := Field{Purpose: "health", Table: "camp_child", Column: "diet", Row: "id"}
	k := NewKeeper(d, jobs.NewQueue(d), m, allergies, other, notes)
	write(t, d, func(tx *db.Tx) error {
		text, err := k.Seal(tx, child(1), "", []byte("peanuts"))
		if err != nil {
			return err
		}
		for _, p := range []Place{child(2), {"camp_child", "diet", "1"}, {"camp_chil", "dallergy", "1"}, {"camp_child", "allergy", ""}} {
			if plain, err := k.Open(tx, p, text); code(err) != "secret.broken" {
				t.Errorf("it opens as %v: %q, %v", p, plain, err)
			}
		}
		if _, err := k.Open(tx, child(1), text); err != nil { // negative control
			t.Error(err)
		}
		for i := range text {
			for _, c := range []byte{text[i] ^ 1, text[i] ^ 4, '.', '\n', '='} {
				if c == text[i] {
					continue
				}
				bad := text[:i] + string(rune(c)) + text[i+1:]
				plain, err := k.Open(tx, child(1), bad)
				if got := code(err); got != "secret.broken" && got != "secret.lost" {
					t.Fatalf("changed at %d to %q it gives %q, %v", i, c, plain, err)
				}
			}
		}
		for _, bad := range []string{"", "s1", "s1..", text[:len(text)-1], text + "A", "s2" + text[2:], "peanuts"} {
			if plain, err := k.Open(tx, child(1), bad); code(err) != "secret.broken" {
				t.Errorf("%q gives %q, %v", bad, plain, err)
			}
		}
		return nil
	})
}

// The parts of a place cannot be shifted into each other.
func TestBoundIsInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringMatching(`[ab\x00]{0,3}`), 0, 4)
		a, b := parts.Draw(t, "a"), parts.Draw(t, "b")
		same := fmt.Sprintf("%q", a) == fmt.Sprintf("%q", b)
		if bytes.Equal(bound(a...), bound(b...)) != same {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

func TestMasterKey(t *testing.T) {
	each(t, func(t *testing.T, _ string, d *db.DB) {
		k := keeper(t, d)
		admit(t, k, 1, 1)
		var text string
		write(t, d, func(tx *db.Tx) (err error) {
			text, _, err = db.One(tx, db.Value[string], "SELECT allergy FROM camp_child")
			return err
		})
		wrong, _ := master(t)
		for want, m := range map[string]*Master{"secret.master": nil, "secret.wrongmaster": wrong} {
			other := NewKeeper(d, jobs.NewQueue(d), m, allergies, notes)
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if plain, err := other.Open(tx, child(1), text); code(err) != want {
					t.Errorf("%s: it opens as %q, %v", want, plain, err)
				}
				if _, err := other.Seal(tx, child(2), "", nil); code(err) != want {
					t.Errorf("%s: sealing gives %v", want, err)
				}
				_, err := other.Check(tx)
				return err
			})
			if code(err) != want {
				t.Errorf("the check says %v, want %s", err, want)
			}
		}
		next, _ := master(t)
		if err := k.Rewrap(t.Context(), admin, next); err != nil {
			t.Fatal(err)
		}
		check(t, NewKeeper(d, jobs.NewQueue(d), next, allergies, notes), 1)
	})
}

func TestMasterFile(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	digits := strings.Repeat("0a", 32)
	for path, want := range map[string]string{
		filepath.Join(dir, "none"):                       "secret.file",
		file("open", digits, 0o644):                      "secret.mode",
		file("short", digits[2:], 0o600):                 "secret.digits",
		file("long", digits+"00", 0o600):                 "secret.digits",
		file("words", "correct horse\n", 0o600):          "secret.digits",
		file("empty", "", 0o600):                         "secret.digits",
		file("good", " "+digits+"\r\n", 0o600):           "<nil>",
		file("capitals", strings.ToUpper(digits), 0o400): "<nil>",
	} {
		if _, err := ReadMaster(path); code(err) != want {
			t.Errorf("%s: %v, want %s", filepath.Base(path), err, want)
		}
	}
	path := filepath.Join(dir, "made")
	if _, err := MakeMaster(path); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	info, _ := os.Stat(path)
	if _, err := MakeMaster(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("a key that is there was made anew")
	}
}

// A key that is gone, and one that never was.
func TestLostKeys(t *testing.T) {
	each(t, func(t *testing.T, url string, d *db.DB) {
		k := keeper(t, d)
		note := Place{"camp_note", "text", "N-1"}
		var a, b string
		write(t, d, func(tx *db.Tx) (err error) {
			if a, err = k.Seal(tx, note, "family 7", []byte("seven")); err != nil {
				return err
			}
			b, err = k.Seal(tx, note, "family 8", []byte("eight"))
			return err
		})
		write(t, d, func(tx *db.Tx) error { return k.Destroy(tx, "social", "family 7") })
		again := NewKeeper(open(t, url, clock.Fixed(dbtest.Now())), k.queue, k.master, notes)
		for _, k := range []*Keeper{k, again} {
			write(t, d, func(tx *db.Tx) error {
				if plain, err := k.Open(tx, note, a); code(err) != "secret.lost" {
					t.Errorf("destroyed, and it opens as %q, %v", plain, err)
				}
				if plain, err := k.Open(tx, note, b); err != nil || string(plain) != "eight" {
					t.Errorf("the other family: %q, %v", plain, err)
				}
				if _, err := k.Open(tx, note, "s1.AAAAAAAAAAAA."+b[len("s1.AAAAAAAAAAAA."):]); code(err) != "secret.lost" {
					t.Errorf("unknown key: %v", err)
				}
				return nil
			})
		}
		for _, key := range allKeys(t, d) {
			if key.State == Destroyed && (key.Subject != "" || key.wrapped != nil || key.Ended.IsZero()) {
				t.Errorf("the destroyed key still tells: %+v", key)
			}
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return k.Destroy(tx, "social", "") }); err == nil {
			t.Error("the key of everybody may be destroyed")
		}
	})
}

// A column that no rotation knows must not be sealed.
func TestUnknownColumn(t *testing.T) {
	d := open(t, "sqlite:"+filepath.Join(t.TempDir(), "s.db"), clock.Fixed(dbtest.Now()))
	k := keeper(t, d)
	err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := k.Seal(tx, Place{"camp_child", "diet", "1"}, "", nil); return err })
	if err == nil {
		t.Error("sealed")
	}
}

// Whatever stands in the column, opening gives the value or a fault with a name.
func FuzzOpen(f *testing.F) {
	d := open(f, "sqlite:"+filepath.Join(f.TempDir(), "s.db"), clock.Fixed(dbtest.Now()))
	k := keeper(f, d)
	var good string
	write(f, d, func(tx *db.Tx) (err error) { good, err = k.Seal(tx, child(1), "", []byte("peanuts")); return err })
	for _, seed := range []string{good, "", "s1", "s1.AAAAAAAAAAAA.", "s1.AAAAAAAAAAAA.AAAA", "s1.." + good, good + "=", strings.ToLower(good)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		write(t, d, func(tx *db.Tx) error {
			plain, err := k.Open(tx, child(1), text)
			switch got := code(err); {
			case text == good && string(plain) == "peanuts":
			case text == good, err == nil:
				t.Errorf("%q opens as %q, %v", text, plain, err)
			case got != "secret.broken" && got != "secret.lost":
				t.Errorf("%q: %v", text, err)
			}
			return nil
		})
	})
}
