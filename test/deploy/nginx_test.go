package deploy_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"beffroi/internal/app"
	"beffroi/internal/platform/clock"
)

// platform serves a real house that believes the given proxies.
func platform(t *testing.T, proxies string) string {
	t.Helper()
	c := app.Config{DB: "sqlite:" + filepath.Join(t.TempDir(), "x.db"), Pack: "hainaut", Log: "off", URL: "https://beffroi.example.org", Proxies: proxies}
	h, err := app.Open(context.Background(), c, clock.System(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h.Handler())
	t.Cleanup(func() {
		s.Close()
		_ = h.Close()
	})
	return strings.TrimPrefix(s.URL, "http://")
}

// guess sends a wrong password under an address of the guesser's own invention.
func guess(t *testing.T, client *http.Client, base string, n int) int {
	t.Helper()
	form := url.Values{"username": {fmt.Sprintf("someone.%d", n)}, "password": {"wrong"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/signin", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Host = "beffroi.example.org" // as the browser shows it
	r.Header.Set("Origin", "https://beffroi.example.org")
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.%d.1", n))
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// attempts counts the guesses until one is refused for being too many.
func attempts(t *testing.T, client *http.Client, base string) int {
	t.Helper()
	for n := 1; n <= 30; n++ {
		status := guess(t, client, base, n)
		if status == http.StatusTooManyRequests {
			return n
		}
		if status != http.StatusUnprocessableEntity && status != http.StatusUnauthorized {
			t.Fatalf("a wrong password answers %d", status)
		}
	}
	return 0
}

// The configuration of nginx runs: TLS, redirection, forms, and a visitor who
// cannot dodge the limit on guessing by an address of his own invention. The
// control: where the platform is asked directly and believes everybody, he can.
func TestNginx(t *testing.T) {
	if _, err := exec.LookPath("nginx"); err != nil {
		t.Skip("nginx is not here (Debian: nginx-light)")
	}
	if n := attempts(t, http.DefaultClient, "http://"+platform(t, "127.0.0.1")); n != 0 {
		t.Fatalf("refused at guess %d: the control proves nothing", n)
	}
	listen := platform(t, "127.0.0.1")
	base, client := nginx(t, listen)
	answer, err := client.Get(base + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s, %v", answer.Status, answer.Header)
	}
	if n := attempts(t, client, base); n == 0 || n > 22 {
		t.Errorf("guessing is refused at guess %d", n)
	}
}

// nginx runs our configuration on other ports and files.
func nginx(t *testing.T, listen string) (base string, client *http.Client) {
	t.Helper()
	dir := t.TempDir()
	plain, secure := freePort(t), freePort(t)
	certificate := certify(t, dir)
	conf := strings.NewReplacer("127.0.0.1:8080", listen, "listen 80;", "listen 127.0.0.1:"+plain+";", "listen [::]:80;", "",
		"listen 443 ssl http2;", "listen 127.0.0.1:"+secure+" ssl http2;", "listen [::]:443 ssl http2;", "",
		"/etc/ssl/beffroi.pem", dir+"/cert.pem", "/etc/ssl/private/beffroi.key", dir+"/key.pem").Replace(file(t, "nginx.conf"))
	whole := fmt.Sprintf("daemon off;\nmaster_process off;\npid %[1]s/pid;\nerror_log %[1]s/error.log;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path %[1]s/a;\nproxy_temp_path %[1]s/b;\nfastcgi_temp_path %[1]s/c;\nuwsgi_temp_path %[1]s/d;\nscgi_temp_path %[1]s/e;\n%[2]s}\n", dir, conf)
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("nginx", "-t", "-c", path, "-e", dir+"/error.log").CombinedOutput(); err != nil {
		t.Fatalf("nginx refuses the configuration: %s", out)
	}
	cmd := exec.Command("nginx", "-c", path, "-e", dir+"/error.log")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	client = &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) { // the name leads here
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+secure)
		},
	}}
	base = "https://beffroi.example.org"
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if answer, err := client.Get(base + "/healthz"); err == nil {
			_ = answer.Body.Close()
			return base, client
		} else if time.Since(began) > 20*time.Second {
			t.Fatal(err)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// certify writes a certificate of our own making.
func certify(t *testing.T, dir string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"beffroi.example.org"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, b := range map[string][]byte{"cert.pem": certificate, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate
}
