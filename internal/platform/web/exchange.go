package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
)

// Exchange is one request and its answer, with what every handler needs to know.
type Exchange struct {
	W     http.ResponseWriter
	R     *http.Request
	Route *Route
	Actor auth.Actor
	P     *i18n.Printer
	Today calendar.Date
	AsOf  calendar.Date // the day asked for, Today when none was

	site  *Site
	query map[string][]string
	flash string
	wrote bool
}

// Context is the request's context.
func (x *Exchange) Context() context.Context { return x.R.Context() }

// Path is a value of the path.
func (x *Exchange) Path(name string) string { return x.R.PathValue(name) }

// Query is a checked query parameter, "" when absent.
func (x *Exchange) Query(name string) string {
	if v := x.query[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// QueryAll is every value of a repeated query parameter.
func (x *Exchange) QueryAll(name string) []string { return x.query[name] }

// QueryInt is a checked whole number, otherwise the default.
func (x *Exchange) QueryInt(name string, otherwise int) int {
	if n, err := strconv.Atoi(x.Query(name)); err == nil {
		return n
	}
	return otherwise
}

// Source tells where a fact comes from, by the titles of its sources.
func (x *Exchange) Source(names string) string {
	if x.site.Source == nil {
		return names
	}
	return x.site.Source(names)
}

// Here is the address of this page with some query parameters changed; an empty
// value removes one. Pairs come as name, value, name, value.
func (x *Exchange) Here(pairs ...string) string {
	q := url.Values{}
	for name, values := range x.query {
		q[name] = values
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return x.R.URL.Path
	}
	return x.R.URL.Path + "?" + q.Encode()
}

// Keep is an address with this page's as_of carried along.
func (x *Exchange) Keep(path string) string {
	if x.Query("as_of") == "" {
		return path
	}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + "as_of=" + x.AsOf.String()
}

// HTML answers with a component.
func (x *Exchange) HTML(status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(x.Context(), &b); err != nil {
		return fmt.Errorf("web: rendering %s: %w", x.R.URL.Path, err)
	}
	x.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	return x.send(status, b.Bytes())
}

// JSON answers 200 with a value.
func (x *Exchange) JSON(v any) error { return x.JSONStatus(http.StatusOK, v) }

// JSONStatus answers with a value.
func (x *Exchange) JSONStatus(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("web: encoding %s: %w", x.R.URL.Path, err)
	}
	x.W.Header().Set("Content-Type", "application/json")
	return x.send(status, append(b, '\n'))
}

// Dated says when what the answer tells last changed, for readers that compare
// days rather than tags.
func (x *Exchange) Dated(t time.Time) {
	x.W.Header().Set("Last-Modified", t.UTC().Format(http.TimeFormat))
}

// unchanged tells whether the reader has the answer already: by its tag, or by
// its day when the reader knows no tag (RFC 9110, 13.2.2).
func (x *Exchange) unchanged() bool {
	known, since := x.R.Header.Get("If-None-Match"), x.R.Header.Get("If-Modified-Since")
	if tag := x.W.Header().Get("ETag"); known != "" || since == "" {
		return tag != "" && matches(known, tag)
	}
	last, err := http.ParseTime(x.W.Header().Get("Last-Modified"))
	seen, err2 := http.ParseTime(since)
	return err == nil && err2 == nil && !last.After(seen)
}

// send writes the answer with an ETag, or 304 when the reader has it already.
// The tag is weak: the same answer travels packed and unpacked.
func (x *Exchange) send(status int, body []byte) error {
	x.wrote = true
	h := x.W.Header()
	if status == http.StatusOK && (x.R.Method == http.MethodGet || x.R.Method == http.MethodHead) && h.Get("ETag") == "" {
		sum := sha256.Sum256(body)
		h.Set("ETag", `W/"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	}
	if reads := x.R.Method == http.MethodGet || x.R.Method == http.MethodHead; reads && status == http.StatusOK && x.unchanged() {
		x.W.WriteHeader(http.StatusNotModified)
		return nil
	}
	x.W.WriteHeader(status)
	_, _ = x.W.Write(body) // when the reader went away nobody is left to tell
	return nil
}

// matches compares an If-None-Match header with a tag, weakly (RFC 9110, 13.1.2).
func matches(header, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == tag || candidate == "*" {
			return true
		}
	}
	return false
}

// unlessGone drops the error of writing to a reader that went away: nobody is
// left to tell. Any other error means a file cut short, and is passed on.
func (x *Exchange) unlessGone(err error) error {
	if x.Context().Err() != nil {
		return nil
	}
	return err
}

// Redirect leads on with 303 See Other.
func (x *Exchange) Redirect(to string) error {
	x.wrote = true
	http.Redirect(x.W, x.R, to, http.StatusSeeOther)
	return nil
}

// Moved leads to the lasting address with 301 Moved Permanently.
func (x *Exchange) Moved(to string) error {
	x.wrote = true
	http.Redirect(x.W, x.R, to, http.StatusMovedPermanently)
	return nil
}

// Attach starts a download of the given file name and media type.
func (x *Exchange) Attach(name, media string) io.Writer {
	x.wrote = true
	x.W.Header().Set("Content-Type", media)
	x.W.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	return x.W
}

// Text answers with plain or other text.
func (x *Exchange) Text(media string, b []byte) error {
	x.W.Header().Set("Content-Type", media)
	return x.send(http.StatusOK, b)
}

// Form reads a posted form. Fields that are not in allowed are refused, as are
// bytes that are no text.
func (x *Exchange) Form(allowed ...string) (url.Values, error) {
	var err error
	if strings.HasPrefix(x.R.Header.Get("Content-Type"), "multipart/") {
		err = x.R.ParseMultipartForm(1 << 20)
	} else {
		err = x.R.ParseForm()
	}
	if err != nil {
		return nil, bodyFault(err)
	}
	known := map[string]bool{}
	for _, a := range allowed {
		known[a] = true
	}
	for name, values := range x.R.PostForm {
		prefix, _, _ := strings.Cut(name, ".")
		if !known[name] && !known[prefix+".*"] {
			return nil, fault.New(fault.BadRequest, "form.unknown", fault.Args{"name": name})
		}
		for i, v := range values {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return nil, fault.New(fault.BadRequest, "form.text", fault.Args{"name": name})
			}
			values[i] = strings.TrimSpace(strings.ReplaceAll(v, "\r\n", "\n"))
		}
	}
	return x.R.PostForm, nil
}

// Decode reads a JSON body into v; unknown fields are refused.
func (x *Exchange) Decode(v any) error {
	if media, _, _ := mime.ParseMediaType(x.R.Header.Get("Content-Type")); media != "application/json" {
		return fault.New(fault.BadRequest, "json.type", fault.Args{"value": x.R.Header.Get("Content-Type")})
	}
	body, err := io.ReadAll(x.R.Body) // bounded by the route's limit
	if err != nil {
		return bodyFault(err)
	}
	if !utf8.Valid(body) || holdsNUL(body) {
		return fault.New(fault.BadRequest, "json.text", nil)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		if errors.Is(err, calendar.ErrDate) {
			if bad := badDays(body, v); bad != nil {
				return bad
			}
		}
		return bodyFault(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fault.New(fault.BadRequest, "json.more", nil)
	}
	return nil
}

// holdsNUL finds the escape of a character that PostgreSQL cannot keep; two
// backslashes are a backslash, not the beginning of an escape.
func holdsNUL(body []byte) bool {
	return bytes.Contains(bytes.ReplaceAll(body, []byte(`\\`), nil), []byte(`\u0000`))
}

func bodyFault(err error) error {
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.New(fault.TooLarge, "body.large", fault.Args{"max": e.Limit})
	}
	return &fault.Error{Kind: fault.BadRequest, Code: "body", Args: fault.Args{"reason": err.Error()}, Err: err}
}

// read checks the path and the query against the declared parameters.
func (x *Exchange) read() error {
	if x.Route.stray {
		return nil
	}
	values, err := url.ParseQuery(x.R.URL.RawQuery)
	if err != nil {
		return fault.New(fault.BadRequest, "query", nil)
	}
	x.query = values
	for _, name := range pathNames(x.Route.Pattern) {
		if err := x.Route.pathParam(name).check(x.Path(name)); err != nil {
			return err
		}
	}
	if err := x.readQuery(values); err != nil {
		return err
	}
	x.AsOf = x.Today
	if v := x.Query("as_of"); v != "" {
		x.AsOf, _ = calendar.Parse(v) // checked above
	}
	return nil
}

func (x *Exchange) readQuery(values url.Values) error {
	declared := map[string]Param{"lang": {Name: "lang", Type: "enum", Enum: x.site.Bundle.Langs()}}
	for _, p := range x.Route.Params {
		if p.In == "query" {
			declared[p.Name] = p
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) { // of several mistakes always the same is told
		list := values[name]
		p, ok := declared[name]
		if !ok {
			return paramFault("param.unknown", name, list[0], nil)
		}
		if len(list) > 1 && !p.Many || len(list) > 200 {
			return paramFault("param.repeated", name, list[1], nil)
		}
		for _, v := range list {
			if err := p.check(v); err != nil {
				return err
			}
		}
	}
	for _, p := range x.Route.Params {
		if p.In == "query" && p.Required && x.Query(p.Name) == "" {
			return paramFault("param.required", p.Name, "", nil)
		}
	}
	return nil
}

// check refuses a value that is not of the parameter's type. An empty value is
// an empty field of a filter form, and means the parameter was not given.
func (p Param) check(v string) error {
	limit := p.Max
	if limit == 0 {
		limit = 200
	}
	bad := func(code string) error { return paramFault(code, p.Name, v, p.Enum) }
	if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
		return bad("param.text")
	}
	if utf8.RuneCountInString(v) > limit {
		return bad("param.long")
	}
	if v == "" {
		return nil
	}
	switch p.Type {
	case "int":
		if n, err := strconv.Atoi(v); err != nil || n < 0 || n > 1_000_000_000 {
			return bad("param.int")
		}
	case "date":
		if _, err := calendar.Parse(v); err != nil {
			return bad("param.date")
		}
	case "nis":
		if !isNIS(v) {
			return bad("param.nis")
		}
	case "enum":
		if !slices.Contains(p.Enum, v) {
			return bad("param.enum")
		}
	case "decimal":
		if _, err := strconv.ParseFloat(v, 64); err != nil || strings.ContainsAny(v, "nNiIxX") {
			return bad("param.decimal")
		}
	}
	return nil
}

func isNIS(v string) bool {
	if len(v) != 5 {
		return false
	}
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func paramFault(code, name, value string, enum []string) error {
	name, value = excerpt(name), excerpt(value)
	args := fault.Args{"name": name, "value": value, "values": strings.Join(enum, ", ")}
	return &fault.Error{Kind: fault.BadRequest, Code: code, Args: args,
		Fields: []fault.Field{{Name: name, Value: value, Code: code, Args: args}}}
}

// excerpt makes what an address holds fit to be repeated on a page: text, and
// not more of it than a sentence bears.
func excerpt(s string) string {
	const longest = 80
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}

// Limit is the page size asked for: 50 when none was, 200 at most.
func (x *Exchange) Limit() int { return min(200, max(1, x.QueryInt("limit", 50))) }

// Flash leaves a message, by its key, for the next page that this reader opens.
func (x *Exchange) Flash(key string) {
	http.SetCookie(x.W, &http.Cookie{Name: flashCookie, Value: key, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: x.site.Secure, MaxAge: 60})
}

// TakeFlash gives the message left by the page before, "" when none was.
func (x *Exchange) TakeFlash() string { return x.flash }
