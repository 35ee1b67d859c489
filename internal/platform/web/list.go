package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"

	"beffroi/internal/platform/sheet"
)

// Rows are one page of a list: the rows, and the cursor of the rows that follow ("" at the end).
type Rows[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// CutPage turns the limit+1 rows that a store read into a page: the row too
// many only tells that there is more. position gives the sort key of the last
// row, from which the next page starts.
func CutPage[T any](x *Exchange, rows []T, limit int, position func(T) any) (Rows[T], error) {
	if len(rows) <= limit {
		return Rows[T]{Items: rows}, nil
	}
	rows = rows[:limit]
	next, err := x.seal(position(rows[limit-1]))
	return Rows[T]{Items: rows, Next: next}, err
}

// seal makes a cursor: the position as JSON, signed so that nobody composes one.
func (x *Exchange) seal(position any) (string, error) {
	b, err := json.Marshal(position)
	if err != nil {
		return "", fmt.Errorf("web: cursor: %w", err)
	}
	mac := x.mac(b)
	return base64.RawURLEncoding.EncodeToString(append(mac, b...)), nil
}

func (x *Exchange) mac(b []byte) []byte {
	h := hmac.New(sha256.New, x.site.Seal)
	h.Write(b)
	return h.Sum(nil)[:12]
}

// Cursor reads the position that the address asks for into v; v stays as it is
// on the first page. A cursor that this house did not make is refused.
func (x *Exchange) Cursor(v any) error {
	text := x.Query("cursor")
	if text == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < 12 || !hmac.Equal(b[:12], x.mac(b[12:])) || json.Unmarshal(b[12:], v) != nil {
		return paramFault("param.cursor", "cursor", text, nil)
	}
	return nil
}

// Format is the parameter by which a list page gives itself as a file.
func Format() Param {
	return Query("format", "enum", "the whole list, with the same filter, as a file", "csv", "xlsx")
}

// Exporting tells whether the list is asked for as a file.
func (x *Exchange) Exporting() bool { return x.Query("format") != "" }

// Sheet streams rows as the file that format asks for (CSV when it asks for none).
func (x *Exchange) Sheet(name string, columns []sheet.Column, rows iter.Seq2[[]any, error]) error {
	w, err := x.sheetWriter(name)
	if err != nil {
		return err
	}
	if err := w.Header(columns...); err != nil {
		return x.unlessGone(err)
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		if err := w.Row(row...); err != nil {
			return x.unlessGone(err)
		}
	}
	return x.unlessGone(w.Close())
}

func (x *Exchange) sheetWriter(name string) (sheet.Writer, error) {
	if x.Query("format") == "xlsx" {
		return sheet.NewXLSXWriter(x.Attach(name+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), name)
	}
	return sheet.NewCSVWriter(x.Attach(name+".csv", "text/csv; charset=utf-8"), sheet.CSVOptions{BOM: true})
}
