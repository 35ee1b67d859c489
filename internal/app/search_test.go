package app_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/object"
	"beffroi/internal/site"
)

// find asks the API.
func (w *world) find(t testing.TB, role auth.Role, q string, more ...string) (r site.Results) {
	t.Helper()
	address := "/api/v1/search?" + strings.Join(append(more, "q="+url.QueryEscape(q)), "&")
	rec := w.ask(t, role, http.MethodGet, address, "")
	if rec.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", address, rec.Code, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// Whatever a newcomer knows of a commune leads to it first.
func TestSearchFindsTodaysCommune(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.read(t)
		for typed, want := range map[string]string{
			"mons": "/communes/53053", "MONS": "/communes/53053", "bergen": "/communes/53053", "7000": "/communes/53053", "53053": "/communes/53053",
			"doornik": "/communes/57081", "tournai": "/communes/57081", "st ghislain": "/communes/53070", "Saint-Ghislain": "/communes/53070",
			"la louviere": "/communes/58001", "’s-Gravenbrakel": "/communes/55004", "fontaine l'eveque": "/communes/52022",
			"Jemappes": "/areas/former_commune/53043",
		} {
			if r := w.find(t, "", typed); len(r.Items) == 0 || r.Items[0].Href != want {
				t.Errorf("%q leads to %+v, want %s first", typed, r.Items[:min(1, len(r.Items))], want)
			}
		}
		if r := w.find(t, "", "saint-gislain"); r.Total != 0 || r.Instead != "saint-ghislain" {
			t.Errorf("a typing error is answered by %+v", r)
		}
		if r := w.find(t, "", "ocmw mons"); len(r.Items) == 0 || r.Items[0].Title != "CPAS de Mons" {
			t.Errorf("an abbreviation in another language: %+v", r.Items)
		}
	})
}

// Each finds what they may see, and may open what they find.
func TestSearchKeepsRights(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.read(t)
		for _, role := range append([]auth.Role{""}, auth.Roles()...) {
			types := map[string]int{}
			for _, q := range []string{"demo", "postal", "mons", "projets"} {
				r := w.find(t, role, q, "limit=100")
				for _, hit := range r.Items {
					types[hit.Type]++
				}
				for _, hit := range r.Items[:min(6, len(r.Items))] {
					if rec := w.ask(t, role, http.MethodGet, hit.Href, ""); rec.Code != http.StatusOK {
						t.Errorf("%q finds %s, which answers %d", role, hit.Href, rec.Code)
					}
				}
			}
			if accounts := role == auth.Admin || role == auth.Auditor; (types["account"] > 0) != accounts {
				t.Errorf("%q finds %d accounts", role, types["account"])
			}
			if (types["import"] > 0) != (role != "") {
				t.Errorf("%q finds %d imports", role, types["import"])
			}
			if types["body"] == 0 || types["commune"] == 0 {
				t.Errorf("%q finds %v only", role, types)
			}
		}
		for _, page := range []string{"/search?q=demo-admin", "/search?q=demo-admni", "/search?q=demo&format=csv"} {
			if body := w.get(t, page).Body.String(); strings.Contains(strings.ReplaceAll(body, page[len("/search?q="):], ""), "demo-admin") {
				t.Errorf("%s tells the public of an account", page)
			}
		}
	})
}

// Pages, filters and files hold the same hits.
func TestSearchPages(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.read(t)
		whole := w.find(t, "", "communale", "limit=100")
		if whole.Total < 30 {
			t.Fatalf("%d hits: too few for pages", whole.Total)
		}
		var hrefs []string
		for r, pages := w.find(t, "", "communale", "limit=20"), 0; pages < 9; pages++ {
			for _, hit := range r.Items {
				hrefs = append(hrefs, hit.Href)
			}
			if r.Next == "" {
				break
			}
			r = w.find(t, "", "communale", "limit=20", "cursor="+r.Next)
		}
		for i, hit := range whole.Items {
			if i >= len(hrefs) || hrefs[i] != hit.Href {
				t.Fatalf("hit %d is another when read page by page", i)
			}
		}
		if slices.Sort(hrefs); len(slices.Compact(hrefs)) != whole.Total {
			t.Errorf("%d different hits of %d", len(slices.Compact(hrefs)), whole.Total)
		}
		for _, f := range whole.Kinds {
			if r := w.find(t, "", "communale", "kind="+f.Key); r.Total != f.N {
				t.Errorf("%s: %d hits, the facet says %d", f.Key, r.Total, f.N)
			}
		}
		for _, f := range whole.Communes[:min(5, len(whole.Communes))] {
			if r := w.find(t, "", "communale", "commune="+f.Key); r.Total != f.N {
				t.Errorf("%s: %d hits, the facet says %d", f.Key, r.Total, f.N)
			}
		}
		rows, err := csv.NewReader(strings.NewReader(strings.ReplaceAll(w.get(t, "/search?q=communale&format=csv").Body.String(), ";", ","))).ReadAll()
		if err != nil && len(rows) == 0 || len(strings.Split(strings.TrimSpace(w.get(t, "/search?q=communale&format=csv").Body.String()), "\n")) != whole.Total+1 {
			t.Errorf("the file has %d lines, want %d: %v", len(rows), whole.Total+1, err)
		}
	})
}

// The page marks what was looked for as it is written, and names what it does not find.
func TestSearchPage(t *testing.T) {
	w := demos[0].read(t)
	for _, c := range []struct{ address, want string }{
		{"/search?q=quevy", "Mons-<mark>Quévy</mark>"},
		{"/search?q=mons&commune=53053", `aria-current="true"`},
		{"/search?q=saint-gislain", `>saint-ghislain</a>`},
		{"/search?q=zzzz", "« zzzz »"},
		{"/search?q=zzzz&lang=nl", "“zzzz”"},
		{"/search", `id="search-q"`},
		{"/search?q=%3Cscript%3E", "&lt;script&gt;"},
		{"/search?q=mons&as_of=2020-01-01", "Situation au 1er janvier 2020"},
	} {
		if body := strings.ReplaceAll(w.get(t, c.address).Body.String(), "\u00a0", " "); !strings.Contains(body, c.want) {
			t.Errorf("%s lacks %s", c.address, c.want)
		}
	}
	if rec := w.get(t, "/search?q=7000"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/communes/53053" {
		t.Errorf("what fits one thing only does not open it: %d %s", rec.Code, rec.Header().Get("Location"))
	}
	for _, bad := range []string{"/search?q=a&commune=5305", "/search?q=a&cursor=abc", "/search?q=a&limit=x", "/api/v1/search?q=a&other=1"} {
		if rec := w.get(t, bad); rec.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, rec.Code)
		}
	}
	for _, address := range []string{"/search?q=mons", "/search?q=saint-gislain", "/search?q=c", "/search?q=service+communal+de+la+province"} {
		w.get(t, address)
		if w.ask(t, auth.Admin, http.MethodGet, address, ""); w.counter.N() > 8 {
			t.Errorf("%s needs %d statements", address, w.counter.N())
		}
	}
}

// What a verb changes is found anew, and what it does not name is noticed.
func TestSearchFollowsVerbs(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		fields := map[string]string{"ref": "essai-zythum", "kind": "service", "name_fr": "Musée du zythum", "seat_commune": "53053"}
		if _, err := w.Party.CreateBody(t.Context(), auth.System("test"), func(name string) string { return fields[name] }); err != nil {
			t.Fatal(err)
		}
		if r := w.find(t, "", "zythum"); r.Total != 0 {
			t.Errorf("found before the index followed: %+v", r)
		}
		if err := w.Finder.Follow(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := w.find(t, "", "zythum"); r.Total != 1 || !slices.Equal(r.Items[0].Communes, []string{"53053"}) || r.Items[0].Href != "/bodies/essai-zythum" {
			t.Errorf("not found: %+v", r)
		}
		if _, wrong, err := w.Finder.Verify(t.Context()); err != nil || len(wrong) > 0 {
			t.Errorf("%v %v", wrong, err)
		}
		alter(t, w.DB, "UPDATE party_body SET name_fr = 'Brasserie' WHERE ref = 'essai-zythum'") // behind the audit's back
		if _, wrong, err := w.Finder.Verify(t.Context()); err != nil || len(wrong) == 0 {
			t.Errorf("nobody noticed: %v", err)
		}
		err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
			return audit.Record(tx, audit.Entry{Actor: "test", Action: "import.apply", Object: object.Ref{Kind: "import", Key: "9"}})
		})
		if err == nil {
			err = w.Finder.Follow(t.Context())
		}
		if r := w.find(t, "", "brasserie"); err != nil || r.Total == 0 {
			t.Errorf("an import makes the rooms be read whole: %+v %v", r, err)
		}
	})
}

func TestSearchCommand(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		address := d.copy(t)
		if got := run(t, address, "search", "rebuild"); got.code != 0 || !strings.Contains(got.out, "documents can be found") {
			t.Errorf("%+v", got)
		}
		if got := run(t, address, "doctor"); got.code != 0 || !strings.Contains(got.out, "ok    search") {
			t.Errorf("%+v", got)
		}
		for _, args := range [][]string{{"search"}, {"search", "mend"}} {
			if got := run(t, address, args...); got.code != 2 {
				t.Errorf("%v: %+v", args, got)
			}
		}
	})
}
