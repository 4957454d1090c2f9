// Command facts reads the Go sources of Kubernetes' published API modules and writes what they say about every
// type as JSON, one file a group and version. It keeps names, types, tags and markers; no sentence of the docs.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// modules maps a Go module to the folders in it that hold API packages.
var modules = map[string]string{
	"k8s.io/api":                     "*/v[0-9]*",
	"k8s.io/apimachinery":            "pkg/apis/meta/v1",
	"k8s.io/apiextensions-apiserver": "pkg/apis/apiextensions/v[0-9]*",
	"k8s.io/kube-aggregator":         "pkg/apis/apiregistration/v[0-9]*",
}

// minor is the Kubernetes 1.x whose facts these are: a kind that was removed in or before it is left out.
const minor = 36

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: facts FOLDER")
	}
	world := World{}
	for module, pattern := range modules {
		root := moduleFolder(module)
		folders, err := filepath.Glob(filepath.Join(root, pattern))
		check(err)
		for _, folder := range folders {
			world.load(module+strings.TrimPrefix(filepath.ToSlash(folder), filepath.ToSlash(root)), folder)
		}
	}
	for _, p := range world {
		facts := p.facts()
		if facts.gone {
			continue
		}
		check(os.WriteFile(filepath.Join(os.Args[1], p.dir()+"."+p.version()+".json"), facts.text(), 0o644))
	}
}

// moduleFolder is where a published module lies unpacked; it is downloaded if it does not.
func moduleFolder(module string) string {
	out, err := exec.Command("go", "mod", "download", "-json", fmt.Sprintf("%s@v0.%d.0", module, minor)).Output()
	check(err)
	var found struct{ Dir string }
	check(json.Unmarshal(out, &found))
	return found.Dir
}

// Facts is one file.
type Facts struct {
	Group   string          `json:"group"`
	Version string          `json:"version"`
	Model   string          `json:"model"`
	Kinds   []Kind          `json:"kinds"`
	Types   map[string]Type `json:"types"`
	// gone: it had kinds and every one of them was removed.
	gone bool
}

// Kind is a struct that carries TypeMeta and ObjectMeta.
type Kind struct {
	Kind       string `json:"kind"`
	Plural     string `json:"plural"`
	Namespaced bool   `json:"namespaced"`
	Status     bool   `json:"status,omitempty"`
	List       string `json:"list,omitempty"`
	Removed    int    `json:"removed,omitempty"`
}

func (k Kind) gone() bool { return k.Removed != 0 && k.Removed <= minor }

// Type is a struct (Fields) or another name for something (Is).
type Type struct {
	Fields []Field  `json:"fields,omitempty"`
	Is     string   `json:"is,omitempty"`
	Enum   []string `json:"enum,omitempty"`
	// Message: protobuf wraps this list in a message of its own.
	Message bool   `json:"message,omitempty"`
	MapType string `json:"mapType,omitempty"`
}

// Field is one member of a struct, in the order of the source.
type Field struct {
	Name          string          `json:"name,omitempty"`
	Inline        string          `json:"inline,omitempty"`
	Type          string          `json:"type,omitempty"`
	Number        int             `json:"number,omitempty"`
	Pointer       bool            `json:"pointer,omitempty"`
	OmitEmpty     bool            `json:"omitEmpty,omitempty"`
	OmitZero      bool            `json:"omitZero,omitempty"`
	Optional      bool            `json:"optional,omitempty"`
	Default       json.RawMessage `json:"default,omitempty"`
	PatchStrategy string          `json:"patchStrategy,omitempty"`
	PatchMergeKey string          `json:"patchMergeKey,omitempty"`
	ListType      string          `json:"listType,omitempty"`
	ListMapKeys   []string        `json:"listMapKeys,omitempty"`
	MapType       string          `json:"mapType,omitempty"`
}

// text lays the facts out with one kind, field or simple type a line, so that the next version reads well as a diff.
func (f Facts) text() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"group\": %s,\n  \"version\": %s,\n  \"model\": %s,\n  \"kinds\": [", compact(f.Group), compact(f.Version), compact(f.Model))
	for i, kind := range f.Kinds {
		fmt.Fprintf(&b, "%s\n    %s", comma(i), compact(kind))
	}
	b.WriteString("\n  ],\n  \"types\": {")
	names := make([]string, 0, len(f.Types))
	for name := range f.Types {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		t := f.Types[name]
		fmt.Fprintf(&b, "%s\n    %s: ", comma(i), compact(name))
		if t.Is != "" || len(t.Fields) == 0 {
			b.WriteString(compact(t))
			continue
		}
		b.WriteString("{")
		if t.MapType != "" {
			fmt.Fprintf(&b, " \"mapType\": %s,", compact(t.MapType))
		}
		b.WriteString(" \"fields\": [")
		for j, field := range t.Fields {
			fmt.Fprintf(&b, "%s\n      %s", comma(j), compact(field))
		}
		b.WriteString("\n    ] }")
	}
	b.WriteString("\n  }\n}\n")
	return []byte(b.String())
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

func compact(value any) string {
	text, err := json.Marshal(value)
	check(err)
	return string(text)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
