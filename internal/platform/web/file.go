package web

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"beffroi/internal/platform/fault"
)

// slowest is how long a file may take to come or go, over a bad line.
const slowest = 10 * time.Minute

// Download answers with a file: the whole, a range of it, or 304. tag is its
// strong ETag without quotes. Whatever the file holds, a browser saves it and
// opens nothing: the answer is an attachment, of the type it says, in a sandbox.
// private keeps it out of every cache.
func (x *Exchange) Download(name, media, tag string, private bool, content io.ReadSeeker) {
	x.wrote = true
	h := x.W.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", disposition(name))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("ETag", `"`+tag+`"`)
	if private {
		h.Set("Cache-Control", "no-store")
	}
	x.patient()
	http.ServeContent(x.W, x.R, "", time.Time{}, content)
}

// disposition names an attachment (RFC 6266): in ASCII for old programs, and as
// it is.
func disposition(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, ascii, strings.ReplaceAll(url.QueryEscape(name), "+", "%20"))
}

// patient gives this exchange more time than the server gives others. It is
// called once the reader is known and let in.
func (x *Exchange) patient() {
	c := http.NewResponseController(x.W)
	end := time.Now().Add(slowest)
	_ = errors.Join(c.SetReadDeadline(end), c.SetWriteDeadline(end)) // a recorder of tests has none
}

// Incoming gives the body of a request that is a file.
func (x *Exchange) Incoming() io.Reader {
	x.patient()
	return bounded{x.R.Body}
}

// Uploads gives each file of a form's field as it comes in; nothing is kept on
// the way. Other fields are refused. A form without a file is Invalid
// "file.none".
func (x *Exchange) Uploads(field string, take func(name string, r io.Reader) error) error {
	none := fault.Bad(field, "", "file.none", nil)
	form, err := x.R.MultipartReader()
	if err != nil {
		return none
	}
	x.patient()
	for n := 0; ; n++ {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return none
		}
		if err != nil {
			return bodyFault(err)
		}
		if err := x.upload(part, field, take); err != nil {
			return err
		}
	}
}

func (x *Exchange) upload(part *multipart.Part, field string, take func(name string, r io.Reader) error) error {
	defer part.Close()
	if part.FormName() != field {
		return fault.New(fault.BadRequest, "form.unknown", fault.Args{"name": excerpt(part.FormName())})
	}
	if part.FileName() == "" { // a form sent without choosing
		return fault.Bad(field, "", "file.none", nil)
	}
	return take(part.FileName(), bounded{part})
}

// bounded makes the end of what a route takes a refusal.
type bounded struct{ r io.Reader }

func (b bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		err = bodyFault(err)
	}
	return n, err
}
