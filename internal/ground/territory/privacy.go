package territory

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room.
func Privacy() []privacy.Table {
	return []privacy.Table{
		privacy.New("territory_area", "id", "kind", "key", "name_fr", "name_nl", "name_de", "sort_key", "parent", "valid_from", "valid_to", "hectares", "tile_x", "tile_y", "source", "version"),
		privacy.New("territory_code", "id", "area", "scheme", "code", "valid_from", "valid_to", "source"),
		privacy.New("territory_alias", "id", "area", "lang", "name", "used_as", "valid_from", "valid_to", "source"),
		privacy.New("territory_membership", "id", "area", "into_group", "valid_from", "valid_to", "source"),
		privacy.New("territory_postal", "area", "code", "main", "source"),
		privacy.New("territory_shape", "area", "coordinates"),
		privacy.New("territory_event", "id", "day", "kind", "note", "source", "batch"),
		privacy.New("territory_party", "id", "event", "side", "area", "code", "weight"),
	}
}
