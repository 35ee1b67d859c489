package main

import (
	"fmt"
	"slices"
	"strings"
)

// report gathers figures and prints them.
type report struct {
	*workbench
	date    string
	about   []string
	absent  []string
	figures map[string][]float64
}

func (r *report) add(name string, v float64) { r.figures[name] = append(r.figures[name], v) }

func (r *report) addSpent(name string, ours, peer spent) {
	r.add(name+" cpu Beffroi", milliseconds(ours.cpu))
	r.add(name+" cpu peer", milliseconds(peer.cpu))
	r.add(name+" wall Beffroi", milliseconds(ours.wall))
	r.add(name+" wall peer", milliseconds(peer.wall))
}

// median is the middle of the figures of a name; ok is false without any.
func (r *report) median(name string) (v float64, ok bool) {
	list := slices.Sorted(slices.Values(r.figures[name]))
	if len(list) == 0 {
		return 0, false
	}
	m := len(list) / 2
	if len(list)%2 == 1 {
		return list[m], true
	}
	return (list[m-1] + list[m]) / 2, true
}

// goal is one line of a table: two figures, or one against a limit.
type goal struct {
	what       string
	ours, peer string // names of figures; peer "" compares ours with the limit itself
	unit       string
	must, aim  float64 // of ours ÷ peer, or of ours; 0: nothing is asked
	atLeast    bool    // must is a floor, otherwise a ceiling
}

// met tells whether v keeps to a limit.
func (g goal) met(v, limit float64) bool {
	if g.atLeast {
		return v >= limit
	}
	return v <= limit
}

func (g goal) limit(v float64, unit string) string {
	sign := "≤"
	if g.atLeast {
		sign = "≥"
	}
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf("%s %s%s", sign, number(v), unit)
}

// verdict says in a word how v stands to what is asked.
func (g goal) verdict(v float64) string {
	switch {
	case g.must == 0:
		return "–"
	case !g.met(v, g.must):
		return "**MISSED**"
	case g.aim != 0 && g.met(v, g.aim):
		return "met, aim too"
	}
	return "met"
}

// number has three significant digits at least, and no more than help.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}

// compared are the goals against a peer; limits those with a figure of their own.
func compared() []goal {
	goals := []goal{
		{what: "one entry, JSON", ours: rate(record, many, "Beffroi"), peer: rate(record, many, "PocketBase"), unit: " /CPU-s", must: 2, aim: 4, atLeast: true},
		{what: "list of 50, JSON", ours: rate(list, many, "Beffroi"), peer: rate(list, many, "PocketBase"), unit: " /CPU-s", must: 3, aim: 7, atLeast: true},
		{what: "list of 50, HTML, signed in ÷ the peer’s list in JSON", ours: rate(html, many, "Beffroi"), peer: rate(list, many, "PocketBase"), unit: " /CPU-s", must: 2, aim: 4, atLeast: true},
		{what: "create, with audit and history", ours: rate(create, many, "Beffroi"), peer: rate(create, many, "PocketBase"), unit: " /CPU-s", must: 1, aim: 1.7, atLeast: true},
		{what: "resident memory after the loads", ours: "memory Beffroi", peer: "memory PocketBase", unit: " MiB", must: 0.7, aim: 0.4},
		{what: "highest resident memory", ours: "peak Beffroi", peer: "peak PocketBase", unit: " MiB"},
		{what: "start to the first list of 50", ours: "start Beffroi", peer: "start PocketBase", unit: " ms"},
		{what: "binary, stripped", ours: "binary Beffroi", peer: "binary PocketBase", unit: " MB"},
	}
	for _, x := range []struct{ name, what, peer string }{{record, "one entry, JSON", record}, {list, "list of 50, JSON", list}, {html, "list of 50, HTML ÷ JSON", list}, {create, "create", create}} {
		goals = append(goals, goal{what: "p99 at 16 connections: " + x.what, ours: "p99" + rate(x.name, many, "Beffroi")[4:], peer: "p99" + rate(x.peer, many, "PocketBase")[4:], unit: " ms", must: 1, aim: 0.5})
	}
	for _, x := range []struct{ name, what, peer string }{{record, "one entry, JSON", record}, {list, "list of 50, JSON", list}, {html, "list of 50, HTML ÷ JSON", list}, {create, "create", create}} {
		goals = append(goals, goal{what: "one connection: " + x.what, ours: rate(x.name, 1, "Beffroi"), peer: rate(x.peer, 1, "PocketBase"), unit: " /CPU-s"})
	}
	return append(append(goals, searchGoals()...),
		goal{what: "import of 19,248 figures with all checks ÷ `sqlite3 .import`, processor", ours: "import cpu Beffroi", peer: "import cpu peer", unit: " ms", must: 3},
		goal{what: "the same, clock", ours: "import wall Beffroi", peer: "import wall peer", unit: " ms"},
		goal{what: "the same import in a running server ÷ `sqlite3 .import`, processor", ours: "import verb", peer: "import cpu peer", unit: " ms"},
		goal{what: "12,313 vertices from Lambert 72 to WGS 84 ÷ `ogr2ogr`, clock", ours: "reproject wall Beffroi", peer: "reproject wall peer", unit: " ms", must: 2},
		goal{what: "the same, processor", ours: "reproject cpu Beffroi", peer: "reproject cpu peer", unit: " ms"},
		goal{what: "page of a commune ÷ the raw SQL of its sums, processor", ours: "page", peer: "sums", unit: " ms", must: 3},
	)
}

func rate(load string, connections int, side string) string {
	return fmt.Sprintf("rate %s %d %s", load, connections, side)
}

func limits() []goal {
	return []goal{
		{what: "pages of a commune per second of processor, 16 connections", ours: rate(commune, many, "Beffroi"), must: 300, atLeast: true},
		{what: "pages of a commune per second of processor, one connection", ours: rate(commune, 1, "Beffroi"), must: 300, atLeast: true},
		{what: "page of a commune, p95, one connection", ours: "p95" + rate(commune, 1, "Beffroi")[4:], unit: " ms", must: 25},
		{what: "page of a commune, p95, 16 connections", ours: "p95" + rate(commune, many, "Beffroi")[4:], unit: " ms"},
		{what: "start over the filled database, to the first list of 50", ours: "start Beffroi", unit: " ms", must: 300, aim: 100},
		{what: "processor used by then", ours: "startcpu Beffroi", unit: " ms"},
		{what: "binary, stripped", ours: "binary Beffroi", unit: " MB", must: 40, aim: 30},
		{what: "sheet reader, 19,248 rows of CSV, processor", ours: "sheet", unit: " ms"},
		{what: "`make test`, clock", ours: "suite", unit: " min", must: 8},
	}
}

// derive computes the figures that come from others.
func (r *report) derive() {
	if v, ok := r.median(rate(commune, 1, "Beffroi")); ok {
		r.figures["page"] = []float64{1000 / v}
	}
}

func (r *report) markdown() string {
	r.derive()
	var b strings.Builder
	fmt.Fprintf(&b, intro, r.date)
	for _, line := range r.about {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	fmt.Fprintf(&b, method, grouped(r.entries), r.years, r.rounds)
	b.WriteString("\n## Against peers\n\n| | Beffroi | peer | ratio | must | aim | |\n|---|--:|--:|--:|--:|--:|---|\n")
	for _, g := range compared() {
		ours, ok := r.median(g.ours)
		peer, ok2 := r.median(g.peer)
		if ok && ok2 {
			v := ours / peer
			fmt.Fprintf(&b, "| %s | %s%s | %s%s | %s× | %s | %s | %s |\n", g.what, number(ours), g.unit, number(peer), g.unit, number(v), g.limit(g.must, "×"), g.limit(g.aim, "×"), g.verdict(v))
		}
	}
	b.WriteString("\n## Against limits of its own\n\n| | Beffroi | must | aim | |\n|---|--:|--:|--:|---|\n")
	for _, g := range limits() {
		if v, ok := r.median(g.ours); ok {
			fmt.Fprintf(&b, "| %s | %s%s | %s | %s | %s |\n", g.what, number(v), g.unit, g.limit(g.must, g.unit), g.limit(g.aim, g.unit), g.verdict(v))
		}
	}
	for _, a := range r.absent {
		fmt.Fprintf(&b, "\nNot measured: %s.\n", a)
	}
	b.WriteString("\n## Every round\n\n```\n")
	for _, name := range slices.Sorted(keys(r.figures)) {
		fmt.Fprintf(&b, "%-32s", name)
		for _, v := range r.figures[name] {
			fmt.Fprintf(&b, " %9s", number(v))
		}
		b.WriteByte('\n')
	}
	b.WriteString("```\n")
	return b.String()
}
