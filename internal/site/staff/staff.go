// Package staff is the desk of whoever keeps the house: signing in, accounts,
// the audit and the history of each object, who may see what, and the import
// wizard.
package staff

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"

	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/auth/oidc"
	"beffroi/internal/platform/auth/passkey"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/notice"
	"beffroi/internal/platform/object"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/web"
	"beffroi/internal/platform/webhook"
)

//go:embed locale/*.toml
var texts embed.FS

// Locale is the texts of accounts, sign-in and the pages of one's own account.
func Locale() fs.FS { return texts }

// Desk is the services behind the staff's pages.
type Desk struct {
	DB        *db.DB
	Auth      *auth.Service
	Intake    *intake.Service
	Jobs      *jobs.Queue
	Webhook   *webhook.Service
	Mail      *mail.Service
	Notice    *notice.Service
	Directory *object.Directory
	Routed    func() []web.Route // every route of the house, for "who can see this"
	Domains   func() []string    // those that a token's scope may name
	// See tells who may know of a thing beyond the rule of its page's route: of a
	// draft, say. Its history opens to nobody else.
	See func(tx *db.Tx, actor auth.Actor, ref object.Ref) error

	Provider *oidc.Provider   // where people may sign in besides, nil for nowhere
	Passkeys *passkey.Service // nil where the house has no name to bind them to
	URL      string           // public address of the house, "" when it is not known
	Log      *slog.Logger
	Secure   bool
	Demo     []Account // accounts shown on the sign-in page of a demonstration
}

// Account is a demonstration account.
type Account struct{ Username, Password, Role string }

// Messages left for the next page:
// i18n: signin.out password.done account.created account.changed import.done import.undo.done

// The rules of the desk.
var (
	enter   = auth.Rule{Name: "session.open", Public: true}
	leave   = auth.Rule{Name: "session.close", SignedIn: true}
	desk    = auth.Rule{Name: "desk.view", SignedIn: true}
	reading = auth.Rule{Name: "audit.view", Roles: []auth.Role{auth.Auditor, auth.Admin}}
	history = auth.Rule{Name: "history.view", SignedIn: true}
	access  = auth.Rule{Name: "access.view", SignedIn: true}
	account = auth.Rule{Name: "account.list", Roles: []auth.Role{auth.Admin, auth.Auditor}}
	imports = auth.Rule{Name: "import.apply", Roles: []auth.Role{auth.Registrar, auth.Accountant, auth.Analyst}}
)

// Link is an entry of the staff menu, for those whom its rule lets in.
type Link struct {
	Key, Href string
	Rule      auth.Rule
}

// Links are the entries of the staff menu.
func Links() []Link {
	return []Link{{"desk", "/staff", desk}, {"notices", notice.ListPath, notice.Own}, {"imports", "/staff/imports", intake.View()}, {"audit", "/staff/audit", reading},
		{"access", "/staff/access", access}, {"accounts", "/staff/accounts", account}, {"jobs", "/staff/jobs", jobs.View}, {"webhooks", "/staff/webhooks", webhook.View},
		{"mail", "/staff/mail", mail.View}, {"mailbox", "/staff/mailbox", mail.Own},
		{"privacy", "/staff/privacy", personal.View}, {"mydata", "/staff/me/data", personal.Own}, {"me", "/staff/me", own}}
}

// pageFunc and formFunc register a page and a posted form.
type (
	pageFunc func(pattern string, rule auth.Rule, h web.Handler, summary string, sample map[string]string, params ...web.Param)
	formFunc func(pattern string, rule auth.Rule, h web.Handler, summary string, sample map[string]string, limit int64)
)

// Routes registers the desk.
func (d *Desk) Routes(r *web.Routes) {
	page := func(pattern string, rule auth.Rule, h web.Handler, summary string, sample map[string]string, params ...web.Param) {
		r.Add(web.Route{Pattern: pattern, Kind: web.PageRoute, Rule: rule, Handle: h, Summary: summary, Sample: sample, Params: params})
	}
	form := func(pattern string, rule auth.Rule, h web.Handler, summary string, sample map[string]string, limit int64) {
		r.Add(web.Route{Method: http.MethodPost, Pattern: pattern, Kind: web.FormRoute, Rule: rule, Handle: h, Summary: summary, Sample: sample, Limit: limit})
	}
	page("/signin", enter, d.pageSignIn, "Sign-in page", nil, web.Query("next", "string", "where to go afterwards"))
	form("/signin", enter, d.formSignIn, "Sign in", nil, 0)
	page("/signin/code", enter, d.pageCode, "Second step of signing in: a code", nil, web.Query("next", "string", "where to go afterwards"))
	form("/signin/code", enter, d.formCode, "Second step of signing in: a code", nil, 0)
	form("/signout", leave, d.formSignOut, "Sign out", nil, 0)
	page("/staff", desk, d.pageDesk, "The desk: what waits for me", nil)
	page("/staff/audit", reading, d.pageAudit, "Who did what", nil, append(web.Paging(), web.Query("actor", "string", "username"), web.Query("kind", "string", "kind of object"), web.Query("action", "string", "action"), web.Format())...)
	page("/history/{kind}/{key}", history, d.pageHistory, "History of one object", map[string]string{"kind": "body", "key": "body-2"}, web.Paging()...)
	page("/staff/access", access, d.pageAccess, "Who can see this", nil, web.Query("path", "string", "address to explain"), web.Query("person", "string", "username of the person"))
	page("/staff/accounts", account, d.pageAccounts, "Accounts and roles", nil, web.Format())
	form("/staff/accounts", auth.Manage, d.formAccount, "Open an account", nil, 0)
	form("/staff/accounts/{username}", auth.Manage, d.formAccountChange, "Change an account", map[string]string{"username": "demo-agent"}, 0)
	form("/staff/accounts/{username}/view", auth.Manage, d.formView, "See the house as an account does, changing nothing", map[string]string{"username": "demo-agent"}, 0)
	form("/staff/view/end", leave, d.formViewEnd, "Stop seeing the house as another account does", nil, 0)
	page("/staff/imports", intake.View(), d.pageImports, "Imports and the import wizard", nil, web.Paging()...)
	form("/staff/imports", imports, d.formUpload, "Bring in a file", nil, intake.MaxFile+(1<<20))
	page("/staff/uploads/{hash}", imports, d.pageMapping, "Recognise a file and map its columns", map[string]string{"hash": "0"}, web.Query("target", "string", "what the file is"))
	form("/staff/uploads/{hash}", imports, d.formMapping, "Try or make an import", map[string]string{"hash": "0"}, 0)
	page("/staff/imports/{id}", intake.View(), d.pageBatch, "Report of an import", map[string]string{"id": "1"})
	form("/staff/imports/{id}/undo", imports, d.formUndo, "Undo an import", map[string]string{"id": "1"}, 0)
	page("/staff/jobs", jobs.View, d.pageJobs, "What the house does by itself, and what failed", nil, append(web.Paging(), web.Query("state", "enum", "state of the job", "ready", "running", "done", "dead", "cancelled"), web.Query("kind", "string", "kind of job"))...)
	form("/staff/jobs/{id}", jobs.Manage, d.formJob, "Retry or cancel a job", map[string]string{"id": "1"}, 0)
	d.webhookRoutes(r)
	d.meRoutes(page, form)
	providerRoutes(d, page, form)
	passkeyRoutes(d, page, form)
	welcomeRoutes(d, page, form)
	d.apiRoutes(r)
	d.mailRoutes(r)
	d.noticeRoutes(r)
}
