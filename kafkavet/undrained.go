package kafkavet

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// Undrained finds channels of outcomes that nobody reads.
var Undrained = &analysis.Analyzer{
	Name: "undrained",
	Doc: "find Successes and Errors that nobody reads\n\n" +
		"They have little room; when that is full, the producer or consumer stands still.",
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runUndrained,
}

// drain is one channel that must be read.
type drain struct {
	maker     string   // the function that makes what has it
	types     []string // of what it makes
	method    string   // that returns it
	setting   string   // of the Config that switches it on
	byDefault bool
}

var producers = []string{"AsyncProducer", "ExtendedAsyncProducer"}

var drains = []drain{
	{"NewAsyncProducer", producers, "Successes", "Producer.Return.Successes", false},
	{"NewAsyncProducer", producers, "Errors", "Producer.Return.Errors", true},
	{"NewConsumerGroup", groups, "Errors", "Consumer.Return.Errors", false},
	{"NewConsumer", []string{"PartitionConsumer"}, "Errors", "Consumer.Return.Errors", false},
}

func runUndrained(pass *analysis.Pass) (any, error) {
	if !imports(pass) {
		return nil, nil
	}
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	configs := settingsOf(pass, in)
	for _, d := range drains {
		made := d.made(pass, in, configs)
		if made != nil && !d.drained(pass, in) && !escapes(pass, in, d.types) {
			pass.Reportf(made.Pos(), "nobody reads %s(), which fills up, and then nothing goes on: read it, or set Config.%s to false", d.method, d.setting)
		}
	}
	return nil, nil
}

// made returns the first call that makes what has the channel, with a configuration that surely has it in use.
func (d *drain) made(pass *analysis.Pass, in *inspector.Inspector, configs map[types.Object]*settings) (made *ast.CallExpr) {
	in.Preorder([]ast.Node{(*ast.CallExpr)(nil)}, func(n ast.Node) {
		call := n.(*ast.CallExpr)
		if made != nil || !isFunction(pass.TypesInfo, call, d.maker) || len(call.Args) == 0 {
			return
		}
		config := ast.Unparen(call.Args[len(call.Args)-1])
		on := d.byDefault && (pass.TypesInfo.Types[config].IsNil() || isNewConfig(pass.TypesInfo, config))
		if id, ok := config.(*ast.Ident); ok {
			s := configs[pass.TypesInfo.ObjectOf(id)]
			on = on || s != nil && s.fresh && !s.unknown && s.isOn(d.setting, d.byDefault)
		}
		if on {
			made = call
		}
	})
	return made
}

func (d *drain) drained(pass *analysis.Pass, in *inspector.Inspector) (found bool) {
	in.Preorder([]ast.Node{(*ast.SelectorExpr)(nil)}, func(n ast.Node) {
		selector := n.(*ast.SelectorExpr)
		found = found || selector.Sel.Name == d.method && isNamed(pass.TypesInfo.TypeOf(selector.X), d.types...)
	})
	return found
}

// escapes reports whether a value of the types may be read elsewhere: whether it is given to a function, is in a place that is exported
// or of another type, or is returned to who is not known.
func escapes(pass *analysis.Pass, in *inspector.Inspector, names []string) (found bool) {
	in.WithStack([]ast.Node{(*ast.Ident)(nil), (*ast.SelectorExpr)(nil), (*ast.CallExpr)(nil)}, func(n ast.Node, push bool, stack []ast.Node) bool {
		if push && isValue(pass.TypesInfo, n.(ast.Expr), names) && !stays(pass, stack, names) {
			found = true
		}
		return !found
	})
	return found
}

// isValue reports whether an expression has one of the types, as the first of several values maybe.
func isValue(info *types.Info, e ast.Expr, names []string) bool {
	if info.Types[e].IsType() || info.TypeOf(e) == nil {
		return false
	}
	t := info.TypeOf(e)
	if tuple, ok := t.(*types.Tuple); ok && tuple.Len() != 0 {
		t = tuple.At(0).Type()
	}
	return isNamed(t, names...)
}

// stays reports whether the last of stack is put only where this package alone can get at it.
func stays(pass *analysis.Pass, stack []ast.Node, names []string) bool { //nolint:cyclop // a case for each kind of node
	info, e := pass.TypesInfo, stack[len(stack)-1].(ast.Expr)
	here := func(place ast.Expr) bool {
		return isNamed(info.TypeOf(place), names...) && isOwn(pass, place) || isBlank(place)
	}
	switch parent := stack[len(stack)-2].(type) {
	case *ast.SelectorExpr:
		return parent.X == e || isOwn(pass, e)
	case *ast.ParenExpr, *ast.BinaryExpr, *ast.ExprStmt:
		return true
	case *ast.AssignStmt:
		if slices.Contains(parent.Lhs, e) {
			return isOwn(pass, e)
		}
		return here(parent.Lhs[slices.Index(parent.Rhs, e)])
	case *ast.ValueSpec:
		return !slices.ContainsFunc(parent.Names, func(id *ast.Ident) bool { return !isBlank(id) && id == parent.Names[0] && !here(id) })
	case *ast.Field: // of a struct, a parameter or a result
		id, ok := e.(*ast.Ident)
		return !ok || !info.ObjectOf(id).(*types.Var).IsField() || isOwn(pass, e)
	case *ast.KeyValueExpr:
		return parent.Key == e || here(parent.Key)
	case *ast.CompositeLit:
		t, ok := info.TypeOf(parent).Underlying().(*types.Struct)
		if i := slices.Index(parent.Elts, e); ok && i >= 0 && i < t.NumFields() {
			field := t.Field(i)
			return isNamed(field.Type(), names...) && field.Pkg() == pass.Pkg && !field.Exported()
		}
	case *ast.CallExpr:
		return parent.Fun == e
	case *ast.ReturnStmt:
		return isReturnedHere(info, stack, names)
	}
	return false
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// isOwn reports whether a variable or field is one that other packages cannot name.
func isOwn(pass *analysis.Pass, e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	if selector, is := e.(*ast.SelectorExpr); is {
		id, ok = selector.Sel, true
	}
	if !ok {
		return false
	}
	object, ok := pass.TypesInfo.ObjectOf(id).(*types.Var)
	reachable := ok && object.Exported() && (object.IsField() || object.Parent() == pass.Pkg.Scope())
	return ok && object.Pkg() == pass.Pkg && !object.Embedded() && !reachable
}

// isReturnedHere reports whether only callers in this package get what is returned.
func isReturnedHere(info *types.Info, stack []ast.Node, names []string) bool {
	for _, node := range slices.Backward(stack) {
		switch fn := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.FuncDecl:
			return !fn.Name.IsExported() && fn.Type.Results != nil && isNamed(info.TypeOf(fn.Type.Results.List[0].Type), names...)
		}
	}
	return false
}
