package web

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Call is a message that the house sends to those who subscribed.
type Call struct {
	Name    string // kind of the event
	Summary string
	Body    any // example value of the body
}

// calls describes the messages as OpenAPI 3.1 does: requests to somebody else.
func (s *schemas) calls(list []Call) map[string]any {
	out := map[string]any{}
	for _, c := range list {
		out[c.Name] = map[string]any{"post": map[string]any{"summary": c.Summary,
			"requestBody": map[string]any{"required": true, "content": content("application/json", s.of(reflect.TypeOf(c.Body)))},
			"responses":   map[string]any{"2XX": map[string]any{"description": "taken; any other answer is an invitation to try again"}}}}
	}
	return out
}

// OpenAPI is the OpenAPI 3.1 document of the routes that speak JSON or serve
// data, and of the calls that the house makes.
func OpenAPI(routes *Routes, title, version string, calls ...Call) ([]byte, error) {
	s := schemas{defs: map[string]any{}}
	paths := map[string]map[string]any{}
	for _, r := range routes.List() {
		if r.Kind != APIRoute && r.Kind != DataRoute {
			continue
		}
		path := strings.TrimSuffix(strings.ReplaceAll(r.Pattern, "...}", "}"), "{$}")
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path][strings.ToLower(r.Method)] = s.operation(r)
	}
	s.of(reflect.TypeFor[Problem]())
	return json.MarshalIndent(map[string]any{
		"openapi": "3.1.0",
		"info":    map[string]any{"title": title, "version": version},
		"paths":   paths, "webhooks": s.calls(calls),
		"components": map[string]any{"schemas": s.defs, "securitySchemes": map[string]any{
			"token": map[string]any{"type": "http", "scheme": "bearer"}}},
	}, "", "  ")
}

type schemas struct{ defs map[string]any }

func (s *schemas) operation(r Route) map[string]any {
	op := map[string]any{"summary": r.Summary, "operationId": operationID(r)}
	var params []any
	for _, name := range pathNames(r.Pattern) {
		p := r.pathParam(name)
		doc := map[string]any{"name": name, "in": "path", "required": true, "schema": p.schema(), "example": r.Sample[name]}
		if p.Doc != "" {
			doc["description"] = p.Doc
		}
		params = append(params, doc)
	}
	for _, p := range r.Params {
		if p.In != "query" {
			continue
		}
		params = append(params, map[string]any{"name": p.Name, "in": "query", "required": p.Required, "description": p.Doc, "schema": p.schema()})
	}
	if params != nil {
		op["parameters"] = params
	}
	if r.Body != nil {
		op["requestBody"] = map[string]any{"required": true, "content": content("application/json", s.of(reflect.TypeOf(r.Body)))}
	}
	if r.Takes != "" {
		op["requestBody"] = map[string]any{"required": true, "content": content(r.Takes, map[string]any{"type": "string", "format": "binary"})}
	}
	media, schema := "application/json", any(map[string]any{})
	if r.Media != "" {
		media = r.Media
	}
	if r.Returns != nil {
		schema = s.of(reflect.TypeOf(r.Returns))
	}
	problem := map[string]any{"description": "refusal", "content": content("application/problem+json", map[string]any{"$ref": "#/components/schemas/Problem"})}
	answers := map[string]any{}
	for m := range strings.SplitSeq(media, ", ") {
		maps.Copy(answers, content(m, schema))
	}
	op["responses"] = map[string]any{"200": map[string]any{"description": r.Summary, "content": answers}, "default": problem}
	if !r.Rule.Public {
		op["security"] = []any{map[string]any{"token": []string{}}}
	}
	return op
}

func operationID(r Route) string {
	clean := strings.NewReplacer("/", "_", "{", "", "}", "", ".", "_", "$", "")
	return strings.ToLower(r.Method) + strings.TrimRight(clean.Replace(r.Pattern), "_")
}

func content(media string, schema any) map[string]any {
	return map[string]any{media: map[string]any{"schema": schema}}
}

func (p Param) schema() map[string]any {
	m := map[string]any{"type": "string"}
	switch p.Type {
	case "int":
		m["type"] = "integer"
	case "date":
		m["format"] = "date"
	case "nis":
		m["pattern"] = "^[0-9]{5}$"
	case "enum":
		m["enum"] = p.Enum
	}
	if p.Many {
		return map[string]any{"type": "array", "items": m}
	}
	return m
}

// of gives the JSON schema of a Go type as encoding/json writes it.
func (s *schemas) of(t reflect.Type) any {
	switch {
	case t.Kind() == reflect.Pointer:
		return s.of(t.Elem())
	case t.PkgPath() == "time" && t.Name() == "Time":
		return map[string]any{"type": "string", "format": "date-time"}
	case t.Name() == "Date" && strings.HasSuffix(t.PkgPath(), "/calendar"):
		return map[string]any{"type": "string"}
	case t == reflect.TypeFor[json.RawMessage]():
		return map[string]any{}
	case t == reflect.TypeFor[[]byte]():
		return map[string]any{"type": []string{"string", "null"}, "contentEncoding": "base64"}
	case t.Kind() == reflect.Struct && t.Name() != "":
		return s.named(t)
	}
	switch t.Kind() {
	case reflect.Struct:
		return s.object(t)
	case reflect.Slice, reflect.Array:
		return map[string]any{"type": []string{"array", "null"}, "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": s.of(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16, reflect.Int8,
		reflect.Uint, reflect.Uint64, reflect.Uint32, reflect.Uint16, reflect.Uint8:
		return map[string]any{"type": "integer"}
	case reflect.Float64, reflect.Float32:
		return map[string]any{"type": "number"}
	case reflect.String:
		return map[string]any{"type": "string"}
	}
	return map[string]any{}
}

func (s *schemas) named(t reflect.Type) any {
	name := t.Name()
	if pkg := t.PkgPath(); !strings.HasSuffix(pkg, "/web") {
		room := pkg[strings.LastIndexByte(pkg, '/')+1:]
		name = strings.ToUpper(room[:1]) + room[1:] + name
	}
	name = strings.NewReplacer("[", "_", "]", "", "/", "_", ".", "_").Replace(name)
	if _, ok := s.defs[name]; !ok {
		s.defs[name] = map[string]any{} // breaks circles
		s.defs[name] = s.object(t)
	}
	return map[string]any{"$ref": "#/components/schemas/" + name}
}

func (s *schemas) object(t reflect.Type) map[string]any {
	props := map[string]any{}
	var required []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if f.Anonymous && name == "" {
			inner := s.object(f.Type)
			maps.Copy(props, inner["properties"].(map[string]any))
			if names, ok := inner["required"].([]string); ok {
				required = append(required, names...)
			}
			continue
		}
		if name == "" {
			name = f.Name
		}
		props[name] = s.of(f.Type)
		if !strings.Contains(opts, "omitempty") && !strings.Contains(opts, "omitzero") {
			required = append(required, name)
		}
	}
	m := map[string]any{"type": "object", "properties": props}
	if required != nil {
		slices.Sort(required)
		m["required"] = required
	}
	return m
}
