package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rooms are the rooms of the house from the cellar up: a room imports earlier
// ones only. Packages below a room belong to it.
var rooms = []string{
	"internal/platform/fault", "internal/platform/object", "internal/platform/calendar", "internal/platform/clock", "internal/platform/money",
	"internal/platform/search", "internal/platform/privacy", "internal/platform/db", "internal/platform/setting", "internal/platform/audit", "internal/platform/vault",
	"internal/platform/auth", "internal/platform/jobs", "internal/platform/secret", "internal/platform/personal", "internal/platform/finder", "internal/platform/webhook", "internal/platform/news", "internal/platform/feed", "internal/platform/ical", "internal/platform/sheet", "internal/platform/geo", "internal/platform/svg", "internal/platform/pdf", "internal/platform/i18n", "internal/platform/mail", "internal/platform/notice",
	"internal/platform/ui", "internal/platform/web", "internal/platform/files", "internal/platform/intake",
	"packs",
	"internal/ground/territory", "internal/ground/series", "internal/ground/party", "internal/ground/mission", "internal/ground/project",
	"internal/ground/key", "internal/ground/ledger",
	"internal/domain/plan",
	"internal/site",
	"internal/app",
	"cmd/beffroi",
}

// workshop is what stands beside the house: it builds and tests it. The house
// does not know it, but for what opens databases for tests.
var workshop = []string{"build", "test", "bench", "internal/platform/db/dbtest"}

// owners are the packages that may import a module; nobody else does. The
// longest path that fits decides. "*" is everybody, "room_test" the tests of a
// room.
var owners = map[string][]string{
	"modernc.org/sqlite":              {"internal/platform/db", "test"},
	"github.com/jackc/pgx/v5":         {"internal/platform/db", "test", "internal/app_test"}, // whose tests copy databases
	"filippo.io/age":                  {"internal/platform/vault", "internal/app_test"},      // whose tests make keys
	"github.com/xuri/excelize/v2":     {"internal/platform/sheet"},
	"github.com/paulmach/orb":         {"internal/platform/geo", "internal/ground/territory"}, // territory keeps shapes
	"github.com/paulmach/orb/geojson": {},                                                     // drags in a MongoDB encoder; geo reads GeoJSON itself
	"github.com/wneessen/go-mail":     {"internal/platform/mail"},
	"golang.org/x/crypto":             {"internal/platform/auth"},
	"golang.org/x/mod":                {"internal/platform/audit"},
	"golang.org/x/text":               {"internal/platform/i18n", "internal/platform/search", "internal/platform/sheet"},
	"github.com/coreos/go-oidc/v3":    {"internal/platform/auth"},
	"golang.org/x/oauth2":             {"internal/platform/auth"},
	"github.com/go-webauthn/webauthn": {"internal/platform/auth"},
	"rsc.io/qr":                       {"internal/platform/svg"},
	"github.com/minio/minio-go/v7":    {"internal/platform/files"},
	"github.com/evanw/esbuild":        {"build"},
	"github.com/chromedp":             {"internal/platform/pdf", "internal/platform/ui_test", "test"},
	"github.com/a-h/templ":            {"*"}, // generated code imports it in every room with pages
	"github.com/BurntSushi/toml":      {"*"}, // each room reads its own file of the pack
}

// testOnly are modules that only tests and the workshop import.
var testOnly = []string{"pgregory.net/rapid", "github.com/google/go-cmp", "golang.org/x/net", "github.com/emersion", "github.com/anishathalye/porcupine", "github.com/zitadel/oidc/v3"}

// vague are names that say nothing about what is inside.
var vague = []string{"util", "utils", "common", "helper", "helpers", "base", "model", "models", "types", "manager", "misc", "shared"}

// parcel is a package as go list tells it.
type parcel struct {
	ImportPath, Name                   string
	Imports, TestImports, XTestImports []string
}

const modulePrefix = "beffroi/"

// room is the place of a package in rooms, -1 when it is in none; the deepest fits.
func room(path string) int {
	best := -1
	for i, r := range rooms {
		if within(path, r) && (best < 0 || len(r) > len(rooms[best])) {
			best = i
		}
	}
	return best
}

// domain is the domain that a package belongs to, "" for none.
func domain(path string) string {
	rest, ok := strings.CutPrefix(path, "internal/domain/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func withinAny(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return f == "*" || within(path, f) })
}

// ownersOf are the packages that may import a third-party path.
func ownersOf(path string) (list []string, known bool) {
	longest := ""
	for prefix := range owners {
		if within(path, prefix) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	return owners[longest], longest != ""
}

// importFault tells what is wrong with one import, "" when it is right.
func importFault(from, to string, inTest bool) string {
	own, ours := strings.CutPrefix(to, modulePrefix)
	switch {
	case ours && withinAny(from, workshop), ours && inTest && withinAny(own, workshop):
		return ""
	case ours && withinAny(own, workshop):
		return "the workshop, which only tests may"
	case ours && domain(own) != "" && domain(from) != "" && domain(own) != domain(from):
		return "another domain"
	case ours && room(own) < 0:
		return "a package that is in no room"
	case ours && room(own) > room(from):
		return "a room above it"
	case ours || !strings.Contains(strings.Split(to, "/")[0], "."): // ours below, or the standard library
		return ""
	case withinAny(to, testOnly) && (inTest || withinAny(from, workshop)):
		return ""
	}
	allowed, known := ownersOf(to)
	switch {
	case !known:
		return "a module that no line of owners allows"
	case inTest && slices.Contains(allowed, from+"_test"):
		return ""
	case !withinAny(from, allowed):
		return fmt.Sprintf("a module of %v", allowed)
	}
	return ""
}

// architecture lists every breach of the rules above.
func architecture(packages []parcel) (problems []string) {
	for _, p := range packages {
		from := strings.TrimPrefix(p.ImportPath, modulePrefix)
		if room(from) < 0 && !withinAny(from, workshop) {
			problems = append(problems, from+" is in no room")
		}
		if slices.Contains(vague, p.Name) {
			problems = append(problems, from+" has a name that says nothing")
		}
		for i, list := range [][]string{p.Imports, p.TestImports, p.XTestImports} {
			for _, to := range list {
				if fault := importFault(from, to, i > 0); fault != "" {
					problems = append(problems, fmt.Sprintf("%s imports %s, %s", from, to, fault))
				}
			}
		}
	}
	return problems
}

func packages(t *testing.T) (list []parcel) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Name,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p parcel
		if err := d.Decode(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func TestImports(t *testing.T) {
	list := packages(t)
	if len(list) < len(rooms) {
		t.Fatalf("go list found %d packages only", len(list))
	}
	for _, problem := range architecture(list) {
		t.Error(problem)
	}
}

// The checker itself: each breach is found, what is allowed is not.
func TestImportsNegative(t *testing.T) {
	for _, c := range []struct {
		from, to string
		inTest   bool
		breach   bool
	}{
		{"internal/platform/web", modulePrefix + "internal/platform/auth", false, false},
		{"internal/platform/auth", modulePrefix + "internal/platform/web", false, true},
		{"internal/platform/db", modulePrefix + "internal/ground/ledger", false, true},
		{"internal/platform/ui", modulePrefix + "internal/site", false, true},
		{"internal/ground/ledger", modulePrefix + "internal/ground/key", false, false},
		{"internal/ground/key", modulePrefix + "internal/ground/ledger", false, true},
		{"internal/ground/party", modulePrefix + "internal/ground/party/register", false, false},
		{"internal/ground/party", modulePrefix + "internal/ground/mission", false, true},
		{"internal/ground/party", modulePrefix + "internal/site/staff", false, true},
		{"internal/site", modulePrefix + "internal/ground/ledger", false, false},
		{"internal/site", modulePrefix + "internal/app", false, true},
		{"internal/app", modulePrefix + "internal/site/staff", false, false},
		{"internal/app", modulePrefix + "cmd/beffroi", false, true},
		{"internal/ground/key", modulePrefix + "test/pg", true, false},
		{"internal/ground/key", modulePrefix + "test/pg", false, true},
		{"internal/ground/key", modulePrefix + "internal/platform/db/dbtest", false, true},
		{"internal/ground/key", modulePrefix + "internal/domain/plan", false, true},
		{"internal/domain/plan", modulePrefix + "internal/ground/key", false, false},
		{"internal/domain/plan/outline", modulePrefix + "internal/domain/plan/rollup", false, false},
		{"internal/domain/plan", modulePrefix + "internal/domain/agenda", false, true}, // never another domain
		{"internal/platform/db", "modernc.org/sqlite", false, false},
		{"internal/app", "github.com/jackc/pgx/v5", true, false},
		{"internal/app", "github.com/jackc/pgx/v5", false, true},
		{"internal/ground/key", "modernc.org/sqlite", true, true},
		{"internal/platform/geo", "github.com/paulmach/orb", false, false},
		{"internal/platform/geo", "github.com/paulmach/orb/geojson", false, true},
		{"internal/platform/svg", "github.com/paulmach/orb", false, true},
		{"internal/platform/ui", "github.com/chromedp/chromedp", true, false},
		{"internal/platform/ui", "github.com/chromedp/chromedp", false, true},
		{"internal/platform/pdf", "github.com/chromedp/cdproto/fetch", false, false},
		{"internal/platform/web", "github.com/chromedp/chromedp", false, true},
		{"internal/platform/svg", "github.com/chromedp/chromedp", true, true},
		{"test/browser/probe", "github.com/chromedp/chromedp", false, false},
		{"internal/platform/money", "pgregory.net/rapid", false, true},
		{"internal/platform/money", "math/big", false, false},
		{"internal/platform/money", "example.org/decimal", false, true},
	} {
		if fault := importFault(c.from, c.to, c.inTest); (fault != "") != c.breach {
			t.Errorf("%s imports %s (test: %t): %q", c.from, c.to, c.inTest, fault)
		}
	}
	if got := importFault("internal/domain/plan", modulePrefix+"internal/domain/agenda", false); got != "another domain" {
		t.Errorf("one domain in another: %q", got)
	}
	bad := []parcel{{ImportPath: modulePrefix + "internal/platform/helpers", Name: "helpers"}}
	if got := architecture(bad); len(got) != 2 {
		t.Errorf("a vague package in no room: %v", got)
	}
}
