// Command look photographs the pages of a running demonstration, for eyes and
// for the documentation: go run ./test/look -site http://127.0.0.1:8080 -out docs/screenshots
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"beffroi/test/browser/probe"
)

func main() {
	site := flag.String("site", "http://127.0.0.1:8080", "address of the running site")
	out := flag.String("out", "docs/screenshots", "folder for the pictures")
	user := flag.String("user", "", "sign in as this account first")
	password := flag.String("password", "le beffroi veille sur 2026", "its password")
	width := flag.Int64("width", 1280, "width of the window in CSS pixels")
	dark := flag.Bool("dark", false, "dark colours")
	lang := flag.String("lang", "fr", "language")
	flag.Parse()
	if err := run(*site, *out, *user, *password, *width, *dark, *lang, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(site, out, user, password string, width int64, dark bool, lang string, paths []string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(probe.FindChrome()), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	if err := prepare(ctx, width, scheme, lang); err != nil {
		return err
	}
	if user != "" {
		if err := chromedp.Do(ctx, chromedp.Steps(chromedp.Navigate(site+"/signin"), chromedp.SetValue("#username", user), chromedp.SetValue("#password", password),
			chromedp.Click("main form button"), chromedp.Sleep(time.Second))); err != nil {
			return err
		}
	}
	for _, p := range paths {
		if err := chromedp.Do(ctx, chromedp.Navigate(site+p)); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		name := strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-").Replace(p), "-")
		if name == "" {
			name = "home"
		}
		if err := os.WriteFile(filepath.Join(out, name+".png"), picture, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// prepare sets what the eye of the browser is like.
func prepare(ctx context.Context, width int64, scheme, lang string) error {
	if err := chromedp.Do(ctx); err != nil { // starts the browser
		return err
	}
	if _, err := chromedp.Call(ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": lang}}); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 600}); err != nil {
		return err
	}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	return err
}
