package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"beffroi/internal/platform/fault"
)

// The outages that somebody can do something about. They pass: the same request
// succeeds once they are over, without a restart.
// i18n: fault.db.diskfull, fault.db.readonly, fault.db.disk, fault.db.busy, fault.db.gone, fault.db.unsure
const (
	full     = "db.diskfull"
	readonly = "db.readonly"
	disk     = "db.disk"   // the disk answers with errors
	busy     = "db.busy"   // others were not done in time
	gone     = "db.gone"   // the server cannot be reached
	unsure   = "db.unsure" // it went away while it was to commit
)

// sqliteOutages are SQLite's primary result codes (the lower eight bits).
var sqliteOutages = map[int]string{13: full, 8: readonly, 10: disk, 14: disk, 5: busy, 6: busy}

// postgresOutages are SQLSTATEs, or the class of two characters: out of disk, a
// standby, too slow; connection lost, too many, shutting down or starting up.
var postgresOutages = map[string]string{"53100": full, "25006": readonly, "57014": busy, "08": gone, "53": gone, "57": gone}

// outage gives the code of an outage, "" for any other error, such as that who
// asked has gone.
func outage(err error) string {
	if errors.Is(err, context.Canceled) {
		return ""
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteOutages[e.Code()&0xff]
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		if code := postgresOutages[e.Code]; code != "" {
			return code
		}
		return postgresOutages[e.Code[:min(2, len(e.Code))]]
	}
	if lostConnection(err) {
		return gone
	}
	return ""
}

// lostConnection tells of errors of the network, not of the server.
func lostConnection(err error) bool {
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[*net.OpError](err)
	for _, end := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		network = network || errors.Is(err, end)
	}
	return connecting || network || strings.Contains(err.Error(), "conn closed") // pgx keeps that error to itself
}

// unavailable makes an outage a refusal with a remedy.
func unavailable(code string, err error) error {
	return &fault.Error{Kind: fault.Unavailable, Code: code, Err: err}
}

// committing translates what COMMIT answered. When the server went away on the
// way nobody knows whether it is committed: who repeats the deed must look first.
func committing(err error) error {
	if err != nil && outage(err) == gone {
		return unavailable(unsure, err)
	}
	return translate(err)
}
