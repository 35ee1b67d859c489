package convert

import (
	"bytes"
	"encoding/json"
	"errors"

	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/platform/fault"
)

// ReadJSON reads the JSON document of a plan, as Document.JSON writes it. A field
// that nobody knows is refused: it would be lost in silence.
func ReadJSON(data []byte) *Read {
	r := &Read{Merge: mergeWhole}
	if len(data) > MaxFile {
		r.refuse(1, "", "", "plan.xml.large", fault.Args{"value": "", "line": int64(1), "column": int64(1)})
		return r
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(&r.Document)
	if err == nil && d.More() {
		err = errors.New("more than one document")
	}
	if err != nil {
		line := 1 + bytes.Count(data[:min(int(d.InputOffset()), len(data))], []byte("\n"))
		r.refuse(line, "", err.Error(), "plan.json.bad", fault.Args{"line": int64(line), "value": clip(err.Error())})
		return r
	}
	if r.Document.Format != outline.Format {
		r.refuse(1, "format", r.Document.Format, "plan.json.format", fault.Args{"value": clip(r.Document.Format), "want": outline.Format})
	}
	for i, n := range r.Document.Nodes {
		if n == nil || !outline.IsCode(n.Code) {
			r.refuse(0, "nodes", "", "plan.json.node", fault.Args{"n": int64(i + 1)})
			r.Document.Nodes = nil
			return r
		}
	}
	return r
}

// mergeWhole brings in everything but what the house itself keeps.
func mergeWhole(into, from *outline.Node) {
	plan, code, version := into.Plan, into.Code, into.Version
	*into = *from
	into.Plan, into.Code, into.Version, into.Gone = plan, code, version, false
}
