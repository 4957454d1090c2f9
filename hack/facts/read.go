package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// World is every API package, by import path.
type World map[string]*Package

// Package is the parsed source of one group and version.
type Package struct {
	world              World
	path, group, model string
	types              map[string]*Declared
	constants          map[string][]string // type name → values, in the order of the source
	byName             map[string]string   // constant name → value
	custom             map[string]bool     // types with UnmarshalJSON
}

// Declared is a type declaration with what is needed to read it.
type Declared struct {
	expr    ast.Expr
	markers Markers
	imports map[string]string // local name → import path
}

// Markers are the `+name=value` lines of a comment.
type Markers map[string][]string

func (m Markers) has(name string) bool { _, ok := m[name]; return ok }
func (m Markers) one(name string) string {
	if values := m[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

var marker = regexp.MustCompile(`^\s*\+([A-Za-z:0-9_.-]+)(?:=(.*))?$`)

// Not CommentGroup.Text: it drops lines that look like directives.
func markersOf(groups ...*ast.CommentGroup) Markers {
	found := Markers{}
	for _, group := range groups {
		if group == nil {
			continue
		}
		for _, c := range group.List {
			if m := marker.FindStringSubmatch(strings.TrimPrefix(c.Text, "//")); m != nil {
				found[m[1]] = append(found[m[1]], strings.TrimSpace(m[2]))
			}
		}
	}
	return found
}

func (p *Package) dir() string     { return path.Base(path.Dir(p.path)) }
func (p *Package) version() string { return path.Base(p.path) }

func (w World) load(importPath, folder string) {
	p := &Package{world: w, path: importPath, types: map[string]*Declared{}, constants: map[string][]string{}, byName: map[string]string{}, custom: map[string]bool{}}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	check(err)
	slices.Sort(files)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, ".pb.go") || strings.Contains(file, "zz_generated") {
			continue
		}
		p.read(file)
	}
	if len(p.types) > 0 {
		w[importPath] = p
	}
}

func (p *Package) read(file string) {
	set := token.NewFileSet()
	source, err := os.ReadFile(file)
	check(err)
	tree, err := parser.ParseFile(set, file, source, parser.ParseComments)
	check(err)
	imports := map[string]string{}
	for _, spec := range tree.Imports {
		from, _ := strconv.Unquote(spec.Path.Value)
		local := path.Base(from)
		if spec.Name != nil {
			local = spec.Name.Name
		}
		imports[local] = from
	}
	ends := map[int]*ast.CommentGroup{}
	for _, group := range tree.Comments {
		ends[set.Position(group.End()).Line] = group
		found := markersOf(group)
		if path.Base(file) == "doc.go" {
			if found.has("groupName") {
				p.group = found.one("groupName")
			}
			if found.has("k8s:openapi-model-package") {
				p.model = found.one("k8s:openapi-model-package")
			}
		}
	}
	for _, decl := range tree.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == "UnmarshalJSON" && d.Recv != nil {
				if star, ok := d.Recv.List[0].Type.(*ast.StarExpr); ok {
					p.custom[fmt.Sprint(star.X)] = true
				}
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					doc := s.Doc
					if doc == nil {
						doc = d.Doc
					}
					start := set.Position(d.Pos()).Line
					if doc != nil {
						start = set.Position(doc.Pos()).Line
					}
					p.types[s.Name.Name] = &Declared{s.Type, markersOf(ends[start-2], doc), imports}
				case *ast.ValueSpec:
					p.constant(d, s, imports)
				}
			}
		}
	}
}

func (p *Package) constant(d *ast.GenDecl, s *ast.ValueSpec, imports map[string]string) {
	if d.Tok != token.CONST || len(s.Values) != 1 {
		return
	}
	expr, typ := s.Values[0], s.Type
	if call, ok := expr.(*ast.CallExpr); ok && len(call.Args) == 1 {
		expr, typ = call.Args[0], call.Fun
	}
	value := ""
	switch e := expr.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			return
		}
		value = text
	case *ast.Ident:
		value = p.byName[e.Name]
	case *ast.SelectorExpr: // a constant of a package read before: discovery's address types are core's IP families
		if other := p.world[imports[fmt.Sprint(e.X)]]; other != nil {
			value = other.byName[e.Sel.Name]
		}
	default:
		return
	}
	p.byName[s.Names[0].Name] = value
	if name, ok := typ.(*ast.Ident); ok && !slices.Contains(p.constants[name.Name], value) {
		p.constants[name.Name] = append(p.constants[name.Name], value)
	}
}

// scalars are Go types that JSON writes in a way of their own; the names on the right are the facts' own words.
var scalars = map[string]string{
	"string": "string", "bool": "boolean", "int32": "int32", "int64": "int64", "int": "int32", "uint32": "int64", "uint64": "int64", "uint16": "int32",
	"float64": "double", "float32": "float", "byte": "byte", "any": "any",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":       "quantity",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":     "intOrString",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":        "rawExtension",
	"k8s.io/apimachinery/pkg/runtime.Object":              "rawExtension",
	"k8s.io/apimachinery/pkg/types.UID":                   "string",
	"k8s.io/apimachinery/pkg/types.NodeName":              "string",
	"k8s.io/apimachinery/pkg/types.NamespacedName":        "any",
	"k8s.io/apimachinery/pkg/runtime/schema.GroupVersion": "any",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":           "time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":      "microTime",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":       "duration",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":       "fields",
}

// typeText writes a Go type in the facts' words: `string`, `core.v1.PodSpec`, `[]T` for a list, `{}T` for a map.
func (p *Package) typeText(expr ast.Expr, imports map[string]string) string {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return p.typeText(e.X, imports)
	case *ast.ArrayType:
		if item := p.typeText(e.Elt, imports); item != "byte" {
			return "[]" + item
		}
		return "bytes"
	case *ast.MapType:
		return "{}" + p.typeText(e.Value, imports)
	case *ast.InterfaceType:
		return "any"
	case *ast.Ident:
		if _, mine := p.types[e.Name]; mine {
			return p.named(p.path, e.Name)
		}
		if word := scalars[e.Name]; word != "" {
			return word
		}
	case *ast.SelectorExpr:
		return p.named(imports[fmt.Sprint(e.X)], e.Sel.Name)
	}
	log.Fatalf("%s: a type this program does not know: %T %v", p.path, expr, expr)
	return ""
}

func (p *Package) named(importPath, name string) string {
	if word := scalars[importPath+"."+name]; word != "" {
		return word
	}
	return path.Base(path.Dir(importPath)) + "." + path.Base(importPath) + "." + name
}
