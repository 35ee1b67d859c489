-- Keys of sealed columns, each wrapped by the master key, which is not here.
CREATE TABLE secret_key (
	id TEXT NOT NULL PRIMARY KEY,
	purpose TEXT NOT NULL,
	subject TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('current', 'old', 'destroyed')),
	wrapped BYTEA,
	made_at TIMESTAMPTZ NOT NULL,
	ended_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX secret_key_current ON secret_key (purpose, subject) WHERE state = 'current';
