package db

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the tables that Migrate keeps.
func Privacy() []privacy.Table {
	return []privacy.Table{privacy.New("schema_version", "id", "sha256", "applied_at"), privacy.New("table_change", "name", "n")}
}
