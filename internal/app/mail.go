package app

import (
	"context"
	"flag"
	"fmt"
	netmail "net/mail"
	"os"
	"strings"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/mail"
)

// MailConfig is how letters leave the house.
type MailConfig struct {
	SMTP     string // address of the mail server, "" to keep letters in the mailbox page
	From     string // sender, "Name <address>"
	Return   string // where servers send letters back, the sender's address when empty
	Secret   string // file whose first line is the password of the server
	password string // of the environment, never of an argument
}

// flags declares the flags of the commands that write letters.
func (m *MailConfig) flags(fs *flag.FlagSet, env map[string]string) {
	fs.StringVar(&m.SMTP, "smtp", env["BEFFROI_SMTP"], "mail server: smtp://user@host:587, smtps://host:465, smtp+plain://127.0.0.1:25; without one, letters are kept in the mailbox page (BEFFROI_SMTP)")
	fs.StringVar(&m.From, "mail-from", env["BEFFROI_MAIL_FROM"], "sender of letters, such as 'Province <noreply@example.org>' (BEFFROI_MAIL_FROM)")
	fs.StringVar(&m.Return, "mail-return", env["BEFFROI_MAIL_RETURN"], "address to which servers send letters back, the sender's when empty (BEFFROI_MAIL_RETURN)")
	fs.StringVar(&m.Secret, "smtp-password-file", env["BEFFROI_SMTP_PASSWORD_FILE"], "file whose first line is the password of the mail server; or BEFFROI_SMTP_PASSWORD (BEFFROI_SMTP_PASSWORD_FILE)")
	m.password = env["BEFFROI_SMTP_PASSWORD"]
}

// server is the mail server, nil when there is none, and the sender.
func (m MailConfig) server() (*mail.Server, mail.Address, error) {
	from, err := netmail.ParseAddress(m.From)
	switch {
	case m.SMTP == "" && err != nil:
		return nil, mail.Address{}, nil
	case err != nil:
		return nil, mail.Address{}, &fault.Error{Kind: fault.BadRequest, Code: "smtp.from", Args: fault.Args{"value": m.From}, Err: err}
	}
	sender := mail.Address{Name: from.Name, Mail: from.Address}
	if m.SMTP == "" {
		return nil, sender, nil
	}
	password := m.password
	if m.Secret != "" {
		text, err := os.ReadFile(m.Secret)
		if err != nil {
			return nil, sender, &fault.Error{Kind: fault.NotFound, Code: "file.open", Args: fault.Args{"value": m.Secret}, Err: err}
		}
		line, _, _ := strings.Cut(string(text), "\n")
		password = strings.TrimRight(line, "\r")
	}
	server, err := mail.ParseServer(m.SMTP, password)
	return server, sender, err
}

// openMail gives the room of letters what the configuration and the pack say.
func (h *House) openMail(pack province, seal []byte, demo bool) error {
	server, from, err := h.config.Mail.server()
	if err != nil {
		return err
	}
	address := h.config.URL
	if address == "" && h.config.Listen != "" {
		address = "http://" + h.config.Listen
	}
	h.Mail.Connect(mail.Office{Server: server, From: from, Return: h.config.Mail.Return, Body: pack.name, Seal: seal, Demo: demo, Stop: h.Notice.Stop,
		URL: strings.TrimSuffix(address, "/")})
	return nil
}

// checkMail tells whether letters could leave now, and how many did not.
func (h *House) checkMail(ctx context.Context) (string, error) {
	at, err := h.Mail.Check(ctx)
	if err != nil {
		return "", err
	}
	o, err := h.Mail.Overview(ctx, auth.System("command-line"), mail.Filter{Limit: 1})
	if err != nil {
		return "", err
	}
	told := fmt.Sprintf("%d letters on their way, %d failed, %d addresses blocked", o.States[mail.Queued], o.States[mail.Failed], len(o.Failures))
	if at == "" {
		return "no server, letters are kept in the mailbox page; " + told, nil
	}
	return at + " takes our sender; " + told, nil
}

func runMail(c *call) error {
	c.config.flags(c.flags, c.env)
	c.config.Mail.flags(c.flags, c.env)
	if err := c.parse(); err != nil {
		return err
	}
	test := len(c.args) == 2 && c.args[0] == "test"
	if !test && (len(c.args) != 1 || c.args[0] != "bounce") {
		return c.usage("mail knows two verbs: mail test anne@example.org, mail bounce < message")
	}
	h, err := c.open()
	if err != nil {
		return err
	}
	defer h.Close()
	if test {
		answer, err := h.Mail.Try(c.ctx, mail.Address{Mail: c.args[1]}, c.language(h.Bundle))
		if err == nil {
			fmt.Fprintln(c.Out, "posted:", answer)
		}
		return err
	}
	b, err := h.Mail.Return(c.ctx, c.In)
	for _, d := range b.Recipients {
		fmt.Fprintf(c.Out, "%s %s %s\n", d.Action, d.Status, d.Diagnostic)
	}
	return err
}
