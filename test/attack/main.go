// Command attack lets the scanners of Debian loose on a demonstration of its
// own, on the loopback address, and sums up what they report: wapiti crawls and
// injects, sqlmap tries every parameter of the lists, ffuf looks for files that
// should not be there. A scanner that is not installed is named and left out.
// docs/security.md holds the last summary and what was thought of it.
//
//	go run ./test/attack -program ./beffroi
package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed names.txt
var names string

// Parameters that sqlmap tries, in the addresses that take them.
var injectable = []string{
	"/search?q=mons*", "/communes?figure=population&sort=money*", "/communes/53053*?as_of=2026-01-01*", "/bodies?q=ecole*&domain=education*", "/missions?q=eau*",
	"/projects?q=velo*", "/ledger?q=eau*&year=2025*", "/ledger/explain?year=2025*&area=53053*", "/api/v1/ledger?limit=5*&cursor=x*", "/territory?q=mons*",
}

func main() {
	program := flag.String("program", "./beffroi", "the program to attack")
	out := flag.String("out", "", "folder for the reports; a temporary one when empty")
	limit := flag.Duration("limit", 4*time.Minute, "longest time for one scanner")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := attack(ctx, *program, *out, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1)
	}
}

func attack(ctx context.Context, program, out string, limit time.Duration) (err error) {
	dir, err := os.MkdirTemp("", "beffroi-attack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if out == "" {
		out = dir
	}
	if err := os.MkdirAll(out, 0o750); err != nil {
		return err
	}
	site, stop, err := demo(ctx, program, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	for _, tool := range []struct {
		name string
		run  func(ctx context.Context, site, out string) (string, error)
	}{{"wapiti", wapiti}, {"sqlmap", sqlmap}, {"ffuf", ffuf}} {
		if _, err := exec.LookPath(tool.name); err != nil {
			fmt.Printf("%s: not installed (Debian: apt-get install %[1]s)\n", tool.name)
			continue
		}
		bounded, cancel := context.WithTimeout(ctx, limit)
		told, err := tool.run(bounded, site, out)
		cancel()
		if err != nil {
			return fmt.Errorf("%s: %w", tool.name, err)
		}
		fmt.Printf("%s: %s\n", tool.name, told)
	}
	return nil
}

// demo starts a demonstration and waits until it answers.
func demo(ctx context.Context, program, dir string) (site string, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, program, "demo", "--data", filepath.Join(dir, "data"), "--listen", address, "--log", "json")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	logged, err := cmd.StderrPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	faults := make(chan int, 1)
	go func() { faults <- internalErrors(logged) }()
	stop = func() error {
		_ = cmd.Process.Signal(os.Interrupt)
		n := <-faults
		_ = cmd.Wait() // an interrupt is how it is to end
		fmt.Printf("beffroi: %d internal errors in its log\n", n)
		if n > 0 {
			return errors.New("the program failed inside")
		}
		return nil
	}
	for range 300 {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return "http://" + address, stop, c.Close()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return "", nil, errors.Join(errors.New("the demonstration does not answer"), stop())
}

// internalErrors counts what the program itself calls an internal error.
func internalErrors(log io.Reader) (n int) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "internal error") {
			fmt.Println("  ", lines.Text())
			n++
		}
	}
	return n
}

// modules of wapiti that look at what a program answers; the others look up
// known products, or need the network.
const modules = "sql,blindsql,xss,permanentxss,exec,file,crlf,redirect,xxe,ssrf,csp,cookieflags,http_headers,methods"

func wapiti(ctx context.Context, site, out string) (string, error) {
	report := filepath.Join(out, "wapiti.json")
	seconds := "200"
	cmd := exec.CommandContext(ctx, "wapiti", "-u", site+"/", "--scope", "domain", "-f", "json", "-o", report, "--flush-session", "--max-scan-time", seconds,
		"--max-links-per-page", "12", "-d", "3", "-m", modules, "-v", "0", "--store-session", out)
	if said, err := cmd.CombinedOutput(); err != nil && ctx.Err() == nil {
		return "", fmt.Errorf("%w: %s", err, tail(said))
	}
	text, err := os.ReadFile(report)
	if err != nil {
		return "no report within the time", nil
	}
	var r struct {
		Vulnerabilities, Anomalies map[string][]struct{ Info, Path, Parameter string }
		Infos                      struct {
			Crawled int `json:"crawled_pages_nbr"`
		}
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return "", err
	}
	var told []string
	for _, found := range []map[string][]struct{ Info, Path, Parameter string }{r.Vulnerabilities, r.Anomalies} {
		for kind, list := range found {
			if len(list) > 0 {
				told = append(told, fmt.Sprintf("\n   %s: %d, first: %s %s (%s)", kind, len(list), list[0].Path, list[0].Parameter, list[0].Info))
			}
		}
	}
	slices.Sort(told)
	return fmt.Sprintf("%d kinds of findings over %d pages%s", len(told), r.Infos.Crawled, strings.Join(told, "")), nil
}

// finding is how sqlmap announces an injection.
var finding = regexp.MustCompile(`(?i)is vulnerable|injectable|identified the following injection`)

func sqlmap(ctx context.Context, site, out string) (string, error) {
	tried, found := 0, []string{}
	for _, path := range injectable {
		cmd := exec.CommandContext(ctx, "sqlmap", "-u", site+path, "--batch", "--level", "2", "--risk", "2", "--flush-session", "--disable-coloring", "--output-dir", filepath.Join(out, "sqlmap"))
		said, err := cmd.CombinedOutput()
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w: %s", path, err, tail(said))
		}
		tried++
		for line := range strings.Lines(string(said)) {
			if finding.MatchString(line) && !strings.Contains(line, "not appear to be injectable") && !strings.Contains(line, "not injectable") && !strings.Contains(line, "might not be injectable") {
				found = append(found, path+": "+strings.TrimSpace(line))
			}
		}
	}
	return fmt.Sprintf("%d of %d addresses tried, %d findings\n   %s", tried, len(injectable), len(found), strings.Join(found, "\n   ")), nil
}

func ffuf(ctx context.Context, site, out string) (string, error) {
	list, report := filepath.Join(out, "names.txt"), filepath.Join(out, "ffuf.json")
	if err := os.WriteFile(list, []byte(names), 0o600); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "ffuf", "-u", site+"/FUZZ", "-w", list, "-mc", "all", "-fc", "404", "-of", "json", "-o", report, "-s", "-t", "8")
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, tail(said))
	}
	text, err := os.ReadFile(report)
	if err != nil {
		return "", err
	}
	var r struct {
		Results []struct {
			Input  map[string]string
			Status int
		}
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return "", err
	}
	told := ""
	for _, f := range r.Results {
		told += fmt.Sprintf("\n   /%s: %d", f.Input["FUZZ"], f.Status)
	}
	return fmt.Sprintf("%d names tried, %d answer other than 404%s", strings.Count(names, "\n"), len(r.Results), told), nil
}

func tail(said []byte) string {
	const most = 500
	return string(said[max(0, len(said)-most):])
}
