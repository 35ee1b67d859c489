package schedule

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bounds of a PSPLIB file that is read.
const (
	maxLine = 64 << 10
	maxJobs = 200_000
)

// Problem is a project of the PSPLIB library. Published is the length of its
// critical path as the file tells it (MPM-Time), 0 when it does not.
type Problem struct {
	Nodes     []Node
	Arcs      []Arc
	Published int
}

// FormatError is what a PSPLIB file does wrong, and where.
type FormatError struct {
	Line   int // 1-based
	Reason string
}

// Error gives place and reason.
func (e *FormatError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// ReadPSPLIB reads a project in the single-mode format .sm of PSPLIB (Kolisch
// and Sprecher, 1996): jobs, successors, durations. Resources are left out: the
// critical path does not depend on them. Errors: *FormatError, or those of r.
func ReadPSPLIB(r io.Reader) (Problem, error) {
	p := &psplib{lines: bufio.NewScanner(r)}
	p.lines.Buffer(nil, maxLine)
	for p.lines.Scan() {
		p.line++
		if err := p.take(p.lines.Text()); err != nil {
			return Problem{}, err
		}
	}
	if err := p.lines.Err(); err != nil {
		return Problem{}, &FormatError{p.line + 1, err.Error()}
	}
	if p.jobs == 0 || p.arcs != p.jobs || p.durations != p.jobs {
		return Problem{}, &FormatError{p.line, fmt.Sprintf("%d jobs announced, %d with successors, %d with a duration", p.jobs, p.arcs, p.durations)}
	}
	return p.Problem, nil
}

// psplib is a file being read. What a line means depends on the heading above it.
type psplib struct {
	Problem
	lines           *bufio.Scanner
	line            int
	section         string
	jobs            int
	arcs, durations int // jobs whose successors and durations were read
}

func (p *psplib) take(text string) error {
	name, value, labelled := strings.Cut(text, ":")
	switch {
	case strings.HasPrefix(text, "*"), strings.HasPrefix(text, "-"), strings.TrimSpace(text) == "":
		return nil
	case labelled && strings.HasPrefix(name, "jobs"):
		return p.announce(value)
	case labelled || !strings.HasPrefix(text, " ") && !startsWithDigit(text):
		p.section = strings.TrimSpace(text)
		return nil
	}
	fields := strings.Fields(text)
	switch {
	case strings.HasPrefix(p.section, "pronr."):
		return p.information(fields)
	case strings.HasPrefix(p.section, "jobnr.") && strings.Contains(p.section, "successors"):
		return p.successors(fields)
	case strings.HasPrefix(p.section, "jobnr."):
		return p.duration(fields)
	}
	return nil
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func (p *psplib) fail(format string, args ...any) error {
	return &FormatError{p.line, fmt.Sprintf(format, args...)}
}

// numbers reads whole numbers, at least so many.
func (p *psplib) numbers(fields []string, least int) ([]int, error) {
	list := make([]int, len(fields))
	for i, f := range fields {
		n, err := strconv.Atoi(f)
		if err != nil || n < 0 || n > maxTime {
			return nil, p.fail("%q where a whole number from 0 to %d is expected", f, maxTime)
		}
		list[i] = n
	}
	if len(list) < least {
		return nil, p.fail("%d numbers where at least %d are expected", len(list), least)
	}
	return list, nil
}

func (p *psplib) announce(value string) error {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 1 || n > maxJobs || p.jobs > 0 {
		return p.fail("the number of jobs must be told once, 1 to %d: %q", maxJobs, strings.TrimSpace(value))
	}
	p.jobs = n
	p.Nodes = make([]Node, n)
	for i := range p.Nodes {
		p.Nodes[i] = Node{Key: strconv.Itoa(i + 1), Parent: Top, NotUntil: None, FinishBy: None}
	}
	return nil
}

func (p *psplib) information(fields []string) error {
	n, err := p.numbers(fields, 6)
	if err == nil {
		p.Published = n[5]
	}
	return err
}

func (p *psplib) job(n, want int) error {
	if n != want || n > p.jobs {
		return p.fail("job %d where job %d of %d is expected", n, want, p.jobs)
	}
	return nil
}

func (p *psplib) successors(fields []string) error {
	n, err := p.numbers(fields, 3)
	if err != nil {
		return err
	}
	if err := p.job(n[0], p.arcs+1); err != nil {
		return err
	}
	if n[1] != 1 || n[2] != len(n)-3 {
		return p.fail("job %d: one mode and as many successors as announced are expected", n[0])
	}
	for _, to := range n[3:] {
		if to < 1 || to > p.jobs {
			return p.fail("job %d: successor %d does not exist", n[0], to)
		}
		p.Arcs = append(p.Arcs, Arc{From: n[0] - 1, To: to - 1})
	}
	p.arcs++
	return nil
}

func (p *psplib) duration(fields []string) error {
	n, err := p.numbers(fields, 3)
	if err != nil {
		return err
	}
	if err := p.job(n[0], p.durations+1); err != nil {
		return err
	}
	if n[1] != 1 {
		return p.fail("job %d: mode %d; only files with one mode are read", n[0], n[1])
	}
	p.Nodes[n[0]-1].Duration = n[2]
	p.durations++
	return nil
}
