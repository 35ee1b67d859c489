package db

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the table that Migrate keeps.
func Privacy() []privacy.Table {
	return []privacy.Table{privacy.New("schema_version", "id", "sha256", "applied_at")}
}
