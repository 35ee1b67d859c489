-- Tickets: secrets that open one thing once, within minutes or days. Only their
-- hash is kept.
CREATE TABLE account_ticket (
	ticket_hash TEXT NOT NULL PRIMARY KEY,
	kind TEXT NOT NULL,
	account BIGINT REFERENCES account (id),
	data TEXT NOT NULL,
	created_at TIMESTAMPTZ NOT NULL,
	expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX account_ticket_account ON account_ticket (account);

-- Codes of an authenticator (RFC 6238). last_step is the newest step whose code
-- was taken: none is taken twice.
CREATE TABLE account_totp (
	account BIGINT NOT NULL PRIMARY KEY REFERENCES account (id),
	secret TEXT NOT NULL,
	confirmed BOOLEAN NOT NULL,
	last_step BIGINT NOT NULL,
	created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE account_recovery (
	code_hash TEXT NOT NULL PRIMARY KEY,
	account BIGINT NOT NULL REFERENCES account (id)
);
CREATE INDEX account_recovery_account ON account_recovery (account);

-- Identities at a provider (OpenID Connect): issuer and subject, never an e-mail
-- address, say who somebody is.
CREATE TABLE account_identity (
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	account BIGINT NOT NULL REFERENCES account (id),
	label TEXT NOT NULL,
	linked_at TIMESTAMPTZ NOT NULL,
	used_at TIMESTAMPTZ,
	PRIMARY KEY (issuer, subject)
);
CREATE INDEX account_identity_account ON account_identity (account);

-- Passkeys (WebAuthn): the public key and what the authenticator said of itself.
CREATE TABLE account_passkey (
	credential_id TEXT NOT NULL PRIMARY KEY,
	account BIGINT NOT NULL REFERENCES account (id),
	name TEXT NOT NULL,
	credential TEXT NOT NULL,
	created_at TIMESTAMPTZ NOT NULL,
	used_at TIMESTAMPTZ,
	cloned_at TIMESTAMPTZ
);
CREATE INDEX account_passkey_account ON account_passkey (account);

-- How a session was opened, what a provider said of it, and through whose eyes
-- an administrator looks.
ALTER TABLE account_session ADD COLUMN methods TEXT NOT NULL DEFAULT 'password';
ALTER TABLE account_session ADD COLUMN acr TEXT NOT NULL DEFAULT '';
ALTER TABLE account_session ADD COLUMN amr TEXT NOT NULL DEFAULT '';
ALTER TABLE account_session ADD COLUMN auth_at TIMESTAMPTZ;
ALTER TABLE account_session ADD COLUMN id_token TEXT NOT NULL DEFAULT '';
ALTER TABLE account_session ADD COLUMN acts_as BIGINT REFERENCES account (id);
