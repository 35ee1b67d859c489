package auth

import (
	"time"

	"beffroi/internal/platform/privacy"
)

// year is 365 days: data go a day early rather than a day late.
const year = 365 * 24 * time.Hour

// Privacy declares the columns of the room: accounts are of the staff, never of
// the public.
func Privacy() []privacy.Table {
	accounts := privacy.Use{Purpose: "accounts", Persons: "staff", Basis: "public-task", Retention: "account", Recipients: "admins"}
	sessions := privacy.Use{Purpose: "sessions", Persons: "staff", Basis: "public-task", Retention: "session", Recipients: "nobody"}
	tickets := privacy.Use{Purpose: "sessions", Persons: "staff", Basis: "public-task", Retention: "ticket", Recipients: "nobody"}
	mine := privacy.Of("account.id", "account")
	return []privacy.Table{
		privacy.New("account", "id").Personal(accounts, "identity", "username", "name", "language").
			Personal(accounts, "contact", "email").Personal(accounts, "credentials", "password").
			Personal(accounts, "function", "active", "created_at", "closed_at").
			Ends(privacy.Of("account.id", "id"), privacy.Renamed(), "username", "name").
			Ends(privacy.Of("account.id", "id"), privacy.Becomes(""), "email", "password").
			Ends(privacy.Of("account.id", "id"), privacy.Becomes(false), "active").
			Ends(privacy.Of("account.id", "id"), privacy.Becomes(nil), "closed_at").
			Ends(privacy.Of("account.id", "id"), privacy.Kept("pseudonym")).
			UntilErased("account-closed", "closed_at", 2*year).Object("account", "username"),
		privacy.New("account_grant", "id").Personal(accounts, "function", "account", "role", "body", "domain", "valid_from", "valid_to", "mandate", "ended").
			Personal(accounts, "deeds", "granted_by").
			Ends(privacy.Of("account", "granted_by"), privacy.Renamed(), "granted_by").
			Ends(mine, privacy.Deleted()),
		privacy.New("account_session").Personal(sessions, "credentials", "token_hash").
			Personal(sessions, "connection", "account", "created_at", "seen_at", "agent", "network", "acts_as").
			Personal(sessions, "credentials", "methods", "acr", "amr", "auth_at", "id_token").
			Ends(mine, privacy.Deleted()).Until("signed-in", "created_at", absolute),
		privacy.New("account_token").Personal(accounts, "credentials", "token_hash", "account", "label", "created_at", "expires_at", "scopes").
			Ends(mine, privacy.Deleted()).Until("token-expired", "expires_at", 0),
		privacy.New("account_ticket").Personal(tickets, "credentials", "ticket_hash", "kind", "account", "data", "created_at", "expires_at").
			Ends(mine, privacy.Deleted()).Until("token-expired", "expires_at", 0),
		privacy.New("account_totp").Personal(accounts, "credentials", "account", "secret", "confirmed", "last_step", "created_at").
			Ends(mine, privacy.Deleted()),
		privacy.New("account_recovery").Personal(accounts, "credentials", "code_hash", "account").
			Ends(mine, privacy.Deleted()),
		privacy.New("account_identity").Personal(accounts, "identity", "issuer", "subject", "account", "label", "linked_at", "used_at").
			Ends(mine, privacy.Deleted()),
		privacy.New("account_passkey").Personal(accounts, "credentials", "credential_id", "account", "name", "credential", "created_at", "used_at", "cloned_at").
			Ends(mine, privacy.Deleted()),
	}
}
