package app_test

import (
	"slices"
	"strings"
	"testing"

	"beffroi/internal/app"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/privacy"
	"beffroi/internal/site/statement"
)

// liveColumns asks the engine itself for the columns of each table.
var liveColumns = map[db.Engine]string{
	db.SQLite: `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND substr(m.name, 1, 7) <> 'sqlite_' ORDER BY m.name, c.cid`,
	db.Postgres: `SELECT table_name, column_name FROM information_schema.columns
		WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`,
}

func liveTables(t *testing.T, d *db.DB) map[string][]string {
	t.Helper()
	live := map[string][]string{}
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		_, err := db.All(tx, func(s db.Scanner) (struct{}, error) {
			var table, column string
			err := s.Scan(&table, &column)
			live[table] = append(live[table], column)
			return struct{}{}, err
		}, liveColumns[d.Engine()])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return live
}

func TestPrivacyHoldsEveryColumn(t *testing.T) {
	dbtest.Each(t, app.Schemas(), func(t *testing.T, d *db.DB) {
		live := liveTables(t, d)
		if len(live) < 20 || !slices.Contains(live["account"], "email") {
			t.Fatalf("the question to the engine finds %d tables", len(live))
		}
		for _, problem := range privacy.Compare(app.Privacy(), live) {
			t.Error(problem)
		}
		// Negative control: what nobody declared is found.
		live["account"] = append(live["account"], "shoe_size")
		live["cookie"] = []string{"id"}
		got := strings.Join(privacy.Compare(app.Privacy(), live), "\n")
		for _, want := range []string{"column account.shoe_size is not declared", "table cookie is not declared"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q goes unnoticed", want)
			}
		}
	})
}

// personal are columns that must never be declared plain, whatever else changes.
func TestPrivacyOfPersons(t *testing.T) {
	personal := map[string]bool{}
	for _, table := range app.Privacy() {
		for _, c := range table.Columns {
			personal[table.Name+"."+c.Name] = c.Personal()
		}
	}
	for _, column := range []string{"account.username", "account.email", "account_session.network", "audit_entry.actor", "audit_detail.data",
		"intake_file.data", "party_mandate.holder", "party_body.email", "key_version.actor", "ledger_entry.actor"} {
		if !personal[column] {
			t.Errorf("%s is not declared personal", column)
		}
	}
	for _, column := range []string{"setting.value", "territory_area.name_fr", "ledger_part.amount", "series_figure.value"} {
		if personal[column] {
			t.Errorf("%s is declared personal", column)
		}
	}
}

// Every word of the register has a sentence in every language.
func TestPrivacyWords(t *testing.T) {
	b := i18n.New("fr", "nl", "en")
	if err := b.Load(statement.Locale()); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, a := range privacy.Register(app.Privacy()) {
		for kind, words := range map[string][]string{"purpose": {a.Purpose}, "persons": {a.Persons}, "basis": {a.Basis}, "retention": {a.Retention},
			"recipients": {a.Recipients}, "transfers": {a.Transfers}, "data": a.Data, "security": a.Security} {
			for _, w := range words {
				used["privacy."+kind+"."+w] = true
			}
		}
	}
	for _, table := range app.Privacy() {
		if table.Term.Event != "" {
			used["privacy.event."+table.Term.Event] = true
		}
		for _, c := range table.Claims {
			used["privacy.end."+c.End.How] = true
			if c.End.Why != "" {
				used["privacy.why."+c.End.Why] = true
			}
		}
	}
	for _, key := range []string{"why.held", "why.only-admin", "why.gone", "term", "atonce", "hours", "days", "years"} { // said of a request, or of a time
		used["privacy."+key] = true
	}
	for key := range used {
		for _, lang := range []string{"fr", "nl", "en"} {
			if !b.Printer(lang).Has(key) {
				t.Errorf("%s has no text in %s", key, lang)
			}
		}
	}
	for _, key := range b.Keys() {
		if strings.HasPrefix(key, "privacy.") && !used[key] {
			t.Errorf("%s: a word that no room uses", key)
		}
	}
}
