package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	// distDir is embedded by internal/platform/ui.
	distDir = "internal/platform/ui/assets/dist"
	// manifestName maps the plain name of an asset to its hashed one.
	manifestName = "manifest.json"
	licencesName = "licences.txt"
	// picturesCSS lives beside the code that draws with its classes.
	picturesCSS = "internal/platform/svg/svg.css"
)

// entries are bundled or copied; their plain names are what pages ask for.
var entries = []string{"web/app.css", "web/app.ts", "web/icon.svg"}

// buildAssets bundles web/ with content hashes in the names, beside gzip
// copies, a manifest and the licences of what was bundled.
func buildAssets(_ context.Context, root string) (string, error) {
	in, err := hashTree(root, "web", ".css", ".ts", ".svg")
	if err != nil {
		return "", err
	}
	for _, f := range []string{picturesCSS, "package-lock.json", "build/assets.go", "go.mod"} {
		if err := in.addFile(root, f); err != nil {
			return "", err
		}
	}
	done := stamp{root, "assets"}
	manifest := filepath.Join(root, distDir, manifestName)
	if _, err := os.Stat(manifest); err == nil && done.matches(in.sum()) {
		return "unchanged", nil
	}
	files, err := bundle(root)
	if err != nil {
		return "", err
	}
	if err := replaceDist(filepath.Join(root, distDir), files); err != nil {
		return "", err
	}
	return "bundled", done.write(in.sum())
}

// bundle returns the files of the dist folder by name, in memory.
func bundle(root string) (map[string][]byte, error) {
	result := api.Build(options(root))
	if len(result.Errors) > 0 {
		msgs := api.FormatMessages(result.Errors, api.FormatMessagesOptions{})
		return nil, errors.New(strings.Join(msgs, ""))
	}
	for _, w := range api.FormatMessages(result.Warnings, api.FormatMessagesOptions{Kind: api.WarningMessage}) {
		fmt.Fprint(os.Stderr, w)
	}
	var meta metafile
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	manifest := map[string]string{}
	for _, f := range result.OutputFiles {
		files[filepath.Base(f.Path)] = f.Contents
	}
	for out, o := range meta.Outputs {
		if o.EntryPoint != "" {
			manifest[plainName(o.EntryPoint)] = path.Base(out)
		}
	}
	licences, err := licences(root, meta)
	if err != nil {
		return nil, err
	}
	files[licencesName] = licences
	manifest[licencesName] = licencesName
	return withManifest(files, manifest)
}

func options(root string) api.BuildOptions {
	return api.BuildOptions{
		AbsWorkingDir:     root,
		EntryPoints:       entries,
		EntryNames:        "[name]-[hash]",
		AssetNames:        "[name]-[hash]",
		Outdir:            distDir,
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		// CSS keeps what it says: the design system is already lowered as far as
		// it goes, and theme.css relies on light-dark().
		Supported:     map[string]bool{"nesting": true, "inset-property": true},
		LegalComments: api.LegalCommentsExternal,
		Loader:        map[string]api.Loader{".svg": api.LoaderCopy},
		Metafile:      true,
	}
}

// metafile is the part of esbuild's report that we read.
type metafile struct {
	Inputs  map[string]struct{} `json:"inputs"`
	Outputs map[string]struct {
		EntryPoint string `json:"entryPoint"`
	} `json:"outputs"`
}

func plainName(entry string) string {
	name := path.Base(entry)
	if base, ok := strings.CutSuffix(name, ".ts"); ok {
		return base + ".js"
	}
	return name
}

// licences joins the licence texts of the npm packages that were bundled, since
// minified code carries none.
func licences(root string, meta metafile) ([]byte, error) {
	packages := map[string]bool{}
	for in := range meta.Inputs {
		if _, rest, ok := strings.Cut(in, "node_modules/"); ok {
			packages[packageOf(rest)] = true
		}
	}
	var text bytes.Buffer
	for _, p := range slices.Sorted(maps.Keys(packages)) {
		licence, err := os.ReadFile(filepath.Join(root, "node_modules", p, "LICENSE"))
		if err != nil {
			return nil, fmt.Errorf("package %s is bundled but its licence cannot be read: %w", p, err)
		}
		fmt.Fprintf(&text, "== %s ==\n\n%s\n\n", p, bytes.TrimSpace(licence))
	}
	return text.Bytes(), nil
}

// packageOf cuts "@scope/name/file" to "@scope/name".
func packageOf(rest string) string {
	n := 1
	if strings.HasPrefix(rest, "@") {
		n = 2
	}
	parts := strings.SplitN(rest, "/", n+1)
	return strings.Join(parts[:min(n, len(parts))], "/")
}

// withManifest adds the manifest and a gzip copy of every file.
func withManifest(files map[string][]byte, manifest map[string]string) (map[string][]byte, error) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		small, err := compress(files[name])
		if err != nil {
			return nil, err
		}
		files[name+".gz"] = small
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	files[manifestName] = append(text, '\n')
	return files, err
}

// compress carries no time and no name, so equal input gives equal bytes.
func compress(content []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(content)
	err = errors.Join(err, w.Close())
	return out.Bytes(), err
}

// replaceDist writes the manifest last, so that it never names a missing file,
// then removes what the manifest no longer leads to.
func replaceDist(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(files))
	slices.SortStableFunc(names, func(a, b string) int {
		return strings.Compare(fmt.Sprint(a == manifestName), fmt.Sprint(b == manifestName))
	})
	for _, name := range names {
		if err := writeFile(filepath.Join(dir, name), files[name]); err != nil {
			return err
		}
	}
	old, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range old {
		if _, keep := files[e.Name()]; !keep && e.Name() != ".gitkeep" {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
