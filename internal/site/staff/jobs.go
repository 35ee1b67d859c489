package staff

import (
	"cmp"
	"fmt"
	"strconv"

	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

// i18n: job.state.* job.kind.* job.retried job.cancelled

// pageJobs answers "what does the house do by itself, and what failed".
func (d *Desk) pageJobs(x *web.Exchange) error {
	f := jobs.Filter{State: jobs.State(x.Query("state")), Kind: x.Query("kind"), Limit: x.Limit() + 1}
	if err := x.Cursor(&f.Below); err != nil {
		return err
	}
	list, err := d.Jobs.List(x.Context(), x.Actor, f)
	if err != nil {
		return err
	}
	o, err := d.Jobs.Overview(x.Context(), x.Actor)
	if err != nil {
		return err
	}
	rows, err := web.CutPage(x, list, f.Limit-1, func(j jobs.Job) any { return j.ID })
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.P.T("job.title"), Lede: x.P.T("job.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu.jobs"), Current: true}}}
	return x.Page(page, jobsPage(x, o, jobTable(x, rows.Items), d.pager(x, rows.Next)))
}

// formJob retries or cancels a job.
func (d *Desk) formJob(x *web.Exchange) error {
	form, err := x.Form("do")
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(x.Path("id"), 10, 64)
	if err != nil {
		return fault.Missing("job")
	}
	switch form.Get("do") {
	case "retry":
		err = d.Jobs.Retry(x.Context(), x.Actor, id)
		x.Flash("job.retried")
	case "cancel":
		err = d.Jobs.Cancel(x.Context(), x.Actor, id)
		x.Flash("job.cancelled")
	default:
		err = fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": form.Get("do")})
	}
	if err != nil {
		return err
	}
	return x.Redirect("/staff/jobs")
}

// kindText is the name of a kind; a kind without a text of its own shows its code.
func kindText(p *i18n.Printer, kind string) string {
	if key := "job.kind." + kind; p.Has(key) {
		return p.T(key)
	}
	return kind
}

// stateTints: a dead letter waits for somebody.
var stateTints = map[jobs.State]ui.State{jobs.Ready: ui.Neutral, jobs.Running: ui.Info, jobs.Done: ui.OnTime, jobs.Dead: ui.Late, jobs.Cancelled: ui.Stopped}

func stateOptions(p *i18n.Printer) []ui.Option {
	list := []ui.Option{{Label: p.T("job.any")}}
	for _, s := range jobs.States() {
		list = append(list, ui.Option{Value: string(s), Label: p.T("job.state." + string(s))})
	}
	return list
}

func stateFacts(p *i18n.Printer, counts map[jobs.State]int64) (list []ui.Fact) {
	for _, s := range jobs.States() {
		list = append(list, ui.Fact{Term: p.T("job.state." + string(s)), Value: p.Int(counts[s])})
	}
	return list
}

func jobTable(x *web.Exchange, list []jobs.Job) *ui.DataTable {
	p, may := x.P, jobs.Manage.Gate(x.Actor) == nil
	columns := []ui.Column{{Label: p.T("job.number"), Numeric: true}, {Label: p.T("job.kind"), RowHeader: true}, {Label: p.T("job.state")},
		{Label: p.T("job.due")}, {Label: p.T("job.attempts"), Numeric: true}, {Label: p.T("job.error")}}
	if may {
		columns = append(columns, ui.Column{Label: p.T("account.verbs")})
	}
	t := ui.NewTable(p.T("job.list"), columns...).HideCaption().Empty(p.T("job.empty"))
	for _, j := range list {
		cells := []ui.Cell{ui.LinkTo(fmt.Sprint(j.ID), fmt.Sprintf("/history/job/%d", j.ID)), ui.Text(kindText(p, j.Kind)), ui.Body(ui.Tag(stateTints[j.State], p.T("job.state."+string(j.State)))),
			ui.Text(p.Instant(j.RunAt)), ui.Text(fmt.Sprintf("%d / %d", j.Attempt, j.MaxAttempts)), ui.Text(cmp.Or(j.Error, "–"))}
		if may {
			cells = append(cells, ui.Body(jobVerbs(x, j)))
		}
		t.Row(cells...)
	}
	return t
}

func scheduleTable(p *i18n.Printer, list []jobs.Recurrence) *ui.DataTable {
	t := ui.NewTable(p.T("job.schedules"), ui.Column{Label: p.T("job.kind"), RowHeader: true}, ui.Column{Label: p.T("job.cron")},
		ui.Column{Label: p.T("job.last")}, ui.Column{Label: p.T("job.next")}).HideCaption().Empty(p.T("job.schedules.empty"))
	for _, s := range list {
		t.Row(ui.Text(kindText(p, s.Kind)), ui.Text(s.Cron), ui.Text(p.Instant(s.Last)), ui.Text(p.Instant(s.Next)))
	}
	return t
}
