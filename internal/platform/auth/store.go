package auth

import (
	"embed"
	"io/fs"
	"time"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the tables of accounts.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "auth", Files: files}
}

// Account is a person of the staff who may sign in.
type Account struct {
	ID       int64     `json:"-"`
	Username string    `json:"username"`
	Name     string    `json:"name"`
	Email    string    `json:"email"`
	Language string    `json:"language"`
	Active   bool      `json:"active"`
	Created  time.Time `json:"created"`
	Grants   []Grant   `json:"grants"`
	password string
}

const accountColumns = "id, username, name, email, language, active, created_at, password"

func scanAccount(s db.Scanner) (a Account, err error) {
	var created db.Time
	err = s.Scan(&a.ID, &a.Username, &a.Name, &a.Email, &a.Language, &a.Active, &created, &a.password)
	a.Created = created.Time
	return a, err
}

func accountByName(tx *db.Tx, username string) (Account, bool, error) {
	return db.One(tx, scanAccount, "SELECT "+accountColumns+" FROM account WHERE username = $1", username)
}

// Accounts reads every account with its grants, by name, in two statements.
func Accounts(tx *db.Tx) ([]Account, error) {
	list, err := db.All(tx, scanAccount, "SELECT "+accountColumns+" FROM account ORDER BY username")
	if err != nil {
		return nil, err
	}
	index := map[int64]int{}
	for i, a := range list {
		index[a.ID] = i
	}
	_, err = db.All(tx, func(sc db.Scanner) (struct{}, error) {
		var id int64
		var g Grant
		if err := sc.Scan(&id, &g.Role, &g.Body, &g.Domain, &g.Period.From, &g.Period.To, &g.Mandate); err != nil {
			return struct{}{}, err
		}
		list[index[id]].Grants = append(list[index[id]].Grants, g)
		return struct{}{}, nil
	}, "SELECT account, "+grantColumns+" FROM account_grant ORDER BY id")
	return list, err
}

func insertAccount(tx *db.Tx, a Account) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], `INSERT INTO account (username, name, email, language, password, active, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`, a.Username, a.Name, a.Email, a.Language, a.password, a.Active, db.At(tx.Now()))
	return id, err
}

func setActive(tx *db.Tx, id int64, active bool) error {
	var closed db.Time
	if !active {
		closed = db.At(tx.Now())
	}
	_, err := tx.Exec("UPDATE account SET active = $1, closed_at = $2 WHERE id = $3", active, closed, id)
	return err
}

func setPassword(tx *db.Tx, id int64, hash string) error {
	_, err := tx.Exec("UPDATE account SET password = $1 WHERE id = $2", hash, id)
	return err
}

const grantColumns = "role, body, domain, valid_from, valid_to, mandate"

func insertGrant(tx *db.Tx, account int64, g Grant, by string) error {
	_, err := tx.Exec("INSERT INTO account_grant (account, "+grantColumns+", granted_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		account, string(g.Role), g.Body, g.Domain, g.Period.From, g.Period.To, g.Mandate, by)
	return err
}

func grantsOf(tx *db.Tx, account int64) ([]Grant, error) {
	return db.All(tx, func(s db.Scanner) (g Grant, err error) {
		return g, s.Scan(&g.Role, &g.Body, &g.Domain, &g.Period.From, &g.Period.To, &g.Mandate)
	}, "SELECT "+grantColumns+" FROM account_grant WHERE account = $1 ORDER BY id", account)
}

// endGrants ends the grants of a role that reach beyond a last day, those of
// mandates for good; it tells how many there were.
func endGrants(tx *db.Tx, account int64, role Role, last calendar.Date) (int64, error) {
	return tx.Exec(`UPDATE account_grant SET valid_to = $1, ended = TRUE
		WHERE account = $2 AND role = $3 AND (valid_to IS NULL OR valid_to > $1)`, last, account, string(role))
}

// mandateHolders are the accounts that hold a role by a mandate.
func mandateHolders(tx *db.Tx, ref string) ([]string, error) {
	return db.All(tx, db.Value[string], `SELECT DISTINCT a.username FROM account a JOIN account_grant g ON g.account = a.id
		WHERE g.mandate = $1 AND g.ended = FALSE ORDER BY a.username`, ref)
}

func redateGrants(tx *db.Tx, ref string, p calendar.Period) error {
	_, err := tx.Exec("UPDATE account_grant SET valid_from = $1, valid_to = $2 WHERE mandate = $3 AND ended = FALSE", p.From, p.To, ref)
	return err
}

// inForce keeps the grants of a day.
func inForce(grants []Grant, day calendar.Date) []Grant {
	var list []Grant
	for _, g := range grants {
		if g.Period.Contains(day) {
			list = append(list, g)
		}
	}
	return list
}
