package auth

import (
	"time"

	"beffroi/internal/platform/db"
)

type ticketRow struct {
	account int64 // 0 is nobody's
	data    string
	expires time.Time
}

func scanTicket(s db.Scanner) (t ticketRow, err error) {
	var expires db.Time
	err = s.Scan(&t.account, &t.data, &expires)
	t.expires = expires.Time
	return t, err
}

// nobody is NULL for account 0.
func nobody(account int64) any {
	if account == 0 {
		return nil
	}
	return account
}

func insertTicket(tx *db.Tx, hash string, errand Errand, account int64, data string, expires time.Time) error {
	_, err := tx.Exec("INSERT INTO account_ticket (ticket_hash, kind, account, data, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
		hash, string(errand), nobody(account), data, db.At(tx.Now()), db.At(expires))
	return err
}

func takeTicket(tx *db.Tx, hash string, errand Errand) (ticketRow, bool, error) {
	return db.One(tx, scanTicket, "DELETE FROM account_ticket WHERE ticket_hash = $1 AND kind = $2 RETURNING coalesce(account, 0), data, expires_at", hash, string(errand))
}

func ticketOf(tx *db.Tx, hash string, errand Errand) (ticketRow, bool, error) {
	return db.One(tx, scanTicket, "SELECT coalesce(account, 0), data, expires_at FROM account_ticket WHERE ticket_hash = $1 AND kind = $2", hash, string(errand))
}

func rewriteTicket(tx *db.Tx, hash, data string) error {
	_, err := tx.Exec("UPDATE account_ticket SET data = $1 WHERE ticket_hash = $2", data, hash)
	return err
}

// deleteTickets takes back what was handed out to an account for an errand.
func deleteTickets(tx *db.Tx, account int64, errand Errand) error {
	_, err := tx.Exec("DELETE FROM account_ticket WHERE account = $1 AND kind = $2", account, string(errand))
	return err
}

// ticketSince tells whether an account was given a ticket lately.
func ticketSince(tx *db.Tx, account int64, errand Errand, since time.Time) (bool, error) {
	_, found, err := db.One(tx, db.Value[int64], "SELECT 1 FROM account_ticket WHERE account = $1 AND kind = $2 AND created_at > $3 LIMIT 1", account, string(errand), db.At(since))
	return found, err
}

// accountsNamed are the open accounts of a username or an e-mail address.
func accountsNamed(tx *db.Tx, typed string) ([]Account, error) {
	return db.All(tx, scanAccount, "SELECT "+accountColumns+" FROM account WHERE active AND (username = $1 OR lower(email) = $1) ORDER BY username LIMIT 10", typed)
}

func accountByID(tx *db.Tx, id int64) (Account, bool, error) {
	return db.One(tx, scanAccount, "SELECT "+accountColumns+" FROM account WHERE id = $1", id)
}

// codes is the authenticator of an account.
type codes struct {
	secret    string
	confirmed bool
	last      int64 // step of the newest code taken
	recovery  int   // recovery codes left
}

func codesOf(tx *db.Tx, account int64) (codes, bool, error) {
	return db.One(tx, func(s db.Scanner) (c codes, err error) {
		return c, s.Scan(&c.secret, &c.confirmed, &c.last, &c.recovery)
	}, `SELECT secret, confirmed, last_step, (SELECT count(*) FROM account_recovery r WHERE r.account = t.account) FROM account_totp t WHERE account = $1`, account)
}

func replaceCodes(tx *db.Tx, account int64, secret string) error {
	if err := deleteCodes(tx, account); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO account_totp (account, secret, confirmed, last_step, created_at) VALUES ($1, $2, FALSE, 0, $3)", account, secret, db.At(tx.Now()))
	return err
}

// useStep remembers the newest step; false when a code of it was taken meanwhile.
func useStep(tx *db.Tx, account, step int64) (bool, error) {
	n, err := tx.Exec("UPDATE account_totp SET confirmed = TRUE, last_step = $1 WHERE account = $2 AND last_step < $1", step, account)
	return n == 1, err
}

func deleteCodes(tx *db.Tx, account int64) error {
	for _, table := range []string{"account_recovery", "account_totp"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE account = $1", account); err != nil {
			return err
		}
	}
	return nil
}

func replaceRecovery(tx *db.Tx, account int64, hashes []string) error {
	if _, err := tx.Exec("DELETE FROM account_recovery WHERE account = $1", account); err != nil {
		return err
	}
	rows := make([][]any, len(hashes))
	for i, h := range hashes {
		rows[i] = []any{h, account}
	}
	return tx.Insert("account_recovery", []string{"code_hash", "account"}, rows)
}

// useRecovery takes a recovery code; false when there is none of this hash.
func useRecovery(tx *db.Tx, account int64, hash string) (bool, error) {
	n, err := tx.Exec("DELETE FROM account_recovery WHERE account = $1 AND code_hash = $2", account, hash)
	return n == 1, err
}

func accountOfIdentity(tx *db.Tx, issuer, subject string) (Account, bool, error) {
	return db.One(tx, scanAccount, "SELECT "+accountColumns+" FROM account WHERE id = (SELECT account FROM account_identity WHERE issuer = $1 AND subject = $2)", issuer, subject)
}

func insertIdentity(tx *db.Tx, account int64, who Identity) error {
	_, err := tx.Exec("INSERT INTO account_identity (issuer, subject, account, label, linked_at, used_at) VALUES ($1, $2, $3, $4, $5, $5)",
		who.Issuer, who.Subject, account, clip(who.Label, 200), db.At(tx.Now()))
	return err
}

func usedIdentity(tx *db.Tx, who Identity) error {
	_, err := tx.Exec("UPDATE account_identity SET used_at = $1, label = $2 WHERE issuer = $3 AND subject = $4", db.At(tx.Now()), clip(who.Label, 200), who.Issuer, who.Subject)
	return err
}

func deleteIdentity(tx *db.Tx, account int64, issuer, subject string) (int64, error) {
	return tx.Exec("DELETE FROM account_identity WHERE account = $1 AND issuer = $2 AND subject = $3", account, issuer, subject)
}

func identitiesOf(tx *db.Tx, account int64) ([]Identity, error) {
	return db.All(tx, func(s db.Scanner) (i Identity, err error) {
		var linked, used db.Time
		err = s.Scan(&i.Issuer, &i.Subject, &i.Label, &linked, &used)
		i.Linked, i.Used = linked.Time, used.Time
		return i, err
	}, "SELECT issuer, subject, label, linked_at, used_at FROM account_identity WHERE account = $1 ORDER BY issuer, subject", account)
}

// otherWays counts what opens an account besides its password.
func otherWays(tx *db.Tx, account int64) (int64, error) {
	n, _, err := db.One(tx, db.Value[int64], `SELECT (SELECT count(*) FROM account_identity WHERE account = $1)
		+ (SELECT count(*) FROM account_passkey WHERE account = $1 AND cloned_at IS NULL)`, account)
	return n, err
}
