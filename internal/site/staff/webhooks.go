package staff

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/sheet"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
	"beffroi/internal/platform/webhook"
)

// i18n: webhook.state.* webhook.stage.* webhook.outcome.* webhook.done.* news.kind.*

// webhookRoutes registers the screen of the subscriptions and its API.
func (d *Desk) webhookRoutes(r *web.Routes) {
	key, message := map[string]string{"key": "none"}, map[string]string{"message": "msg_none"}
	filters := append(web.Paging(), web.Query("webhook", "string", "key of a subscription"), web.Query("state", "enum", "where the message stands", stages()...))
	add := func(method, pattern string, kind web.Kind, h web.Handler, summary string, body, returns any, sample map[string]string, params ...web.Param) {
		rule := webhook.View
		if method != http.MethodGet {
			rule = webhook.Manage
		}
		r.Add(web.Route{Method: method, Pattern: pattern, Kind: kind, Rule: rule, Handle: h, Summary: summary, Body: body, Returns: returns, Sample: sample, Params: params})
	}
	const get, post = http.MethodGet, http.MethodPost
	add(get, "/staff/webhooks", web.PageRoute, d.pageWebhooks, "Whom the house tells what happened, and what became of each message", nil, nil, nil, append(filters, web.Format())...)
	add(post, "/staff/webhooks", web.FormRoute, d.formWebhook, "Subscribe an address", nil, nil, nil)
	add(post, "/staff/webhooks/{key}", web.FormRoute, d.formWebhookDo, "Try, pause, resume or delete a subscription", nil, nil, key)
	add(post, "/staff/webhooks/deliveries/{message}", web.FormRoute, d.formReplay, "Send a message again", nil, nil, message)
	add(get, "/api/v1/webhooks", web.APIRoute, d.apiWebhooks, "Every subscription", nil, web.Rows[webhook.Webhook]{}, nil)
	add(post, "/api/v1/webhooks", web.APIRoute, d.apiSubscribe, "Subscribe an address; the secret is given this once", webhook.Subscription{}, subscribed{}, nil)
	add(http.MethodDelete, "/api/v1/webhooks/{key}", web.APIRoute, d.apiDo(d.Webhook.Delete), "Delete a subscription with its messages", nil, done{}, key)
	add(post, "/api/v1/webhooks/{key}/pause", web.APIRoute, d.apiDo(d.Webhook.Pause), "Pause a subscription", nil, done{}, key)
	add(post, "/api/v1/webhooks/{key}/resume", web.APIRoute, d.apiDo(d.Webhook.Resume), "Resume a subscription", nil, done{}, key)
	add(post, "/api/v1/webhooks/{key}/test", web.APIRoute, d.apiTest, "Send a test message to a subscription", nil, tested{}, key)
	add(get, "/api/v1/webhooks/deliveries", web.APIRoute, d.apiDeliveries, "Messages and what became of them, newest first", nil, web.Rows[webhook.Delivery]{}, nil, filters...)
	add(post, "/api/v1/webhooks/deliveries/{message}/replay", web.APIRoute, d.apiReplay, "Send a message again, with the same id", nil, done{}, message)
}

// subscribed is a new subscription with its secret.
type subscribed struct {
	webhook.Webhook
	Secret string `json:"secret"`
}

// tested is the message that a test sends.
type tested struct {
	Message string `json:"id"`
}

// done says that a verb without an answer of its own was carried out.
type done struct {
	Done bool `json:"done"`
}

func stages() (list []string) {
	for _, s := range webhook.Stages() {
		list = append(list, string(s))
	}
	return list
}

// webhookView is what the screen shows.
type webhookView struct {
	x      *web.Exchange
	list   []webhook.Webhook
	rows   web.Rows[webhook.Delivery]
	form   webhook.Subscription
	errs   []ui.FieldError
	secret string // of the subscription that was just made
	may    bool
	kinds  []string
	pager  ui.PageLinks
}

func (d *Desk) deliveryFilter(x *web.Exchange) (f webhook.Filter, err error) {
	f = webhook.Filter{Webhook: x.Query("webhook"), Stage: webhook.Stage(x.Query("state")), Limit: x.Limit() + 1}
	return f, x.Cursor(&f.Below)
}

func (d *Desk) deliveries(x *web.Exchange) (rows web.Rows[webhook.Delivery], err error) {
	f, err := d.deliveryFilter(x)
	if err != nil {
		return rows, err
	}
	list, err := d.Webhook.Deliveries(x.Context(), x.Actor, f)
	if err != nil {
		return rows, err
	}
	return web.CutPage(x, list, f.Limit-1, func(d webhook.Delivery) any { return d.Position() })
}

func (d *Desk) pageWebhooks(x *web.Exchange) error {
	if x.Exporting() {
		return d.exportDeliveries(x)
	}
	return d.showWebhooks(x, http.StatusOK, webhookView{})
}

func (d *Desk) showWebhooks(x *web.Exchange, status int, v webhookView) (err error) {
	v.x, v.kinds, v.may = x, d.Webhook.Kinds(), webhook.Manage.Gate(x.Actor) == nil
	if v.list, err = d.Webhook.List(x.Context(), x.Actor); err != nil {
		return err
	}
	if v.rows, err = d.deliveries(x); err != nil {
		return err
	}
	v.pager = d.pager(x, v.rows.Next)
	page := ui.Page{Title: x.P.T("webhook.title"), Lede: x.P.T("webhook.lede"), Compact: true,
		Crumbs: []ui.Link{{Label: x.P.T("menu.desk"), Href: "/staff"}, {Label: x.P.T("menu.webhooks"), Current: true}}}
	return x.PageStatus(status, page, webhooksPage(v))
}

func (d *Desk) exportDeliveries(x *web.Exchange) error {
	f, err := d.deliveryFilter(x)
	if err != nil {
		return err
	}
	f.Limit = 500
	columns := []sheet.Column{{Title: "id"}, {Title: "webhook"}, {Title: "type"}, {Title: "state"}, {Title: "attempts"}, {Title: "outcome"}, {Title: "status"}, {Title: "took_ms"}, {Title: "created_at"}, {Title: "tried_at"}, {Title: "answer", Width: 60}}
	return x.Sheet("webhooks", columns, func(yield func([]any, error) bool) {
		for {
			list, err := d.Webhook.Deliveries(x.Context(), x.Actor, f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, m := range list {
				row := []any{m.Message, m.Webhook, m.Kind, string(m.Stage), int64(m.Attempts), string(m.Outcome), int64(m.Status), m.TookMS, cellTime(m.Created), cellTime(m.Tried), m.Answer}
				if !yield(row, nil) {
					return
				}
				f.Below = m.Position()
			}
			if len(list) < f.Limit {
				return
			}
		}
	})
}

// cellTime is an instant as a sheet holds it, nothing for none.
func cellTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02T15:04:05Z")
}

func (d *Desk) formWebhook(x *web.Exchange) error {
	form, err := x.Form("label", "url", "kinds")
	if err != nil {
		return err
	}
	asked := webhook.Subscription{Label: form.Get("label"), URL: form.Get("url"), Kinds: form["kinds"]}
	_, secret, err := d.Webhook.Create(x.Context(), x.Actor, asked)
	if fault.KindOf(err) == fault.Invalid {
		return d.showWebhooks(x, http.StatusUnprocessableEntity, webhookView{form: asked, errs: fieldErrors(x, fault.From(err))})
	}
	if err != nil {
		return err
	}
	return d.showWebhooks(x, http.StatusCreated, webhookView{secret: secret.String()})
}

func (d *Desk) formWebhookDo(x *web.Exchange) error {
	form, err := x.Form("do")
	if err != nil {
		return err
	}
	key, do := x.Path("key"), form.Get("do")
	switch do {
	case "test":
		_, err = d.Webhook.Test(x.Context(), x.Actor, key)
	case "pause":
		err = d.Webhook.Pause(x.Context(), x.Actor, key)
	case "resume":
		err = d.Webhook.Resume(x.Context(), x.Actor, key)
	case "delete":
		err = d.Webhook.Delete(x.Context(), x.Actor, key)
	default:
		err = fault.New(fault.BadRequest, "form.choice", fault.Args{"name": "do", "value": do})
	}
	if err != nil {
		return err
	}
	x.Flash("webhook.done." + do)
	return x.Redirect("/staff/webhooks")
}

func (d *Desk) formReplay(x *web.Exchange) error {
	if _, err := x.Form(); err != nil {
		return err
	}
	if err := d.Webhook.Replay(x.Context(), x.Actor, x.Path("message")); err != nil {
		return err
	}
	x.Flash("webhook.done.replay")
	return x.Redirect("/staff/webhooks")
}

func (d *Desk) apiWebhooks(x *web.Exchange) error {
	list, err := d.Webhook.List(x.Context(), x.Actor)
	if err != nil {
		return err
	}
	return x.JSON(web.Rows[webhook.Webhook]{Items: list})
}

func (d *Desk) apiSubscribe(x *web.Exchange) error {
	var asked webhook.Subscription
	if err := x.Decode(&asked); err != nil {
		return err
	}
	w, secret, err := d.Webhook.Create(x.Context(), x.Actor, asked)
	if err != nil {
		return err
	}
	return x.JSONStatus(http.StatusCreated, subscribed{w, secret.String()})
}

// apiDo answers for a verb that gives nothing back.
func (d *Desk) apiDo(verb func(context.Context, auth.Actor, string) error) web.Handler {
	return func(x *web.Exchange) error {
		if err := verb(x.Context(), x.Actor, x.Path("key")); err != nil {
			return err
		}
		return x.JSON(done{true})
	}
}

func (d *Desk) apiTest(x *web.Exchange) error {
	message, err := d.Webhook.Test(x.Context(), x.Actor, x.Path("key"))
	if err != nil {
		return err
	}
	return x.JSON(tested{message})
}

func (d *Desk) apiDeliveries(x *web.Exchange) error {
	rows, err := d.deliveries(x)
	if err != nil {
		return err
	}
	return x.JSON(rows)
}

func (d *Desk) apiReplay(x *web.Exchange) error {
	if err := d.Webhook.Replay(x.Context(), x.Actor, x.Path("message")); err != nil {
		return err
	}
	return x.JSON(done{true})
}

// webhookTints: a subscription that the house gave up waits for somebody.
var webhookTints = map[webhook.State]ui.State{webhook.Active: ui.OnTime, webhook.Paused: ui.Neutral, webhook.Failed: ui.Late}

var messageTints = map[webhook.Stage]ui.State{webhook.Waiting: ui.Info, webhook.Delivered: ui.OnTime, webhook.Exhausted: ui.Late, webhook.Dropped: ui.Stopped}

// kindName is the name of a kind of event, in words.
func kindName(p *i18n.Printer, kind string) string {
	switch kind {
	case webhook.Every:
		return p.T("webhook.every")
	case webhook.TestKind:
		return p.T("webhook.testkind")
	}
	return p.T("news.kind." + kind)
}

func (v webhookView) kindOptions() []ui.Option {
	list := []ui.Option{{Value: webhook.Every, Label: v.x.P.T("webhook.every")}}
	for _, k := range v.kinds {
		list = append(list, ui.Option{Value: k, Label: kindName(v.x.P, k)})
	}
	return list
}

func (v webhookView) stageOptions() []ui.Option {
	list := []ui.Option{{Label: v.x.P.T("webhook.anystage")}}
	for _, s := range webhook.Stages() {
		list = append(list, ui.Option{Value: string(s), Label: v.x.P.T("webhook.stage." + string(s))})
	}
	return list
}

func (v webhookView) webhookOptions() []ui.Option {
	list := []ui.Option{{Label: v.x.P.T("webhook.anywebhook")}}
	for _, w := range v.list {
		list = append(list, ui.Option{Value: w.Key, Label: w.Label})
	}
	return list
}

func (v webhookView) table() *ui.DataTable {
	p := v.x.P
	columns := []ui.Column{{Label: p.T("webhook.label"), RowHeader: true}, {Label: p.T("webhook.url")}, {Label: p.T("webhook.kinds")}, {Label: p.T("webhook.owner")}, {Label: p.T("webhook.state")}}
	if v.may {
		columns = append(columns, ui.Column{Label: p.T("account.verbs")})
	}
	t := ui.NewTable(p.T("webhook.list"), columns...).HideCaption().Empty(p.T("webhook.empty"))
	for _, w := range v.list {
		names := make([]string, len(w.Kinds))
		for i, k := range w.Kinds {
			names[i] = kindName(p, k)
		}
		cells := []ui.Cell{ui.LinkTo(w.Label, "/history/webhook/"+w.Key), ui.Text(w.URL), ui.Text(strings.Join(names, ", ")), ui.Text(w.Owner), ui.Body(webhookState(p, w))}
		if v.may {
			cells = append(cells, ui.Body(webhookVerbs(v.x, w)))
		}
		t.Row(cells...)
	}
	return t
}

func (v webhookView) deliveryTable() *ui.DataTable {
	p := v.x.P
	labels := map[string]string{}
	for _, w := range v.list {
		labels[w.Key] = w.Label
	}
	columns := []ui.Column{{Label: p.T("webhook.at")}, {Label: p.T("webhook.label"), RowHeader: true}, {Label: p.T("webhook.event")}, {Label: p.T("webhook.state")},
		{Label: p.T("job.attempts"), Numeric: true}, {Label: p.T("webhook.outcome")}, {Label: p.T("webhook.took"), Numeric: true}, {Label: p.T("webhook.answer")}}
	if v.may {
		columns = append(columns, ui.Column{Label: p.T("account.verbs")})
	}
	t := ui.NewTable(p.T("webhook.deliveries"), columns...).HideCaption().Empty(p.T("webhook.deliveries.empty"))
	for _, d := range v.rows.Items {
		outcome, took := p.T("webhook.outcome.untried"), "–"
		if d.Outcome != webhook.Untried {
			outcome, took = p.T("webhook.outcome."+string(d.Outcome), "status", int64(d.Status)), p.Int(d.TookMS)
		}
		cells := []ui.Cell{ui.Text(p.Instant(d.Created)), ui.Text(labels[d.Webhook]), ui.Text(kindName(p, d.Kind)), ui.Body(ui.Tag(messageTints[d.Stage], p.T("webhook.stage."+string(d.Stage)))),
			ui.Text(p.Int(int64(d.Attempts))), ui.Text(outcome), ui.Text(took), ui.Text(cmp.Or(d.Answer, "–"))}
		if v.may {
			cells = append(cells, ui.Body(replayForm(v.x, d)))
		}
		t.Row(cells...)
	}
	return t
}

func verbAddress(w webhook.Webhook) string { return "/staff/webhooks/" + url.PathEscape(w.Key) }
