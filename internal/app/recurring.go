package app

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/files"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/notice"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/secret"
	"beffroi/internal/platform/webhook"
	"beffroi/internal/site/staff"
)

// Handlers are what the house does later, by kind of job. Each may run twice
// for one job and leaves the same as once.
func (h *House) Handlers() map[string]jobs.Handler {
	plain := func(f func(context.Context) error) jobs.Handler {
		return func(ctx context.Context, _ jobs.Job) error { return f(ctx) }
	}
	return map[string]jobs.Handler{
		"audit.checkpoint": plain(h.checkpoint),
		files.ScanJob:      h.Files.Scan,
		"file.sweep":       plain(h.sweepFiles),
		"import.sweep":     plain(h.Intake.Sweep),
		"job.sweep":        plain(h.Jobs.Tidy),
		"privacy.retain":   plain(h.retain),
		personal.JobErase:  h.Personal.Erase,
		personal.JobExport: h.Personal.Make,
		secret.JobReseal:   h.Secrets.Reseal,
		"mail.sweep":       plain(h.Mail.Tidy),
		"notice.sweep":     plain(h.Notice.Tidy),
		mail.PostJob:       h.Mail.Post,
		notice.PostJob:     h.Notice.Post,
		notice.DailyJob:    h.Notice.Digest(notice.Daily),
		notice.WeeklyJob:   h.Notice.Digest(notice.Weekly),
		tellDead:           h.mourn,
		"session.sweep":    plain(h.Auth.Sweep),
		"webhook.sweep":    plain(h.Webhook.Tidy),
		staff.ResetJob:     h.forgotten,
	}
}

// recurring is when the house does what it does by itself, in Brussels' time.
// The nightly jobs keep clear of the hour that is skipped or comes twice.
func recurring() []jobs.Schedule {
	return []jobs.Schedule{
		{Kind: "audit.checkpoint", Cron: "0 * * * *"},
		{Kind: "session.sweep", Cron: "20 * * * *"},
		{Kind: "file.sweep", Cron: "25 4 * * *"},
		{Kind: "import.sweep", Cron: "10 4 * * *"},
		{Kind: "job.sweep", Cron: "40 4 * * *"},
		{Kind: "webhook.sweep", Cron: "50 4 * * *"},
		{Kind: "privacy.retain", Cron: "55 4 * * *"},
		{Kind: "mail.sweep", Cron: "50 4 * * *"},
		{Kind: "notice.sweep", Cron: "55 4 * * *"},
		{Kind: notice.DailyJob, Cron: "0 7 * * *"},
		{Kind: notice.WeeklyJob, Cron: "0 7 * * 1"},
	}
}

// forgotten writes to whoever asked for a new password.
func (h *House) forgotten(ctx context.Context, j jobs.Job) error {
	var asked staff.Forgotten
	if err := json.Unmarshal(j.Payload, &asked); err != nil {
		return err
	}
	return h.Auth.SendReset(ctx, asked.Typed)
}

// checkpoint signs the present state of the audit; it signs each size once.
func (h *House) checkpoint(ctx context.Context) error {
	return h.DB.Write(ctx, func(tx *db.Tx) error {
		signer, _, err := audit.Keys(tx, h.config.Pack+"/audit")
		if err != nil {
			return err
		}
		_, err = audit.Checkpoint(tx, signer)
		return err
	})
}

// retain removes what has had its time, and sees that the ledger of erasures is whole.
func (h *House) retain(ctx context.Context) error {
	_, err := h.Personal.Retain(ctx, auth.System("retention"))
	return errors.Join(err, h.Personal.KeepLedger(ctx))
}

// sweepFiles removes the files that nobody can want any more, and says how many.
func (h *House) sweepFiles(ctx context.Context) error {
	swept, err := h.Files.Sweep(ctx, false)
	h.Log.Info("files swept", "rows", len(swept.Rows), "blobs", len(swept.Blobs))
	return err
}

// callers is how many addresses webhooks call at a time: a slow one keeps its
// caller for ten seconds.
const callers = 8

// work runs due jobs and keeps the search up to date until stop is called; stop
// waits for what runs. What waits for other people's machines has a runner of its
// own, so that a receiver that does not answer holds up nothing of the house.
func (h *House) work(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() { h.Finder.Run(ctx, h.Log) })
	for _, runner := range []*jobs.Runner{
		{Queue: h.Jobs, Handlers: h.Handlers(), Schedules: recurring(), Mourner: tellDead, Log: h.Log},
		{Queue: h.Jobs, Handlers: map[string]jobs.Handler{webhook.JobKind: h.Webhook.Deliver}, Workers: callers, Mourner: tellDead, Log: h.Log},
	} {
		ended.Go(func() {
			if err := runner.Run(ctx); err != nil {
				h.Log.Error("jobs", "error", err.Error())
			}
		})
	}
	return func() {
		cancel()
		ended.Wait()
	}
}
