package blob_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"beffroi/internal/platform/files/blob"
)

// gateway is a real server of the protocol: versitygw, which keeps buckets as
// folders and checks signatures. It has a module of its own beside the tests
// and is built at first need; without the modules the test is skipped.
func gateway(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no place to keep the server: ", err)
	}
	program := filepath.Join(cache, "beffroi-test", "versitygw-1.8.0")
	if _, err := os.Stat(program); err != nil {
		build := exec.Command("go", "build", "-o", program, "github.com/versity/versitygw/cmd/versitygw")
		build.Dir = filepath.Join("..", "..", "..", "..", "test", "s3")
		if out, err := build.CombinedOutput(); err != nil {
			t.Skipf("the server cannot be built here: %v\n%s", err, out)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	server := exec.Command(program, "--access", "test-id", "--secret", "test-secret", "--port", address, "--quiet", "posix", t.TempDir())
	var log strings.Builder
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	for range 100 {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return address
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the server does not listen:\n%s", log.String())
	return ""
}

func TestS3(t *testing.T) {
	endpoint := gateway(t)
	client, err := minio.New(endpoint, &minio.Options{Creds: credentials.NewStaticV4("test-id", "test-secret", "")})
	if err == nil {
		err = client.MakeBucket(t.Context(), "files", minio.MakeBucketOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	open := func(path, secret string) blob.Store {
		s, err := blob.NewS3("s3://"+path+"?tls=off&region=us-east-1&endpoint="+endpoint, blob.Keys{ID: "test-id", Secret: secret})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	conformance(t, open("files/house/a", "test-secret"))
	if all := each(t, open("files/house/b", "test-secret")); len(all) != 0 {
		t.Errorf("another house sees %v", all)
	}
	if all := each(t, open("files", "test-secret")); len(all) != 2 {
		t.Errorf("the bucket lists %v", all)
	}
	for what, s := range map[string]blob.Store{"a wrong secret": open("files", "wrong"), "no bucket": open("nothing", "test-secret")} {
		if _, err := s.Open(t.Context(), sumOf("x")); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s counts as an absent blob: %v", what, err)
		}
		if err := s.Put(t.Context(), sumOf("x"), 1, strings.NewReader("x")); err == nil {
			t.Errorf("%s: it is kept", what)
		}
		if err := s.Each(t.Context(), func(blob.Info) error { return nil }); err == nil {
			t.Errorf("%s: it is listed", what)
		}
	}
}
