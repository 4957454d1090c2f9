package main

import (
	"encoding/json"
	"go/ast"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// facts says all that is kept of a package.
func (p *Package) facts() Facts {
	f := Facts{Group: p.groupName(), Version: p.version(), Model: p.model, Kinds: []Kind{}, Types: map[string]Type{}}
	for name, declared := range p.types {
		if !ast.IsExported(name) || (scalars[p.path+"."+name] != "") {
			continue
		}
		if structure, ok := declared.expr.(*ast.StructType); ok && !p.custom[name] {
			f.Types[name] = p.structure(structure, declared)
		} else if ok {
			f.Types[name] = Type{Is: "any"}
		} else if _, ok := declared.expr.(*ast.InterfaceType); !ok {
			if t := p.alias(name, declared); !strings.HasPrefix(t.Is, "pkg.") { // not of the API
				f.Types[name] = t
			}
		}
	}
	for name, t := range f.Types {
		if kind, ok := p.kind(name, t, f.Types); ok && kind.gone() {
			f.gone = true
		} else if ok {
			f.Kinds = append(f.Kinds, kind)
		}
	}
	f.gone = f.gone && len(f.Kinds) == 0
	slices.SortFunc(f.Kinds, func(a, b Kind) int { return strings.Compare(a.Kind, b.Kind) })
	return f
}

// groupName stands in doc.go as a marker, or else as a constant.
func (p *Package) groupName() string {
	if p.group != "" {
		return p.group
	}
	return p.byName["GroupName"]
}

func (p *Package) alias(name string, declared *Declared) Type {
	t := Type{Is: p.typeText(declared.expr, declared.imports), Message: declared.markers.has("protobuf.nullable")}
	if declared.markers.has("enum") || declared.markers.has("k8s:enum") {
		t.Enum = slices.Clone(p.constants[name])
		slices.Sort(t.Enum)
	}
	return t
}

func (p *Package) structure(structure *ast.StructType, declared *Declared) Type {
	t := Type{Fields: []Field{}, MapType: mapType(declared.markers)}
	for _, member := range structure.Fields.List {
		if field, ok := p.field(member, declared); ok {
			t.Fields = append(t.Fields, field)
		}
	}
	return t
}

func mapType(m Markers) string {
	if m.has("structType") {
		return m.one("structType")
	}
	return m.one("mapType")
}

func (p *Package) field(member *ast.Field, declared *Declared) (Field, bool) {
	if member.Tag == nil {
		return Field{}, false
	}
	text, _ := strconv.Unquote(member.Tag.Value)
	tag := reflect.StructTag(text)
	name, options, _ := strings.Cut(tag.Get("json"), ",")
	has := strings.Split(options, ",")
	if name == "-" || name == "" && !slices.Contains(has, "inline") && len(member.Names) > 0 {
		return Field{}, false
	}
	f := Field{Name: name, Number: number(tag.Get("protobuf"))}
	if name == "" {
		f.Inline = p.typeText(member.Type, declared.imports)
		return f, true
	}
	m := markersOf(member.Doc)
	_, f.Pointer = member.Type.(*ast.StarExpr)
	f.Type = p.typeText(member.Type, declared.imports)
	f.OmitEmpty = slices.Contains(has, "omitempty")
	f.OmitZero = slices.Contains(has, "omitzero")
	f.Optional = m.has("optional") || !m.has("required") && f.OmitEmpty
	f.PatchStrategy, f.PatchMergeKey = tag.Get("patchStrategy"), tag.Get("patchMergeKey")
	f.ListType, f.ListMapKeys, f.MapType = m.one("listType"), m["listMapKey"], mapType(m)
	f.Default = p.defaultOf(member, m)
	return f, true
}

// number is the field number in a protobuf tag: `bytes,3,opt,name=x`.
func number(tag string) int {
	parts := strings.Split(tag, ",")
	if len(parts) < 2 {
		return 0
	}
	n, err := strconv.Atoi(parts[1])
	check(err)
	return n
}

var reference = regexp.MustCompile(`^ref\((?:.*\.)?([A-Za-z0-9]+)\)$`)

// defaultOf is what `+default=` says on the field, or on its type.
func (p *Package) defaultOf(member *ast.Field, m Markers) json.RawMessage {
	text := m.one("default")
	if text == "" {
		expr := member.Type
		if star, ok := expr.(*ast.StarExpr); ok {
			expr = star.X
		}
		if ident, ok := expr.(*ast.Ident); ok && p.types[ident.Name] != nil {
			text = p.types[ident.Name].markers.one("default")
		}
	}
	if ref := reference.FindStringSubmatch(text); ref != nil {
		text = compact(p.byName[ref[1]])
	}
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

// kind says whether a type is a kind of object, and how it is served.
func (p *Package) kind(name string, t Type, types map[string]Type) (Kind, bool) {
	inlined := func(field Field) bool { return field.Inline == "meta.v1.TypeMeta" }
	meta := func(field Field) bool { return field.Name == "metadata" && field.Type == "meta.v1.ObjectMeta" }
	if !slices.ContainsFunc(t.Fields, inlined) || !slices.ContainsFunc(t.Fields, meta) {
		return Kind{}, false
	}
	m := p.types[name].markers
	k := Kind{Kind: name, Plural: plural(name), Namespaced: !m.has("genclient:nonNamespaced")}
	if m.has("resourceName") {
		k.Plural = m.one("resourceName")
	}
	k.Status = !m.has("genclient:noStatus") && slices.ContainsFunc(t.Fields, func(f Field) bool { return f.Name == "status" })
	if _, ok := types[name+"List"]; ok {
		k.List = name + "List"
	}
	if removed, ok := strings.CutPrefix(m.one("k8s:prerelease-lifecycle-gen:removed"), "1."); ok {
		k.Removed, _ = strconv.Atoi(removed)
	}
	return k, true
}

func plural(kind string) string {
	name := strings.ToLower(kind)
	switch {
	case name == "endpoints":
		return name
	case strings.HasSuffix(name, "s"), strings.HasSuffix(name, "x"), strings.HasSuffix(name, "ch"), strings.HasSuffix(name, "sh"):
		return name + "es"
	case strings.HasSuffix(name, "y") && !strings.ContainsAny(name[len(name)-2:len(name)-1], "aeiou"):
		return name[:len(name)-1] + "ies"
	}
	return name + "s"
}
