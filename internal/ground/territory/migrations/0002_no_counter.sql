-- The database counts by itself which tables were written to (db.Copy).
DROP TABLE territory_change;
