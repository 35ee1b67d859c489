package auth

import "beffroi/internal/platform/db"

const passkeyColumns = "credential_id, name, credential, created_at, used_at, cloned_at"

func scanPasskey(s db.Scanner) (k Passkey, err error) {
	var created, used, cloned db.Time
	err = s.Scan(&k.ID, &k.Name, &k.Data, &created, &used, &cloned)
	k.Created, k.Used, k.Cloned = created.Time, used.Time, cloned.Time
	return k, err
}

func passkeysOf(tx *db.Tx, account int64) ([]Passkey, error) {
	return db.All(tx, scanPasskey, "SELECT "+passkeyColumns+" FROM account_passkey WHERE account = $1 ORDER BY created_at, credential_id", account)
}

// openingPasskeys are those that were not shut.
func openingPasskeys(tx *db.Tx, account int64) ([]Passkey, error) {
	return db.All(tx, scanPasskey, "SELECT "+passkeyColumns+" FROM account_passkey WHERE account = $1 AND cloned_at IS NULL ORDER BY credential_id", account)
}

func insertPasskey(tx *db.Tx, account int64, k Passkey) error {
	_, err := tx.Exec("INSERT INTO account_passkey (credential_id, account, name, credential, created_at) VALUES ($1, $2, $3, $4, $5)",
		k.ID, account, k.Name, k.Data, db.At(tx.Now()))
	return err
}

func usedPasskey(tx *db.Tx, k Passkey) error {
	_, err := tx.Exec("UPDATE account_passkey SET credential = $1, used_at = $2 WHERE credential_id = $3", k.Data, db.At(tx.Now()), k.ID)
	return err
}

func shutPasskey(tx *db.Tx, id string) error {
	_, err := tx.Exec("UPDATE account_passkey SET cloned_at = $1 WHERE credential_id = $2", db.At(tx.Now()), id)
	return err
}

func deletePasskey(tx *db.Tx, account int64, id string) (int64, error) {
	return tx.Exec("DELETE FROM account_passkey WHERE account = $1 AND credential_id = $2", account, id)
}
