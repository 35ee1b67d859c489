package app

import (
	"slices"

	"beffroi/internal/domain/plan"
	"beffroi/internal/ground/key"
	"beffroi/internal/ground/ledger"
	"beffroi/internal/ground/mission"
	"beffroi/internal/ground/party"
	"beffroi/internal/ground/project"
	"beffroi/internal/ground/series"
	"beffroi/internal/ground/territory"
	"beffroi/internal/platform/audit"
	"beffroi/internal/platform/auth"
	"beffroi/internal/platform/db"
	"beffroi/internal/platform/files"
	"beffroi/internal/platform/finder"
	"beffroi/internal/platform/intake"
	"beffroi/internal/platform/jobs"
	"beffroi/internal/platform/mail"
	"beffroi/internal/platform/news"
	"beffroi/internal/platform/notice"
	"beffroi/internal/platform/personal"
	"beffroi/internal/platform/privacy"
	"beffroi/internal/platform/secret"
	"beffroi/internal/platform/setting"
	"beffroi/internal/platform/webhook"
)

// Privacy is what all rooms say of the columns of their tables.
func Privacy() []privacy.Table {
	return slices.Concat(db.Privacy(), setting.Privacy(), audit.Privacy(), auth.Privacy(), jobs.Privacy(), secret.Privacy(), finder.Privacy(), webhook.Privacy(), news.Privacy(), files.Privacy(), mail.Privacy(), notice.Privacy(), intake.Privacy(), personal.Privacy(), territory.Privacy(),
		series.Privacy(), party.Privacy(), mission.Privacy(), project.Privacy(), key.Privacy(), ledger.Privacy(), plan.Privacy())
}

// Sealed are the columns of all rooms that are kept encrypted. No room has any
// yet: those with health or social data bring theirs.
func Sealed() []secret.Field { return nil }
