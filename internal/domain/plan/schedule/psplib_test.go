package schedule

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The 120 projects of the set j30 with the lengths that the library publishes.
func TestPublishedLengths(t *testing.T) {
	files, err := filepath.Glob("../../../../../shared/data/plan/psplib-j30/*.sm")
	if err != nil || len(files) == 0 {
		t.Skip("the shared data are not here")
	}
	if len(files) != 120 {
		t.Errorf("%d files", len(files))
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ReadPSPLIB(f)
		_ = f.Close()
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
			continue
		}
		if r := plan(t, p.Nodes, p.Arcs); r.Length != p.Published || p.Published == 0 || len(p.Nodes) != 32 {
			t.Errorf("%s: %d, published %d", filepath.Base(name), r.Length, p.Published)
		}
	}
}

const small = `jobs (incl. supersource/sink ):  3
PROJECT INFORMATION:
pronr.  #jobs rel.date duedate tardcost  MPM-Time
    1      1      0       61        1       4
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          1           2
   2        1          1           3
   3        1          0
REQUESTS/DURATIONS:
jobnr. mode duration  R 1
  1      1     0       0
  2      1     4       0
  3      1     0       0
`

func TestReadPSPLIB(t *testing.T) {
	p, err := ReadPSPLIB(strings.NewReader(small))
	if err != nil || p.Published != 4 || len(p.Arcs) != 2 || p.Nodes[1].Duration != 4 {
		t.Fatalf("%+v %v", p, err)
	}
	for _, c := range []struct {
		old, new string
		line     int
	}{
		{":  3\n", ":  0\n", 1}, {":  3\n", ":  4\n", 14}, {":  3\n", ":  9999999999\n", 1}, {"2        1          1           3", "2        1          1           9", 8},
		{"2        1          1           3", "2        1          2           3", 8}, {"2        1          1           3", "5        1          1           3", 8},
		{"  2      1     4       0", "  2      2     4       0", 13}, {"  2      1     4       0", "  2      1     -4       0", 13}, {"  2      1     4       0\n", "", 13},
		{"  2      1     4       0", "  2      1     many       0", 13}, {"   3        1          0\n", "", 13},
	} {
		_, err := ReadPSPLIB(strings.NewReader(strings.Replace(small, c.old, c.new, 1)))
		if e, ok := errors.AsType[*FormatError](err); !ok || e.Line != c.line {
			t.Errorf("%q for %q: %v, want a refusal of line %d", c.new, c.old, err, c.line)
		}
	}
	if _, err := ReadPSPLIB(strings.NewReader("")); err == nil {
		t.Error("an empty file is a project")
	}
}

func FuzzReadPSPLIB(f *testing.F) {
	f.Add(small)
	f.Add("jobs:1\njobnr. successors\n 1 1 1 1\njobnr. mode\n 1 1 5\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadPSPLIB(strings.NewReader(text))
		if err != nil {
			return
		}
		if r, err := Plan(p.Nodes, p.Arcs); err == nil && r.Length < 0 {
			t.Fatal("a project of negative length")
		}
	})
}
