package app

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"beffroi/internal/platform/fault"
)

// exports are the lists that can be written out: the very addresses of the site,
// so that a file from the command line is the file from the browser.
var exports = map[string]string{
	"communes": "/communes", "bodies": "/bodies", "missions": "/missions", "projects": "/projects", "keys": "/keys",
	"ledger": "/ledger", "balance": "/api/v1/ledger/balance", "boundaries": "/api/v1/areas.geojson", "areas": "/territory",
}

func runExport(c *call) error {
	c.config.flags(c.flags, c.env)
	format := c.flags.String("format", "csv", "csv or xlsx; balance is JSON, boundaries are GeoJSON")
	out := c.flags.String("o", "", "file to write; standard output when empty")
	asOf := c.flags.String("as-of", "", "situation at this day, YYYY-MM-DD")
	filter := pairs{}
	c.flags.Var(filter, "filter", "NAME=VALUE as in the address of the page, for example year=2025; may be repeated")
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) != 1 || exports[c.args[0]] == "" {
		return c.usage("export needs one kind of: areas, balance, bodies, boundaries, communes, keys, ledger, missions, projects")
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	q := url.Values{}
	for name, value := range filter {
		q.Set(name, value)
	}
	if !strings.HasPrefix(exports[c.args[0]], "/api/") {
		q.Set("format", *format)
	}
	if *asOf != "" {
		q.Set("as_of", *asOf)
	}
	return h.export(c, exports[c.args[0]]+"?"+q.Encode(), *out)
}

// export asks the site for an address and writes the answer: to a file only
// when all of it has come.
func (h *House) export(c *call, address, out string) error {
	w := io.Writer(c.Out)
	var temp *os.File
	if out != "" {
		var err error
		if temp, err = os.CreateTemp(filepath.Dir(out), ".beffroi-*"); err != nil {
			return &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": out}, Err: err}
		}
		defer os.Remove(temp.Name())
		w = temp
	}
	r, err := http.NewRequestWithContext(c.ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept-Language", c.language(h.Bundle))
	answer := &answer{w: w, head: http.Header{}}
	h.Handler().ServeHTTP(answer, r)
	if answer.status >= 400 {
		return fault.New(fault.BadRequest, "export", fault.Args{"status": int64(answer.status), "address": address})
	}
	if temp == nil {
		return nil
	}
	if err := temp.Close(); err != nil {
		return err
	}
	fmt.Fprintln(c.Err, out)
	return os.Rename(temp.Name(), out)
}

// answer is a response that goes into a file; what tells of a refusal does not.
type answer struct {
	w      io.Writer
	head   http.Header
	status int
}

// Header holds the headers, which a file does not keep.
func (a *answer) Header() http.Header { return a.head }

// WriteHeader remembers the status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write passes the body on.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.status >= 400 {
		return len(b), nil
	}
	return a.w.Write(b)
}
