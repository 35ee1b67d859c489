package i18n

import (
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Printer writes in one language. It is safe for concurrent use.
type Printer struct {
	bundle *Bundle
	lang   string
	tag    language.Tag
	style  *style
}

func newPrinter(b *Bundle, lang string) *Printer {
	s, ok := styles[lang]
	if !ok {
		s = styles["fr"]
	}
	return &Printer{bundle: b, lang: lang, tag: language.Make(lang), style: s}
}

// Lang returns the printer's language, for the page's lang attribute.
func (p *Printer) Lang() string { return p.lang }

// Has reports whether key has a text in this language or the first one.
func (p *Printer) Has(key string) bool {
	return p.bundle.texts(p.lang)[key] != nil || p.bundle.texts(p.bundle.langs[0])[key] != nil
}

// T returns the text of key; args alternate parameter names and values. A key
// not translated gives the first language's text, an unknown key "⟦key⟧", a
// parameter absent or of the wrong type "⟦name⟧"; all three, and T of a text
// that needs N, show in Bundle.Missing.
func (p *Printer) T(key string, args ...any) string {
	m := p.message(key)
	if m == nil {
		return mark(key)
	}
	if m.plural {
		p.bundle.miss(p.lang, key, "plural text asked without its number")
	}
	return p.write(key, m.forms[plural.Other], args)
}

// N returns the text of key in the plural form that n takes in the language;
// {n} stands for n itself. In French 0 and 1 are singular.
func (p *Printer) N(key string, n int64, args ...any) string {
	m := p.message(key)
	if m == nil {
		return mark(key)
	}
	t := m.forms[p.form(n)]
	if t == nil {
		t = m.forms[plural.Other]
	}
	return p.write(key, t, append([]any{"n", n}, args...))
}

// Map is T with named parameters, or N if the text has plural forms and args
// has a whole number "n". It writes refusals, which carry their parameters so.
func (p *Printer) Map(key string, args map[string]any) string {
	list := make([]any, 0, 2*len(args))
	for name, value := range args {
		list = append(list, name, value)
	}
	if m := p.bundle.texts(p.lang)[key]; m != nil && m.plural {
		if n, ok := toInt(args["n"]); ok {
			return p.N(key, n, list...)
		}
	}
	return p.T(key, list...)
}

func (p *Printer) message(key string) *message {
	if m := p.bundle.texts(p.lang)[key]; m != nil {
		return m
	}
	m := p.bundle.texts(p.bundle.langs[0])[key]
	if m == nil {
		p.bundle.miss(p.lang, key, "unknown key")
		return nil
	}
	p.bundle.miss(p.lang, key, "not translated")
	return m
}

func (p *Printer) write(key string, t *template, args []any) string {
	text, bad := t.render(p, args)
	if bad != "" {
		p.bundle.miss(p.lang, key, "parameter "+bad+" absent or of the wrong type")
	}
	return text
}

// form returns the CLDR plural category of n.
func (p *Printer) form(n int64) plural.Form {
	// The tables look at the last digits only, and cannot hold a negative number.
	i := int(n % 1_000_000)
	if i < 0 {
		i = -i
	}
	if i == 0 && n != 0 && p.tag == language.French {
		return plural.Many // "un million DE visiteurs", of CLDR 38; the tables of x/text are of CLDR 32
	}
	if n >= 1_000_000 || n <= -1_000_000 {
		i += 1_000_000 // 1 000 001 is not one
	}
	return plural.Cardinal.MatchPlural(p.tag, i, 0, 0, 0, 0)
}
