-- Entries, their parts and the sums. Entries and parts are only added.
CREATE TABLE ledger_entry (
	id BIGINT NOT NULL PRIMARY KEY,
	year BIGINT NOT NULL,
	number BIGINT NOT NULL,
	date DATE NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('grant', 'project', 'works', 'hours', 'training', 'attendance', 'service')),
	source TEXT NOT NULL,
	title_fr TEXT NOT NULL,
	title_nl TEXT NOT NULL,
	title_en TEXT NOT NULL,
	fold TEXT NOT NULL,
	measure TEXT NOT NULL CHECK (measure IN ('eur_cents', 'hours', 'persons')),
	amount BIGINT NOT NULL,
	attribution TEXT NOT NULL CHECK (attribution IN ('direct', 'shared', 'territory', 'unallocated')),
	base TEXT NOT NULL,
	key_version BIGINT,
	counts BOOLEAN NOT NULL,
	fictitious BOOLEAN NOT NULL,
	note TEXT NOT NULL,
	origin TEXT NOT NULL,
	external TEXT NOT NULL,
	reverses BIGINT UNIQUE REFERENCES ledger_entry (id),
	batch BIGINT NOT NULL,
	recorded_at TIMESTAMPTZ NOT NULL,
	actor TEXT NOT NULL,
	UNIQUE (year, number)
);
CREATE INDEX ledger_entry_date ON ledger_entry (date, id);
CREATE INDEX ledger_entry_source ON ledger_entry (source, date);
CREATE INDEX ledger_entry_batch ON ledger_entry (batch);

-- area_id 0 is the province as a whole. year, kind, measure, date and counts
-- repeat the entry's, so that a sum needs this table alone.
CREATE TABLE ledger_part (
	entry_id BIGINT NOT NULL REFERENCES ledger_entry (id),
	area_id BIGINT NOT NULL CHECK (area_id >= 0),
	year BIGINT NOT NULL,
	date DATE NOT NULL,
	kind TEXT NOT NULL,
	measure TEXT NOT NULL,
	counts BOOLEAN NOT NULL,
	amount BIGINT NOT NULL,
	PRIMARY KEY (entry_id, area_id)
);
CREATE INDEX ledger_part_area ON ledger_part (area_id, date, entry_id);

-- Sums of what counts; area_id -1 is everything.
CREATE TABLE ledger_total (
	area_id BIGINT NOT NULL,
	year BIGINT NOT NULL,
	kind TEXT NOT NULL,
	measure TEXT NOT NULL,
	amount BIGINT NOT NULL,
	PRIMARY KEY (area_id, year, kind, measure)
);
CREATE INDEX ledger_total_year ON ledger_total (year, measure, area_id, amount);
