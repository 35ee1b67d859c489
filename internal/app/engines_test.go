package app_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/web"
)

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// reader is the role as which a route is read: anybody when anybody may.
func reader(r web.Route) auth.Role {
	for _, role := range append([]auth.Role{""}, auth.Roles()...) {
		a := auth.Actor{}
		if role != "" {
			a = auth.Actor{Username: "x", Grants: []auth.Grant{{Role: role}}}
		}
		if r.Rule.Gate(a) == nil {
			return role
		}
	}
	return auth.Admin
}

func gets(w *world) (list []web.Route) {
	for _, r := range w.Routes.List() {
		if r.Method == http.MethodGet {
			list = append(list, r)
		}
	}
	return list
}

// drawn is what is drawn by lot: the root of the audit tree, which holds salts,
// and the references of sessions.
var drawn = regexp.MustCompile(`[A-Za-z0-9+/]{43}=|"[0-9a-f]{16}"`)

// moreAddresses show what the plain samples do not.
func moreAddresses(w *world) (list []asked) {
	for _, at := range []string{"/search?q=mons", "/search?q=eau", "/search?q=zzzz", "/communes/53053?as_of=2018-06-01", "/communes?sort=money", "/communes?figure=population&sort=figure",
		"/communes/58001?as_of=2019-06-01", "/province?as_of=2015-01-01", absent, "/bodies?q=zzzz"} {
		list = append(list, asked{"", at})
	}
	for _, target := range w.Intake.Targets(auth.System("test")) {
		role := reader(web.Route{Rule: target.Rule()})
		list = append(list, asked{role, "/staff/uploads/" + hashOf(postalFile) + "?target=" + target.Key()})
	}
	return append(list, asked{auth.Auditor, "/history/account/demo-admin"}, asked{auth.Admin, "/staff/access?path=/staff/audit"})
}

// absent is the address of a commune that there never was.
const absent = "/communes/99999"

// asked is an address and the role that asks for it.
type asked struct {
	role    auth.Role
	address string
}

// settled is an answer without what is drawn by lot.
func settled(body string) string { return drawn.ReplaceAllString(body, "DRAWN") }

// everything is the sample of each route that reads, and more.
func everything(t *testing.T, w *world) (list []asked) {
	t.Helper()
	for _, r := range gets(w) {
		list = append(list, asked{reader(r), address(t, r)})
	}
	return append(list, moreAddresses(w)...)
}

// The same demonstration gives the same bytes on both engines, in every
// language, and no text is missing on the way.
func TestEnginesGiveTheSameBytes(t *testing.T) {
	a, b := demos[0].write(t), demos[1].write(t) // the audit shows who signed in
	for _, q := range everything(t, a) {
		for _, lang := range []string{"fr", "nl", "en"} {
			x := a.ask(t, q.role, http.MethodGet, q.address, "", "Accept-Language", lang)
			y := b.ask(t, q.role, http.MethodGet, q.address, "", "Accept-Language", lang)
			if x.Code >= 400 && !optional[q.address] && q.address != absent {
				t.Errorf("%s in %s: %d", q.address, lang, x.Code)
			}
			if difference := firstDifference(settled(x.Body.String()), settled(y.Body.String())); x.Code != y.Code || difference != "" {
				t.Errorf("%s in %s: %d and %d\n%s", q.address, lang, x.Code, y.Code, difference)
			}
		}
	}
	if firstDifference(a.get(t, "/communes/53053").Body.String(), b.get(t, "/communes/53028").Body.String()) == "" {
		t.Error("two communes have the same page: nothing is compared")
	}
	for _, missing := range append(a.Bundle.Missing(), b.Bundle.Missing()...) {
		t.Errorf("text without translation: %s", missing)
	}
}

// mostStatements a page may need, whatever it shows.
const mostStatements = 8

// tour reads every page and gives the number of statements of each route, in a
// house that has just been opened or changed, and once more.
func tour(t *testing.T, w *world) (cold, warm map[string]int64) {
	t.Helper()
	cold, warm = map[string]int64{}, map[string]int64{}
	for _, r := range gets(w) {
		w.enter(t, cmp.Or(reader(r), auth.Admin))
		for _, counts := range []map[string]int64{cold, warm} {
			if rec := w.ask(t, reader(r), http.MethodGet, address(t, r), ""); rec.Code >= 400 && !optional[r.Pattern] {
				t.Errorf("%s: %d", address(t, r), rec.Code)
			}
			counts[r.Pattern] = w.counter.N()
		}
	}
	return cold, warm
}

func TestStatementsAreFew(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		cold, before := tour(t, w)
		for pattern, n := range before {
			if n > mostStatements {
				t.Errorf("%s needs %d statements (%d at first), more than %d", pattern, n, cold[pattern], mostStatements)
			}
		}
		if before["/communes/{nis}"] < 2 {
			t.Errorf("a commune's page needs %d statements: nothing is counted", before["/communes/{nis}"])
		}
		grow(t, w)
		_, after := tour(t, w)
		for pattern, n := range after {
			if n > before[pattern] {
				t.Errorf("%s needs %d statements when there is more to show, %d before", pattern, n, before[pattern])
			}
		}
	})
}

// grow brings in a hundred of each thing.
func grow(t *testing.T, w *world) {
	t.Helper()
	files := map[string]string{
		"bodies":   "ref,domain,name_fr,acronym\n",
		"missions": "code,level,parent_code,title_fr,source\n",
		"projects": "cycle,territory,title_fr,communes_nis,carrier,amount_eur,completeness,source\n",
		"ledger":   "ref,date,kind,title_fr,measure,amount,attribution,base,key,status,source\n",
	}
	for i := range 100 {
		files["bodies"] += fmt.Sprintf("%d,training,Service n° %d,S%d\n", 90000+i, i, i)
		files["missions"] += fmt.Sprintf("GROW-%d,action,,Mission n° %d,essai\n", i, i)
		files["projects"] += fmt.Sprintf("2026,wallonie-picarde,Projet n° %d,57081;53053,,1000,complete,essai\n", i)
		files["ledger"] += fmt.Sprintf("G-%d,2025-02-%02d,service,Essai n° %d,eur_cents,%d,direct,53053,,real,essai\n", i, 1+i%28, i, 10050+i)
	}
	for target, text := range files {
		b, err := w.Intake.Apply(t.Context(), auth.System("test"), intake.Request{Target: target, File: intake.File{Name: target + ".csv", Data: []byte(text)}})
		if err != nil || b.Outcome.Created != 100 {
			t.Errorf("%s: %v, %d created, %v", target, err, b.Outcome.Created, b.Outcome.Notes[:min(2, len(b.Outcome.Notes))])
		}
	}
}

// The answer in two languages differs, and says in which it is.
func TestPagesSpeakTheLanguageAskedFor(t *testing.T) {
	w := demos[0].read(t)
	for _, r := range gets(w) {
		if r.Kind != web.PageRoute {
			continue
		}
		bodies := map[string]bool{}
		for _, lang := range []string{"fr", "nl", "en"} {
			rec := w.ask(t, reader(r), http.MethodGet, address(t, r), "", "Accept-Language", lang)
			if rec.Code != http.StatusOK {
				continue
			}
			if !strings.Contains(rec.Body.String(), `<html lang="`+lang+`"`) || rec.Header().Get("Content-Language") != lang {
				t.Errorf("%s does not say that it is in %s", r.Pattern, lang)
			}
			bodies[rec.Body.String()] = true
		}
		if len(bodies) == 1 {
			t.Errorf("%s is the same in three languages", r.Pattern)
		}
	}
}
