package sheet

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	uni "golang.org/x/text/encoding/unicode"
)

// Names of the encodings that are read, as in the IANA registry, lower case.
const (
	EncodingUTF8    = "utf-8"
	EncodingUTF16LE = "utf-16le"
	EncodingUTF16BE = "utf-16be"
	EncodingLatin1  = "iso-8859-1"
	EncodingWindows = "windows-1252"
	EncodingMac     = "macintosh"
)

// marks are the byte order marks.
var marks = []struct{ encoding, bytes string }{
	{EncodingUTF8, "\xEF\xBB\xBF"},
	{EncodingUTF16LE, "\xFF\xFE"},
	{EncodingUTF16BE, "\xFE\xFF"},
}

// singleByte holds, for each one-byte encoding, the character of each byte.
// Latin-1 is read as Windows-1252, of which its printable part is a subset, as
// the WHATWG Encoding standard prescribes.
var singleByte = map[string]*[256]rune{
	EncodingLatin1:  runesOf(charmap.Windows1252),
	EncodingWindows: runesOf(charmap.Windows1252),
	EncodingMac:     runesOf(charmap.Macintosh),
}

func runesOf(m *charmap.Charmap) *[256]rune {
	var t [256]rune
	for b := range t {
		t[b] = m.DecodeByte(byte(b))
	}
	return &t
}

// text is decoded CSV text: UTF-8, or bytes of a one-byte encoding that are
// decoded cell by cell with table.
type text struct {
	data     []byte
	table    *[256]rune // nil for UTF-8
	encoding string
	bom      bool
}

// decode finds the encoding of data, or takes the one asked for, and removes
// the byte order mark. UTF-16 is converted at once, within the MaxBytes that
// bound data. The whole of data decides, not a prefix: the only accent of a
// file may stand in its last row.
func decode(data []byte, want string) (text, *Error) {
	t := text{data: data, encoding: want}
	for _, m := range marks {
		if bytes.HasPrefix(data, []byte(m.bytes)) && (want == "" || want == m.encoding) {
			t = text{data: data[len(m.bytes):], encoding: m.encoding, bom: true}
			break
		}
	}
	var err *Error
	if t.encoding == "" {
		if t.encoding, err = detectEncoding(t.data); err != nil {
			return t, err
		}
	}
	switch t.encoding {
	case EncodingUTF8:
		err = checkUTF8(t.data)
	case EncodingUTF16LE:
		t.data, err = decodeUTF16(t.data, uni.LittleEndian)
	case EncodingUTF16BE:
		t.data, err = decodeUTF16(t.data, uni.BigEndian)
	default:
		if t.table = singleByte[t.encoding]; t.table == nil {
			err = &Error{Code: CodeEncodingUnknown, Value: excerpt(want)}
		}
	}
	if err != nil {
		return t, err
	}
	return t, checkNUL(t.data)
}

func checkNUL(data []byte) *Error {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return &Error{Code: CodeNUL, Line: lineOf(data, i)}
	}
	return nil
}

func checkUTF8(data []byte) *Error {
	if utf8.Valid(data) {
		return nil
	}
	return &Error{Code: CodeEncodingInvalid, Line: lineOf(data, firstInvalid(data)), Value: EncodingUTF8}
}

// decodeUTF16 refuses what the decoder would replace: half a character at the
// end and unpaired surrogates, both signs of a damaged file.
func decodeUTF16(data []byte, order uni.Endianness) ([]byte, *Error) {
	out, err := uni.UTF16(order, uni.IgnoreBOM).NewDecoder().Bytes(data)
	if err != nil || len(data)%2 != 0 {
		return nil, &Error{Code: CodeEncodingInvalid}
	}
	if i := bytes.IndexRune(out, utf8.RuneError); i >= 0 {
		return nil, &Error{Code: CodeEncodingInvalid, Line: lineOf(out, i)}
	}
	return out, nil
}

// lineOf counts the line of offset at; CR, LF and CRLF end a line.
func lineOf(data []byte, at int) int {
	line := 1
	for i, c := range data[:at] {
		if c == '\n' && (i == 0 || data[i-1] != '\r') || c == '\r' {
			line++
		}
	}
	return line
}

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

// detectEncoding tells the encoding of text without a mark. Text that is not
// valid UTF-8 but holds more whole UTF-8 characters than stray bytes is
// damaged UTF-8: reading it as a one-byte encoding would spoil every accent.
func detectEncoding(data []byte) (string, *Error) {
	if utf8.Valid(data) {
		return EncodingUTF8, nil
	}
	whole, stray := 0, 0
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			stray++
		} else {
			whole++
		}
		i += n
	}
	if whole > stray {
		return "", checkUTF8(data)
	}
	if plausibility(data, singleByte[EncodingMac]) > plausibility(data, singleByte[EncodingWindows]) {
		return EncodingMac, nil
	}
	if hasC1(data) {
		return EncodingWindows, nil
	}
	return EncodingLatin1, nil
}

// hasC1 reports a byte of 0x80 to 0x9F, printable in Windows-1252 and a
// control in Latin-1.
func hasC1(data []byte) bool {
	for _, c := range data {
		if c >= 0x80 && c <= 0x9F {
			return true
		}
	}
	return false
}

// Letters and signs of French, Dutch and German text. The frequent letters
// outweigh those that only names borrow.
const (
	frequentLetters = "éèêëàâçùûüôöîïäßÉÈÊËÀÂÇÙÛÜÔÖÎÄ"
	freeSigns       = "€«»“”„–—…°²³§·•‰½¼¾£©®™±×µ"
)

// plausibility scores how much data, read with table, looks like text of our
// languages: each non-ASCII character is judged by itself and by the ASCII
// letters beside it. A wrong table puts capitals and signs inside words.
func plausibility(data []byte, table *[256]rune) int {
	score := 0
	for i, c := range data {
		if c < utf8.RuneSelf {
			continue
		}
		before, after := ' ', ' '
		if i > 0 {
			before = table[data[i-1]]
		}
		if i+1 < len(data) {
			after = table[data[i+1]]
		}
		score += plausible(before, table[c], after)
	}
	return score
}

func plausible(before, r, after rune) int {
	inWord := unicode.IsLetter(before) && unicode.IsLetter(after)
	beside := unicode.IsLetter(before) || unicode.IsLetter(after)
	switch {
	case r == utf8.RuneError || unicode.IsControl(r):
		return -10
	case unicode.IsLetter(r):
		return plausibleLetter(before, r, after, beside)
	case r == '’':
		return choose(beside, 3, -1)
	case r == '‘': // opens a word, never ends or divides one
		return choose(beside && !unicode.IsLetter(before), 2, -1)
	case r == '\u00A0':
		return choose(inWord, -3, 2)
	case isIn(r, freeSigns):
		return choose(inWord, -3, 2)
	}
	return -2
}

func plausibleLetter(before, r, after rune, beside bool) int {
	weight := choose(isIn(r, frequentLetters), 3, 1)
	if r == 'œ' || r == 'Œ' { // œuvre, cœur, œil: in Mac Roman the Ï and Î of Windows
		weight = choose(isIn(after, "uiUI"), 4, 1)
	}
	switch {
	case !beside:
		return -1
	case unicode.IsUpper(r) && unicode.IsLower(before):
		return -4 // a capital inside a word
	case unicode.IsLower(r) && unicode.IsUpper(before) && unicode.IsUpper(after):
		return -2 // a small letter among capitals
	}
	return weight
}

func isIn(r rune, set string) bool {
	for _, s := range set {
		if s == r {
			return true
		}
	}
	return false
}

func choose(cond bool, yes, no int) int {
	if cond {
		return yes
	}
	return no
}
