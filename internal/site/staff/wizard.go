package staff

import (
	"slices"

	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// wizardSteps tells where the reader stands: file, columns, report, done.
func wizardSteps(x *web.Exchange, m mapping) []ui.Step {
	at := 1
	if m.tried {
		at = 2
	}
	var list []ui.Step
	for i, key := range []string{"file", "columns", "report", "done"} {
		s := ui.Step{Label: x.P.T("import.step." + key), State: ui.StepTodo, Word: x.P.T("import.todo")}
		switch {
		case i < at:
			s.State, s.Word = ui.StepDone, x.P.T("import.past")
		case i == at:
			s.State, s.Word = ui.StepCurrent, x.P.T("import.now")
		}
		list = append(list, s)
	}
	// i18n: import.step.* option.*
	return list
}

func targetKey(m mapping) string {
	if m.target == nil {
		return ""
	}
	return m.target.Key()
}

func formatText(x *web.Exchange, f sheet.Format) string {
	if f.Kind == "xlsx" {
		return x.P.T("import.format.xlsx", "sheet", f.Sheet)
	}
	names := map[rune]string{',': "comma", ';': "semicolon", '|': "pipe", '\t': "tab"}
	// i18n: delimiter.*
	return x.P.T("import.format.csv", "encoding", f.Encoding, "delimiter", x.P.T("delimiter."+names[f.Delimiter]))
}

func optionalWord(x *web.Exchange, required bool) string {
	if required {
		return ""
	}
	return x.P.T("form.optional")
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
