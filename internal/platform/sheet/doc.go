// Package sheet brings tables in and out: CSV text of any usual shape and XLSX
// workbooks are read row by row through one Reader, and both are written row
// by row through one Writer.
//
// Open looks at the content, never at the file name. It finds the encoding,
// the delimiter and the header row; what it cannot decide without guessing it
// refuses. A file is bounded in bytes, rows, columns and cell length before
// and while it is read.
//
// Cells are text. ParseNumber, ParseCents and ParseDate turn them into exact
// values; the number style is decided for a whole column by
// DetectNumberStyle, because "14,304" alone may be fourteen thousand or
// fourteen.
//
// # Why workbooks are read here and not by a library
//
// Workbooks are written with excelize. They are read with archive/zip and
// encoding/xml because excelize's row iterator ends quietly at the first
// malformed element (a damaged file would import as a shorter one), gives no
// cell types (a date is a serial number or a locale-bound text), and bounds
// only the sizes that the archive declares. TestReadAgainstExcelize holds the
// two readers together on what both can say.
//
// # Error codes
//
// Every error is an *Error. Its code is stable and is the key of the sentence
// shown to the user; this package has no sentences. "Ends" tells whether
// reading stops there; after a row error the following rows can still be read.
//
//	code                      ends  meaning; Value
//	sheet.file.empty          yes   no row with content
//	sheet.file.too_large      yes   more bytes than MaxBytes
//	sheet.file.unsupported    yes   not a table we read; Value: pdf, xls, ods, zip
//	sheet.file.read           yes   the input stream failed; Unwrap gives the cause
//	sheet.encoding.unknown    yes   Options.Encoding is no known name; Value: the name
//	sheet.encoding.invalid    yes   bytes (or a text to write) not valid in the encoding
//	sheet.encoding.nul        yes   a NUL character
//	sheet.delimiter.bad       yes   a delimiter that is no single printable ASCII sign or tab
//	sheet.quote.unclosed      yes   a quoted cell never ends; Line: where it opened
//	sheet.quote.stray         yes   text after a closing quote
//	sheet.header.missing      yes   no header row, or HeaderRow is past the end
//	sheet.header.duplicate    yes   two columns of one name; Column: the second
//	sheet.row.ragged          no    wrong number of cells; Want, Got
//	sheet.row.order           yes   a workbook's row or cell comes after a later one
//	sheet.cell.too_long       yes   a cell longer than MaxCell
//	sheet.too_many_rows       yes   more data rows than MaxRows
//	sheet.too_many_columns    yes   more columns than MaxColumns
//	sheet.xlsx.damaged        yes   a broken archive or part; Value: the part
//	sheet.xlsx.encrypted      yes   protected by a password
//	sheet.xlsx.bomb           yes   expands beyond any honest workbook
//	sheet.xlsx.sheet          yes   no such sheet; Value: the name
//	sheet.value.missing       -     an empty cell or one of the usual signs for "no data"
//	sheet.value.type          -     a Go value that Writer.Row cannot write; Value: the type
//	sheet.number.bad          -     not a number
//	sheet.number.ambiguous    -     the separator may group thousands or start the decimals
//	sheet.number.range        -     more digits than can be held exactly
//	sheet.number.cents        -     a fraction of a cent
//	sheet.date.bad            -     not a date
package sheet
