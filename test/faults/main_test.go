package faults_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"beffroi/internal/app"
	"beffroi/test/pg"
)

// The environment of a copy of this test binary that is to be the program.
const (
	childArgs = "BEFFROI_FAULTS_CHILD" // arguments, one a line
	childDB   = "BEFFROI_FAULTS_DB"    // where it takes seats, too
	childSink = "BEFFROI_FAULTS_SINK"  // where it delivers their effects
	childFile = "BEFFROI_FAULTS_FSIZE" // how large a file it may write, in bytes
)

// full asks for the long form of every test.
func full() bool { return os.Getenv("BEFFROI_FAULTS") == "full" }

// form gives the short or the long form of a figure.
func form[T any](short, long T) T {
	if full() {
		return long
	}
	return short
}

func TestMain(m *testing.M) {
	if args := os.Getenv(childArgs); args != "" {
		if bytes, err := strconv.ParseUint(os.Getenv(childFile), 10, 64); err == nil {
			if err := limitFiles(bytes); err != nil {
				panic(err)
			}
		}
		if os.Getenv(childSink) != "" {
			go takeSeats(os.Getenv(childDB), os.Getenv(childSink))
		}
		os.Exit(app.Main(context.Background(), "test", strings.Split(args, "\n"), os.Environ(), os.Stdin, os.Stdout, os.Stderr))
	}
	pg.Main(m, closeHouses)
}
