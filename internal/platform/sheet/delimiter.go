package sheet

import "bytes"

// delimiters that are detected, the rarer inside cells first: among equals the
// first wins.
const delimiters = "\t|;,"

// sniffRecords and sniffBytes bound the beginning of the text that decides.
const (
	sniffRecords = 60
	sniffBytes   = 256 << 10
)

// detectDelimiter takes the delimiter that splits the largest share of records
// into the same number of cells, quotes respected, and among equals the one
// with more cells. It must split most records after the titles, those of one
// cell at the top. Text that no delimiter splits so is one column, and a
// comma is returned.
func detectDelimiter(data []byte) byte {
	best, bestMost, bestCells := byte(','), 0, 1
	for _, d := range []byte(delimiters) {
		cells, most := consistency(data, d)
		if most > bestMost || most == bestMost && cells > bestCells {
			best, bestMost, bestCells = d, most, cells
		}
	}
	return best
}

// consistency gives the most frequent number of cells above one and how many
// records have it; 0, 0 when half of the records or fewer are split.
func consistency(data []byte, delim byte) (cells, most int) {
	counts := map[int]int{}
	total, split := 0, 0
	s := scanner{data: data[:min(len(data), sniffBytes)], line: 1, delim: delim,
		maxCell: sniffBytes, maxColumns: sniffBytes}
	for n := 0; n < sniffRecords; n++ {
		if _, err := s.record(); err != nil {
			break // the end of the text or of the window, or the wrong delimiter
		}
		if len(s.ends) == 1 && (total == 0 || len(bytes.TrimSpace(s.buf)) == 0) {
			continue
		}
		total++
		if len(s.ends) > 1 {
			split++
		}
		counts[len(s.ends)]++
	}
	cells, most = mode(counts)
	if cells < 2 || 2*split <= total {
		return 0, 0
	}
	return cells, most
}

// mode gives the value with the highest count, the larger among equals.
func mode(counts map[int]int) (value, count int) {
	for v, n := range counts {
		if n > count || n == count && v > value {
			value, count = v, n
		}
	}
	return value, count
}
