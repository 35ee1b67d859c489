package territory

import (
	"strings"

	"beffroi/internal/platform/search"
	"beffroi/internal/platform/sheet"
)

// proper writes a name as it is printed: one blank between words, a curly apostrophe.
func proper(name string) string { return strings.ReplaceAll(sheet.Clean(name), "'", "’") }

// distinct is a name in another language, "" when it is the French one.
func distinct(name, french string) string {
	if name = proper(name); name == french {
		return ""
	}
	return name
}

// ReadCode brings a REFNIS code of a file to its five digits. short tells that a
// leading zero was lost on the way, which spreadsheets do.
func ReadCode(text string) (code string, short, ok bool) {
	code = strings.TrimPrefix(strings.TrimSuffix(sheet.Clean(text), ".0"), "'") // marks of a spreadsheet
	if len(code) == 4 && ValidCode("0"+code) {
		return "0" + code, true, true
	}
	return code, false, ValidCode(code)
}

// IsTotal tells whether a code is that of a region, province or arrondissement,
// whose rows stand among those of the communes in many files.
func IsTotal(code string) bool { return strings.HasSuffix(code, "000") }

// slug makes a key of a name: "Mons-Quévy" becomes "mons-quevy"; what stands in
// parentheses is left out.
func slug(name string) string {
	return strings.ReplaceAll(search.Fold(withoutPlace(name)), " ", "-")
}

// prefixes of the keys of groups.
var prefixes = map[Kind]string{RescueZone: "rz-", ProjectTerritory: "ter-", PoliceZone: "pz-", RiverContract: "rc-"}

// title makes a name of a slug, "wallonie-picarde", and leaves a name as it is.
func title(value string) string {
	if value != slug(value) {
		return proper(value)
	}
	words := strings.ReplaceAll(value, "-", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// postalProvinces are the first postal codes of the Belgian ranges and the
// REFNIS code of the province (or Brussels) that each belongs to, after bpost's
// list of municipalities.
var postalProvinces = []struct{ from, province string }{
	{"1000", "21000"}, {"1300", "25000"}, {"1500", "20001"}, {"2000", "10000"}, {"3000", "20001"}, {"3500", "70000"},
	{"4000", "60000"}, {"5000", "90000"}, {"6000", "50000"}, {"6600", "80000"}, {"7000", "50000"}, {"8000", "30000"}, {"9000", "40000"},
}

// postalProvince is the province of a postal code, "" when it is none.
func postalProvince(code string) string {
	if len(code) != 4 || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	found := ""
	for _, p := range postalProvinces {
		if code >= p.from {
			found = p.province
		}
	}
	return found
}

// provinceOf is the province of a commune's code. The code of Brabant, "2…",
// stands for Brussels and both provinces, told apart by the arrondissement.
func provinceOf(nis string) string {
	switch {
	case !ValidCode(nis):
		return ""
	case strings.HasPrefix(nis, "21"):
		return "21000"
	case strings.HasPrefix(nis, "25"):
		return "25000"
	case strings.HasPrefix(nis, "2"):
		return "20001"
	}
	return nis[:1] + "0000"
}
