-- What can be found: the things themselves, and for each term the set of their
-- numbers, 32,768 of them a row.
CREATE TABLE search_doc (
	id BIGINT NOT NULL PRIMARY KEY,
	ref_kind TEXT NOT NULL,
	ref_key TEXT NOT NULL,
	rank BIGINT NOT NULL,
	data TEXT NOT NULL,
	terms TEXT NOT NULL,
	UNIQUE (ref_kind, ref_key)
);

CREATE TABLE search_term (
	term TEXT NOT NULL,
	chunk BIGINT NOT NULL,
	bits BYTEA NOT NULL,
	PRIMARY KEY (term, chunk)
-- sqlite:) STRICT, WITHOUT ROWID;
-- postgres:);
-- Sets are read whole and small: never elsewhere, never packed again.
-- postgres:ALTER TABLE search_term ALTER COLUMN bits SET STORAGE PLAIN;

CREATE TABLE search_gram (
	gram TEXT NOT NULL,
	word TEXT NOT NULL,
	PRIMARY KEY (gram, word)
-- sqlite:) STRICT, WITHOUT ROWID;
-- postgres:);

-- The audit entry up to which the index follows, and the rules that made it.
CREATE TABLE search_state (
	id BIGINT NOT NULL PRIMARY KEY,
	seq BIGINT NOT NULL,
	rules BIGINT NOT NULL
);
