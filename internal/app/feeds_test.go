package app_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	goical "github.com/emersion/go-ical"

	"beffroi/internal/app"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/db/dbtest"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/setting"
	"beffroi/internal/platform/webhook"
)

// atom is a feed as a reader takes it.
type atom struct {
	ID      string `xml:"id"`
	Title   string `xml:"title"`
	Updated string `xml:"updated"`
	Base    string `xml:"http://www.w3.org/XML/1998/namespace base,attr"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Entries []struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Content string `xml:"content"`
		Link    struct {
			Href string `xml:"href,attr"`
		} `xml:"link"`
	} `xml:"entry"`
}

func (a atom) titles() (list []string) {
	for _, e := range a.Entries {
		list = append(list, e.Title)
	}
	return list
}

func (a atom) link(rel string) string {
	for _, l := range a.Links {
		if l.Rel == rel {
			return l.Href
		}
	}
	return ""
}

func (w *world) feed(t testing.TB, address string) (a atom) {
	t.Helper()
	rec := w.get(t, address)
	if err := xml.Unmarshal(rec.Body.Bytes(), &a); err != nil || rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "application/atom+xml; charset=utf-8" {
		t.Fatalf("%s: %d %v\n%s", address, rec.Code, err, rec.Body)
	}
	return a
}

// fields gives a verb the fields of a form.
func fields(pairs ...string) func(string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Get
}

// ravel is a project of Mons; update gives its next version other fields.
func (w *world) ravel(t testing.TB) (update func(version string, pairs ...string)) {
	t.Helper()
	base := []string{"ref", "P-RAVEL", "title_fr", "Ravel & vélos", "title_nl", "Fietspad", "communes", "53053", "valid_from", "2027-03-01", "valid_to", "2027-12-31", "state", "ongoing", "source", "intern"}
	if _, err := w.Project.CreateProject(t.Context(), auth.System("secret-name"), fields(base...)); err != nil {
		t.Fatal(err)
	}
	return func(version string, pairs ...string) {
		t.Helper()
		if _, err := w.Project.UpdateProject(t.Context(), auth.System("secret-name"), "P-RAVEL", fields(append(slices.Concat(base, pairs), "version", version)...)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFeeds(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		before := len(w.feed(t, "/communes/53053/feed.atom").Entries)
		update := w.ravel(t)
		update("1", "source", "autre") // nothing public: no news
		update("2", "state", "finished", "communes", "53053;51004")
		for lang, want := range map[string][]string{
			"fr": {"Projet modifié\u00a0: Ravel & vélos", "Projet ajouté\u00a0: Ravel & vélos"},
			"nl": {"Project gewijzigd: Fietspad", "Project toegevoegd: Fietspad"},
			"en": {"Project changed: Ravel & vélos", "Project added: Ravel & vélos"},
		} {
			f := w.feed(t, "/communes/53053/feed.atom?lang="+lang)
			if got := f.titles(); len(got) != before+2 || !slices.Equal(got[:2], want) {
				t.Errorf("%s: %q", lang, got)
			}
			if f.Base != "http://beffroi.example/" || f.link("alternate") != "/communes/53053?lang="+lang || f.Entries[0].Link.Href != "/projects/P-RAVEL" {
				t.Errorf("%s: %+v", lang, f)
			}
		}
		f := w.feed(t, "/projects/P-RAVEL/feed.atom?lang=fr")
		if len(f.Entries) != 2 || !strings.Contains(f.Entries[0].Content, "communes, état") {
			t.Errorf("%+v", f)
		}
		if got := w.feed(t, "/communes/51004/feed.atom?lang=fr").titles(); len(got) == 0 || got[0] != "Projet modifié\u00a0: Ravel & vélos" {
			t.Errorf("a commune that joined is not told: %v", got)
		}
		if got := w.feed(t, "/communes/55022/feed.atom?lang=fr").titles(); slices.Contains(got, "Projet modifié\u00a0: Ravel & vélos") {
			t.Error("a commune that has nothing to do with it is told")
		}
		for _, private := range []string{"secret-name", "intern", "autre"} {
			if body := w.get(t, "/communes/53053/feed.atom").Body.String(); strings.Contains(body, private) {
				t.Errorf("the feed tells %q", private)
			}
		}
		// The ids hold in every language and at every address.
		if fr, nl := w.feed(t, "/communes/53053/feed.atom?lang=fr"), w.feed(t, "/communes/53053/feed.atom?lang=nl"); fr.Entries[0].ID != nl.Entries[0].ID || fr.ID == nl.ID || fr.Entries[0].ID != f.Entries[0].ID {
			t.Errorf("%s %s %s", fr.Entries[0].ID, nl.Entries[0].ID, f.Entries[0].ID)
		}
	})
}

// Every kind of room tells what happens in it.
func TestEveryRoomMakesNews(t *testing.T) {
	w := demos[0].write(t)
	ctx, who := t.Context(), auth.System("test")
	for name, c := range map[string]struct {
		do   func() error
		feed string
		want string
	}{
		"mission": {func() error {
			_, err := w.Mission.CreateMission(ctx, who, fields("code", "TST-1", "title_fr", "Essai", "domain", "culture", "scope", "all", "valid_from", "2020-01-01"))
			return err
		}, "/communes/53053", "Mission ajoutée\u00a0: Essai"},
		"figure": {func() error {
			_, err := w.Mission.AddFigure(ctx, who, "TER-EAU", fields("year", "2025", "measure", "users", "value", "7", "source", "x"))
			return err
		}, "/missions/TER-EAU", "Nouveau chiffre d’une mission"},
		"body": {func() error {
			_, err := w.Party.CreateBody(ctx, who, fields("ref", "b-test", "kind", "asbl", "name_fr", "Essai", "seat_commune", "53053"))
			return err
		}, "/communes/53053", "Organisme ajouté\u00a0: Essai"},
		"mandate": {func() error {
			_, err := w.Party.AddMandate(ctx, who, "organ-conseil", fields("role", "Membre", "holder", "J. Exemple", "valid_from", "2026-01-01"))
			return err
		}, "/bodies/organ-conseil", "Mandat ajouté"},
	} {
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f := w.feed(t, c.feed+"/feed.atom?lang=fr")
		if !slices.ContainsFunc(f.titles(), func(s string) bool { return strings.HasPrefix(s, c.want) }) {
			t.Errorf("%s: %v", name, f.titles())
		}
		if body, _ := xml.Marshal(f); strings.Contains(string(body), "Exemple") {
			t.Errorf("%s: a holder is named", name)
		}
	}
	if rec := w.ask(t, auth.Accountant, http.MethodPost, "/api/v1/ledger", posting, "Content-Type", "application/json"); rec.Code != http.StatusCreated {
		t.Fatal(rec.Code, rec.Body)
	}
	if got := w.feed(t, "/communes/53053/feed.atom?lang=fr"); got.Entries[0].Title != "Écriture ajoutée\u00a0: Essai" || !strings.Contains(got.Entries[0].Content, "2025") {
		t.Errorf("%+v", got.Entries[0])
	}
	if got := w.feed(t, "/communes/55022/feed.atom?lang=fr").titles(); slices.Contains(got, "Écriture ajoutée\u00a0: Essai") {
		t.Error("the account of another commune did not change")
	}
}

// What staff took off the public pages is in no feed and no calendar.
func TestHiddenBlocksAreNotFed(t *testing.T) {
	w := demos[0].write(t)
	w.ravel(t)
	has := func() (feed, calendar bool) {
		return strings.Contains(w.get(t, "/communes/53053/feed.atom").Body.String(), "Ravel"), strings.Contains(w.get(t, "/communes/53053/calendar.ics").Body.String(), "Ravel")
	}
	if feed, calendar := has(); !feed || !calendar {
		t.Fatal("the project is not there to begin with")
	}
	if err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return setting.Set(tx, "block.projects", "off") }); err != nil {
		t.Fatal(err)
	}
	if feed, calendar := has(); feed || calendar {
		t.Errorf("hidden, and yet in the feed (%t) or calendar (%t)", feed, calendar)
	}
}

func TestFeedPages(t *testing.T) {
	w := demos[0].write(t)
	update := w.ravel(t)
	for i := range 6 {
		update(fmt.Sprint(i+1), "carrier", fmt.Sprint("C", i))
	}
	var ids []string
	address := "/projects/P-RAVEL/feed.atom?limit=3"
	for address != "" {
		f := w.feed(t, address)
		for _, e := range f.Entries {
			ids = append(ids, e.ID)
		}
		if !strings.HasPrefix(f.link("self"), "/projects/P-RAVEL/feed.atom?") {
			t.Errorf("self %s", f.link("self"))
		}
		address = f.link("next")
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(ids)))); n != 7 || len(ids) != 7 {
		t.Errorf("%d entries, %d of them different", len(ids), n)
	}
}

func TestFeedIsNotSentTwice(t *testing.T) {
	w := demos[0].write(t)
	update := w.ravel(t)
	const address = "/projects/P-RAVEL/feed.atom"
	first := w.get(t, address)
	last := first.Header().Get("Last-Modified")
	if last != dbtest.Now().Format(http.TimeFormat) {
		t.Errorf("Last-Modified %q", last)
	}
	for _, c := range []struct {
		name, tag, since string
		want             int
	}{
		{"the tag", first.Header().Get("ETag"), "", 304},
		{"the day", "", last, 304},
		{"a day before", "", "Mon, 23 Nov 2026 09:59:59 GMT", 200},
		{"no day", "", "yesterday", 200},
		{"another tag, the day", `"x"`, last, 200}, // the tag decides
	} {
		var headers []string
		if c.tag != "" {
			headers = append(headers, "If-None-Match", c.tag)
		}
		if c.since != "" {
			headers = append(headers, "If-Modified-Since", c.since)
		}
		if rec := w.get(t, address, headers...); rec.Code != c.want || c.want == 304 && rec.Body.Len() > 0 {
			t.Errorf("%s: %d", c.name, rec.Code)
		}
	}
	update("1", "carrier", "Mons")
	if rec := w.get(t, address, "If-None-Match", first.Header().Get("ETag")); rec.Code != 200 {
		t.Errorf("a new entry: %d", rec.Code)
	}
}

// event finds the event whose summary holds a text.
func (w *world) event(t testing.TB, address, text string) (uid, day, sequence, status string) {
	t.Helper()
	rec := w.get(t, address)
	cal, err := goical.NewDecoder(bytes.NewReader(rec.Body.Bytes())).Decode()
	if err != nil || rec.Code != 200 || rec.Header().Get("Content-Type") != "text/calendar; charset=utf-8" {
		t.Fatalf("%s: %d %v\n%s", address, rec.Code, err, rec.Body)
	}
	for _, e := range cal.Events() {
		if summary, _ := e.Props.Text("SUMMARY"); strings.Contains(summary, text) {
			return e.Props.Get("UID").Value, e.Props.Get("DTSTART").Value, e.Props.Get("SEQUENCE").Value, e.Props.Get("STATUS").Value
		}
	}
	return "", "", "", ""
}

func TestCalendars(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		w := d.write(t)
		update := w.ravel(t)
		const address, text = "/communes/53053/calendar.ics?lang=fr", "Dernier jour du projet\u00a0: Ravel"
		uid, day, sequence, status := w.event(t, address, text)
		if uid == "" || day != "20271231" || sequence != "1" || status != "CONFIRMED" {
			t.Errorf("%s %s %s %s", uid, day, sequence, status)
		}
		update("1", "valid_to", "2028-06-30")
		if again, day, sequence, _ := w.event(t, address, text); again != uid || day != "20280630" || sequence != "2" {
			t.Errorf("a date that moved: %s %s %s", again, day, sequence)
		}
		update("2", "valid_to", "2028-06-30", "state", "refused")
		if again, _, sequence, status := w.event(t, "/communes/53053/calendar.ics?lang=nl", "Fietspad"); again == "" || sequence != "3" || status != "CANCELLED" {
			t.Errorf("refused: %s %s %s", again, sequence, status)
		}
		if _, err := w.Party.AddMandate(t.Context(), auth.System("test"), "organ-conseil", fields("role", "Membre", "holder", "J. Exemple", "valid_from", "2026-01-01", "valid_to", "2030-11-30")); err != nil {
			t.Fatal(err)
		}
		if _, day, _, _ := w.event(t, "/bodies/organ-conseil/calendar.ics?lang=fr", "Dernier jour du mandat\u00a0: Membre, J. Exemple"); day != "20301130" {
			t.Errorf("the mandate ends on %q", day)
		}
		if rec := w.get(t, "/bodies/none/calendar.ics"); rec.Code != 404 {
			t.Errorf("a body that is not there: %d", rec.Code)
		}
	})
}

func TestPagesNameTheirFeeds(t *testing.T) {
	w := demos[0].read(t)
	for page, want := range map[string]int{"/communes/53053": 2, "/missions/TER-EAU": 1, "/projects/SUPRA-2017-03": 1, "/bodies/organ-conseil": 2} {
		found := regexp.MustCompile(`<link rel="alternate" type="[^"]+" title="[^"]+" href="([^"]+)">`).FindAllStringSubmatch(w.get(t, page).Body.String(), -1)
		if len(found) != want {
			t.Errorf("%s names %v", page, found)
		}
		for _, m := range found {
			if rec := w.get(t, m[1]); rec.Code != 200 || !strings.HasPrefix(m[1], page) {
				t.Errorf("%s leads to %s: %d", page, m[1], rec.Code)
			}
		}
	}
}

// The whole way of a webhook: subscribed by the API, told of a deed, called by
// the runner, shown on the screen, all as an operator would see it.
func TestWebhooks(t *testing.T) {
	each(t, func(t *testing.T, d *demo) {
		address := d.copy(t)
		h, err := app.Open(t.Context(), app.Config{DB: address, Pack: "hainaut", Log: "off", WebhookAllow: "127.0.0.0/8"}, clock.Fixed(dbtest.Now()), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = h.Close() })
		w := &world{House: h, session: map[auth.Role]string{}, token: map[auth.Role]string{}, handler: h.Handler()}
		bodies := make(chan []byte, 8)
		receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			bodies <- body
		}))
		t.Cleanup(receiver.Close)
		rec := w.ask(t, auth.Admin, http.MethodPost, "/api/v1/webhooks", `{"label":"Intranet","url":"`+receiver.URL+`/hook","kinds":["project.added"]}`, "Content-Type", "application/json")
		var made struct{ Key, Secret string }
		if err := json.Unmarshal(rec.Body.Bytes(), &made); err != nil || rec.Code != http.StatusCreated || !strings.HasPrefix(made.Secret, "whsec_") {
			t.Fatal(rec.Code, rec.Body)
		}
		w.ravel(t)
		list, err := h.Jobs.List(t.Context(), auth.System("test"), jobs.Filter{Kind: webhook.JobKind, Limit: 9})
		if err != nil || len(list) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
		if err := h.Webhook.Deliver(t.Context(), list[0]); err != nil {
			t.Fatal(err)
		}
		var m struct {
			Type string
			Data struct {
				Href  string
				Title map[string]string
			}
		}
		if err := json.Unmarshal(<-bodies, &m); err != nil || m.Type != "project.added" || m.Data.Href != "/projects/P-RAVEL" || m.Data.Title["nl"] != "Fietspad" {
			t.Errorf("%+v, %v", m, err)
		}
		page := w.ask(t, auth.Auditor, http.MethodGet, "/staff/webhooks", "").Body.String()
		for _, want := range []string{"Intranet", "Projet ajouté", "remis", "accepté (200)"} {
			if !strings.Contains(page, want) {
				t.Errorf("the screen does not say %q", want)
			}
		}
		if strings.Contains(page, made.Secret) || strings.Contains(page, `name="url"`) {
			t.Error("the screen tells an auditor the secret, or lets her subscribe")
		}
		if rec := w.ask(t, auth.Admin, http.MethodGet, "/staff/webhooks?format=csv", ""); rec.Code != 200 || !strings.Contains(rec.Body.String(), "project.added") {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	})
}

func TestWebhookForm(t *testing.T) {
	w := demos[0].write(t)
	post := func(address string, form url.Values) *httptest.ResponseRecorder {
		return w.ask(t, auth.Admin, http.MethodPost, address, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	bad := post("/staff/webhooks", url.Values{"label": {"Intranet"}, "url": {"https://127.0.0.1/hook"}, "kinds": {"project.added", "body.added"}})
	for _, want := range []string{"réseau privé", `value="Intranet"`, `value="https://127.0.0.1/hook"`, `value="body.added"`} {
		if !strings.Contains(bad.Body.String(), want) {
			t.Errorf("the form comes back without %q", want)
		}
	}
	if ticked := regexp.MustCompile(`<input[^>]*name="kinds"[^>]*>`).FindAllString(bad.Body.String(), -1); len(slices.DeleteFunc(ticked, func(s string) bool { return !strings.Contains(s, " checked") })) != 2 {
		t.Error("the form comes back with other boxes ticked")
	}
	if bad.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d", bad.Code)
	}
	made := post("/staff/webhooks", url.Values{"label": {"Intranet"}, "url": {"https://example.org/hook"}, "kinds": {"*"}})
	if made.Code != http.StatusCreated || !strings.Contains(made.Body.String(), "whsec_") {
		t.Errorf("%d", made.Code)
	}
	if again := w.ask(t, auth.Admin, http.MethodGet, "/staff/webhooks", ""); strings.Contains(again.Body.String(), "whsec_") {
		t.Error("the secret is shown again")
	}
	list, err := w.Webhook.List(t.Context(), auth.System("test"))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	for role, want := range map[auth.Role]int{auth.Agent: 404, auth.Auditor: 200} {
		if rec := w.ask(t, role, http.MethodGet, "/history/webhook/"+list[0].Key, ""); rec.Code != want {
			t.Errorf("its history for the role %s: %d", role, rec.Code)
		}
	}
	for _, c := range []struct {
		do   string
		want int
	}{{"test", 303}, {"pause", 303}, {"pause", 409}, {"test", 409}, {"resume", 303}, {"dance", 400}, {"delete", 303}, {"delete", 404}} {
		if rec := post("/staff/webhooks/"+list[0].Key, url.Values{"do": {c.do}}); rec.Code != c.want {
			t.Errorf("%s: %d, want %d", c.do, rec.Code, c.want)
		}
	}
	if rec := post("/staff/webhooks/deliveries/msg_none", url.Values{}); rec.Code != 404 {
		t.Errorf("%d", rec.Code)
	}
}

func TestWebhookCommand(t *testing.T) {
	database := demos[0].copy(t)
	fields := strings.Fields(must(t, database, "webhook", "add", "--label", "Intranet", "--url", "https://example.org/hook", "--kinds", "project.added,body.added").out)
	if len(fields) != 2 || !strings.HasPrefix(fields[1], "whsec_") {
		t.Fatal(fields)
	}
	if got := must(t, database, "webhook", "list").out; !strings.Contains(got, fields[0]+"\tactive\tIntranet\thttps://example.org/hook\tbody.added,project.added") {
		t.Error(got)
	}
	message := strings.TrimSpace(must(t, database, "webhook", "test", fields[0]).out)
	if got := must(t, database, "webhook", "deliveries").out; !strings.HasPrefix(got, message+"\t"+fields[0]+"\twebhook.test\twaiting") {
		t.Error(got)
	}
	must(t, database, "webhook", "replay", message)
	must(t, database, "webhook", "pause", fields[0])
	must(t, database, "webhook", "resume", fields[0])
	must(t, database, "webhook", "delete", fields[0])
	if got := must(t, database, "webhook", "list").out; got != "" {
		t.Error(got)
	}
	if got := must(t, database, "webhook", "kinds").out; !strings.Contains(got, "mission.changed\n") {
		t.Error(got)
	}
	for _, args := range [][]string{{"webhook"}, {"webhook", "test"}, {"webhook", "dance", "x"}, {"webhook", "list", "x"}} {
		if got := runWith(t, database, "", args...); got.code != 2 {
			t.Errorf("%v: %+v", args, got)
		}
	}
	if got := runWith(t, database, "", "webhook", "add", "--label", "x", "--url", "http://10.0.0.1/"); got.code != 1 || !strings.Contains(got.err, "url") {
		t.Errorf("%+v", got)
	}
	if got := runWith(t, database, "", "webhook", "list", "--webhook-allow", "intranet"); got.code != 1 {
		t.Errorf("%+v", got)
	}
}
