package main

import (
	"iter"
	"maps"
	"strconv"
)

// intro opens the report; its argument is the day.
const intro = `# Measurements

Written by ` + "`make bench`" + ` on %s; do not edit. The program is in bench/, the
filling of the database in test/load/.

`

// method says how it was measured: entries, years, rounds.
const method = `
How: both servers hold the same %s ledger entries and the 69 communes, on
SQLite, on this machine's loopback; Beffroi holds %d years of figures of six
datasets besides. PocketBase has a collection with equal fields, a relation to
the commune and indexes, list and view rules public, creation for accounts. Each
load is a fixed number of requests over 16 connections, then over one, after a
twentieth of it as warming up, uncompressed; every answer is checked for its
status and its content, and the first wrong one ends the measurement. Lists are
the newest 50 entries, without a total. Rates are answers per second of
processor time that the server's process used (/proc/PID/stat, user and system):
the machine may be busy with other things, which processor time hardly sees;
p95, p99 and clock times see them. Medians of %d rounds, the two servers in turn.
The raw SQL of a commune's sums adds up the parts of the entries themselves and
reads the commune's figures, through database/sql, without the program. The
search is asked 200 questions, rare, common and beginnings of words, one to
three at a time, over documents of a made-up language of 60,000 words whose
frequencies fall as those of a real one; each is asked five times and its best
time counts. Beffroi's answer has the total, the counts of kinds and communes and
the rights in it, the peer's the first 20 by rank (GIN index, configuration
"simple") and nothing else.
`

func keys(m map[string][]float64) iter.Seq[string] { return maps.Keys(m) }

// grouped writes 100000 as 100,000.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
