-- The register of bodies. Links between bodies are by public reference, which
-- never changes, and are checked at the end of a transaction: a file may name a
-- parent before its own line. A seat is the id of an area.
CREATE TABLE party_body (
	ref TEXT NOT NULL PRIMARY KEY,
	kind TEXT NOT NULL,
	domain TEXT NOT NULL,
	name_fr TEXT NOT NULL,
	name_nl TEXT NOT NULL,
	acronym TEXT NOT NULL,
	parent TEXT REFERENCES party_body (ref) DEFERRABLE INITIALLY DEFERRED,
	valid_from DATE,
	valid_to DATE,
	successor TEXT REFERENCES party_body (ref) DEFERRABLE INITIALLY DEFERRED,
	seat BIGINT,
	email TEXT NOT NULL,
	phone TEXT NOT NULL,
	website TEXT NOT NULL,
	source TEXT NOT NULL,
	version BIGINT NOT NULL,
	fold TEXT NOT NULL,
	sort_key TEXT NOT NULL
);
CREATE INDEX party_body_seat ON party_body (seat);
CREATE INDEX party_body_kind ON party_body (kind);

CREATE TABLE party_mandate (
	ref TEXT NOT NULL PRIMARY KEY,
	body TEXT NOT NULL REFERENCES party_body (ref) DEFERRABLE INITIALLY DEFERRED,
	role TEXT NOT NULL,
	holder TEXT NOT NULL,
	valid_from DATE,
	valid_to DATE,
	status TEXT NOT NULL,
	source TEXT NOT NULL,
	version BIGINT NOT NULL
);
CREATE INDEX party_mandate_body ON party_mandate (body);

-- Boards that decide, and the rules by which they count. A rule is a document:
-- what it may hold is said by party.VotingRule.
CREATE TABLE party_organ (
	key TEXT NOT NULL PRIMARY KEY,
	body TEXT REFERENCES party_body (ref) DEFERRABLE INITIALLY DEFERRED,
	name_fr TEXT NOT NULL,
	name_nl TEXT NOT NULL,
	name_en TEXT NOT NULL,
	valid_from DATE,
	valid_to DATE,
	planned BOOLEAN NOT NULL,
	model BOOLEAN NOT NULL,
	source TEXT NOT NULL,
	version BIGINT NOT NULL
);

CREATE TABLE party_rule (
	organ TEXT NOT NULL REFERENCES party_organ (key) DEFERRABLE INITIALLY DEFERRED,
	purpose TEXT NOT NULL,
	version BIGINT NOT NULL,
	data TEXT NOT NULL,
	PRIMARY KEY (organ, purpose, version)
);
