package kafkavet

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"
)

const ours = "github.com/seed20e6684a/sarama"

// libraries are the packages whose users are looked at.
var libraries = []string{ours, "github.com/IBM/sarama", "github.com/Shopify/sarama"}

func isLibrary(pkg *types.Package) bool { return pkg != nil && slices.Contains(libraries, pkg.Path()) }

// imports reports whether a package uses the library.
func imports(pass *analysis.Pass) bool { return slices.ContainsFunc(pass.Pkg.Imports(), isLibrary) }

// isNamed reports whether a type, or what it points to, is one of the library's types of these names.
func isNamed(t types.Type, names ...string) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && isLibrary(named.Obj().Pkg()) && slices.Contains(names, named.Obj().Name())
}

// groups are the names of the types of a consumer group.
var groups = []string{"ConsumerGroup", "ManagedConsumerGroup"}

// isMethod reports whether a call is of a method of one of the library's types.
func isMethod(info *types.Info, call *ast.CallExpr, method string, receivers ...string) bool {
	selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && selector.Sel.Name == method && info.Selections[selector] != nil && isNamed(info.TypeOf(selector.X), receivers...)
}

// isFunction reports whether a call is of one of the library's functions of these names.
func isFunction(info *types.Info, call *ast.CallExpr, names ...string) bool {
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	return ok && isLibrary(fn.Pkg()) && fn.Signature().Recv() == nil && slices.Contains(names, fn.Name())
}

// isCallOf reports whether a call is of a package's function, such as time.Sleep.
func isCallOf(info *types.Info, call *ast.CallExpr, pkg, name string) bool {
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	return ok && fn.Pkg() != nil && fn.Pkg().Path() == pkg && fn.Name() == name
}

// isMessages reports whether an expression is claim.Messages() of a consumer group's claim.
func isMessages(info *types.Info, e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && isMethod(info, call, "Messages", "ConsumerGroupClaim")
}

// claimHandlers calls visit with each ConsumeClaim of a handler.
func claimHandlers(pass *analysis.Pass, visit func(*ast.FuncDecl)) {
	for _, file := range pass.Files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Body == nil || fn.Name.Name != "ConsumeClaim" {
				continue
			}
			params := fn.Type.Params.List
			if len(params) != 0 && isNamed(pass.TypesInfo.TypeOf(params[len(params)-1].Type), "ConsumerGroupClaim") {
				visit(fn)
			}
		}
	}
}

// receives returns the channel that an expression receives from; nil: it is no receive.
func receives(e ast.Expr) ast.Expr {
	if unary, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && unary.Op == token.ARROW {
		return unary.X
	}
	return nil
}

// uses reports whether a node mentions an object.
func uses(info *types.Info, node ast.Node, object types.Object) (found bool) {
	ast.Inspect(node, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && info.ObjectOf(id) == object {
			found = true
		}
		return !found
	})
	return found
}
