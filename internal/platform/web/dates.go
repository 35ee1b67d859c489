package web

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/fault"
)

// badDays names every text of a document that stands where v wants a day and is
// none, however deep, by its path: "rules.0.valid_from". encoding/json only says
// that there is one. It gives nil when it finds none.
func badDays(body []byte, v any) error {
	var doc any
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil // no document at all: told elsewhere
	}
	var f fault.Fields
	findDays(&f, doc, reflect.TypeOf(v), "")
	return f.Err()
}

func findDays(f *fault.Fields, doc any, t reflect.Type, path string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch value := doc.(type) {
	case string:
		if t != reflect.TypeFor[calendar.Date]() || value == "" {
			return
		}
		if _, err := calendar.Parse(value); err != nil {
			value = excerpt(value)
			f.Add(path, value, "param.date", fault.Args{"name": path, "value": value, "values": ""})
		}
	case []any:
		if t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
			for i, element := range value {
				findDays(f, element, t.Elem(), below(path, fmt.Sprint(i)))
			}
		}
	case map[string]any:
		if t.Kind() == reflect.Struct {
			findDaysOf(f, value, t, path)
		}
	}
}

// findDaysOf looks at the members of an object, those of embedded structs too.
func findDaysOf(f *fault.Fields, doc map[string]any, t reflect.Type, path string) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			findDays(f, doc, field.Type, path)
			continue
		case name == "":
			name = field.Name
		}
		for key, value := range doc {
			if strings.EqualFold(key, name) { // as encoding/json matches
				findDays(f, value, field.Type, below(path, name))
			}
		}
	}
}

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
