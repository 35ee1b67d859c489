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

func insertAccount(tx *db.Tx, a Account) (int64, error) {
	id, _, err := db.One(tx, db.Value[int64], `INSERT INTO account (username, name, email, language, password, active, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`, a.Username, a.Name, a.Email, a.Language, a.password, a.Active, db.At(tx.Now()))
	return id, err
}

func insertGrant(tx *db.Tx, account int64, g Grant, by string) error {
	_, err := tx.Exec(`INSERT INTO account_grant (account, role, body, domain, valid_from, valid_to, granted_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, account, string(g.Role), g.Body, g.Domain, g.Period.From, g.Period.To, by)
	return err
}

func grantsOf(tx *db.Tx, account int64) ([]Grant, error) {
	return db.All(tx, func(s db.Scanner) (g Grant, err error) {
		return g, s.Scan(&g.Role, &g.Body, &g.Domain, &g.Period.From, &g.Period.To)
	}, "SELECT role, body, domain, valid_from, valid_to FROM account_grant WHERE account = $1 ORDER BY id", account)
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

type session struct {
	hash, agent, network string
	account              int64
	created, seen        time.Time
}

const sessionColumns = "token_hash, account, created_at, seen_at, agent, network"

func insertSession(tx *db.Tx, x session) error {
	_, err := tx.Exec("INSERT INTO account_session ("+sessionColumns+") VALUES ($1, $2, $3, $4, $5, $6)",
		x.hash, x.account, db.At(x.created), db.At(x.seen), x.agent, x.network)
	return err
}

// actorRow is a session or a token with its account and one of its grants; the
// rows of one actor come together, in one statement.
type actorRow struct {
	account       Account
	created, seen time.Time
	grant         Grant
	hasGrant      bool
}

func scanActor(s db.Scanner) (r actorRow, err error) {
	var created, seen db.Time
	var role, body, domain db.Null
	err = s.Scan(&r.account.ID, &r.account.Username, &r.account.Name, &r.account.Language, &created, &seen,
		&role, &body, &domain, &r.grant.Period.From, &r.grant.Period.To)
	r.created, r.seen, r.hasGrant = created.Time, seen.Time, role != ""
	r.grant.Role, r.grant.Body, r.grant.Domain = Role(role), string(body), string(domain)
	return r, err
}

const actorJoin = `FROM %s s JOIN account a ON a.id = s.account AND a.active
	LEFT JOIN account_grant g ON g.account = a.id WHERE s.token_hash = $1 ORDER BY g.id`

const actorColumns = "SELECT a.id, a.username, a.name, a.language, s.created_at, s.%s, g.role, g.body, g.domain, g.valid_from, g.valid_to "
