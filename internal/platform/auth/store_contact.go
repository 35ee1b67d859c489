package auth

import (
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/db"
)

// AccountByID reads an account without its grants, for whoever writes to it.
func AccountByID(tx *db.Tx, id int64) (Account, bool, error) {
	return db.One(tx, scanAccount, "SELECT "+accountColumns+" FROM account WHERE id = $1", id)
}

// Holders reads the open accounts that hold a role on a day, by name, without
// their grants.
func Holders(tx *db.Tx, role Role, day calendar.Date) ([]Account, error) {
	return db.All(tx, scanAccount, "SELECT "+accountColumns+` FROM account WHERE active AND id IN
		(SELECT account FROM account_grant WHERE role = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2)) ORDER BY username`, string(role), day)
}
