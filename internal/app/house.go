package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"beffroi/internal/domain/plan"
	"beffroi/internal/domain/plan/outline"
	"beffroi/internal/ground/key"
	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/mission"
	"beffroi/internal/ground/party"
	"beffroi/internal/ground/project"
	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/auth/passkey"
	"beffroi/internal/platform/clock"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/files"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/i18n"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/news"
	"beffroi/internal/platform/notice"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/secret"
	"beffroi/internal/platform/setting"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
	"beffroi/internal/platform/webhook"
	"beffroi/internal/site"
	"beffroi/internal/site/rights"
	"beffroi/internal/site/staff"
	"beffroi/internal/site/statement"
	"beffroi/packs"
)

// Languages of the screens; the first is the one that speaks when no other fits.
func languages() []string { return []string{"fr", "nl", "en"} }

// Schemas are the tables of all rooms, in the order in which they stand on each other.
func Schemas() []db.Schema {
	return []db.Schema{setting.Schema(), audit.Schema(), auth.Schema(), jobs.Schema(), secret.Schema(), finder.Schema(), webhook.Schema(), news.Schema(), files.Schema(), mail.Schema(), notice.Schema(), intake.Schema(), personal.Schema(), territory.Schema(), series.Schema(),
		party.Schema(), mission.Schema(), project.Schema(), key.Schema(), ledger.Schema(), plan.Schema()}
}

// Bundle is the texts of all rooms.
func Bundle() *i18n.Bundle {
	b := i18n.New(languages()...)
	for _, texts := range []fs.FS{web.Locale(), files.Locale(), mail.Locale(), notice.Locale(), site.Locale(), staff.Locale(), statement.Locale(), rights.Locale(), territory.Locale(), series.Locale(), party.Locale(), mission.Locale(), project.Locale(), key.Locale(), ledger.Locale(), plan.Locale()} {
		b.Later(texts)
	}
	return b
}

// House is the whole program over one database.
type House struct {
	DB        *db.DB
	Bundle    *i18n.Bundle
	Log       *slog.Logger
	Metrics   *web.Metrics
	Directory *object.Directory
	Routes    *web.Routes
	Auth      *auth.Service
	Intake    *intake.Service
	Jobs      *jobs.Queue
	Webhook   *webhook.Service
	Finder    *finder.Finder
	Personal  *personal.Service
	Secrets   *secret.Keeper
	Mail      *mail.Service
	Notice    *notice.Service
	Files     *files.Service
	Territory *territory.Service
	Series    *series.Service
	Party     *party.Service
	Mission   *mission.Service
	Project   *project.Service
	Key       *key.Service
	Ledger    *ledger.Service
	Plan      *plan.Service

	config     Config
	master     *secret.Master // nil without --master-key
	site       *web.Site
	desk       *staff.Desk
	public     *site.Site
	statements *statement.Pages
	rights     *rights.Pages
}

// Open opens the database, which it makes if need be, brings its schema up to
// date and wires the rooms.
func Open(ctx context.Context, c Config, clk clock.Clock, log io.Writer) (*House, error) {
	d, err := c.create(ctx, clk)
	if err != nil {
		return nil, err
	}
	if _, err := d.Migrate(ctx, Schemas()); err != nil {
		_ = d.Close()
		return nil, err
	}
	return furnish(ctx, d, c, log)
}

// furnish wires the rooms over a database whose schema is up to date, and
// closes it when that fails.
func furnish(ctx context.Context, d *db.DB, c Config, log io.Writer) (*House, error) {
	h := &House{DB: d, Log: logger(c.Log, log), Metrics: web.NewMetrics(), Directory: object.NewDirectory(), Routes: &web.Routes{}, config: c}
	if err := h.build(ctx); err != nil {
		_ = d.Close()
		return nil, err
	}
	return h, nil
}

// Close ends the house.
func (h *House) Close() error {
	if h.site.Printer != nil {
		h.site.Printer.Close()
	}
	return h.DB.Close()
}

func logger(format string, w io.Writer) *slog.Logger {
	switch format {
	case "off":
		return slog.New(slog.DiscardHandler)
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

func (h *House) build(ctx context.Context) (err error) {
	if h.config.MasterKey != "" {
		if h.master, err = secret.ReadMaster(h.config.MasterKey); err != nil {
			return err
		}
	}
	h.Bundle = Bundle()
	if err := h.rooms(); err != nil {
		return err
	}
	if err := h.directory(); err != nil {
		return err
	}
	pack, err := packInfo(h.config.Pack)
	if err != nil {
		return err
	}
	sources, err := series.ReadSources(pack.files)
	if err != nil {
		return err
	}
	if err := h.findable(pack.files); err != nil {
		return err
	}
	seal, demo, err := h.settings(ctx)
	if err != nil {
		return err
	}
	if err := h.openMail(pack, seal, demo); err != nil {
		return err
	}
	names, err := h.names(ctx)
	if err != nil {
		return err
	}
	proxies, err := web.ParseProxies(h.config.Proxies)
	if err != nil {
		return err
	}
	h.Auth.Seal(seal)
	frame := &site.Frame{Areas: areas(), Staff: staffLinks(), Body: pack.name, Demo: demo, ThemeURL: pack.own("theme.css"), LogoURL: pack.own("logo.svg")}
	h.desk = &staff.Desk{DB: h.DB, Auth: h.Auth, Intake: h.Intake, Jobs: h.Jobs, Webhook: h.Webhook, Directory: h.Directory, Routed: h.Routes.List, Domains: h.Routes.Domains, See: h.see, URL: h.config.URL, Log: h.Log, Secure: h.config.secure()}
	h.desk.Mail, h.desk.Notice, frame.Unread = h.Mail, h.Notice, h.Notice.Unread
	h.desk.Passkeys = h.passkeys(pack.name("fr"))
	if h.desk.Provider, err = h.config.provider(h.DB.Clock()); err != nil {
		return err
	}
	if demo {
		h.desk.Demo = demoAccounts()
	}
	h.public = site.New(site.Site{DB: h.DB, Territory: h.Territory, Series: h.Series, Party: h.Party, Mission: h.Mission, Project: h.Project, Key: h.Key, Ledger: h.Ledger, Finder: h.Finder,
		Demo: demo, Body: pack.name, Pack: pack.files, Names: names, URL: h.config.URL})
	h.statements = &statement.Pages{Body: pack.name, Calls: calls(), URL: h.config.URL, Contact: h.config.Contact, Tables: Privacy(), Pack: pack.files}
	h.rights = &rights.Pages{DB: h.DB, Personal: h.Personal}
	h.site = &web.Site{Clock: h.DB.Clock(), Bundle: h.Bundle, Auth: h.Auth, Log: h.Log, Metrics: h.Metrics, Secure: h.config.secure(),
		SignIn: "/signin", Seal: seal, Proxies: proxies, Printer: h.config.printer(), Source: sources.Of, Blocks: slices.Concat(h.Mission.Blocks(), h.Project.Blocks(), h.Files.Blocks()), Page: frame.Page, Error: frame.Error}
	h.register()
	return nil
}

func (h *House) rooms() error {
	h.Auth = auth.NewService(h.DB)
	h.Jobs = jobs.NewQueue(h.DB)
	allow, err := webhook.ParseNetworks(h.config.WebhookAllow)
	if err != nil {
		return err
	}
	h.Webhook = webhook.NewService(h.DB, webhook.Guard{Allow: allow}, kinds()...)
	h.Personal = personal.NewService(h.DB, h.Jobs, Privacy(), personal.Ports{
		Readable: func(e personal.Export) ([]byte, error) { return rights.Readable(h.Bundle, e) },
		Ledger:   h.config.ledgerOfErasures(),
	}, Persons()...)
	h.Secrets = secret.NewKeeper(h.DB, h.Jobs, h.master, Sealed()...)
	h.Mail = mail.NewService(h.DB, h.Jobs, h.Bundle)
	h.Notice = notice.NewService(h.DB, h.Jobs, h.Mail, h.Bundle, h.Directory, noticeKinds()...)
	h.Auth.Announce(herald{h.Notice})
	h.Auth.Correspond(post{h.Mail})
	store, err := h.config.store()
	if err != nil {
		return err
	}
	scanner, err := h.config.scanner()
	if err != nil {
		return err
	}
	h.Files = files.NewService(h.DB, store, h.Jobs, scanner, h.Log)
	h.Territory = territory.NewService(h.DB)
	h.Series = series.NewService(h.DB, h.Territory)
	h.Party = party.NewService(h.DB, h.Territory)
	h.Mission = mission.NewService(h.DB, h.Territory, h.Party)
	h.Project = project.NewService(h.DB, h.Territory)
	h.Key = key.NewService(h.DB, h.Territory, h.Series)
	h.Ledger = ledger.NewService(h.DB, h.Territory, h.Key)
	h.Auth.Connect(h.Party, h.Routes.Domains)
	h.Plan = plan.NewService(h.DB, h.Jobs, h.Territory)
	h.Party.Connect(inhabitants{h.DB, h.Series})
	h.Mission.Carry(h.Files)
	h.Project.Carry(h.Files)
	var targets []intake.Target
	for _, list := range [][]intake.Target{h.Territory.Targets(), {h.Series.Target()}, h.Party.Targets(), h.Mission.Targets(), h.Project.Targets(), {h.Ledger.Target(h.known)}, h.Plan.Targets()} {
		targets = append(targets, list...)
	}
	h.Intake = intake.NewService(h.DB, targets...)
	return nil
}

// calls are the messages of the webhooks, for the OpenAPI document.
func calls() (list []web.Call) {
	for _, k := range news.Kinds() {
		list = append(list, web.Call{Name: string(k), Summary: "A public change: " + string(k), Body: news.Message{}})
	}
	return list
}

// kinds are the events that others may subscribe to.
func kinds() (list []string) {
	for _, k := range news.Kinds() {
		list = append(list, string(k))
	}
	return list
}

// directory gives each kind of object its page.
func (h *House) directory() error {
	for kind, path := range map[string]string{"commune": "/communes/", "body": "/bodies/", "organ": "/organs/", "mission": "/missions/", "scenario": "/scenarios/", "project": "/projects/", "dataset": "/datasets/", "key": "/keys/", "ledger": "/ledger/", "plan": "/plans/", "import": "/staff/imports/", "account": "/history/account/", "webhook": "/staff/webhooks?webhook="} {
		if err := h.Directory.Register(kind, func(key string) string { return path + key }); err != nil {
			return err
		}
	}
	if err := h.Directory.Register("plan_node", outline.AddressOf); err != nil {
		return err
	}
	// Letters have no pages of their own; who may not read the log reads nothing about them.
	return h.Directory.Register("letter", func(string) string { return "/staff/mail" })
}

func (h *House) register() {
	h.desk.Routes(h.Routes)
	h.Files.Routes(h.Routes)
	h.Territory.Routes(h.Routes)
	h.Series.Routes(h.Routes)
	h.Party.Routes(h.Routes)
	h.Mission.Routes(h.Routes)
	h.Project.Routes(h.Routes)
	h.Key.Routes(h.Routes)
	h.Ledger.Routes(h.Routes)
	h.Plan.Routes(h.Routes)
	h.public.Routes(h.Routes)
	h.statements.Routes(h.Routes)
	h.rights.Routes(h.Routes)
	health(h)
}

// settings reads the key of the cursors and whether the house holds
// demonstration data.
func (h *House) settings(ctx context.Context) (seal []byte, demo bool, err error) {
	text, err := h.kept(ctx, sealSetting, func(*db.Tx) string {
		b := make([]byte, 32)
		_, _ = rand.Read(b) // never fails since Go 1.24
		return hex.EncodeToString(b)
	})
	if err != nil {
		return nil, false, err
	}
	if seal, err = hex.DecodeString(text); err != nil {
		return nil, false, err
	}
	err = h.DB.Read(ctx, func(tx *db.Tx) error {
		values, err := setting.All(tx, "demo")
		demo = values["demo"] != ""
		return err
	})
	return seal, demo, err
}

// names reads by what readers elsewhere know the things of this house, made at
// first: it must outlive a change of address and a move to another engine.
func (h *House) names(ctx context.Context) (n site.Names, err error) {
	if n.Space, err = h.kept(ctx, "feed.space", func(*db.Tx) string { return rand.Text() }); err != nil {
		return n, err
	}
	since, err := h.kept(ctx, "feed.since", func(tx *db.Tx) string { return tx.Now().Format(time.RFC3339) })
	if err != nil {
		return n, err
	}
	n.Since, err = time.Parse(time.RFC3339, since)
	return n, err
}

// kept is a setting that the first start makes. Later ones only read it: a house
// opens on a disk that is full, too.
func (h *House) kept(ctx context.Context, name string, create func(*db.Tx) string) (value string, err error) {
	err = h.DB.Read(ctx, func(tx *db.Tx) error {
		values, err := setting.All(tx, name)
		value = values[name]
		return err
	})
	if err != nil || value != "" {
		return value, err
	}
	err = h.DB.Write(ctx, func(tx *db.Tx) (err error) {
		value, err = setting.Ensure(tx, name, func() string { return create(tx) })
		return err
	})
	return value, err
}

// sealSetting holds the key under which cursors are signed, so that one process
// takes the cursors of another.
const sealSetting = "web.seal"

// passkeys needs a host name to bind them to: without one there are none.
func (h *House) passkeys(name string) *passkey.Service {
	keys, err := passkey.New(h.Auth, h.config.URL, name)
	if err != nil {
		return nil
	}
	return keys
}

// Handler is the whole site.
func (h *House) Handler() http.Handler { return h.site.Handler(h.Routes, ui.Handler()) }

func areas() []site.Area {
	return []site.Area{
		{Key: "communes", Href: "/communes", Paths: []string{"/communes", "/territory", "/areas", "/datasets"}},
		{Key: "province", Href: "/province", Paths: []string{"/province"}},
		{Key: "missions", Href: "/missions", Paths: []string{"/missions", "/scenarios", "/projects", "/plans"}},
		{Key: "bodies", Href: "/bodies", Paths: []string{"/bodies", "/organs"}},
		{Key: "money", Href: "/ledger", Paths: []string{"/ledger", "/keys"}},
	}
}

func staffLinks() []site.StaffLink {
	var list []site.StaffLink
	for _, l := range staff.Links() {
		list = append(list, site.StaffLink{Key: l.Key, Href: l.Href, Rule: l.Rule})
	}
	return list
}

// province is what the pack says of the institution itself.
type province struct {
	files fs.FS
	Name  map[string]string
}

func packInfo(name string) (province, error) {
	var p province
	files, err := packs.Open(name)
	if err != nil {
		return p, fmt.Errorf("pack %q: %w (there are: %s)", name, err, strings.Join(packs.Names(), ", "))
	}
	p.files = files
	text, err := fs.ReadFile(files, "pack.toml")
	if err != nil {
		return p, err
	}
	return p, toml.Unmarshal(text, &p)
}

func (p province) name(lang string) string {
	if n := p.Name[lang]; n != "" {
		return n
	}
	return p.Name["fr"]
}

// own is the address of a file of the pack that replaces one of ours, "" when
// the pack keeps ours: "theme.css" for the colours, "logo.svg" for the mark.
func (p province) own(name string) string {
	if _, err := fs.Stat(p.files, name); err != nil {
		return ""
	}
	return "/" + name
}
