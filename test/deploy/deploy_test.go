package deploy_test

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"beffroi/internal/app"
	"beffroi/internal/platform/web"
)

const folder = "../../deploy"

func file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func names(t *testing.T) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// help is what a command says of itself.
func help(t *testing.T, command string) string {
	t.Helper()
	var out bytes.Buffer
	if code := app.Main(t.Context(), "test", []string{command, "--help"}, nil, strings.NewReader(""), &out, &out); code != 0 {
		t.Errorf("there is no command %q", command)
	}
	return out.String()
}

// settings are the NAME=value lines of the environment file.
func settings(t *testing.T) map[string]string {
	t.Helper()
	values := map[string]string{}
	for line := range strings.Lines(file(t, "beffroi.env")) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "#") {
			values[name] = value
		}
	}
	return values
}

func TestSettingsExist(t *testing.T) {
	known := help(t, "serve") + help(t, "doctor")
	mention := regexp.MustCompile(`BEFFROI_[A-Z]+`)
	n := 0
	for _, name := range names(t) {
		for _, setting := range mention.FindAllString(file(t, name), -1) {
			if n++; !strings.Contains(known, "("+setting+")") {
				t.Errorf("%s names %s, which is no setting", name, setting)
			}
		}
	}
	if n < 15 {
		t.Errorf("%d settings found: nothing is proven", n)
	}
}

// uses are the words after the program in a file.
var uses = regexp.MustCompile(`(?:/usr/local/bin/beffroi |"/beffroi", ")([a-z]+)([^'\]\n]*)`)

func TestCommandsAndFlagsExist(t *testing.T) {
	n := 0
	flags := regexp.MustCompile(`(?:^|[ "])-{1,2}([a-z][a-z-]*)`)
	for _, name := range names(t) {
		for _, use := range uses.FindAllStringSubmatch(file(t, name), -1) {
			said := help(t, use[1])
			for _, f := range flags.FindAllStringSubmatch(use[2], -1) {
				if n++; !strings.Contains(said, "  -"+f[1]) {
					t.Errorf("%s: beffroi %s has no flag %s", name, use[1], f[1])
				}
			}
		}
	}
	if n < 2 {
		t.Errorf("%d flags found: nothing is proven", n)
	}
}

// value is what follows NAME= in a unit.
func value(t *testing.T, text, name string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^` + name + `=(.*)$`).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("there is no %s=", name)
	}
	return m[1]
}

func TestPathsAndPortsAgree(t *testing.T) {
	s := settings(t)
	state := "/var/lib/" + value(t, file(t, "hardening.conf"), "StateDirectory")
	for _, name := range []string{"BEFFROI_DB", "BEFFROI_DATA", "BEFFROI_BACKUPS"} {
		if path := strings.TrimPrefix(s[name], "sqlite:"); path != state && !strings.HasPrefix(path, state+"/") {
			t.Errorf("%s=%s is not in %s, the only place that may be written", name, s[name], state)
		}
	}
	for _, unit := range []string{"beffroi.service", "beffroi-backup.service"} {
		if got := value(t, file(t, unit), "EnvironmentFile"); got != "/etc/beffroi/beffroi.env" {
			t.Errorf("%s reads %s", unit, got)
		}
	}
	listen := s["BEFFROI_LISTEN"]
	for name, want := range map[string]string{"nginx.conf": "proxy_pass http://" + listen + ";", "Caddyfile": "reverse_proxy " + listen + "\n"} {
		if !strings.Contains(file(t, name), want) {
			t.Errorf("%s does not say %q", name, want)
		}
		if host := strings.TrimPrefix(s["BEFFROI_URL"], "https://"); !strings.Contains(file(t, name), host) {
			t.Errorf("%s does not serve %s", name, host)
		}
	}
	proxies, err := web.ParseProxies(s["BEFFROI_PROXIES"])
	at, aerr := netip.ParseAddrPort(listen)
	if err != nil || aerr != nil || !slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(at.Addr()) }) {
		t.Errorf("the proxies %v do not have the address %s: %v, %v", proxies, listen, err, aerr)
	}
	container := file(t, "Containerfile")
	if !strings.Contains(container, "BEFFROI_LISTEN=0.0.0.0:8080") || !strings.Contains(container, "EXPOSE 8080\n") || !strings.Contains(container, "BEFFROI_DATA=/data") || !strings.Contains(container, "VOLUME /data\n") {
		t.Error("the container listens, publishes and keeps its data at different places")
	}
	if user := regexp.MustCompile(`(?m)^USER (\d+):`).FindStringSubmatch(container); user == nil || user[1] == "0" {
		t.Errorf("the container runs as %v", user)
	}
}

// Each line of the container file is an instruction, and what is copied is
// there or made before. It is not built here: that takes a registry.
func TestContainerfileReads(t *testing.T) {
	known := map[string]bool{"FROM": true, "RUN": true, "COPY": true, "USER": true, "ENV": true, "VOLUME": true, "EXPOSE": true, "HEALTHCHECK": true, "ENTRYPOINT": true, "CMD": true}
	n := 0
	for line := range strings.Lines(file(t, "Containerfile")) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, _, _ := strings.Cut(line, " ")
		if n++; !known[word] {
			t.Errorf("%q is no instruction", line)
		}
	}
	if n < 10 {
		t.Errorf("%d instructions only", n)
	}
}

// systemd itself reads the units, and finds little to take away.
func TestUnits(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd is not here")
	}
	_, hardening, _ := strings.Cut(file(t, "hardening.conf"), "[Service]\n")
	units := map[string]string{"beffroi-backup.timer": file(t, "beffroi-backup.timer")}
	for _, name := range []string{"beffroi.service", "beffroi-backup.service"} {
		text := strings.ReplaceAll(file(t, name), "/usr/local/bin/beffroi", "/bin/true")
		units[name] = strings.Replace(text, "[Service]\n", "[Service]\n"+hardening, 1)
	}
	dir := t.TempDir()
	for name, text := range units {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overall := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`)
	for name := range units {
		path := filepath.Join(dir, name)
		out, err := exec.Command("systemd-analyze", "verify", "--man=no", path).CombinedOutput()
		if err != nil || strings.Contains(string(out), dir) || strings.Contains(string(out), "nknown") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if filepath.Ext(name) == ".timer" {
			continue
		}
		out, err = exec.Command("systemd-analyze", "security", "--offline=true", path).CombinedOutput()
		m := overall.FindSubmatch(out)
		if err != nil || m == nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		exposure, err := strconv.ParseFloat(string(m[1]), 64)
		if t.Logf("%s: exposure %v of 10", name, exposure); err != nil || exposure > 1.5 {
			t.Errorf("%s is exposed: %v, %v", name, exposure, err)
		}
	}
}
