package vault

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"beffroi/internal/platform/db"
)

// escapes of PostgreSQL's COPY text; the tab ends a value and the newline a row.
var escapes = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

var errRow = errors.New("vault: not a row of this table")

// appendRow writes a row as a line of PostgreSQL's COPY text.
func appendRow(line []byte, values []any) ([]byte, error) {
	for i, v := range values {
		if i > 0 {
			line = append(line, '\t')
		}
		switch x := v.(type) {
		case nil:
			line = append(line, `\N`...)
		case int64:
			line = strconv.AppendInt(line, x, 10)
		case float64:
			line = strconv.AppendFloat(line, x, 'g', -1, 64)
		case string:
			line = append(line, escapes.Replace(x)...)
		case []byte:
			line = hex.AppendEncode(append(line, `\\x`...), x)
		default:
			return nil, fmt.Errorf("vault: a value of type %T", v)
		}
	}
	return append(line, '\n'), nil
}

// parseRow reads a line, without its end, as the row of these columns.
func parseRow(line []byte, columns []db.Column) ([]any, error) {
	fields := bytes.Split(line, []byte("\t"))
	if len(fields) != len(columns) {
		return nil, errRow
	}
	values := make([]any, len(fields))
	for i, f := range fields {
		v, err := parseValue(string(f), columns[i].Kind)
		if err != nil {
			return nil, errRow
		}
		values[i] = v
	}
	return values, nil
}

func parseValue(field string, kind db.Kind) (any, error) {
	if field == `\N` {
		return nil, nil
	}
	switch kind {
	case db.Integer:
		return strconv.ParseInt(field, 10, 64)
	case db.Real:
		return strconv.ParseFloat(field, 64)
	case db.Bytes:
		digits, ok := strings.CutPrefix(field, `\\x`)
		if !ok {
			return nil, errRow
		}
		return hex.DecodeString(digits)
	}
	return unescape(field)
}

func unescape(field string) (string, error) {
	var b strings.Builder
	for {
		plain, rest, found := strings.Cut(field, `\`)
		b.WriteString(plain)
		if !found {
			return b.String(), nil
		}
		if rest == "" {
			return "", errRow
		}
		i := strings.IndexByte(`\tnr`, rest[0])
		if i < 0 {
			return "", errRow
		}
		b.WriteByte("\\\t\n\r"[i])
		field = rest[1:]
	}
}
