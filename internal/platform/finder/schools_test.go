package finder_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/object"
)

// sheet reads a file of the shared data, without its header.
func sheet(t testing.TB, name string) [][]string {
	t.Helper()
	root := os.Getenv("BEFFROI_SHARED")
	if root == "" {
		root = "../../../../shared"
	}
	f, err := os.Open(filepath.Join(root, "data/agenda", name))
	if err != nil {
		t.Skipf("the shared data are not here (BEFFROI_SHARED): %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// The published queries over the 924 schools of Hainaut: what they must find is
// found on both engines, and nothing else is.
func TestSchools(t *testing.T) {
	var docs []finder.Document
	ids := map[object.Ref]string{}
	for _, s := range sheet(t, "ecoles_hainaut.csv") {
		d := finder.Document{Ref: object.Ref{Kind: "place", Key: strconv.Itoa(len(docs))}, Kind: "place", Title: map[string]string{"fr": s[3]},
			Text: map[string]string{"fr": s[4] + ", " + s[5]}, Communes: []string{s[6]}, Audience: finder.Seen(auth.Rule{Public: true}, auth.Target{})}
		ids[d.Ref] = s[0] + "/" + s[1] + "/" + s[2][:1]
		docs = append(docs, d)
	}
	dbtest.Each(t, schemas(), func(t *testing.T, d *db.DB) {
		f := finder.New(d, nil, source(&docs))
		if err := f.Follow(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, c := range sheet(t, "search_cases.csv") {
			got, first := pages(t, f, finder.Question{Text: c[0], Day: today, Limit: 100})
			if strconv.Itoa(first.Total) != c[2] || strconv.Itoa(len(got)) != c[2] {
				t.Errorf("%q: %d schools, want %s", c[0], first.Total, c[2])
			}
			if c[3] == "" {
				continue
			}
			var list []string
			for _, r := range got {
				if id := ids[r]; !slices.Contains(list, id) {
					list = append(list, id)
				}
			}
			want := strings.Split(c[3], "|")
			slices.Sort(list)
			slices.Sort(want)
			if !slices.Equal(list, slices.Compact(want)) {
				t.Errorf("%q: %v\nwant %v", c[0], list, want)
			}
		}
	})
}
