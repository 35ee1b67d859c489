// Package i18n holds every text that users see, in every language, and writes
// numbers, amounts and dates the way each language does.
//
// A package with texts embeds a folder locale/ with one TOML file per language
// and gives it to Bundle.Load. A key is a path of tables; its value is a string
// or, where a number decides the wording, a table of CLDR plural forms:
//
//	[plan]
//	title = "Plan stratégique"
//	budget = "{spent:money} dépensés sur {total:money}"
//	actions = {one = "{n} action", other = "{n} actions"}
//
// Parameters are {name} or {name:format}; {{ and }} are literal braces. The
// formats are those of the table formatters. Texts hold no HTML.
package i18n

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
)

// Bundle is the catalogue of all languages. Load everything first; afterwards
// it may be used from any number of goroutines.
type Bundle struct {
	langs      []string
	catalogues map[string]*catalogue // by language
	printers   map[string]*Printer
	later      []fs.FS

	mu      sync.Mutex
	missing map[string]bool
}

// catalogue is the texts of one language by key; those that were left for later
// are read when somebody first asks.
type catalogue struct {
	read     sync.Once
	messages map[string]*message
}

// maxMissing bounds the memory that unknown keys can take.
const maxMissing = 1000

// New returns an empty bundle for the given languages ("fr", "nl", "en"); the
// first, "fr" if none is given, is the one to fall back to. Languages without
// their own conventions for numbers and dates get the French ones.
func New(langs ...string) *Bundle {
	if len(langs) == 0 {
		langs = []string{"fr"}
	}
	b := &Bundle{
		langs:      slices.Clone(langs),
		catalogues: map[string]*catalogue{},
		printers:   map[string]*Printer{},
		missing:    map[string]bool{},
	}
	for _, lang := range langs {
		b.catalogues[lang] = &catalogue{messages: map[string]*message{}}
		b.printers[lang] = newPrinter(b, lang)
	}
	return b
}

// Later leaves the files of fsys for when a text of their language is first
// asked for: a command speaks one language, so that it need not read three. What
// Load would say of them shows in Missing, and Check finds it.
func (b *Bundle) Later(fsys fs.FS) { b.later = append(b.later, fsys) }

// texts are those of a language of the bundle.
func (b *Bundle) texts(lang string) map[string]*message {
	c := b.catalogues[lang]
	c.read.Do(func() {
		for _, fsys := range b.later {
			if err := b.loadFile(fsys, "locale/"+lang+".toml"); err != nil {
				b.miss(lang, "*", err.Error())
			}
		}
	})
	return c.messages
}

// Load reads locale/<lang>.toml for every such file at the root of fsys. Its
// error joins all that is wrong: no file, unknown language, bad TOML, HTML, bad
// parameter, key already loaded. After an error the bundle is incomplete.
func (b *Bundle) Load(fsys fs.FS) error {
	files, err := fs.Glob(fsys, "locale/*.toml")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("i18n: no locale/<lang>.toml in this package")
	}
	var errs []error
	for _, file := range files {
		errs = append(errs, b.loadFile(fsys, file))
	}
	return errors.Join(errs...)
}

func (b *Bundle) loadFile(fsys fs.FS, file string) error {
	lang := strings.TrimSuffix(path.Base(file), ".toml")
	c := b.catalogues[lang]
	if c == nil {
		return fmt.Errorf("i18n: %s: this bundle has no language %q", file, lang)
	}
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return fmt.Errorf("i18n: %w", err)
	}
	entries, err := readCatalogue(text)
	errs := []error{err}
	for _, e := range entries {
		if c.messages[e.key] != nil {
			errs = append(errs, fmt.Errorf("%s: key loaded twice", e.key))
			continue
		}
		c.messages[e.key] = e.message
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("i18n: %s: %w", file, err)
	}
	return nil
}

// Langs returns the languages, the one to fall back to first.
func (b *Bundle) Langs() []string { return slices.Clone(b.langs) }

// Keys returns every key of every language, sorted.
func (b *Bundle) Keys() []string {
	all := map[string]bool{}
	for _, lang := range b.langs {
		for key := range b.texts(lang) {
			all[key] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Printer returns the printer of lang, or of the first language if the bundle
// has no such language. Printers are shared and cost nothing to ask for.
func (b *Bundle) Printer(lang string) *Printer {
	if p := b.printers[lang]; p != nil {
		return p
	}
	return b.printers[b.langs[0]]
}

// Missing returns what printers were asked and could not do since the bundle
// was made, sorted: "fr: plan.tilte: unknown key". Tests of pages expect none.
// At most 1000 are kept.
func (b *Bundle) Missing() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.missing))
}

func (b *Bundle) miss(lang, key, what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.missing) < maxMissing {
		b.missing[lang+": "+key+": "+what] = true
	}
}

// message is one key's text in one language.
type message struct {
	forms  [plural.Many + 1]*template // by plural.Form; Other is never nil
	plural bool
}
