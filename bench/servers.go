package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// counts is how many requests of each load are sent: enough for one second of
// processor time at least, so that the kernel's ticks of 10 ms do not show.
var counts = map[string]int{record: 12_000, list: 2_000, html: 2_000, create: 3_000, commune: 1_500}

// commune is the page of a commune, which the peer has not.
const commune = "commune"

// many is the number of connections at which rates and the slowest answers are
// compared; one connection alone is measured besides.
const many = 16

// servers measures both sides in turn, round after round.
func (w *workbench) servers(ctx context.Context, r *report) error {
	ours, err := w.beffroi(ctx)
	if err != nil {
		return err
	}
	peer, err := w.pocketBase(ctx)
	if err != nil {
		return err
	}
	for round := range w.rounds {
		for _, s := range []side{ours, peer} {
			if err := w.round(ctx, r, s, round); err != nil {
				return fmt.Errorf("%s, round %d: %w", s.name, round+1, err)
			}
		}
	}
	return nil
}

// round starts a server, sends every load, notes its memory when all loads of 16
// connections are through, and ends it.
func (w *workbench) round(ctx context.Context, r *report, s side, round int) (err error) {
	if err := w.starts(ctx, r, s); err != nil {
		return err
	}
	p, err := s.start(ctx, s.ready)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := s.prepare(ctx, p); err != nil {
		return err
	}
	offset := round * 10_000_000 // no entry is created twice
	for _, connections := range []int{many, 1} {
		for _, name := range []string{record, list, html, commune, create} {
			next := s.loads[name]
			if next == nil {
				continue
			}
			from := offset
			offset += 1_000_000
			n := int(float64(counts[name]) * w.scale)
			if connections == 1 {
				n /= 3
			}
			began := time.Now()
			o, err := drive(ctx, p, load{requests: n, connections: connections, next: func(i int) request { return next(from + i) }})
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			key := fmt.Sprintf("%s %d %s", name, connections, s.name)
			r.add("rate "+key, o.perSecond())
			for _, q := range []int{50, 95, 99} {
				r.add(fmt.Sprintf("p%d %s", q, key), o.quantile(float64(q)/100).Seconds()*1000)
			}
			fmt.Fprintf(os.Stderr, "  %-10s %-8s c=%-2d %8.0f /CPU-s %8.2f ms p50 %8.2f ms p99 %6.1f s\n", s.name, name, connections,
				o.perSecond(), o.quantile(0.5).Seconds()*1000, o.quantile(0.99).Seconds()*1000, time.Since(began).Seconds())
		}
		if connections == many {
			if err := r.addMemory(p, s.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// addMemory notes the resident memory, now and at its highest.
func (r *report) addMemory(p *process, name string) error {
	now, peak, err := p.memory()
	r.add("memory "+name, float64(now)/(1<<20))
	r.add("peak "+name, float64(peak)/(1<<20))
	return err
}

// starts times the start to the first answer, a list of 50 entries.
func (w *workbench) starts(ctx context.Context, r *report, s side) error {
	p, err := s.start(ctx, s.ready)
	if err != nil {
		return err
	}
	used, err := p.cpu()
	r.add("start "+s.name, p.up.Seconds()*1000)
	r.add("startcpu "+s.name, used.Seconds()*1000)
	return errors.Join(err, p.stop())
}
