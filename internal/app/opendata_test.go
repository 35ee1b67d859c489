package app_test

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"beffroi/internal/app"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/web"
)

// Every public list that gives itself as a file has a name on the open data
// page, in every language, and nothing has a name that is no list.
func TestOpenDataNames(t *testing.T) {
	c := app.Config{DB: "sqlite:" + t.TempDir() + "/house.db", Data: t.TempDir(), Pack: "hainaut", Log: "off"}
	h, err := app.Open(t.Context(), c, clock.Fixed(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	want := map[string]string{}
	for _, r := range h.Routes.List() {
		lists := slices.ContainsFunc(r.Params, func(p web.Param) bool { return p.Name == "format" && slices.Contains(p.Enum, "csv") })
		if r.Kind == web.PageRoute && r.Rule.Public && lists && !strings.Contains(r.Pattern, "{") {
			want["statement.list."+strings.ReplaceAll(strings.Trim(r.Pattern, "/"), "/", ".")] = r.Pattern
		}
	}
	if len(want) < 5 {
		t.Fatalf("only %d lists: %v", len(want), want)
	}
	for key, pattern := range want {
		if !h.Bundle.Printer("fr").Has(key) {
			t.Errorf("the open data page shows %s by its English summary: give it a text %s", pattern, key)
		}
	}
	for _, key := range h.Bundle.Keys() {
		if strings.HasPrefix(key, "statement.list.") && want[key] == "" {
			t.Errorf("%s names no list", key)
		}
	}
}
