package web

import (
	"compress/gzip"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/pdf"
	"beffroi/internal/platform/ui"

	"github.com/a-h/templ"
)

// Site is what the front needs from the house.
type Site struct {
	Clock   clock.Clock
	Bundle  *i18n.Bundle
	Auth    *auth.Service
	Log     *slog.Logger
	Metrics *Metrics
	Secure  bool           // the public address is https
	SignIn  string         // address of the sign-in page
	Seal    []byte         // key under which cursors are signed
	Proxies []netip.Prefix // servers before ours whose X-Forwarded-For is believed
	Printer *pdf.Printer   // makes pages into PDF; nil where no Chromium is installed
	// Page completes a page with the house's header, navigation and footer.
	Page func(*Exchange, ui.Page, templ.Component) templ.Component
	// Error is the page that tells of a refusal; reference names the log line of
	// an internal error.
	Error func(x *Exchange, e *fault.Error, reference string) templ.Component
	// Source gives the titles of the sources whose short names a fact carries;
	// nil leaves the names.
	Source func(names string) string
	// Blocks are what the rooms add to the pages of others, in the order of the rooms.
	Blocks []Block

	inner http.Handler // what Handler made, without log and compression: for the printer
}

// Page answers 200 with a page of the house.
func (x *Exchange) Page(page ui.Page, body templ.Component) error {
	return x.PageStatus(http.StatusOK, page, body)
}

// PageStatus answers with a page of the house.
func (x *Exchange) PageStatus(status int, page ui.Page, body templ.Component) error {
	return x.HTML(status, x.site.Page(x, page, body))
}

const (
	langCookie  = "lang"
	flashCookie = "flash"
	maxBody     = 1 << 20
	retryAfter  = "5" // seconds: an outage passes, and not everybody should come back at once
)

// SessionCookie is the name of the session's cookie. The __Host- prefix needs
// https, which a demonstration on loopback does not have.
func (s *Site) SessionCookie() string {
	if s.Secure {
		return "__Host-session"
	}
	return "session"
}

// Handler serves the routes with all safeguards. Addresses outside the
// registry get the house's own 404 page.
func (s *Site) Handler(routes *Routes, assets http.Handler) http.Handler {
	muxes := map[string]*http.ServeMux{"": http.NewServeMux()}
	for _, r := range routes.List() {
		ext := twin(r.Pattern)
		if muxes[ext] == nil {
			muxes[ext] = http.NewServeMux()
		}
		muxes[ext].Handle(r.Method+" "+strings.TrimSuffix(r.Pattern, ext), s.serve(&r))
	}
	muxes[""].Handle("GET /assets/", assets)
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ext := path.Ext(r.URL.Path); ext != "" && muxes[ext] != nil {
			stripped := r.Clone(r.Context())
			stripped.URL.Path = strings.TrimSuffix(r.URL.Path, ext)
			stripped.URL.RawPath = strings.TrimSuffix(r.URL.RawPath, ext)
			if _, pattern := muxes[ext].Handler(stripped); pattern != "" {
				muxes[ext].ServeHTTP(w, stripped)
				return
			}
		}
		mux := muxes[""]
		if _, pattern := mux.Handler(r); pattern == "" {
			if allowed := methodsOf(mux, r); allowed != "" {
				w.Header().Set("Allow", allowed)
				s.refuse(w, r, fault.New(fault.NotAllowed, "method", fault.Args{"method": excerpt(r.Method), "values": allowed}))
				return
			}
			s.refuse(w, r, fault.Missing("page"))
			return
		}
		mux.ServeHTTP(w, r)
	})
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, fault.New(fault.Forbidden, "origin", nil))
	}))
	s.inner = s.headers(guard.Handler(h))
	return visitors(s.Proxies, s.observe(compress(s.inner)))
}

// refuse answers for addresses and methods that no route has.
func (s *Site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.serve(&Route{Method: r.Method, Pattern: "/", Kind: PageRoute, stray: true,
		Rule: auth.Rule{Name: "unknown", Public: true}, Handle: func(*Exchange) error { return err }}).ServeHTTP(w, r)
}

// twin is the extension of a pattern such as "/communes/{nis}.json": the same
// thing in another form. ServeMux wildcards fill whole segments, so each
// extension has a mux of its own, asked with the extension cut off.
func twin(pattern string) string {
	if i := strings.LastIndex(pattern, "}."); i >= 0 {
		return pattern[i+1:]
	}
	return ""
}

// methods are those that a route may have, and HEAD, which goes with GET.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// methodsOf lists the methods under which an address exists, "" when none.
func methodsOf(mux *http.ServeMux, r *http.Request) string {
	var list []string
	for _, m := range methods {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := mux.Handler(probe); pattern != "" {
			list = append(list, m)
		}
	}
	return strings.Join(list, ", ")
}

func (s *Site) serve(route *Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &Exchange{W: w, R: r, Route: route, site: s, Today: clock.Today(s.Clock)}
		x.AsOf = x.Today
		switch {
		case route.stray:
			loggedPath(r).text = "(unknown)"
		case !route.Rule.Public:
			loggedPath(r).text = route.Pattern
		}
		limit := route.Limit
		if limit == 0 {
			limit = maxBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		if !route.unsafe() {
			x.R = r.WithContext(db.WithMemory(r.Context()))
		}
		if err := x.run(); err != nil {
			x.fail(err)
		}
	})
}

func (x *Exchange) run() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("web: panic in %s: %v\n%s", x.Route.Pattern, v, debug.Stack())
		}
	}()
	x.language() // first, so that every refusal speaks it
	if err := x.who(); err != nil {
		return err
	}
	x.takeFlash()
	if err := x.read(); err != nil {
		return err
	}
	if err := x.Route.Rule.Gate(x.Actor); err != nil {
		return err
	}
	if err := x.Actor.Scoped(x.Route.Rule, x.Route.unsafe()); err != nil {
		return err
	}
	if x.Query("format") == formatPDF {
		return x.printed()
	}
	return x.Route.Handle(x)
}

// who finds the actor. An API that writes takes bearer tokens only: a cookie
// travels without its holder's will, a token does not.
func (x *Exchange) who() (err error) {
	if header := x.R.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return fault.New(fault.Unauthenticated, "token", nil)
		}
		x.Actor, err = x.site.Auth.Bearer(x.Context(), token)
		return err
	}
	if x.Route.Kind == APIRoute && x.Route.unsafe() {
		return nil
	}
	c, err := x.R.Cookie(x.site.SessionCookie())
	if err != nil {
		return nil // no cookie: anybody
	}
	x.Actor, err = x.site.Auth.Resume(x.Context(), c.Value)
	return err
}

func (x *Exchange) language() {
	langs := x.site.Bundle.Langs()
	asked := x.R.URL.Query().Get("lang")
	kept := ""
	if c, err := x.R.Cookie(langCookie); err == nil {
		kept = c.Value
	}
	lang := i18n.Negotiate(asked, kept, x.R.Header.Get("Accept-Language"), langs)
	x.P = x.site.Bundle.Printer(lang)
	x.W.Header().Set("Content-Language", lang)
	if asked == lang && kept != lang {
		http.SetCookie(x.W, &http.Cookie{Name: langCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: x.site.Secure})
	}
}

func (x *Exchange) takeFlash() {
	c, err := x.R.Cookie(flashCookie)
	if err != nil || x.Route.Kind != PageRoute {
		return
	}
	if x.P.Has(c.Value) {
		x.flash = c.Value
	}
	http.SetCookie(x.W, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: x.site.Secure})
}

// fail tells of a refusal in the form that the route speaks.
func (x *Exchange) fail(err error) {
	e := fault.From(err)
	reference := ""
	if e.Kind == fault.Internal {
		reference = rand.Text()[:8]
		x.site.Log.Error("internal error", "reference", reference, "method", x.R.Method, "path", loggedPath(x.R).text, "error", err.Error())
	}
	if e.Kind == fault.Unavailable {
		x.site.Log.Error("unavailable", "code", e.Code, "method", x.R.Method, "path", x.R.URL.Path, "error", err.Error())
		x.W.Header().Set("Retry-After", retryAfter)
	}
	if x.wrote { // the answer has begun; the connection is cut so that a half file is seen to be half
		panic(http.ErrAbortHandler)
	}
	if e.Kind == fault.TooMany {
		if seconds, ok := e.Args["seconds"].(int64); ok {
			x.W.Header().Set("Retry-After", fmt.Sprint(seconds))
		}
	}
	if x.Route.Kind == APIRoute || x.Route.Kind == DataRoute || strings.HasPrefix(x.R.URL.Path, "/api/") {
		x.problem(e, reference)
		return
	}
	if e.Kind == fault.Unauthenticated && x.R.Method == http.MethodGet && x.R.Header.Get("Authorization") == "" {
		http.Redirect(x.W, x.R, x.site.SignIn+"?next="+escapeNext(x.R.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	if herr := x.HTML(e.Status(), x.site.Error(x, e, reference)); herr != nil {
		x.site.Log.Error("error page", "error", herr.Error())
		http.Error(x.W, "500", http.StatusInternalServerError)
	}
}

// headers sets what every answer carries (stack specification D3).
func (s *Site) headers(next http.Handler) http.Handler {
	const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "accelerometer=(), camera=(), geolocation=(), microphone=(), payment=()")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if _, err := r.Cookie(s.SessionCookie()); err == nil || r.Header.Get("Authorization") != "" {
			h.Set("Cache-Control", "no-store")
		} else {
			h.Set("Cache-Control", "no-cache") // revalidated by ETag
		}
		h.Set("Vary", "Accept-Encoding, Accept-Language, Cookie")
		next.ServeHTTP(w, r)
	})
}

// logged is what the log may say of an address: of pages that not everybody may
// open the pattern, since their addresses name people; of addresses that do not
// exist nothing, since they may hold anything.
type logged struct{ text string }

type loggedKey struct{}

func loggedPath(r *http.Request) *logged {
	if told, ok := r.Context().Value(loggedKey{}).(*logged); ok {
		return told
	}
	return &logged{text: r.URL.Path}
}

// observe logs and counts each request.
func (s *Site) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		told := &logged{text: r.URL.Path}
		r = r.WithContext(context.WithValue(r.Context(), loggedKey{}, told))
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() { // also when the answer is cut off
			took := time.Since(start)
			s.Metrics.Request(r.Method, rec.status, took)
			s.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", r.Method), slog.String("path", told.text),
				slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Duration("took", took))
		}()
		next.ServeHTTP(rec, r)
	})
}

type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

var gzips = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	return z
}}

// compress packs text answers for readers who take gzip.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !takesGzip(r.Header.Get("Accept-Encoding")) {
			next.ServeHTTP(w, r)
			return
		}
		z := &gzipWriter{ResponseWriter: w}
		defer z.close()
		next.ServeHTTP(z, r)
	})
}

// takesGzip reads an Accept-Encoding header; ";q=0" is a refusal (RFC 9110, 12.5.3).
func takesGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.Trim(strings.TrimPrefix(strings.ToLower(weight), "q="), "0.") != "" || weight == ""
		}
	}
	return false
}

type gzipWriter struct {
	http.ResponseWriter
	z       *gzip.Writer
	decided bool
}

func (g *gzipWriter) WriteHeader(status int) {
	h := g.Header()
	media := h.Get("Content-Type")
	text := strings.HasPrefix(media, "text/") || strings.Contains(media, "json") || strings.Contains(media, "svg") || strings.Contains(media, "xml;")
	if !g.decided && text && h.Get("Content-Encoding") == "" && h.Get("Accept-Ranges") == "" && // ranges count unpacked bytes
		status != http.StatusNotModified && status != http.StatusNoContent {
		h.Set("Content-Encoding", "gzip")
		h.Del("Content-Length")
		g.z = gzips.Get().(*gzip.Writer)
		g.z.Reset(g.ResponseWriter)
	}
	g.decided = true
	g.ResponseWriter.WriteHeader(status)
}

func (g *gzipWriter) Write(b []byte) (int, error) {
	if !g.decided {
		g.WriteHeader(http.StatusOK)
	}
	if g.z != nil {
		return g.z.Write(b)
	}
	return g.ResponseWriter.Write(b)
}

func (g *gzipWriter) close() {
	if g.z != nil {
		_ = g.z.Close() // the reader may have gone
		gzips.Put(g.z)
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (g *gzipWriter) Unwrap() http.ResponseWriter { return g.ResponseWriter }

// Serve listens until the context ends, then lets running requests finish for
// up to ten seconds.
func Serve(ctx context.Context, listener net.Listener, h http.Handler, log *slog.Logger) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 120 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		done <- server.Shutdown(end)
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return <-done
}
