// Package files keeps the files that things carry: documents of a mission,
// photographs of a project. A row says what a file is and whose; its bytes lie
// in a store beside the database, under their SHA-256 (package blob), where the
// same bytes lie once however many rows speak of them.
//
// A file is believed by its bytes, not by its name (package content), searched
// for viruses where a daemon is configured (package clamd), and given out only
// as a download, to whoever may see the thing that carries it.
//
// The states of a file:
//
//	arriving → waiting | clean   its bytes are in the store; waiting when no
//	                             antivirus could be asked
//	waiting  → clean | infected  the antivirus has spoken
//
// The row comes before the bytes and the bytes go before nobody asks for them:
// whatever dies in between leaves a row without owner or a blob without row,
// and the nightly sweep takes both after a day. A file that somebody removes
// can be put back for thirty days.
package files

import (
	"embed"
	"io/fs"
	"net/url"
	"strconv"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/files/blob"
	"beffroi/internal/platform/files/content"
	"beffroi/internal/platform/object"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed locale/*.toml
var texts embed.FS

// Schema is the room's table.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		files = migrations // unreachable: the folder is embedded above
	}
	return db.Schema{Room: "files", Files: files}
}

// Locale is the room's texts.
func Locale() fs.FS { return texts }

// State is where a file stands.
type State string

// The states.
const (
	Arriving State = "arriving" // its bytes are not in the store yet, or never came
	Waiting  State = "waiting"  // for the antivirus; nobody gets it
	Clean    State = "clean"    // by the antivirus where there is one (Scanned), by its content in any case
	Infected State = "infected" // nobody gets it any more
)

// States lists every state, in the order of a file's life.
func States() []State { return []State{Arriving, Waiting, Clean, Infected} }

// How long things stay, and how many.
const (
	orphanFor  = 24 * time.Hour      // rows without owner, blobs without row
	removedFor = 30 * 24 * time.Hour // removed files, which may be put back
)

// Use is what files may be where they are used.
type Use struct {
	Name  string         // kept with each file: "document", "photo"
	Max   int64          // bytes of one file
	Total int64          // bytes of all files of one owner
	Count int            // files of one owner
	Types []content.Type // those that are taken
}

// Documents is the use for what people read: 20 MB each, 100 MB and 50 files a thing.
func Documents() Use {
	return Use{Name: "document", Max: 20_000_000, Total: 100_000_000, Count: 50, Types: content.Documents()}
}

// File is a file as it is kept.
type File struct {
	ID      int64        `json:"id"`
	Name    string       `json:"name"`
	Type    content.Type `json:"type"`
	Size    int64        `json:"size"` // in bytes
	Sum     blob.Sum     `json:"sha256"`
	Use     string       `json:"use"`
	Owner   object.Ref   `json:"owner"` // zero until it is attached
	State   State        `json:"state"`
	Finding string       `json:"finding,omitempty"` // what the antivirus found
	Scanned time.Time    `json:"scanned_at,omitzero"`
	Created time.Time    `json:"created_at"`
	Actor   string       `json:"-"` // who sent it
	Removed time.Time    `json:"removed_at,omitzero"`
	Remover string       `json:"-"`
}

// Address is where a file is downloaded.
func (f File) Address() string {
	return "/files/" + strconv.FormatInt(f.ID, 10) + "/" + url.PathEscape(f.Name)
}

// public tells whether a file is given to whoever may see its owner.
func (f File) public() bool { return f.State == Clean && f.Removed.IsZero() }

// Owner is a kind of thing that carries files, as its room declares it.
type Owner struct {
	Kind   string    // of object.Ref
	Page   string    // pattern of the thing's page with one wildcard: "/missions/{code}"
	Sample Sample    // for the generated tests
	Read   auth.Rule // who gets its files
	Edit   auth.Rule // who adds and removes them
	Use    Use
	Find   func(tx *db.Tx, key string) (Thing, error) // fault.Missing when it is not there
}

// Sample is a thing of the demonstration and a file that it carries.
type Sample struct{ Key, File, Name string }

// Thing is one thing that carries files.
type Thing struct {
	Title  func(lang string) string
	Target auth.Target // for the rules of its kind
}
