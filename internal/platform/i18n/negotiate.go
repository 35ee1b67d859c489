package i18n

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// maxAcceptLanguage bounds the work that a request header can ask for; real ones are under 100 bytes.
const maxAcceptLanguage = 500

// Negotiate picks a language of supported: the one asked in the query, else the
// cookie's, else the reader's preferred one in Accept-Language, else the first.
// Regional variants count as their language (fr-BE is fr). It returns "" only
// when supported is empty.
func Negotiate(query, cookie, acceptLanguage string, supported []string) string {
	for _, asked := range append([]string{query, cookie}, preferred(acceptLanguage)...) {
		base, _, _ := strings.Cut(strings.ToLower(asked), "-")
		if slices.Contains(supported, base) {
			return base
		}
	}
	if len(supported) == 0 {
		return ""
	}
	return supported[0]
}

// preferred lists the languages of an Accept-Language header, best first; none
// if it is malformed.
func preferred(header string) []string {
	if len(header) > maxAcceptLanguage {
		return nil
	}
	tags, weights, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return nil
	}
	var names []string
	for i, tag := range tags {
		if weights[i] > 0 {
			names = append(names, tag.String())
		}
	}
	return names
}
