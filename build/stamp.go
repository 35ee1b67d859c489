package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// cacheDir is ignored by git; removing it makes the next build do everything.
const cacheDir = ".cache/build"

// inputs is the running hash of what a step reads, names included, so that a
// renamed file counts as a change.
type inputs struct {
	files []string
	hash  []byte
}

func (in *inputs) sum() string { return hex.EncodeToString(in.hash) }

// addFile mixes in one file, given by its path under the root.
func (in *inputs) addFile(root, name string) error {
	f, err := os.Open(filepath.Join(root, name))
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	h.Write(in.hash)
	io.WriteString(h, name+"\x00")
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	in.files = append(in.files, filepath.Join(root, name))
	in.hash = h.Sum(nil)
	return nil
}

// hashTree hashes the files under dir with one of the endings, in name order.
func hashTree(root, dir string, endings ...string) (*inputs, error) {
	in := &inputs{}
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !hasEnding(path, endings) {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return in.addFile(root, filepath.ToSlash(name))
	})
	return in, err
}

func hasEnding(path string, endings []string) bool {
	for _, e := range endings {
		if strings.HasSuffix(path, e) {
			return true
		}
	}
	return false
}

// stamp remembers the inputs of the last success of a step.
type stamp struct{ root, step string }

func (s stamp) path() string { return filepath.Join(s.root, cacheDir, s.step) }

func (s stamp) matches(sum string) bool {
	text, err := os.ReadFile(s.path())
	return err == nil && string(text) == sum
}

func (s stamp) write(sum string) error {
	if err := os.MkdirAll(filepath.Dir(s.path()), 0o755); err != nil {
		return err
	}
	return os.WriteFile(s.path(), []byte(sum), 0o644)
}

// writeFile replaces a file in one step, so that a build beside this one never
// embeds half of it.
func writeFile(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
