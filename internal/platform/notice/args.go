package notice

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"time"

	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/money"
)

// Word is a parameter that stands for a text of the catalogues, by its key: the
// name of a role, of a state. Its reader sees it in her language.
type Word string

// arg is a parameter as it is kept, with its type: a day must not come back as
// a text, which no language would write as a day.
type arg struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

func encodeArgs(args map[string]any) (string, error) {
	kept := make(map[string]arg, len(args))
	for name, value := range args {
		switch v := value.(type) {
		case string:
			kept[name] = arg{"text", v}
		case Word:
			kept[name] = arg{"word", string(v)}
		case int:
			kept[name] = arg{"int", strconv.Itoa(v)}
		case int64:
			kept[name] = arg{"int", strconv.FormatInt(v, 10)}
		case money.Cents:
			kept[name] = arg{"cents", strconv.FormatInt(int64(v), 10)}
		case calendar.Date:
			kept[name] = arg{"day", v.String()}
		case time.Time:
			kept[name] = arg{"instant", v.UTC().Format(time.RFC3339Nano)}
		default:
			return "", fmt.Errorf("parameter %s is a %T", name, value)
		}
	}
	b, err := json.Marshal(kept)
	return string(b), err
}

func decodeArgs(text string) (map[string]any, error) {
	var kept map[string]arg
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return nil, err
	}
	args := make(map[string]any, len(kept))
	for name, a := range kept {
		v, err := a.decode()
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		args[name] = v
	}
	return args, nil
}

func (a arg) decode() (any, error) {
	switch a.Type {
	case "text":
		return a.Value, nil
	case "word":
		return Word(a.Value), nil
	case "int":
		return strconv.ParseInt(a.Value, 10, 64)
	case "cents":
		n, err := strconv.ParseInt(a.Value, 10, 64)
		return money.Cents(n), err
	case "day":
		return calendar.Parse(a.Value)
	case "instant":
		return time.Parse(time.RFC3339Nano, a.Value)
	}
	return nil, fmt.Errorf("unknown type %q", a.Type)
}

// inWords puts the texts in the place of words.
func inWords(p *i18n.Printer, args map[string]any) map[string]any {
	args = maps.Clone(args)
	for name, v := range args {
		if w, ok := v.(Word); ok {
			args[name] = p.T(string(w))
		}
	}
	return args
}
