package setting

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room.
func Privacy() []privacy.Table {
	return []privacy.Table{privacy.New("setting", "name", "value")}
}
