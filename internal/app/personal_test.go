package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/app"
	"beffroi/internal/ground/key"
	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/series"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/privacy"
)

// The marks of a person who is to leave no trace. The user name may stay in the
// audit, the name and the address nowhere.
const (
	markedUser  = "zmarque"
	markedName  = "Zoé Marquée-Unique"
	markedEmail = "zoe.unique@marque.example"
)

// traces lists the text columns of the whole database that hold a text, by
// looking at every value.
func traces(t *testing.T, d *db.DB, text string) (columns []string) {
	t.Helper()
	err := d.Snapshot(t.Context(), func(tx *db.Tx, tables []db.Table) error {
		for _, table := range tables {
			err := tx.Rows(table, func(values []any) error {
				for i, v := range values {
					s, ok := v.(string)
					if b, isBytes := v.([]byte); isBytes {
						s, ok = string(b), true
					}
					name := table.Name + "." + table.Columns[i].Name
					if ok && strings.Contains(strings.ToLower(s), strings.ToLower(text)) && !slices.Contains(columns, name) {
						columns = append(columns, name)
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

// live lets the marked person work for a day: sign in, post, propose, import,
// be given and lose roles, get a token.
func live(t *testing.T, w *world) auth.Actor {
	t.Helper()
	admin := auth.System("test")
	grants := []auth.Grant{{Role: auth.Accountant}, {Role: auth.Registrar}, {Role: auth.Analyst}, {Role: auth.Admin}}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(w.Auth.Create(t.Context(), admin, auth.NewAccount{Username: markedUser, Name: markedName, Email: markedEmail, Password: demoPassword, Grants: grants}))
	token, err := w.Auth.SignIn(t.Context(), markedUser, demoPassword, auth.Visit{Agent: "browser of " + markedUser, Network: "192.0.2.1"})
	check(err)
	actor, err := w.Auth.Resume(t.Context(), token)
	check(err)
	_, err = w.Auth.IssueToken(t.Context(), admin, markedUser, "token of "+markedName, clock.Today(w.DB.Clock()).AddDays(3))
	check(err)
	check(w.Auth.Grant(t.Context(), actor, "demo-agent", auth.Grant{Role: auth.Analyst}))
	_, err = w.Ledger.Post(t.Context(), actor, ledger.Posting{Date: calendar.MustParse("2025-03-01"), Kind: "service", Title: series.Text{FR: "Essai"},
		Measure: "eur_cents", Amount: 1001, Attribution: "shared", Base: []string{"53053", "53028"}})
	check(err)
	_, err = w.Key.Propose(t.Context(), actor, key.Proposal{Key: "test-key", Title: series.Text{FR: "Essai"}, Kind: key.Equal})
	check(err)
	file, err := w.Intake.Upload(t.Context(), actor, "p.csv", []byte("nis,code\n53053,7998\n"))
	check(err)
	batch, err := w.Intake.Apply(t.Context(), actor, intake.Request{Target: "postal", File: file})
	check(err)
	check(w.Intake.Undo(t.Context(), actor, batch.ID))
	_, err = w.Personal.Place(t.Context(), actor, personal.Hold{Object: object.Ref{Kind: "import", Key: "1"}, Reason: "essai"})
	check(err)
	return actor
}

// ripen lets the fortnight of every request pass, and does its job.
func ripen(t *testing.T, w *world, s *personal.Service, id int64) {
	t.Helper()
	alter(t, w.DB, "UPDATE privacy_request SET due_at = asked_at")
	for range 2 { // a job may come twice
		if err := s.Erase(t.Context(), jobs.Job{Payload: json.RawMessage(fmt.Sprint(id))}); err != nil {
			t.Fatal(err)
		}
	}
}

// Whoever is erased leaves no name and no address in any column of any table;
// the user name stays in the audit alone. Audit and ledger hold as before.
func TestErasureLeavesNoTrace(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		actor := live(t, w)
		for _, mark := range []string{markedUser, markedName, markedEmail} { // they are all over the place
			if found := traces(t, w.DB, mark); len(found) < 2 {
				t.Fatalf("%s is in %v only: nothing is proven", mark, found)
			}
		}
		balance := w.ask(t, auth.Accountant, "GET", "/ledger/balance?format=csv", "").Body.String()
		r, err := w.Personal.AskErasure(t.Context(), actor, personal.Me(actor))
		if err != nil {
			t.Fatal(err)
		}
		ripen(t, w, w.Personal, r.ID)
		for mark, allowed := range map[string][]string{markedName: nil, markedEmail: nil, markedUser: {"audit_detail.data", "audit_entry.actor", "audit_entry.object_key"}} {
			for _, column := range traces(t, w.DB, mark) {
				if !slices.Contains(allowed, column) {
					t.Errorf("%s is still in %s", mark, column)
				}
			}
		}
		for query, want := range map[string]int64{
			"SELECT count(*) FROM account WHERE username = name AND NOT active AND username = 'erased-' || CAST(id AS TEXT)": 1,
			"SELECT count(*) FROM account_session s JOIN account a ON a.id = s.account WHERE a.name = a.username":            0,
			"SELECT count(*) FROM account_token s JOIN account a ON a.id = s.account WHERE a.name = a.username":              0,
			"SELECT count(*) FROM ledger_entry e JOIN account a ON a.username = e.actor WHERE a.name = a.username":           1,
		} {
			if got := count(t, w.DB, query); got != want {
				t.Errorf("%s gives %d, want %d", query, got, want)
			}
		}
		if after := w.ask(t, auth.Accountant, "GET", "/ledger/balance?format=csv", "").Body.String(); after != balance {
			t.Error("the ledger gives another balance")
		}
		if err := w.DB.Read(t.Context(), func(tx *db.Tx) error { _, err := audit.Verify(tx); return err }); err != nil {
			t.Error(err)
		}
		if broken, err := w.Ledger.Verify(t.Context()); err != nil || len(broken) > 0 {
			t.Errorf("ledger: %v, %v", broken, err)
		}
		if err := w.Auth.Create(t.Context(), auth.System("test"), auth.NewAccount{Username: markedUser, Name: "X", Email: "x@example.org", Password: demoPassword}); err == nil {
			t.Error("the user name is given again: whoever gets it signs the deeds of another")
		}
		if _, err := w.Auth.SignIn(t.Context(), markedUser, demoPassword, auth.Visit{Agent: "", Network: "192.0.2.1"}); err == nil {
			t.Error("the erased account still opens")
		}
		page := w.ask(t, auth.Admin, "GET", "/staff/privacy?lang=en", "").Body.String()
		for _, want := range []string{"erased-", "the audit is a proof that cannot be altered", "replaced by a pseudonym", "emptied"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page does not tell %q", want)
			}
		}
	})
}

func count(t *testing.T, d *db.DB, query string) (n int64) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		n, _, err = db.One(tx, db.Value[int64], query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Negative control: for each column that an erasure must reach, an erasure that
// misses it is found by the scan.
func TestMissedColumnsAreFound(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		marks := map[string]string{"account.email": markedEmail, "account.name": markedName, "account_token.label": markedName, "ledger_entry.actor": markedUser,
			"key_version.actor": markedUser, "intake_batch.undone_by": markedUser, "audit_detail.data": markedEmail, "privacy_hold.placed_by": markedUser}
		tables := app.Privacy()
		for column := range marks {
			tables = forgetful(tables, column)
		}
		w := d.write(t)
		actor := live(t, w)
		s := personal.NewService(w.DB, w.Jobs, tables, personal.Ports{}, app.Persons()...)
		r, err := s.AskErasure(t.Context(), actor, personal.Me(actor))
		if err != nil {
			t.Fatal(err)
		}
		ripen(t, w, s, r.ID)
		for column, mark := range marks {
			if found := traces(t, w.DB, mark); !slices.Contains(found, column) {
				t.Errorf("%s was left and goes unnoticed: %v", column, found)
			}
		}
	})
}

// forgetful are declarations without the end of one column.
func forgetful(all []privacy.Table, column string) []privacy.Table {
	table, name, _ := strings.Cut(column, ".")
	for i := range all {
		if all[i].Name != table {
			continue
		}
		for j, c := range all[i].Claims {
			if c.End.How == privacy.Delete {
				all[i].Claims[j].End = privacy.Kept("proof")
			}
			all[i].Claims[j].Columns = slices.DeleteFunc(slices.Clone(c.Columns), func(n string) bool { return n == name })
		}
		all[i].Claims = slices.DeleteFunc(all[i].Claims, func(c privacy.Claim) bool { return len(c.Columns) == 0 })
	}
	return all
}

// A restored archive brings back whom it holds; the restore erases them again.
func TestRestoreErasesAgain(t *testing.T) {
	dir := t.TempDir()
	address := demos[0].copy(t)
	h, err := app.Open(t.Context(), app.Config{DB: address, Pack: "hainaut", Log: "off", Data: dir}, clock.Fixed(dbtest.Now()), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{House: h, session: map[auth.Role]string{}, token: map[auth.Role]string{}}
	defer h.Close()
	actor := live(t, w)
	archive := filepath.Join(dir, "b.tar.gz")
	must(t, address, "backup", "-o", archive)
	r, err := h.Personal.AskErasure(t.Context(), actor, personal.Me(actor))
	if err != nil {
		t.Fatal(err)
	}
	ripen(t, w, h.Personal, r.ID)
	ledgerFile := filepath.Join(dir, "erasures.jsonl") // written beside the database by itself
	text, err := os.ReadFile(ledgerFile)
	if err != nil || strings.Contains(string(text), markedUser) || strings.Count(string(text), "\n") != 1 {
		t.Fatalf("ledger %s, %v", text, err)
	}
	if printed := must(t, address, "privacy", "ledger"); printed.out != string(text) {
		t.Errorf("printed %s, kept %s", printed.out, text)
	}
	back := "sqlite:" + filepath.Join(dir, "back.db")
	got := must(t, back, "restore", archive, "--erasures", ledgerFile)
	if !strings.Contains(got.out, "1 erasures made since the archive done again") {
		t.Errorf("restore: %s", got)
	}
	house := open(t, back)
	defer house.Close()
	if found := append(traces(t, house.DB, markedName), traces(t, house.DB, markedEmail)...); len(found) > 0 {
		t.Errorf("she is back in %v", found)
	}
	if err := house.DB.Read(t.Context(), func(tx *db.Tx) error { _, err := audit.Verify(tx); return err }); err != nil {
		t.Error(err)
	}
	// Negative control: without the list she is back.
	plain := "sqlite:" + filepath.Join(dir, "plain.db")
	if got := must(t, plain, "restore", archive, "--data", t.TempDir()); !strings.Contains(got.out, "no list of erasures") {
		t.Errorf("restore without a list: %s", got)
	}
	other := open(t, plain)
	defer other.Close()
	if found := traces(t, other.DB, markedEmail); len(found) == 0 {
		t.Error("the archive did not hold her: nothing is proven")
	}
	for _, bad := range []string{filepath.Join(dir, "none"), archive} {
		if got := run(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db"), "restore", archive, "--erasures", bad); got.code != 1 {
			t.Errorf("with %s as the list: %s", filepath.Base(bad), got)
		}
	}
}
