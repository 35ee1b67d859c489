package staff

import (
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/ui"
	"beffroi/internal/platform/web"
)

func roleOptions(x *web.Exchange) []ui.Option {
	var list []ui.Option
	for _, r := range auth.Roles() {
		list = append(list, ui.Option{Value: string(r), Label: x.P.T("role." + string(r))})
	}
	return list
}

func accountTable(x *web.Exchange, list []auth.Account, may bool) *ui.DataTable {
	p := x.P
	columns := []ui.Column{{Label: p.T("signin.username"), RowHeader: true}, {Label: p.T("account.name")}, {Label: p.T("account.grants")}, {Label: p.T("account.state")}}
	if may {
		columns = append(columns, ui.Column{Label: p.T("account.verbs")})
	}
	t := ui.NewTable(p.T("account.title"), columns...).HideCaption()
	for _, a := range list {
		state := ui.Body(ui.Tag(ui.OnTime, p.T("account.active")))
		if !a.Active {
			state = ui.Body(ui.Tag(ui.Stopped, p.T("account.closed")))
		}
		cells := []ui.Cell{ui.LinkTo(a.Username, "/history/account/"+a.Username), ui.Text(a.Name), ui.Text(grantTexts(p, a.Grants)), state}
		if may {
			cells = append(cells, ui.Body(accountVerbs(x, a)))
		}
		t.Row(cells...)
	}
	return t
}
