// Package app puts the house together: configuration, platform, rooms, routes
// and commands. It knows everybody and decides nothing.
package app

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"beffroi/internal/platform/auth/oidc"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/fault"
	"beffroi/internal/platform/files"
	"beffroi/internal/platform/files/blob"
	"beffroi/internal/platform/files/clamd"
	"beffroi/internal/platform/pdf"
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
	MasterKey    string // file of the key that wraps the keys of sealed columns, "" for none
	Proxies      string // addresses of the servers before ours, commas between them
	Contact      string // mailto: or https: address of who answers for accessibility, data and security
	OIDC         OIDC   // identity provider
	Mail         MailConfig
	Files        string    // where files lie: a folder, or s3://BUCKET/PREFIX?endpoint=HOST:PORT; DATA/files when empty
	S3           blob.Keys // for Files in a bucket, by environment only: others see the arguments of a process
	Chromium     string    // makes PDF: a path, "" to look for one on PATH, "none" for no PDF
	Clamd        string    // antivirus: tcp:HOST:PORT or unix:PATH, "" for none
}

// OIDC is the identity provider at which the staff may sign in besides.
type OIDC struct {
	Issuer     string // "" for none
	ClientID   string
	SecretFile string // its first line is the client's secret
	Name       string // what the button says
}

// provider describes the identity provider, nil when none is configured.
func (c Config) provider(clk clock.Clock) (*oidc.Provider, error) {
	o := c.OIDC
	if o.Issuer == "" {
		return nil, nil
	}
	if o.ClientID == "" || c.URL == "" {
		return nil, fault.New(fault.Invalid, "provider.config", nil)
	}
	secret := ""
	if o.SecretFile != "" {
		text, err := os.ReadFile(o.SecretFile)
		if err != nil {
			return nil, &fault.Error{Kind: fault.Invalid, Code: "file.open", Args: fault.Args{"value": o.SecretFile}, Err: err}
		}
		secret, _, _ = strings.Cut(string(text), "\n")
	}
	return oidc.New(oidc.Config{Issuer: o.Issuer, ClientID: o.ClientID, Secret: strings.TrimSpace(secret), Name: cmp.Or(o.Name, o.Issuer),
		Redirect: strings.TrimSuffix(c.URL, "/") + "/signin/callback"}, clk), nil
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
	text(&c.Files, "files", "", "where files lie: a folder, or s3://BUCKET/PREFIX?endpoint=HOST:PORT with BEFFROI_S3_ID and BEFFROI_S3_SECRET; default a folder in the data folder")
	text(&c.Clamd, "clamd", "", "antivirus: tcp:HOST:PORT or unix:PATH of ClamAV's daemon; none when empty")
	c.S3 = blob.Keys{ID: env["BEFFROI_S3_ID"], Secret: env["BEFFROI_S3_SECRET"]}
	text(&c.Chromium, "chromium", "", "Chromium or Chrome that makes PDF of pages; looked for on PATH when empty, none for no PDF")
	text(&c.Pack, "pack", "hainaut", "pack of the province")
	text(&c.WebhookAllow, "webhook-allow", "", "networks of your own that webhooks may call, such as 10.1.0.0/16")
	text(&c.Log, "log", "text", "log format: text, json or off")
	if v, ok := env["BEFFROI_MASTER_KEY"]; ok {
		c.MasterKey = v
	}
	fs.StringVar(&c.MasterKey, "master-key", c.MasterKey, "file of the master key of sealed columns, readable by its owner only (BEFFROI_MASTER_KEY)")
}

// serverFlags declares the flags of the commands that listen.
func (c *Config) serverFlags(fs *flag.FlagSet, env map[string]string) {
	c.flags(fs, env)
	c.Mail.flags(fs, env)
	listen, metrics, address, contact, proxies := "127.0.0.1:8080", "", "", "", ""
	for name, p := range map[string]*string{"LISTEN": &listen, "METRICS": &metrics, "URL": &address, "CONTACT": &contact, "PROXIES": &proxies} {
		if v, ok := env["BEFFROI_"+name]; ok {
			*p = v
		}
	}
	fs.StringVar(&c.Listen, "listen", listen, "address of the site (BEFFROI_LISTEN)")
	fs.StringVar(&c.Metrics, "metrics", metrics, "address of the metrics, apart from the site; none when empty (BEFFROI_METRICS)")
	fs.StringVar(&c.Contact, "contact", contact, "mailto: or https: address of who answers readers (BEFFROI_CONTACT)")
	fs.StringVar(&c.Proxies, "proxies", proxies, "addresses or prefixes of the web servers before this one, such as 127.0.0.1,::1: the only ones whose X-Forwarded-For is believed (BEFFROI_PROXIES)")
	for _, f := range []struct {
		p           *string
		name, usage string
	}{
		{&c.OIDC.Issuer, "oidc-issuer", "issuer of the OpenID Connect provider where the staff may sign in besides"},
		{&c.OIDC.ClientID, "oidc-client-id", "our name at the provider"},
		{&c.OIDC.SecretFile, "oidc-client-secret-file", "file whose first line is our secret at the provider"},
		{&c.OIDC.Name, "oidc-name", "what the button to the provider says; the issuer when empty"},
	} {
		variable := "BEFFROI_" + strings.ToUpper(strings.ReplaceAll(f.name, "-", "_"))
		fs.StringVar(f.p, f.name, env[variable], f.usage+" ("+variable+")")
	}
	fs.StringVar(&c.URL, "url", address, "public address, such as https://beffroi.example.org (BEFFROI_URL)")
}

// database is the address of the database, by default a file in the data folder.
func (c Config) database() string {
	if c.DB != "" {
		return c.DB
	}
	return "sqlite:" + filepath.Join(c.Data, "beffroi.db")
}

// file is the path of an SQLite database, "" for another engine.
func (c Config) file() string {
	path, _ := strings.CutPrefix(c.database(), "sqlite:")
	if path == c.database() {
		return ""
	}
	return path
}

// absent tells whether the database is a file that is not there; to open it
// would make it.
func (c Config) absent() bool {
	if c.file() == "" {
		return false
	}
	_, err := os.Stat(c.file())
	return errors.Is(err, fs.ErrNotExist)
}

// create opens the database, and makes it if need be.
func (c Config) create(ctx context.Context, clk clock.Clock) (*db.DB, error) {
	if c.DB == "" {
		if err := os.MkdirAll(c.Data, 0o750); err != nil {
			return nil, &fault.Error{Kind: fault.Unavailable, Code: "db.open", Args: fault.Args{"value": c.Data}, Err: err}
		}
	}
	return db.Open(ctx, c.database(), clk)
}

// existing opens a database of ours as it is: neither made nor migrated. Who
// mistypes its address is told so, and finds no empty database there later.
func (c Config) existing(ctx context.Context, clk clock.Clock) (*db.DB, error) {
	if c.absent() {
		return nil, fault.New(fault.NotFound, "db.absent", fault.Args{"value": c.file()})
	}
	d, err := db.Open(ctx, c.database(), clk)
	if err != nil {
		return nil, err
	}
	if err := d.Snapshot(ctx, func(*db.Tx, []db.Table) error { return nil }); err != nil { // not a database of ours
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// store is where files lie.
func (c Config) store() (blob.Store, error) {
	if strings.HasPrefix(c.Files, "s3:") {
		return blob.NewS3(c.Files, c.S3)
	}
	return blob.NewFolder(cmp.Or(c.Files, filepath.Join(c.Data, "files"))), nil
}

// printer makes PDF, nil where there is no Chromium.
func (c Config) printer() *pdf.Printer {
	if program := cmp.Or(c.Chromium, pdf.Find()); program != "" && program != "none" {
		return pdf.New(program)
	}
	return nil
}

// scanner is the antivirus, nil for none.
func (c Config) scanner() (files.Scanner, error) {
	if c.Clamd == "" {
		return nil, nil
	}
	client, err := clamd.New(c.Clamd)
	if err != nil {
		return nil, fault.New(fault.Invalid, "clamd.address", fault.Args{"value": c.Clamd})
	}
	return client, nil
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
