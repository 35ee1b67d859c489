package auth

import (
	"strings"
	"time"

	"beffroi/internal/platform/db"
)

type session struct {
	hash, agent, network string
	account              int64
	created, seen        time.Time
	proof                Proof
}

// refLength is how much of the hash of a session's or token's secret names it on
// pages: enough to be the only one, and useless to whoever wants in.
const refLength = 16

func refOf(hash string) string { return hash[:min(refLength, len(hash))] }

func insertSession(tx *db.Tx, x session) error {
	var at any
	if !x.proof.At.IsZero() {
		at = db.At(x.proof.At)
	}
	_, err := tx.Exec(`INSERT INTO account_session (token_hash, account, created_at, seen_at, agent, network, methods, acr, amr, auth_at, id_token)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, x.hash, x.account, db.At(x.created), db.At(x.seen), x.agent, x.network,
		strings.Join(x.proof.Methods, " "), x.proof.ACR, strings.Join(x.proof.AMR, " "), at, x.proof.IDToken)
	return err
}

func touchSession(tx *db.Tx, hash string) error {
	_, err := tx.Exec("UPDATE account_session SET seen_at = $1 WHERE token_hash = $2", db.At(tx.Now()), hash)
	return err
}

func sessionsOf(tx *db.Tx, account int64) ([]Session, error) {
	return db.All(tx, func(s db.Scanner) (x Session, err error) {
		var created, seen db.Time
		var methods string
		err = s.Scan(&x.Ref, &x.Agent, &x.Network, &created, &seen, &methods)
		x.Created, x.Seen, x.Methods = created.Time, seen.Time, strings.Fields(methods)
		return x, err
	}, `SELECT substr(token_hash, 1, 16), agent, network, created_at, seen_at, methods FROM account_session
		WHERE account = $1 AND created_at >= $2 AND seen_at >= $3 ORDER BY seen_at DESC, token_hash`, account, db.At(tx.Now().Add(-absolute)), db.At(tx.Now().Add(-idle)))
}

func deleteSession(tx *db.Tx, hash string) (idToken string, err error) {
	idToken, _, err = db.One(tx, db.Value[string], "DELETE FROM account_session WHERE token_hash = $1 RETURNING id_token", hash)
	return idToken, err
}

func deleteSessionRef(tx *db.Tx, account int64, ref string) (int64, error) {
	return tx.Exec("DELETE FROM account_session WHERE account = $1 AND substr(token_hash, 1, 16) = $2", account, ref)
}

func deleteOtherSessions(tx *db.Tx, account int64, hash string) error {
	_, err := tx.Exec("DELETE FROM account_session WHERE account = $1 AND token_hash <> $2", account, hash)
	return err
}

func deleteOldSessions(tx *db.Tx) error {
	_, err := tx.Exec("DELETE FROM account_session WHERE created_at < $1", db.At(tx.Now().Add(-absolute)))
	return err
}

// endAll ends every session and token of an account.
func endAll(tx *db.Tx, account int64) error {
	for _, table := range []string{"account_session", "account_token"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE account = $1", account); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes what opens nothing any more.
func sweep(tx *db.Tx) error {
	if _, err := tx.Exec("DELETE FROM account_session WHERE created_at < $1 OR seen_at < $2",
		db.At(tx.Now().Add(-absolute)), db.At(tx.Now().Add(-idle))); err != nil {
		return err
	}
	for _, table := range []string{"account_token", "account_ticket"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE expires_at <= $1", db.At(tx.Now())); err != nil {
			return err
		}
	}
	return nil
}

func insertToken(tx *db.Tx, account int64, hash string, t Token) error {
	_, err := tx.Exec("INSERT INTO account_token (token_hash, account, label, created_at, expires_at, scopes) VALUES ($1, $2, $3, $4, $5, $6)",
		hash, account, t.Label, db.At(tx.Now()), db.At(t.Expires), scopeTexts(t.Scopes))
	return err
}

func tokensOf(tx *db.Tx, username string) ([]Token, error) {
	return db.All(tx, func(s db.Scanner) (t Token, err error) {
		var created, expires db.Time
		var scopes string
		if err := s.Scan(&t.Ref, &t.Label, &scopes, &created, &expires); err != nil {
			return t, err
		}
		t.Created, t.Expires = created.Time, expires.Time
		t.Scopes, err = ParseScopes(scopes)
		return t, err
	}, `SELECT substr(t.token_hash, 1, 16), t.label, t.scopes, t.created_at, t.expires_at FROM account_token t JOIN account a ON a.id = t.account
		WHERE a.username = $1 AND t.expires_at > $2 ORDER BY t.created_at DESC, t.token_hash`, username, db.At(tx.Now()))
}

func deleteToken(tx *db.Tx, account int64, ref string) (int64, error) {
	return tx.Exec("DELETE FROM account_token WHERE account = $1 AND substr(token_hash, 1, 16) = $2", account, ref)
}

// actorRow is a session or a token with its account and one of its grants; the
// rows of one actor come together, in one statement.
type actorRow struct {
	account        Account
	created, until time.Time // until: when a token expires, when a session was last seen
	proven         time.Time // when the holder of a session showed who she is
	holder         int64     // of the session: another than account while an administrator looks
	by             string    // her name then, "" otherwise
	scopes         string    // of a token
	grant          Grant
	hasGrant       bool
}

func scanActor(s db.Scanner) (r actorRow, err error) {
	var created, until, proven db.Time
	var role, body, domain db.Null
	err = s.Scan(&r.account.ID, &r.account.Username, &r.account.Name, &r.account.Language, &created, &until, &proven, &r.holder, &r.by, &r.scopes,
		&role, &body, &domain, &r.grant.Period.From, &r.grant.Period.To)
	r.created, r.until, r.proven, r.hasGrant = created.Time, until.Time, proven.Time, role != ""
	r.grant.Role, r.grant.Body, r.grant.Domain = Role(role), string(body), string(domain)
	return r, err
}

// The one statement behind each request of somebody known.
const (
	actorGrants  = "g.role, g.body, g.domain, g.valid_from, g.valid_to"
	actorJoin    = " LEFT JOIN account_grant g ON g.account = a.id WHERE s.token_hash = $1 ORDER BY g.id"
	sessionActor = "SELECT a.id, a.username, a.name, a.language, s.created_at, s.seen_at, coalesce(s.auth_at, s.created_at), h.id, CASE WHEN s.acts_as IS NULL THEN '' ELSE h.username END, '', " + actorGrants +
		" FROM account_session s JOIN account h ON h.id = s.account JOIN account a ON a.id = coalesce(s.acts_as, s.account) AND a.active" + actorJoin
	tokenActor = "SELECT a.id, a.username, a.name, a.language, s.created_at, s.expires_at, s.created_at, a.id, '', s.scopes, " + actorGrants +
		" FROM account_token s JOIN account a ON a.id = s.account AND a.active" + actorJoin
)

// renameSession gives a session another token and other eyes.
func renameSession(tx *db.Tx, hash, fresh string, eyes int64) (int64, error) {
	return tx.Exec("UPDATE account_session SET token_hash = $1, acts_as = $2, seen_at = $3 WHERE token_hash = $4", fresh, nobody(eyes), db.At(tx.Now()), hash)
}
