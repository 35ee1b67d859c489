package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"beffroi/internal/app"
	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/series"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/calendar"
	"beffroi/internal/platform/vault"
)

// writing is what writers felt: how many writes, and the worst, in milliseconds.
type writing struct {
	Writes int     `json:"writes"`
	Median float64 `json:"median_ms"`
	Worst  float64 `json:"worst_ms"`
}

// timeBackup saves the database once while nobody writes, for its processor
// time, and then again and again while somebody posts entries without pause but
// for two milliseconds; as long before, he posts alone, for comparison.
func (c command) timeBackup(ctx context.Context, h *app.House, out io.Writer) error {
	dir, err := os.MkdirTemp("", "beffroi-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var rows, size int64
	save := func() error {
		f := vault.File{Path: filepath.Join(dir, "x.tar.gz")}
		m, err := f.Save(ctx, h.DB, "load", nil)
		if err != nil {
			return err
		}
		info, err := os.Stat(f.Path)
		rows, size = m.Rows(), info.Size()
		return err
	}
	quiet, err := measure(1, save)
	if err != nil {
		return err
	}
	alone, err := posting(ctx, h, func() error {
		time.Sleep(time.Duration(quiet.Wall) * time.Microsecond * time.Duration(c.runs))
		return nil
	})
	if err != nil {
		return err
	}
	began := time.Now()
	during, err := posting(ctx, h, func() error {
		for range c.runs {
			if err := save(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{"rows": rows, "archive_bytes": size, "quiet": quiet, "wall_ms_while_writing": time.Since(began).Milliseconds() / int64(c.runs), "alone": alone, "during": during})
}

// posting posts entries while f runs.
func posting(ctx context.Context, h *app.House, f func() error) (writing, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var took []float64
	failed := make(chan error, 1)
	go func() {
		var err error
		for ctx.Err() == nil && err == nil {
			began := time.Now()
			_, err = h.Ledger.Post(context.WithoutCancel(ctx), auth.System("load"), ledger.Posting{Date: calendar.MustParse("2025-03-01"), Kind: "service",
				Title: series.Text{FR: "Essai"}, Measure: "eur_cents", Amount: 10_001, Attribution: "shared", Base: []string{"53053", "53028", "57081"}})
			took = append(took, float64(time.Since(began).Microseconds())/1000)
			time.Sleep(2 * time.Millisecond)
		}
		failed <- err
	}()
	err := f()
	stop()
	if perr := <-failed; err == nil {
		err = perr
	}
	if err != nil {
		return writing{}, err
	}
	slices.Sort(took)
	return writing{len(took), took[len(took)/2], took[len(took)-1]}, nil
}
