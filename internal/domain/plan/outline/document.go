package outline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"beffroi/internal/platform/calendar"
)

// Format names the JSON document of a plan and its version.
const Format = "beffroi-plan/1"

// Document is a plan as it is exchanged: whole, in the order of reading, every
// node named by its code. The same plan gives the same bytes.
type Document struct {
	Format string        `json:"format"`
	AsOf   calendar.Date `json:"as_of,omitzero"`
	Plan   Plan          `json:"plan"`
	Nodes  []*Node       `json:"nodes"`
	Places []int         `json:"-"` // line of each node in the file that it came from
}

// Document is the tree on a day as it is exchanged.
func (t *Tree) Document(day calendar.Date) Document {
	return Document{Format: Format, AsOf: day, Plan: t.Plan, Nodes: append([]*Node{}, t.Nodes...)}
}

// JSON is the canonical text of a document and its SHA-256 in hexadecimal.
func (d Document) JSON() (text []byte, hash string, err error) {
	if text, err = json.MarshalIndent(d, "", "\t"); err != nil {
		return nil, "", err
	}
	text = append(text, '\n')
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:]), nil
}

// Line is the line of the node at i in its file, 0 when it is not known.
func (d Document) Line(i int) int {
	if i < len(d.Places) {
		return d.Places[i]
	}
	return 0
}
