package auth

import (
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Find gives the account of a user name, closed ones included, in the caller's
// transaction.
func Find(tx *db.Tx, username string) (Account, bool, error) { return accountByName(tx, username) }

// All gives every account, by name, without grants.
func All(tx *db.Tx) ([]Account, error) {
	return db.All(tx, scanAccount, "SELECT "+accountColumns+" FROM account ORDER BY username")
}

// OnlyAdmin tells whether nobody else administers the house on a day: without
// that account nobody could let anybody in.
func OnlyAdmin(tx *db.Tx, account int64, day calendar.Date) (bool, error) {
	admins, err := db.All(tx, db.Value[int64], `SELECT DISTINCT g.account FROM account_grant g JOIN account a ON a.id = g.account
		WHERE a.active AND g.role = $1 AND g.body = '' AND g.valid_from <= $2 AND (g.valid_to IS NULL OR g.valid_to >= $2)`, string(Admin), day)
	return len(admins) == 1 && admins[0] == account, err
}
