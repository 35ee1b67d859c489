package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// gcPercent lets the heap grow to three times what is in use before it is
// swept: pages make much short-lived text over a small lasting heap (measured in
// docs/benchmarks.md).
const gcPercent = 200

func runServe(c *call) error {
	c.config.serverFlags(c.flags, c.env)
	if err := c.parse(); err != nil {
		return err
	}
	if len(c.args) > 0 {
		return c.usage("serve takes no argument, got %q", c.args[0])
	}
	h, err := Open(c.ctx, c.config, clock.System(), c.Err)
	if err != nil {
		return err
	}
	defer h.Close()
	return h.serve(c.ctx, func(address string) { fmt.Fprintf(c.Out, "Beffroi: %s\n", address) })
}

// serve listens until the context ends; ready is told the address of the site.
func (h *House) serve(ctx context.Context, ready func(address string)) error {
	if err := ui.CheckAssets(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", h.config.Listen)
	if err != nil {
		return &fault.Error{Kind: fault.Unavailable, Code: "listen", Args: fault.Args{"value": h.config.Listen}, Err: err}
	}
	debug.SetGCPercent(gcPercent)
	stopMetrics, err := h.serveMetrics()
	if err != nil {
		return err
	}
	defer stopMetrics()
	defer h.work(ctx)()
	ready(h.address(listener))
	return web.Serve(ctx, listener, h.Handler(), h.Log)
}

func (h *House) address(l net.Listener) string {
	if h.config.URL != "" {
		return h.config.URL
	}
	return "http://" + l.Addr().String()
}

// serveMetrics answers /metrics on a listener of its own, so that the figures
// of the operator are never on the public address.
func (h *House) serveMetrics() (stop func(), err error) {
	if h.config.Metrics == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", h.config.Metrics)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Unavailable, Code: "listen", Args: fault.Args{"value": h.config.Metrics}, Err: err}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h.Metrics)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			h.Log.Error("metrics", "error", err.Error())
		}
	}()
	return func() { _ = server.Close() }, nil // the process ends anyway
}

// health registers what a watchman asks: does the process live, and can it work.
func health(h *House) {
	public := auth.Rule{Name: "health", Public: true}
	h.Routes.Add(web.Route{Pattern: "/healthz", Kind: web.DataRoute, Rule: public, Summary: "The process lives", Media: "text/plain",
		Handle: func(x *web.Exchange) error { return x.Text("text/plain; charset=utf-8", []byte("ok\n")) }})
	h.Routes.Add(web.Route{Pattern: "/readyz", Kind: web.DataRoute, Rule: public, Summary: "The database answers and its schema is the program's", Media: "text/plain",
		Handle: func(x *web.Exchange) error {
			pending, err := h.DB.Pending(x.Context(), Schemas())
			if err != nil || len(pending) > 0 {
				return &fault.Error{Kind: fault.Unavailable, Code: "db.notready", Args: fault.Args{"n": int64(len(pending))}, Err: err}
			}
			return x.Text("text/plain; charset=utf-8", []byte("ready\n"))
		}})
}

func runMigrate(c *call) error {
	c.config.flags(c.flags, c.env)
	plan := c.flags.Bool("plan", false, "print the steps that are missing, change nothing")
	if err := c.parse(); err != nil {
		return err
	}
	if *plan {
		return c.plan()
	}
	d, err := c.target()
	if err != nil {
		return err
	}
	defer d.Close()
	steps, err := d.Migrate(c.ctx, Schemas())
	if err != nil {
		return err
	}
	for _, s := range steps {
		fmt.Fprintln(c.Out, s.ID)
	}
	fmt.Fprintf(c.Err, "%d steps applied\n", len(steps))
	return nil
}

// plan prints the steps that are missing: all of them where there is no
// database yet.
func (c *call) plan() error {
	steps, err := db.Steps(Schemas())
	if !c.config.absent() && err == nil {
		var d *db.DB
		if d, err = c.target(); err != nil {
			return err
		}
		defer d.Close()
		steps, err = d.Pending(c.ctx, Schemas())
	}
	if err != nil {
		return err
	}
	for _, s := range steps {
		fmt.Fprintf(c.Out, "-- %s\n%s\n", s.ID, s.Text)
	}
	fmt.Fprintf(c.Err, "%d steps missing\n", len(steps))
	return nil
}
