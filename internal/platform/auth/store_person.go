package auth

import (
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// Find gives the accounts of some user names, closed ones included, without grants.
func Find(tx *db.Tx, usernames []string) ([]Account, error) {
	args := make([]any, len(usernames))
	for i, u := range usernames {
		args[i] = u
	}
	return db.All(tx, scanAccount, "SELECT "+accountColumns+" FROM account WHERE username IN "+db.Placeholders(1, len(args))+" ORDER BY id", args...)
}

// All gives every account, by name, without grants.
func All(tx *db.Tx) ([]Account, error) {
	return db.All(tx, scanAccount, "SELECT "+accountColumns+" FROM account ORDER BY username")
}

// Admins are the accounts that administer the whole house on a day. Without the
// last of them nobody could let anybody in.
func Admins(tx *db.Tx, day calendar.Date) ([]int64, error) {
	return db.All(tx, db.Value[int64], `SELECT DISTINCT g.account FROM account_grant g JOIN account a ON a.id = g.account
		WHERE a.active AND g.role = $1 AND g.body = '' AND g.valid_from <= $2 AND (g.valid_to IS NULL OR g.valid_to >= $2)`, string(Admin), day)
}
