-- A role may hang on a mandate, and ends with it; one that was taken away
-- earlier does not come back when the mandate is corrected.
ALTER TABLE account_grant ADD COLUMN mandate TEXT NOT NULL DEFAULT '';
ALTER TABLE account_grant ADD COLUMN ended BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX account_grant_mandate ON account_grant (mandate);

-- What a token may do: "read", "write", "read:ledger"…, with blanks between.
-- Tokens made before there were scopes may do what their holder may.
ALTER TABLE account_token ADD COLUMN scopes TEXT NOT NULL DEFAULT 'write';
CREATE INDEX account_token_account ON account_token (account);
