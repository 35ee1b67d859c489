package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/pdf"
	"beffroi/internal/platform/ui"
)

const formatPDF = "pdf"

// PDF is the parameter by which a public page gives itself as a tagged PDF: as
// everybody sees it, whoever asks.
func PDF() Param {
	return Query("format", "enum", "the page as a tagged PDF, where a Chromium is installed", formatPDF)
}

// offersPDF tells whether a route declares PDF.
func (r Route) offersPDF() bool {
	return slices.ContainsFunc(r.Params, func(p Param) bool { return p.Name == "format" && slices.Contains(p.Enum, formatPDF) })
}

// PDFLinks is the link to this page as a PDF; none where none can be made.
func (x *Exchange) PDFLinks() []ui.Link {
	if x.site.Printer == nil || !x.Route.offersPDF() {
		return nil
	}
	return []ui.Link{{Label: "PDF", Href: x.Here("format", formatPDF)}}
}

// printed answers with this page as a PDF. What is no page answers as it does
// without the parameter.
func (x *Exchange) printed() error {
	if x.site.Printer == nil {
		return fault.New(fault.Unavailable, "pdf.none", nil)
	}
	path, lang := x.Here("format", "", "lang", ""), x.P.Lang()
	r := httptest.NewRequestWithContext(x.Context(), http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", lang)
	w := httptest.NewRecorder()
	if x.site.inner.ServeHTTP(w, r); w.Code != http.StatusOK {
		delete(x.query, "format")
		return x.Route.Handle(x)
	}
	doc, err := x.site.Printer.Print(x.Context(), pdf.Page{Site: x.site.inner, Path: path, Lang: lang,
		Footer: x.P.T("pdf.foot", "day", x.P.Date(x.AsOf), "path", x.R.URL.Path), Date: x.AsOf.Time(time.UTC)})
	if err != nil {
		return err
	}
	name := strings.ReplaceAll(strings.Trim(x.R.URL.Path, "/"), "/", "-")
	x.W.Header().Set("Content-Type", "application/pdf")
	x.W.Header().Set("Content-Disposition", disposition(fmt.Sprintf("%s-%s.pdf", name, x.AsOf)))
	return x.send(http.StatusOK, doc)
}
