package setting_test

import (
	"maps"
	"testing"

	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/setting"
	"beffroi/test/pg"
)

func TestMain(m *testing.M) { pg.Main(m) }

func TestSettings(t *testing.T) {
	dbtest.Each(t, []db.Schema{setting.Schema()}, func(t *testing.T, d *db.DB) {
		write(t, d, func(tx *db.Tx) error {
			for _, pair := range [][2]string{{"site.name", "Hainaut"}, {"site.logo", "é.svg"}, {"sitemap", "off"}, {"site.name", "Namur"}, {"a", "1"}} {
				if err := setting.Set(tx, pair[0], pair[1]); err != nil {
					return err
				}
			}
			return nil
		})
		want(t, d, "site.", map[string]string{"site.name": "Namur", "site.logo": "é.svg"})
		want(t, d, "", map[string]string{"site.name": "Namur", "site.logo": "é.svg", "sitemap": "off", "a": "1"})
		want(t, d, "nothing", map[string]string{})
		write(t, d, func(tx *db.Tx) error { return setting.Set(tx, "site.logo", "") })
		want(t, d, "site.", map[string]string{"site.name": "Namur"})
	})
}

func TestEnsureMakesOnce(t *testing.T) {
	dbtest.Each(t, []db.Schema{setting.Schema()}, func(t *testing.T, d *db.DB) {
		made := 0
		for range 3 {
			write(t, d, func(tx *db.Tx) error {
				value, err := setting.Ensure(tx, "key", func() string { made++; return "first" })
				if value != "first" {
					t.Errorf("value %q", value)
				}
				return err
			})
		}
		if made != 1 {
			t.Errorf("made %d times", made)
		}
	})
}

func write(t *testing.T, d *db.DB, f func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, d *db.DB, prefix string, want map[string]string) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		got, err := setting.All(tx, prefix)
		if !maps.Equal(got, want) {
			t.Errorf("All(%q) = %v, want %v", prefix, got, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
