-- Since when an account is closed: a while later its person is erased. Accounts
-- that are closed already count from the deed that closed them.
ALTER TABLE account ADD COLUMN closed_at TIMESTAMPTZ;
UPDATE account SET closed_at = (SELECT max(at) FROM audit_entry
	WHERE object_kind = 'account' AND object_key = account.username AND action = 'account.active') WHERE NOT active;
