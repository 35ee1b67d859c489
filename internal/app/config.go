// Package app puts the house together: configuration, platform, rooms, routes
// and commands. It knows everybody and decides nothing.
package app

import (
	"flag"
	"io"
	"net/url"
	"path/filepath"
	"strings"
)

// Config is what an operator sets, by flag or by environment variable of the
// same name: --db or BEFFROI_DB.
type Config struct {
	DB           string // sqlite:PATH or postgres://…
	Listen       string // address of the site
	Metrics      string // address of the metrics, "" for none
	Data         string // folder of everything that is not in the database
	URL          string // public address; https makes cookies secure
	Log          string // "text", "json" or "off"
	Pack         string // name of the province's pack
	WebhookAllow string // networks of one's own that webhooks may call, "10.0.0.0/8"
	Contact      string // mailto: or https: address of who answers for accessibility, data and security
	Mail         MailConfig
}

// flags declares the flags that every command shares.
func (c *Config) flags(fs *flag.FlagSet, env map[string]string) {
	text := func(p *string, name, otherwise, usage string) {
		variable := "BEFFROI_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if v, ok := env[variable]; ok {
			otherwise = v
		}
		fs.StringVar(p, name, otherwise, usage+" ("+variable+")")
	}
	text(&c.DB, "db", "", "database: sqlite:PATH or postgres://…; default sqlite in the data folder")
	text(&c.Data, "data", "data", "folder for the database and files")
	text(&c.Pack, "pack", "hainaut", "pack of the province")
	text(&c.WebhookAllow, "webhook-allow", "", "networks of your own that webhooks may call, such as 10.1.0.0/16")
	text(&c.Log, "log", "text", "log format: text, json or off")
}

// serverFlags declares the flags of the commands that listen.
func (c *Config) serverFlags(fs *flag.FlagSet, env map[string]string) {
	c.flags(fs, env)
	c.Mail.flags(fs, env)
	listen, metrics, address, contact := "127.0.0.1:8080", "", "", ""
	for name, p := range map[string]*string{"LISTEN": &listen, "METRICS": &metrics, "URL": &address, "CONTACT": &contact} {
		if v, ok := env["BEFFROI_"+name]; ok {
			*p = v
		}
	}
	fs.StringVar(&c.Listen, "listen", listen, "address of the site (BEFFROI_LISTEN)")
	fs.StringVar(&c.Metrics, "metrics", metrics, "address of the metrics, apart from the site; none when empty (BEFFROI_METRICS)")
	fs.StringVar(&c.Contact, "contact", contact, "mailto: or https: address of who answers readers (BEFFROI_CONTACT)")
	fs.StringVar(&c.URL, "url", address, "public address, such as https://beffroi.example.org (BEFFROI_URL)")
}

// database is the address of the database, by default a file in the data folder.
func (c Config) database() string {
	if c.DB != "" {
		return c.DB
	}
	return "sqlite:" + filepath.Join(c.Data, "beffroi.db")
}

func (c Config) secure() bool {
	u, err := url.Parse(c.URL)
	return err == nil && u.Scheme == "https"
}

// environment turns NAME=value lines into a map.
func environment(lines []string) map[string]string {
	env := map[string]string{}
	for _, l := range lines {
		if name, value, ok := strings.Cut(l, "="); ok {
			env[name] = value
		}
	}
	return env
}

// Streams are the standard streams of a command.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}
