package compat

import (
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
)

const (
	saramaPath  = "github.com/IBM/sarama"
	libraryPath = "github.com/seed20e6684a/sarama"
)

// leftOut is what sarama exports and the library does not, each with its reason.
var leftOut = map[string]string{
	"KafkaGSSAPIHandler":  "a part of sarama's own tests: its fields are not exported, and its zero value panics",
	"MockKerberosClient":  "a part of sarama's own tests: it answers with one ticket that was recorded once",
	"SetHandlerFuncByMap": "sarama's functions have types without names: nothing but nil can be given; here they have",
}

// TestEverythingIsExported holds all that sarama exports against the library: names, kinds, types, values, fields, methods. The
// library may have more fields and methods, but not in interfaces, which users implement.
func TestEverythingIsExported(t *testing.T) {
	loaded, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps},
		saramaPath, saramaPath+"/mocks", libraryPath, libraryPath+"/mocks")
	require.NoError(t, err)
	all := make(map[string]*types.Package)
	for _, p := range loaded {
		require.Empty(t, p.Errors, p.PkgPath)
		all[p.PkgPath] = p.Types
	}
	c := comparison{t: t, root: all[libraryPath].Scope(), used: make(map[string]bool)}
	for _, sub := range []string{"", "/mocks"} {
		c.packages(all[saramaPath+sub], all[libraryPath+sub])
	}
	t.Logf("%d features are the same", c.features)
	require.Greater(t, c.features, 2300, "it is not all that sarama has")
	require.ElementsMatch(t, slices.Collect(maps.Keys(leftOut)), slices.Collect(maps.Keys(c.used)), "what is left out")
}

// comparison compares packages and counts what it has compared.
type comparison struct {
	t        *testing.T
	features int
	root     *types.Scope    // of the library
	used     map[string]bool // of leftOut
}

func (c *comparison) leftOut(name string) bool {
	_, ok := leftOut[name]
	if ok {
		c.used[name] = true
	}
	return ok
}

func (c *comparison) packages(a, b *types.Package) {
	for _, name := range a.Scope().Names() {
		object := a.Scope().Lookup(name)
		if !object.Exported() || c.leftOut(name) {
			continue
		}
		other := b.Scope().Lookup(name)
		if other == nil {
			c.t.Errorf("%s.%s is missing", path.Base(b.Path()), name)
			continue
		}
		c.object(name, object, other)
	}
}

func (c *comparison) object(name string, a, b types.Object) {
	c.features++
	switch a := a.(type) {
	case *types.TypeName:
		other, ok := b.(*types.TypeName)
		if !ok {
			c.t.Errorf("%s is no type: %v", name, b)
			return
		}
		c.typeNames(name, a, other)
	case *types.Const:
		other, ok := b.(*types.Const)
		if !ok || !c.same(a.Type(), b.Type()) || !constant.Compare(a.Val(), token.EQL, other.Val()) {
			c.t.Errorf("%s is %v and not %v", name, b, a)
		}
	case *types.Var:
		if _, ok := b.(*types.Var); !ok || !c.same(a.Type(), b.Type()) {
			c.t.Errorf("%s is %v and not %v", name, b, a)
		}
	case *types.Func:
		// A variable that holds a function can be called, too, but is none.
		if _, ok := b.(*types.Func); !ok || !c.same(a.Type(), b.Type()) {
			c.t.Errorf("%s is %v and not %v", name, b, a)
		}
	}
}

func (c *comparison) typeNames(name string, a, b *types.TypeName) {
	baseline, own := types.Unalias(a.Type()), types.Unalias(b.Type())
	if types.Comparable(baseline) && !types.Comparable(own) && !keepsTags(own) && !isMock(a) {
		c.t.Errorf("%s is not comparable", name)
	}
	if i, ok := baseline.Underlying().(*types.Interface); ok {
		c.interfaces(name, i, own)
		return
	}
	if s, ok := baseline.Underlying().(*types.Struct); ok {
		c.fields(name, s, own)
	} else if !c.same(baseline.Underlying(), own.Underlying()) {
		c.t.Errorf("%s is %v and not %v", name, own.Underlying(), baseline.Underlying())
	}
	c.methods(name, types.NewMethodSet(types.NewPointer(baseline)), types.NewMethodSet(types.NewPointer(own)))
	c.methods(name, types.NewMethodSet(baseline), types.NewMethodSet(own)) // without a pointer
}

// keepsTags tells messages that keep what brokers of later versions add. They cannot be compared any more.
func keepsTags(t types.Type) bool {
	s, ok := t.Underlying().(*types.Struct)
	return ok && fieldOf(s, "UnknownTags") != nil
}

// isMock tells types that are used by their addresses alone.
func isMock(t *types.TypeName) bool {
	return strings.HasPrefix(t.Name(), "Mock") || strings.HasSuffix(t.Pkg().Path(), "/mocks")
}

func (c *comparison) fields(name string, a *types.Struct, own types.Type) {
	b, ok := own.Underlying().(*types.Struct)
	if !ok {
		c.t.Errorf("%s is no struct", name)
		return
	}
	for field := range a.Fields() {
		if !field.Exported() {
			continue
		}
		c.features++
		if other := fieldOf(b, field.Name()); other == nil || other.Embedded() != field.Embedded() || !c.same(field.Type(), other.Type()) {
			c.t.Errorf("%s.%s is %v and not %v", name, field.Name(), other, field)
		}
	}
}

func fieldOf(s *types.Struct, name string) *types.Var {
	for field := range s.Fields() {
		if field.Name() == name {
			return field
		}
	}
	return nil
}

func (c *comparison) methods(name string, a, b *types.MethodSet) {
	for method := range a.Methods() {
		f := method.Obj()
		if !f.Exported() || c.leftOut(f.Name()) {
			continue
		}
		c.features++
		if other := b.Lookup(nil, f.Name()); other == nil || !c.same(f.Type(), other.Obj().Type()) {
			c.t.Errorf("%s.%s is %v and not %v", name, f.Name(), other, f)
		}
	}
}

// interfaces have to be the same, as far as users can implement them.
func (c *comparison) interfaces(name string, a *types.Interface, own types.Type) {
	b, ok := own.Underlying().(*types.Interface)
	if !ok {
		c.t.Errorf("%s is no interface", name)
		return
	}
	wanted, others := methodsOf(a), methodsOf(b)
	for method, f := range wanted {
		c.features++
		if other := others[method]; other == nil || !c.same(f.Type(), other.Type()) {
			c.t.Errorf("%s.%s is %v and not %v", name, method, other, f)
		}
	}
	if len(wanted) != a.NumMethods() { // it has methods that are not exported, which nobody else can have
		return
	}
	for method := range others {
		if wanted[method] == nil {
			c.t.Errorf("%s has a method more: %s", name, method)
		}
	}
	if len(others) != b.NumMethods() {
		c.t.Errorf("%s has methods that are not exported", name)
	}
}

func methodsOf(i *types.Interface) map[string]*types.Func {
	methods := make(map[string]*types.Func)
	for method := range i.Methods() {
		if method.Exported() {
			methods[method.Name()] = method
		}
	}
	return methods
}

// same tells whether a type of sarama and one of the library are the same to users.
func (c *comparison) same(a, b types.Type) bool {
	a, b = types.Unalias(a), types.Unalias(b)
	switch a := a.(type) {
	case *types.Named:
		return c.sameNamed(a, b)
	case *types.Basic:
		return types.Identical(a, b)
	case *types.Pointer:
		b, ok := b.(*types.Pointer)
		return ok && c.same(a.Elem(), b.Elem()) || isUnnameable(a.Elem())
	case *types.Slice:
		b, ok := b.(*types.Slice)
		return ok && c.same(a.Elem(), b.Elem())
	case *types.Array:
		b, ok := b.(*types.Array)
		return ok && a.Len() == b.Len() && c.same(a.Elem(), b.Elem())
	case *types.Map:
		b, ok := b.(*types.Map)
		return ok && c.same(a.Key(), b.Key()) && c.same(a.Elem(), b.Elem())
	case *types.Chan:
		b, ok := b.(*types.Chan)
		return ok && a.Dir() == b.Dir() && c.same(a.Elem(), b.Elem())
	case *types.Signature:
		b, ok := b.(*types.Signature)
		return ok && a.Variadic() == b.Variadic() && c.sameTuple(a.Params(), b.Params()) && c.sameTuple(a.Results(), b.Results())
	case *types.Struct:
		b, ok := b.(*types.Struct)
		return ok && c.hasFields(b, a)
	case *types.Interface:
		b, ok := b.(*types.Interface)
		return ok && a.NumMethods() == 0 && b.NumMethods() == 0
	}
	return false
}

// sameNamed compares types that have names. What has none that users can write may be anything.
func (c *comparison) sameNamed(a *types.Named, b types.Type) bool {
	if isUnnameable(a) {
		return true
	}
	other, ok := b.(*types.Named)
	if !ok || packageOf(a) != packageOf(other) {
		return false
	}
	if packageOf(a) != "sarama" {
		return a.Obj().Name() == other.Obj().Name()
	}
	exported := c.root.Lookup(a.Obj().Name()) // an alias, mostly, and not always of the same name
	return exported != nil && types.Identical(types.Unalias(exported.Type()), other)
}

func isUnnameable(t types.Type) bool {
	named, ok := t.(*types.Named)
	return ok && !named.Obj().Exported() && packageOf(named) == "sarama"
}

// packageOf returns one name for sarama's package and for the two that the library has in its place.
func packageOf(t *types.Named) string {
	if t.Obj().Pkg() == nil {
		return ""
	}
	switch p := t.Obj().Pkg().Path(); {
	case p == saramaPath, p == libraryPath, p == libraryPath+"/protocol":
		return "sarama"
	case strings.HasSuffix(p, "/mocks"):
		return "mocks"
	default:
		return p
	}
}

func (c *comparison) sameTuple(a, b *types.Tuple) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if !c.same(a.At(i).Type(), b.At(i).Type()) {
			return false
		}
	}
	return true
}

// hasFields tells whether s has all fields of another struct.
func (c *comparison) hasFields(s, other *types.Struct) bool {
	for field := range other.Fields() {
		if mine := fieldOf(s, field.Name()); mine == nil || !c.same(field.Type(), mine.Type()) {
			return false
		}
	}
	return true
}
