// Package pg gives tests a real PostgreSQL server.
//
// A test asks for a fresh, empty database and gets its address:
//
//	func TestMain(m *testing.M) { pg.Main(m) }
//
//	func TestStore(t *testing.T) {
//		pool := open(t, pg.Shared(t))
//		…
//	}
//
// The server is started on first use, once per test binary, from the
// binaries installed on the machine. `make test` starts a single one for all
// packages (see test/setup) and names it in BEFFROI_TEST_PG.
//
// The server trades every guarantee of durability for speed (no fsync, no
// full-page writes, no synchronous commit): right for tests, and for nothing
// else. Isolation and locking are those of any PostgreSQL.
package pg
