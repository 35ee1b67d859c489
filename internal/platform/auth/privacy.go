package auth

import "beffroi/internal/platform/privacy"

// Privacy declares the columns of the room: accounts are of the staff, never of
// the public.
func Privacy() []privacy.Table {
	accounts := privacy.Use{Purpose: "accounts", Persons: "staff", Basis: "public-task", Retention: "account", Recipients: "admins"}
	sessions := privacy.Use{Purpose: "sessions", Persons: "staff", Basis: "public-task", Retention: "session", Recipients: "nobody"}
	tickets := privacy.Use{Purpose: "sessions", Persons: "staff", Basis: "public-task", Retention: "ticket", Recipients: "nobody"}
	return []privacy.Table{
		privacy.New("account", "id").Personal(accounts, "identity", "username", "name", "language").
			Personal(accounts, "contact", "email").Personal(accounts, "credentials", "password").
			Personal(accounts, "function", "active", "created_at"),
		privacy.New("account_grant", "id").Personal(accounts, "function", "account", "role", "body", "domain", "valid_from", "valid_to", "mandate", "ended").
			Personal(accounts, "deeds", "granted_by"),
		privacy.New("account_session").Personal(sessions, "credentials", "token_hash").
			Personal(sessions, "connection", "account", "created_at", "seen_at", "agent", "network", "acts_as").
			Personal(sessions, "credentials", "methods", "acr", "amr", "auth_at", "id_token"),
		privacy.New("account_token").Personal(accounts, "credentials", "token_hash", "account", "label", "created_at", "expires_at", "scopes"),
		privacy.New("account_ticket").Personal(tickets, "credentials", "ticket_hash", "kind", "account", "data", "created_at", "expires_at"),
		privacy.New("account_totp").Personal(accounts, "credentials", "account", "secret", "confirmed", "last_step", "created_at"),
		privacy.New("account_recovery").Personal(accounts, "credentials", "code_hash", "account"),
		privacy.New("account_identity").Personal(accounts, "identity", "issuer", "subject", "account", "label", "linked_at", "used_at"),
		privacy.New("account_passkey").Personal(accounts, "credentials", "credential_id", "account", "name", "credential", "created_at", "used_at", "cloned_at"),
	}
}
