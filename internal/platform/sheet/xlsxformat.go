package sheet

import (
	"strconv"
	"strings"
)

// numberFormat is what a cell's number format makes of a stored number.
type numberFormat uint8

const (
	formatGeneral numberFormat = iota
	formatDate                 // a day, with the time when there is one
	formatTime                 // a time of the day only
	formatPercent
)

// readFormats reads styles.xml: the number format of each cell style.
func readFormats(a *archive, name string) ([]numberFormat, *Error) {
	var doc struct {
		Custom []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Styles []struct {
			ID int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := a.decodeInto(name, &doc); err != nil {
		return nil, err
	}
	custom := make(map[int]numberFormat, len(doc.Custom))
	for _, c := range doc.Custom {
		custom[c.ID] = classify(c.Code)
	}
	formats := make([]numberFormat, len(doc.Styles))
	for i, s := range doc.Styles {
		f, ok := custom[s.ID]
		if !ok {
			f = builtin(s.ID)
		}
		formats[i] = f
	}
	return formats, nil
}

// builtin classifies the formats that workbooks refer to by number only
// (ECMA-376 part 1, 18.8.30); 27 to 36 and 50 to 58 are East Asian dates.
func builtin(id int) numberFormat {
	switch {
	case id == 9 || id == 10:
		return formatPercent
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 36, id >= 50 && id <= 58:
		return formatDate
	case id >= 18 && id <= 21:
		return formatTime
	}
	return formatGeneral
}

// classify reads the first section of a format code, without its quoted and
// escaped text and its bracketed conditions. Elapsed hours, [h]:mm, are a
// quantity and stay a number.
func classify(code string) numberFormat {
	var hasDay, hasMonth, hasTime bool
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			i = len(code)
		case '"':
			i = skipTo(code, i+1, '"')
		case '\\', '_', '*':
			i++
		case '[':
			end := skipTo(code, i+1, ']')
			if inside := strings.ToLower(code[i+1 : min(end, len(code))]); inside != "" && strings.Trim(inside, "hms") == "" {
				return formatGeneral
			}
			i = end
		case '%':
			return formatPercent
		case 'y', 'Y', 'd', 'D':
			hasDay = true
		case 'h', 'H', 's', 'S':
			hasTime = true
		case 'm', 'M':
			hasMonth = true // or minutes, beside hours or seconds
		case 'G', 'g':
			return formatGeneral // the word General
		}
	}
	switch {
	case hasDay || hasMonth && !hasTime:
		return formatDate
	case hasTime:
		return formatTime
	}
	return formatGeneral
}

// skipTo finds the next c from i, or the end.
func skipTo(s string, i int, c byte) int {
	if n := strings.IndexByte(s[i:], c); n >= 0 {
		return i + n
	}
	return len(s)
}

// displayNumber writes a stored number as plain decimal text of at most 15
// significant digits, the precision of a spreadsheet, so that 0.1+0.2 is 0.3;
// days as ISO 8601 dates and percentages with their sign, as the user sees
// them. What is no finite number is returned as it is.
func displayNumber(raw string, format numberFormat, date1904 bool) string {
	if format == formatGeneral && len(raw) <= 15 && allDigits(raw) {
		return raw
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || f-f != 0 {
		return raw
	}
	switch format {
	case formatDate, formatTime:
		if s, ok := displaySerial(f, format, date1904); ok {
			return s
		}
	case formatPercent:
		return plainDecimal(f*100) + "%"
	}
	return plainDecimal(f)
}

func plainDecimal(f float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
	if err != nil || rounded == 0 { // out of range after rounding, or minus zero
		rounded = f + 0
	}
	if rounded == 0 {
		return "0"
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// displaySerial writes a date serial number to the second. Serial numbers
// outside of years 1900 to 9999 are no dates.
func displaySerial(f float64, format numberFormat, date1904 bool) (string, bool) {
	if f < 0 || f > maxSerial {
		return "", false
	}
	seconds := int64(f*86400 + 0.5)
	day, clock := int(seconds/86400), seconds%86400
	hms := twoDigits(clock/3600) + ":" + twoDigits(clock/60%60) + ":" + twoDigits(clock%60)
	if format == formatTime && day == 0 {
		return hms, true
	}
	if date1904 {
		day += 1462 // days from 1900's to 1904's first serial
	}
	date, ok := dateOfSerial(day)
	switch {
	case !ok:
		return "", false
	case clock == 0:
		return date.String(), true
	}
	return date.String() + "T" + hms, true
}

func twoDigits(n int64) string {
	return string([]byte{byte('0' + n/10), byte('0' + n%10)})
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
