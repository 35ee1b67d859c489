package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
)

// side is one of the two servers with its requests. Both hold the same entries;
// entry i of one is entry i of the other.
type side struct {
	name  string
	ready string // the path that is asked first: a list of 50 entries
	start func(ctx context.Context, path string) (*process, error)
	// prepare is called on the running server before the loads.
	prepare func(ctx context.Context, p *process) error
	loads   map[string]func(i int) request
}

// The loads that both sides answer, and the one of Beffroi alone.
const (
	record = "record"
	list   = "list"
	html   = "html"
	create = "create"
)

// workbench is where everything is built and run.
type workbench struct {
	root    string // of Beffroi's source
	dir     string // temporary; removed at the end
	data    string // folder of the real data
	built   string // folder of the programs
	entries int
	years   int
	rounds  int
	scale   float64
	suite   bool
	refs    []ref
}

// ref is the reference of an entry.
type ref struct{ year, number int64 }

func (r ref) String() string { return fmt.Sprintf("L-%04d-%06d", r.year, r.number) }

// peerID is the key that the same entry has in PocketBase (see pocketbase/load).
func (r ref) peerID() string { return fmt.Sprintf("l%014d", r.year*1_000_000+r.number) }

func (w *workbench) path(name string) string { return filepath.Join(w.dir, name) }

func (w *workbench) program(name string) string { return filepath.Join(w.built, name) }

// entry is one of the entries, in an order that jumps about.
func (w *workbench) entry(i int) ref { return w.refs[i*7919%len(w.refs)] }

// communes are some of those whose pages are asked: large and small.
var communes = []string{"52011", "53053", "57081", "58001", "51004", "56078", "55004", "51014"}

// password of the account that signs in; made for the run and gone with it.
const password = "banc-de-mesure-2026-beffroi"

// beffroi is Beffroi over the filled database, with one account that may post.
func (w *workbench) beffroi(ctx context.Context) (side, error) {
	db := "sqlite:" + w.path("beffroi.db")
	program := w.program("beffroi")
	account := []string{"user", "add", "bench", "--name", "Bench", "--email", "bench@example.org", "--role", "accountant", "--db", db}
	if _, _, err := run(ctx, w.dir, []string{"BEFFROI_PASSWORD=" + password}, program, account...); err != nil {
		return side{}, err
	}
	token, _, err := run(ctx, w.dir, nil, program, "user", "token", "bench", "--db", db)
	if err != nil {
		return side{}, err
	}
	cookie := ""
	return side{
		name:  "Beffroi",
		ready: "/api/v1/ledger?limit=50",
		start: func(ctx context.Context, path string) (*process, error) {
			return start(ctx, path, program, "serve", "--db", db, "--data", w.dir, "--listen", "ADDRESS", "--log", "off")
		},
		prepare: func(ctx context.Context, p *process) (err error) {
			cookie, err = signIn(ctx, p)
			return err
		},
		loads: map[string]func(i int) request{
			record: func(i int) request {
				r := w.entry(i)
				return request{method: "GET", path: "/api/v1/ledger/" + r.String(), status: 200, want: `"ref":"` + r.String() + `"`}
			},
			list: func(int) request {
				return request{method: "GET", path: "/api/v1/ledger?limit=50", status: 200, want: `"ref":"L-`, times: 50}
			},
			html: func(int) request {
				return request{method: "GET", path: "/ledger?limit=50", status: 200, want: `href="/ledger/L-`, times: 50, header: map[string]string{"Cookie": cookie}}
			},
			commune: func(i int) request {
				nis := communes[i%len(communes)]
				return request{method: "GET", path: "/communes/" + nis, status: 200, want: nis}
			},
			create: func(i int) request {
				return request{method: "POST", path: "/api/v1/ledger", status: 201, want: `"ref":"L-`, body: w.posting(i),
					header: map[string]string{"Authorization": "Bearer " + strings.TrimSpace(token), "Content-Type": "application/json"}}
			},
		},
	}, nil
}

// signIn gives the cookie of a new session.
func signIn(ctx context.Context, p *process) (string, error) {
	form := url.Values{"username": {"bench"}, "password": {password}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/signin", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := newClient(1).Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		if strings.HasSuffix(c.Name, "session") && c.Value != "" {
			return c.Name + "=" + c.Value, nil
		}
	}
	return "", errors.New("signing in gave no session: " + res.Status)
}

// posting is the body of an entry for one commune.
func (w *workbench) posting(i int) string {
	return fmt.Sprintf(`{"date":"2026-%02d-%02d","kind":"grant","title":{"fr":"Subvention mesurée %d","nl":"Gemeten subsidie %d"},"measure":"eur_cents","amount":%d,"attribution":"direct","base":["53053"],"note":"bench"}`,
		1+i%10, 1+i%28, i, i, 1000+i)
}

// pocketBase is PocketBase over the same entries. Its list is asked without a
// total and in the order of Beffroi's, which its index gives: its fastest way.
func (w *workbench) pocketBase(ctx context.Context) (side, error) {
	data := w.path("pb_data")
	token, _, err := run(ctx, w.dir, nil, w.program("pocketbase-load"), "--from", w.path("beffroi.db"), "--to", data)
	if err != nil {
		return side{}, err
	}
	const records = "/api/collections/ledger/records"
	commune := ""
	return side{
		name:  "PocketBase",
		ready: records + "?perPage=50&skipTotal=1&sort=-date,-id",
		start: func(ctx context.Context, path string) (*process, error) {
			return start(ctx, path, w.program("pocketbase"), "serve", "--http", "ADDRESS", "--dir", data)
		},
		prepare: func(ctx context.Context, p *process) (err error) {
			commune, err = communeID(ctx, p)
			return err
		},
		loads: map[string]func(i int) request{
			record: func(i int) request {
				r := w.entry(i)
				return request{method: "GET", path: records + "/" + r.peerID(), status: 200, want: `"ref":"` + r.String() + `"`}
			},
			list: func(int) request {
				return request{method: "GET", path: records + "?perPage=50&skipTotal=1&sort=-date,-id", status: 200, want: `"ref":"L-`, times: 50}
			},
			create: func(i int) request {
				body := fmt.Sprintf(`{"ref":"N-%d","date":"2026-%02d-%02d","year":2026,"kind":"grant","title_fr":"Subvention mesurée %d","title_nl":"Gemeten subsidie %d","measure":"eur_cents","amount":%d,"attribution":"direct","commune":"%s","counts":true,"note":"bench"}`,
					i, 1+i%10, 1+i%28, i, i, 1000+i, commune)
				return request{method: "POST", path: records, status: 200, want: fmt.Sprintf(`"ref":"N-%d"`, i), body: body,
					header: map[string]string{"Authorization": "Bearer " + strings.TrimSpace(token), "Content-Type": "application/json"}}
			},
		},
	}, nil
}

// communeID is the key of Mons, which the created entries are for.
func communeID(ctx context.Context, p *process) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/api/collections/communes/records?filter="+url.QueryEscape("nis='53053'"), nil)
	if err != nil {
		return "", err
	}
	res, err := newClient(1).Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var page struct{ Items []struct{ ID string } }
	if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
		return "", err
	}
	if len(page.Items) != 1 {
		return "", fmt.Errorf("%d communes 53053", len(page.Items))
	}
	return page.Items[0].ID, nil
}
