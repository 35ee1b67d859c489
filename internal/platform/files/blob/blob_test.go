package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"beffroi/internal/platform/files/blob"
)

func sumOf(text string) blob.Sum {
	h := sha256.New()
	_, _ = io.WriteString(h, text)
	return blob.SumOf(h)
}

func put(t testing.TB, s blob.Store, text string) blob.Sum {
	t.Helper()
	if err := s.Put(t.Context(), sumOf(text), int64(len(text)), strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return sumOf(text)
}

// each gives the sums and sizes that a store lists.
func each(t testing.TB, s blob.Store) map[blob.Sum]int64 {
	t.Helper()
	all := map[blob.Sum]int64{}
	err := s.Each(t.Context(), func(i blob.Info) error {
		if age := time.Since(i.Changed); age < -time.Minute || age > time.Hour {
			t.Errorf("%s was changed %v ago", i.Sum, age)
		}
		all[i.Sum] = i.Size
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// conformance is what every store does.
func conformance(t *testing.T, s blob.Store) {
	ctx := t.Context()
	nowhere := sumOf("nowhere")
	if _, err := s.Open(ctx, nowhere); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a blob of an empty store: %v", err)
	}
	if len(each(t, s)) != 0 {
		t.Error("the store is not empty")
	}
	big := strings.Repeat("0123456789abcdef", 1<<16)
	for _, text := range []string{"", "été", big} {
		sum := put(t, s, text)
		r, err := s.Open(ctx, sum)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != text {
			t.Errorf("%d bytes came back as %d: %v", len(text), len(got), err)
		}
		if at, err := r.Seek(-min(3, int64(len(text))), io.SeekEnd); err != nil || at != max(0, int64(len(text))-3) {
			t.Errorf("sought to %d: %v", at, err)
		}
		if tail, err := io.ReadAll(r); err != nil || !strings.HasSuffix(text, string(tail)) || len(tail) != min(3, len(text)) {
			t.Errorf("the end is %q: %v", tail, err)
		}
		if err := errors.Join(r.Close(), blob.Check(ctx, s, sum)); err != nil {
			t.Error(err)
		}
	}
	put(t, s, "été") // twice is once
	if all := each(t, s); len(all) != 3 || all[sumOf("été")] != 5 || all[sumOf(big)] != 1<<20 {
		t.Errorf("it lists %v", all)
	}
	for what, c := range map[string]struct {
		sum  blob.Sum
		size int64
	}{"another sum": {nowhere, 5}, "too long": {sumOf("été"), 4}, "too short": {sumOf("été"), 6}, "no sum": {"../../x", 5}, "capitals": {blob.Sum(strings.ToUpper(string(nowhere))), 5}} {
		if err := s.Put(ctx, c.sum, c.size, strings.NewReader("été")); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
	if _, err := s.Open(ctx, nowhere); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after a wrong sum: %v", err)
	}
	if _, err := s.Open(ctx, "../../etc/passwd"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path is opened: %v", err)
	}
	for range 2 {
		if err := errors.Join(s.Remove(ctx, sumOf("été")), s.Tidy(ctx, time.Now())); err != nil {
			t.Error(err)
		}
	}
	if all := each(t, s); len(all) != 2 {
		t.Errorf("after removing: %v", all)
	}
	if err := s.Remove(ctx, "../x"); err == nil {
		t.Error("a path is removed")
	}
}

func TestFolder(t *testing.T) { conformance(t, blob.NewFolder(filepath.Join(t.TempDir(), "a", "b"))) }

// file is where a folder keeps a blob.
func file(dir string, sum blob.Sum) string { return filepath.Join(dir, string(sum[:2]), string(sum)) }

func TestFolderFindsDamage(t *testing.T) {
	dir := t.TempDir()
	s := blob.NewFolder(dir)
	sum := put(t, s, "une convention")
	if err := os.WriteFile(file(dir, sum), []byte("une conventiom"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := blob.Check(t.Context(), s, sum); !errors.Is(err, blob.ErrSum) {
		t.Errorf("damage goes unnoticed: %v", err)
	}
	put(t, s, "une convention")
	if err := blob.Check(t.Context(), s, sum); err != nil {
		t.Errorf("putting again does not mend: %v", err)
	}
}

// A link that leads out of the folder is not followed, neither to read nor to write.
func TestFolderFollowsNoLinkOut(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	s := blob.NewFolder(dir)
	sum := sumOf("secret")
	if err := os.WriteFile(filepath.Join(outside, string(sum)), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, string(sum[:2]))); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Open(t.Context(), sum); err == nil {
		_ = r.Close()
		t.Error("a link out is read")
	}
	if err := s.Put(t.Context(), sum, 6, strings.NewReader("secret")); err == nil {
		t.Error("a link out is written through")
	}
}

// failing breaks off in the middle.
type failing struct{ r io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, _ := f.r.Read(p)
	return n, errors.New("the line is cut")
}

func TestFolderLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	s := blob.NewFolder(dir)
	if err := s.Put(t.Context(), sumOf("abc"), 3, failing{strings.NewReader("ab")}); err == nil {
		t.Fatal("a cut file is taken")
	}
	left := 0
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, _ error) error {
		if d.Type().IsRegular() {
			left++
		}
		return nil
	})
	if left != 0 {
		t.Errorf("%d files are left", left)
	}
	// What a killed process leaves goes once it is old, and only then.
	sum := put(t, s, "abc")
	half := file(dir, sum) + ".ABCDEFGH.new"
	if err := os.WriteFile(half, []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Tidy(t.Context(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); err != nil {
		t.Error("a file being written was removed")
	}
	if err := s.Tidy(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Error("an old half file stays")
	}
	if len(each(t, s)) != 1 {
		t.Error("the whole blob went, too")
	}
}

// Many who put the same bytes at once leave one whole blob.
func TestFolderTakesManyAtOnce(t *testing.T) {
	s := blob.NewFolder(t.TempDir())
	text := strings.Repeat("x", 1<<16)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if err := s.Put(context.Background(), sumOf(text), int64(len(text)), bytes.NewReader([]byte(text))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := blob.Check(t.Context(), s, sumOf(text)); err != nil || len(each(t, s)) != 1 {
		t.Errorf("%v: %v", err, each(t, s))
	}
}

func TestParseSum(t *testing.T) {
	if _, err := blob.ParseSum(string(sumOf("x"))); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "abc", strings.Repeat("g", 64), strings.Repeat("A", 64), strings.Repeat("a", 63), strings.Repeat("a", 66)} {
		if _, err := blob.ParseSum(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestS3Address(t *testing.T) {
	for _, good := range []string{"s3://files", "s3://files/a/b?endpoint=127.0.0.1:9000&tls=off", "s3://files?region=eu-west-1"} {
		if _, err := blob.NewS3(good, blob.Keys{ID: "id", Secret: "secret"}); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "s3://", "s3:files", "http://files", "s3://id:secret@files", "s3://files?endpoint=http://x/y"} {
		if _, err := blob.NewS3(bad, blob.Keys{}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
