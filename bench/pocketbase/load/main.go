// Command load gives PocketBase the rows of a Beffroi database: communes and
// ledger entries with the same values, in collections with equal fields and
// indexes, lists and views public, rate limits off.
//
//	load --from beffroi.db --to pb_data
//
// It prints a bearer token for creating entries.
package main

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // its own tables
	"github.com/pocketbase/pocketbase/tools/types"
)

func main() {
	from := flag.String("from", "", "file of the Beffroi database to read")
	to := flag.String("to", "", "data folder of PocketBase to make")
	flag.Parse()
	token, err := load(*from, *to)
	if err != nil {
		log.Fatal("load: ", err)
	}
	fmt.Println(token)
}

// load fills the data folder and gives a token that lasts longer than a run.
func load(from, to string) (token string, err error) {
	source, err := sql.Open("sqlite", "file:"+from+"?mode=ro")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: to})
	if err := app.Bootstrap(); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, app.ResetBootstrapState()) }()
	if err := app.RunAllMigrations(); err != nil {
		return "", err
	}
	if err := quiet(app); err != nil {
		return "", err
	}
	err = app.RunInTransaction(func(tx core.App) error {
		communes, err := loadCommunes(tx, source)
		if err != nil {
			return err
		}
		return loadLedger(tx, source, communes)
	})
	if err != nil {
		return "", err
	}
	return accountant(app)
}

// quiet turns off what Beffroi runs without in the measurements too: the log of
// requests. Rate limits are off by default; that is made sure of.
func quiet(app core.App) error {
	s := app.Settings()
	s.RateLimits.Enabled = false
	s.Logs.MaxDays = 0
	return app.Save(s)
}

// accountant makes an account that may create entries.
func accountant(app core.App) (string, error) {
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return "", err
	}
	r := core.NewRecord(users)
	r.SetEmail("accountant@example.org")
	r.SetRandomPassword()
	if err := app.Save(r); err != nil {
		return "", err
	}
	return r.NewStaticAuthToken(24 * time.Hour)
}

// id is a key of 15 characters, as PocketBase wants them, that Beffroi's own
// reference gives: the load generator asks both for the same entry.
func id(letter string, n int64) string { return fmt.Sprintf("%s%014d", letter, n) }

// entryID is that of the entry L-year-number.
func entryID(year, number int64) string { return id("l", year*1_000_000+number) }

func loadCommunes(app core.App, source *sql.DB) (map[string]string, error) {
	c := core.NewBaseCollection("communes")
	c.ListRule, c.ViewRule = types.Pointer(""), types.Pointer("")
	c.Fields.Add(&core.TextField{Name: "nis", Required: true}, &core.TextField{Name: "name_fr"}, &core.TextField{Name: "name_nl"})
	c.AddIndex("communes_nis", true, "nis", "")
	if err := app.Save(c); err != nil {
		return nil, err
	}
	rows, err := source.Query("SELECT id, key, name_fr, name_nl FROM territory_area WHERE kind = 'commune'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ids := map[string]string{}
	for rows.Next() {
		var n int64
		var nis, fr, nl string
		if err := rows.Scan(&n, &nis, &fr, &nl); err != nil {
			return nil, err
		}
		ids[nis] = id("c", n)
		if _, err := app.DB().Insert("communes", dbx.Params{"id": ids[nis], "nis": nis, "name_fr": fr, "name_nl": nl}).Execute(); err != nil {
			return nil, err
		}
	}
	return ids, rows.Err()
}

func ledger(communes string) *core.Collection {
	c := core.NewBaseCollection("ledger")
	c.ListRule, c.ViewRule = types.Pointer(""), types.Pointer("")
	c.CreateRule = types.Pointer("@request.auth.id != ''")
	for _, name := range []string{"ref", "source", "title_fr", "title_nl", "title_en", "base", "note", "origin"} {
		c.Fields.Add(&core.TextField{Name: name})
	}
	c.Fields.Add(
		&core.DateField{Name: "date", Required: true},
		&core.NumberField{Name: "year", OnlyInt: true},
		&core.SelectField{Name: "kind", Required: true, MaxSelect: 1, Values: []string{"grant", "project", "works", "hours", "training", "attendance", "service"}},
		&core.SelectField{Name: "measure", Required: true, MaxSelect: 1, Values: []string{"eur_cents", "hours", "persons"}},
		&core.SelectField{Name: "attribution", Required: true, MaxSelect: 1, Values: []string{"direct", "shared", "territory", "unallocated"}},
		&core.NumberField{Name: "amount", Required: true, OnlyInt: true},
		&core.BoolField{Name: "counts"},
		&core.BoolField{Name: "fictitious"},
		&core.RelationField{Name: "commune", CollectionId: communes, MaxSelect: 1},
		&core.AutodateField{Name: "recorded_at", OnCreate: true},
	)
	c.AddIndex("ledger_ref", true, "ref", "")
	c.AddIndex("ledger_date", false, "date, id", "")
	c.AddIndex("ledger_source", false, "source, date", "")
	c.AddIndex("ledger_commune", false, "commune, year, date", "")
	return c
}

func loadLedger(app core.App, source *sql.DB, communes map[string]string) error {
	of, err := app.FindCollectionByNameOrId("communes")
	if err != nil {
		return err
	}
	if err := app.Save(ledger(of.Id)); err != nil {
		return err
	}
	rows, err := source.Query(`SELECT year, number, date, kind, source, title_fr, title_nl, title_en, measure, amount, attribution, base, counts, fictitious, note, origin, recorded_at
		FROM ledger_entry ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		p, err := entry(rows, communes)
		if err != nil {
			return err
		}
		if _, err := app.DB().Insert("ledger", p).Execute(); err != nil {
			return err
		}
	}
	return rows.Err()
}

func entry(rows *sql.Rows, communes map[string]string) (dbx.Params, error) {
	var year, number, amount int64
	var counts, fictitious bool
	var date, kind, source, fr, nl, en, measure, attribution, base, note, origin, recorded string
	if err := rows.Scan(&year, &number, &date, &kind, &source, &fr, &nl, &en, &measure, &amount, &attribution, &base, &counts, &fictitious, &note, &origin, &recorded); err != nil {
		return nil, err
	}
	commune := ""
	if attribution == "direct" {
		commune = communes[strings.TrimSpace(base)]
	}
	return dbx.Params{"id": entryID(year, number), "ref": fmt.Sprintf("L-%04d-%06d", year, number), "date": date[:10] + " 00:00:00.000Z", "year": year,
		"kind": kind, "source": source, "title_fr": fr, "title_nl": nl, "title_en": en, "measure": measure, "amount": amount, "attribution": attribution,
		"base": base, "commune": commune, "counts": counts, "fictitious": fictitious, "note": note, "origin": origin, "recorded_at": recorded[:10] + " " + recorded[11:19] + ".000Z"}, nil
}
