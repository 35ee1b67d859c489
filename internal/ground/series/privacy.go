package series

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room.
func Privacy() []privacy.Table {
	return []privacy.Table{
		privacy.New("series_dataset", "id", "code", "title_fr", "title_nl", "title_en", "description_fr", "description_nl", "description_en", "unit_fr", "unit_nl", "unit_en", "decimals", "additive", "publisher", "source", "note", "polarity", "version"),
		privacy.New("series_vintage", "id", "dataset_id", "number", "published", "file_hash", "batch", "recorded_at", "withdrawn_at"),
		privacy.New("series_dim", "id", "text"),
		privacy.New("series_figure", "vintage_id", "dim_id", "area_id", "year", "value", "state"),
	}
}
