-- The audit tree: entries in order, the hashes of RFC 6962, and the details
-- beside them, which may be erased without breaking the tree.
CREATE TABLE audit_entry (
	seq BIGINT NOT NULL PRIMARY KEY,
	at TIMESTAMPTZ NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	object_kind TEXT NOT NULL,
	object_key TEXT NOT NULL,
	summary TEXT NOT NULL,
	details_hash TEXT NOT NULL
);
CREATE INDEX audit_entry_object ON audit_entry (object_kind, object_key, seq);

CREATE TABLE audit_detail (
	seq BIGINT NOT NULL PRIMARY KEY REFERENCES audit_entry (seq),
	salt TEXT NOT NULL,
	data TEXT NOT NULL
);

CREATE TABLE audit_hash (
	idx BIGINT NOT NULL PRIMARY KEY,
	hash BYTEA NOT NULL
);

CREATE TABLE audit_checkpoint (
	size BIGINT NOT NULL PRIMARY KEY,
	at TIMESTAMPTZ NOT NULL,
	root TEXT NOT NULL,
	note TEXT NOT NULL
);
