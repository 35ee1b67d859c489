package packs

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// row is one line of a table, by column name.
type row map[string]string

// open returns the reference pack.
func open(t *testing.T) fs.FS {
	t.Helper()
	pack, err := Open("hainaut")
	if err != nil {
		t.Fatal(err)
	}
	return pack
}

// table reads a CSV file of the reference pack; encoding/csv refuses uneven lines.
func table(t *testing.T, name string) []row {
	t.Helper()
	f, err := open(t).Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return keyed(t, name, lines)
}

func keyed(t *testing.T, name string, lines [][]string) []row {
	t.Helper()
	if len(lines) < 2 {
		t.Fatalf("%s is empty", name)
	}
	var rows []row
	for _, line := range lines[1:] {
		r := row{}
		for i, column := range lines[0] {
			r[column] = line[i]
		}
		rows = append(rows, r)
	}
	return rows
}

// decode reads a TOML file of the reference pack.
func decode(t *testing.T, name string) map[string]any {
	t.Helper()
	data := map[string]any{}
	if _, err := toml.DecodeFS(open(t), name, &data); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return data
}

// entries returns the array of tables called name of a TOML file.
func entries(t *testing.T, file, name string) []map[string]any {
	t.Helper()
	list, ok := decode(t, file)[name].([]map[string]any)
	if !ok || len(list) == 0 {
		t.Fatalf("%s has no [[%s]]", file, name)
	}
	return list
}

// ids collects a column as a set and fails on an empty or repeated value.
func ids(t *testing.T, rows []row, column string) map[string]bool {
	t.Helper()
	set := map[string]bool{}
	for _, r := range rows {
		if r[column] == "" || set[r[column]] {
			t.Errorf("%s %q is empty or repeated", column, r[column])
		}
		set[r[column]] = true
	}
	return set
}

// within returns the rows whose column holds value.
func within(rows []row, column, value string) []row {
	var some []row
	for _, r := range rows {
		if r[column] == value {
			some = append(some, r)
		}
	}
	return some
}

// list splits a cell that holds several values.
func list(cell string) []string {
	return strings.FieldsFunc(cell, func(c rune) bool { return c == ';' })
}

func number(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Errorf("not a whole number: %q", text)
	}
	return n
}

func sum(t *testing.T, rows []row, column string) (total int64) {
	t.Helper()
	for _, r := range rows {
		total += number(t, r[column])
	}
	return total
}

func communes(t *testing.T) map[string]bool {
	t.Helper()
	return ids(t, within(table(t, "areas.csv"), "kind", "commune"), "code")
}

func fileNames(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(open(t), "*")
	if err != nil || len(names) == 0 {
		t.Fatal("no files", err)
	}
	return names
}

func TestOpenUnknown(t *testing.T) {
	for _, name := range []string{"", "brabant", "../packs", "hainaut/"} {
		if _, err := Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) = %v, want fs.ErrNotExist", name, err)
		}
	}
}

func TestNamesAreTheEmbeddedFolders(t *testing.T) {
	folders, err := fs.ReadDir(files, ".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range folders {
		got = append(got, f.Name())
	}
	if !slices.Equal(got, Names()) {
		t.Errorf("Names() = %v, folders %v", Names(), got)
	}
}

func TestFilesAreSmallTextWithoutBoundaries(t *testing.T) {
	const limit = 350 << 10
	total := 0
	for _, name := range fileNames(t) {
		if name == "files" { // documents of the demonstration, a folder of their own
			continue
		}
		data, err := fs.ReadFile(open(t), name)
		if err != nil {
			t.Fatal(err)
		}
		total += len(data)
		if ext := path.Ext(name); ext != ".csv" && ext != ".toml" {
			t.Errorf("%s: only csv and toml belong in a pack", name)
		}
		text := string(data)
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\r\uFEFF") || !strings.HasSuffix(text, "\n") {
			t.Errorf("%s: want UTF-8 with LF and a last newline", name)
		}
		for _, word := range []string{"coordinates", "MultiPolygon", "POLYGON", "geometry"} {
			if strings.Contains(text, word) {
				t.Errorf("%s holds %q: boundaries come by import", name, word)
			}
		}
	}
	if total > limit {
		t.Errorf("pack of %d bytes, limit %d", total, limit)
	}
}

func TestEveryTomlFileDecodes(t *testing.T) {
	for _, name := range fileNames(t) {
		if path.Ext(name) == ".toml" && len(decode(t, name)) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

func TestSourcesResolve(t *testing.T) {
	sources := ids(t, table(t, "sources.csv"), "id")
	used := map[string]bool{}
	check := func(where, cell string) {
		if len(list(cell)) == 0 {
			t.Errorf("%s: no source", where)
		}
		for _, id := range list(cell) {
			used[id] = true
			if !sources[id] {
				t.Errorf("%s: unknown source %q", where, id)
			}
		}
	}
	for _, name := range fileNames(t) {
		if path.Ext(name) != ".csv" || name == "phrases.csv" { // whose sources are laws and customs, in words
			continue
		}
		for _, r := range table(t, name) {
			if cell, has := r["source"]; has {
				check(name, cell)
			}
		}
	}
	for _, d := range entries(t, "datasets.toml", "dataset") {
		check("datasets.toml", d["source"].(string))
	}
	for id := range sources {
		if !used[id] {
			t.Errorf("source %q is never used", id)
		}
	}
}

func TestDatesAreCivilDaysInOrder(t *testing.T) {
	for _, name := range fileNames(t) {
		if path.Ext(name) != ".csv" {
			continue
		}
		for _, r := range table(t, name) {
			for _, column := range []string{"valid_from", "valid_to", "date"} {
				if _, err := time.Parse(time.DateOnly, r[column]); r[column] != "" && err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if from, to := r["valid_from"], r["valid_to"]; from != "" && to != "" && from > to {
				t.Errorf("%s: %s ends before it begins (%s, %s)", name, r["code"]+r["area"], from, to)
			}
		}
	}
}

// spelling is what marks a fictitious title, by language.
var spelling = map[string]string{"fr": "(donnée fictive)", "nl": "(fictief gegeven)", "en": "(fictitious data)"}

func TestFictitiousRowsSaySo(t *testing.T) {
	count := 0
	for _, r := range table(t, "ledger.csv") {
		fictitious := r["status"] == "fictitious"
		if fictitious {
			count++
		}
		for language, words := range spelling {
			if strings.HasSuffix(r["title_"+language], " "+words) != fictitious {
				t.Errorf("%s: title %q, status %s", r["ref"], r["title_"+language], r["status"])
			}
		}
	}
	if count < 350 {
		t.Errorf("%d fictitious entries, want about 400", count)
	}
	for _, name := range []string{"ledger.csv", "mission_figures.csv", "mandates.csv"} {
		for _, r := range table(t, name) {
			if r["status"] != "real" && r["status"] != "fictitious" {
				t.Errorf("%s: status %q", name, r["status"])
			}
			if (r["status"] == "fictitious") != (r["source"] == "fiction") {
				t.Errorf("%s: status %q with source %q", name, r["status"], r["source"])
			}
		}
	}
}

func TestNoPrivatePerson(t *testing.T) {
	for _, r := range table(t, "mandates.csv") {
		if r["status"] != "fictitious" || !strings.HasSuffix(r["holder"], "(fictif)") {
			t.Errorf("mandate %s: %q", r["ref"], r["holder"])
		}
	}
	for _, r := range table(t, "bodies.csv") {
		if r["email"] != "" {
			t.Errorf("body %s has an address", r["ref"])
		}
	}
	for _, u := range entries(t, "users.toml", "user") {
		if u["fictitious"] != true || !strings.HasSuffix(u["email"].(string), "@example.org") {
			t.Errorf("user %v is not plainly fictitious", u["username"])
		}
	}
}

func TestUsersCoverTheRoles(t *testing.T) {
	var roles []string
	for _, u := range entries(t, "users.toml", "user") {
		roles = append(roles, u["role"].(string))
		if _, has := u["password"]; has {
			t.Errorf("%v has a password", u["username"])
		}
	}
	slices.Sort(roles)
	if want := []string{"accountant", "admin", "agent", "analyst", "auditor", "registrar"}; !slices.Equal(roles, want) {
		t.Errorf("roles %v, want %v", roles, want)
	}
}
