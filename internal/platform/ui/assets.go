package ui

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// dist is made by `go run ./build`; a clean clone holds only .gitkeep, so that
// the package compiles before the first build.
//
//go:embed all:assets/dist
var dist embed.FS

// assetPrefix is where Handler expects to be mounted.
const assetPrefix = "/assets/"

// names maps "app.css" to "app-HASH.css", read once.
var names = sync.OnceValue(func() map[string]string {
	m, err := readManifest(dist)
	if err != nil {
		return nil
	}
	return m
})

func readManifest(files fs.FS) (map[string]string, error) {
	text, err := fs.ReadFile(files, "assets/dist/manifest.json")
	if err != nil {
		return nil, fmt.Errorf("ui: the assets are not built, run `go run ./build -assets`: %w", err)
	}
	m := map[string]string{}
	return m, json.Unmarshal(text, &m)
}

// CheckAssets reports whether the assets were built into the program; the server
// calls it at its start.
func CheckAssets() error {
	_, err := readManifest(dist)
	return err
}

// Asset is the address of an asset by its plain name: Asset("app.css") is
// "/assets/app-HASH.css". An asset that was not built keeps its plain name, which
// answers 404.
func Asset(name string) string {
	if hashed, ok := names()[name]; ok {
		name = hashed
	}
	return assetPrefix + name
}

// Handler serves /assets/…: hashed names for ever, others to be checked again,
// compressed where the browser takes it. Unknown names answer 404.
func Handler() http.Handler { return assetHandler{dist} }

type assetHandler struct{ files fs.FS }

func (h assetHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, assetPrefix)
	plain, err := h.read(name)
	if err != nil || strings.HasPrefix(name, ".") {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Content-Type", contentType(name))
	header.Set("Cache-Control", cacheControl(name))
	header.Set("Vary", "Accept-Encoding")
	if small, err := h.read(name + ".gz"); err == nil && acceptsGzip(r) {
		header.Set("Content-Encoding", "gzip")
		plain = small
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(plain))
}

func (h assetHandler) read(name string) ([]byte, error) {
	if strings.Contains(name, "/") {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(h.files, path.Join("assets/dist", name))
}

// contentType is a table rather than the machine's, which differs between
// systems.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	case ".gz":
		return "application/gzip"
	}
	return "text/plain; charset=utf-8"
}

// cacheControl trusts names that carry a hash ("app-3ZG3KFCO.js") for a year.
func cacheControl(name string) string {
	base := strings.TrimSuffix(name, path.Ext(name))
	if dash := strings.LastIndexByte(base, '-'); dash > 0 && len(base)-dash == 9 {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

// acceptsGzip reads Accept-Encoding; "gzip;q=0" is a refusal.
func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
