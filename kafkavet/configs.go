package kafkavet

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// verdict is what is known of a setting.
type verdict int

const (
	unclear verdict = iota
	no
	yes
)

// settings are what a package sets of one Config, by path.
type settings struct {
	values  map[string][]verdict
	fresh   bool // NewConfig made it
	unknown bool // who else may set something is not known
}

// settingsOf returns what the package sets of each variable that holds a Config.
func settingsOf(pass *analysis.Pass, in *inspector.Inspector) map[types.Object]*settings {
	all := make(map[types.Object]*settings)
	in.WithStack([]ast.Node{(*ast.Ident)(nil)}, func(n ast.Node, push bool, stack []ast.Node) bool {
		object, ok := pass.TypesInfo.ObjectOf(n.(*ast.Ident)).(*types.Var)
		if !push || !ok || !isNamed(object.Type(), "Config") {
			return true
		}
		if all[object] == nil {
			all[object] = &settings{values: make(map[string][]verdict)}
		}
		all[object].note(pass, object, stack)
		return true
	})
	return all
}

// note takes in one mention of the variable: the last of stack.
func (s *settings) note(pass *analysis.Pass, object *types.Var, stack []ast.Node) { //nolint:cyclop // a case for each kind of node
	if object.IsField() || object.Parent() == nil || object.Parent() == pass.Pkg.Scope() {
		s.unknown = true // others may reach it
		return
	}
	at := len(stack) - 1
	for at > 0 && isPartOf(stack[at-1], stack[at]) {
		at--
	}
	e := stack[at].(ast.Expr)
	field := e != stack[len(stack)-1]
	switch parent := stack[at-1].(type) {
	case *ast.AssignStmt:
		s.assigned(pass, parent, e, field)
	case *ast.ValueSpec:
		s.fresh = len(parent.Values) == 1 && isNewConfig(pass.TypesInfo, parent.Values[0])
		s.unknown = s.unknown || len(parent.Values) != 0 && !s.fresh
	case *ast.CallExpr:
		fn, _ := typeutil.Callee(pass.TypesInfo, parent).(*types.Func)
		s.unknown = s.unknown || !field && (fn == nil || !isLibrary(fn.Pkg()))
	case *ast.UnaryExpr:
		s.unknown = s.unknown || parent.Op == token.AND
	case *ast.BinaryExpr:
	default:
		s.unknown = s.unknown || !field
	}
}

// isPartOf reports whether an expression is a field of another one.
func isPartOf(outer, inner ast.Node) bool {
	switch outer := outer.(type) {
	case *ast.SelectorExpr:
		return outer.X == inner
	case *ast.ParenExpr:
		return true
	}
	return false
}

func (s *settings) assigned(pass *analysis.Pass, assign *ast.AssignStmt, e ast.Expr, field bool) {
	i := slices.Index(assign.Lhs, e)
	paired := len(assign.Lhs) == len(assign.Rhs)
	switch {
	case i < 0: // it is what is assigned
		s.unknown = s.unknown || !field || isNested(pass.TypesInfo.TypeOf(e))
	case !field:
		s.fresh = paired && isNewConfig(pass.TypesInfo, assign.Rhs[i])
		s.unknown = s.unknown || !s.fresh
	case isNested(pass.TypesInfo.TypeOf(e)):
		s.unknown = true // many settings at once
	default:
		value := unclear
		if v := pass.TypesInfo.Types[assign.Rhs[min(i, len(assign.Rhs)-1)]].Value; paired && v != nil && v.Kind() == constant.Bool {
			value = no
			if constant.BoolVal(v) {
				value = yes
			}
		}
		_, path := configPath(pass.TypesInfo, e)
		s.values[path] = append(s.values[path], value)
	}
}

// isNested reports whether a type is one of the structs that Config consists of.
func isNested(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Struct)
	return ok
}

func isNewConfig(info *types.Info, e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && isFunction(info, call, "NewConfig")
}

// isOn reports whether a switch is surely on in some run of the program, and off in none that is known of.
func (s *settings) isOn(path string, byDefault bool) bool {
	values := s.values[path]
	if slices.Contains(values, unclear) || slices.Contains(values, no) {
		return false
	}
	return byDefault || len(values) != 0
}

// configPath returns the variable that holds a Config and the path of its field that an expression is, such as
// "Producer.Return.Errors"; the path is empty if it is none.
func configPath(info *types.Info, e ast.Expr) (config types.Object, path string) {
	var parts []string
	for {
		selector, ok := ast.Unparen(e).(*ast.SelectorExpr)
		if !ok {
			return nil, ""
		}
		parts = append(parts, selector.Sel.Name)
		e = selector.X
		if isNamed(info.TypeOf(e), "Config") {
			break
		}
	}
	slices.Reverse(parts)
	switch root := ast.Unparen(e).(type) {
	case *ast.Ident:
		config = info.ObjectOf(root)
	case *ast.SelectorExpr:
		config = info.ObjectOf(root.Sel)
	}
	return config, strings.Join(parts, ".")
}
