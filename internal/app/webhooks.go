package app

import (
	"fmt"
	"strings"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/webhook"
)

// runWebhook keeps the subscriptions from the machine itself.
func runWebhook(c *call) error {
	c.config.flags(c.flags, c.env)
	var asked webhook.Subscription
	kinds := c.flags.String("kinds", webhook.Every, "events, separated by commas; * is all of them")
	c.flags.StringVar(&asked.URL, "url", "", "address of the receiver")
	c.flags.StringVar(&asked.Label, "label", "", "name of the receiver")
	if err := c.parse(); err != nil {
		return err
	}
	asked.Kinds = strings.Split(*kinds, ",")
	needs := map[string]int{"list": 1, "kinds": 1, "add": 1, "deliveries": 1, "test": 2, "pause": 2, "resume": 2, "delete": 2, "replay": 2}
	if len(c.args) == 0 || needs[c.args[0]] != len(c.args) {
		return c.usage("webhook needs a verb, and the key of a subscription or the id of a message, for example: webhook add --label Intranet --url https://example.org/hook")
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	return h.webhook(c, asked)
}

func (h *House) webhook(c *call, asked webhook.Subscription) error {
	actor := auth.System("command-line")
	switch c.args[0] {
	case "kinds":
		fmt.Fprintln(c.Out, strings.Join(h.Webhook.Kinds(), "\n"))
		return nil
	case "list":
		return h.listWebhooks(c, actor)
	case "deliveries":
		return h.listDeliveries(c, actor)
	case "add":
		w, secret, err := h.Webhook.Create(c.ctx, actor, asked)
		if err == nil {
			fmt.Fprintf(c.Out, "%s\t%s\n", w.Key, secret)
		}
		return err
	case "test":
		message, err := h.Webhook.Test(c.ctx, actor, c.args[1])
		if err == nil {
			fmt.Fprintln(c.Out, message)
		}
		return err
	case "pause":
		return h.Webhook.Pause(c.ctx, actor, c.args[1])
	case "resume":
		return h.Webhook.Resume(c.ctx, actor, c.args[1])
	case "delete":
		return h.Webhook.Delete(c.ctx, actor, c.args[1])
	}
	return h.Webhook.Replay(c.ctx, actor, c.args[1])
}

func (h *House) listWebhooks(c *call, actor auth.Actor) error {
	list, err := h.Webhook.List(c.ctx, actor)
	for _, w := range list {
		fmt.Fprintf(c.Out, "%s\t%s\t%s\t%s\t%s\n", w.Key, w.State, w.Label, w.URL, strings.Join(w.Kinds, ","))
	}
	return err
}

// listDeliveries prints the newest messages.
func (h *House) listDeliveries(c *call, actor auth.Actor) error {
	list, err := h.Webhook.Deliveries(c.ctx, actor, webhook.Filter{Limit: 100})
	for _, d := range list {
		fmt.Fprintf(c.Out, "%s\t%s\t%s\t%s\tattempts=%d\t%s %d\n", d.Message, d.Webhook, d.Kind, d.Stage, d.Attempts, d.Outcome, d.Status)
	}
	return err
}
