package web_test

import (
	"log/slog"
	"time"

	"beffroi/internal/platform/db/dbtest"
)

type fixed struct{}

func (fixed) Now() time.Time { return dbtest.Now() }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
