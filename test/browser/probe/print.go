package probe

import (
	"bytes"
	"regexp"

	"github.com/chromedp/chromedp"
)

// pdfPage matches the dictionary of one page; Chromium writes those
// uncompressed.
var pdfPage = regexp.MustCompile(`/Type\s*/Page\b`)

// Print returns the page as a PDF on A4, with the styles for print, and how
// many sheets it takes.
func Print(p *Page) (pdf []byte, sheets int) {
	p.t.Helper()
	pdf = run(p, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize()))
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		p.t.Fatalf("%s: not a PDF: %.40q", p.URL, pdf)
	}
	return pdf, len(pdfPage.FindAll(pdf, -1))
}
