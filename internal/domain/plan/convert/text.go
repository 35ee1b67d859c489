package convert

import (
	"html"
	"strings"
)

// plainText is the text of a piece of HTML: no mark survives, so that nothing of
// it can act on a page; paragraphs become lines.
func plainText(s string) string {
	s = blocks.ReplaceAllString(s, "\n$0")
	s = html.UnescapeString(markup.ReplaceAllString(s, ""))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.TrimSpace(breaks.ReplaceAllString(s, "\n\n"))
}
