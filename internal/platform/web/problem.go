package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
)

// Problem is an error of the API (RFC 9457). Type is the stable code of the
// refusal, Title the phrase of the status; Detail is in the reader's language.
type Problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail,omitempty"`
	Reference string         `json:"reference,omitempty"`
	Errors    []ProblemField `json:"errors,omitempty"`
}

// ProblemField is one refused value.
type ProblemField struct {
	Name   string `json:"name"`
	Line   int    `json:"line,omitempty"`
	Value  string `json:"value"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// NewProblem tells a refusal in a language.
func NewProblem(p *i18n.Printer, e *fault.Error, reference string) Problem {
	doc := Problem{Type: "urn:beffroi:fault:" + e.Code, Title: http.StatusText(e.Status()), Status: e.Status(), Detail: Message(p, e.Code, e.Args), Reference: reference}
	for _, f := range e.Fields {
		doc.Errors = append(doc.Errors, ProblemField{Name: f.Name, Line: f.Line, Value: f.Value, Code: f.Code, Detail: Message(p, f.Code, f.Args)})
	}
	return doc
}

// Message is the sentence of a fault code.
// i18n: fault.*
func Message(p *i18n.Printer, code string, args fault.Args) string {
	return p.Map("fault."+code, args)
}

func (x *Exchange) problem(e *fault.Error, reference string) {
	b, err := json.Marshal(NewProblem(x.P, e, reference))
	if err != nil {
		http.Error(x.W, "500", http.StatusInternalServerError)
		return
	}
	if e.Kind == fault.Unauthenticated {
		x.W.Header().Set("WWW-Authenticate", "Bearer")
	}
	x.W.Header().Set("Content-Type", "application/problem+json")
	x.W.WriteHeader(e.Status())
	_, _ = x.W.Write(append(b, '\n')) // the reader may have gone
}

func escapeNext(uri string) string { return url.QueryEscape(uri) }

// SafeNext is the address to lead to after sign-in: of this site only.
func SafeNext(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}
