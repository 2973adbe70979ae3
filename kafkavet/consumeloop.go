package kafkavet

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// ConsumeLoop finds ConsumerGroup.Consume outside a loop.
var ConsumeLoop = &analysis.Analyzer{
	Name: "consumeloop",
	Doc: "find ConsumerGroup.Consume that is called once\n\n" +
		"Consume returns without an error when the group rebalances; who does not call it again stops consuming.",
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runConsumeLoop,
}

func runConsumeLoop(pass *analysis.Pass) (any, error) {
	if !imports(pass) {
		return nil, nil
	}
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	elsewhere := repeated(pass, in)
	in.WithStack([]ast.Node{(*ast.CallExpr)(nil)}, func(n ast.Node, push bool, stack []ast.Node) bool {
		call := n.(*ast.CallExpr)
		if push && isMethod(pass.TypesInfo, call, "Consume", groups...) && !inTest(pass, call) && once(pass, stack, elsewhere) {
			pass.Reportf(call.Pos(), "Consume returns when the group rebalances, and is not called again: call it in a loop until its context ends")
		}
		return true
	})
	return nil, nil
}

// inTest reports whether a node is in a test's file: tests consume once on purpose.
func inTest(pass *analysis.Pass, node ast.Node) bool {
	return strings.HasSuffix(pass.Fset.File(node.Pos()).Name(), "_test.go")
}

// once reports whether a call, the last of stack, is surely not repeated.
func once(pass *analysis.Pass, stack []ast.Node, elsewhere map[types.Object]bool) bool {
	for i := len(stack) - 2; i >= 0; i-- {
		switch node := stack[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.ReturnStmt:
			return false
		case *ast.FuncLit:
			if call, ok := stack[i-1].(*ast.CallExpr); !ok || call.Fun != node {
				return false // somebody may call it again
			}
		case *ast.FuncDecl:
			if jumps(node.Body) {
				return false
			}
			if node.Recv == nil && (node.Name.Name == "main" || node.Name.Name == "init") {
				return true
			}
			return !node.Name.IsExported() && !elsewhere[pass.TypesInfo.Defs[node.Name]]
		}
	}
	return false
}

// repeated returns the package's functions that may run more than once, as far as can be told: those that are called in a loop, by
// themselves, by an interface's method or by other packages, or used otherwise than by a call; and what they call.
func repeated(pass *analysis.Pass, in *inspector.Inspector) map[types.Object]bool { //nolint:cyclop // one reason after another
	all := make(map[types.Object]bool)
	calls := make(map[types.Object][]types.Object) // by caller
	called := make(map[*ast.Ident]bool)
	byInterface := make(map[string]bool)
	in.WithStack([]ast.Node{(*ast.CallExpr)(nil)}, func(n ast.Node, push bool, stack []ast.Node) bool {
		call := n.(*ast.CallExpr)
		callee, ok := typeutil.Callee(pass.TypesInfo, call).(*types.Func)
		if !push || !ok {
			return true
		}
		callee = callee.Origin()
		called[calledName(call)] = true
		if receiver := callee.Signature().Recv(); receiver != nil && types.IsInterface(receiver.Type()) {
			byInterface[callee.Name()] = true
		}
		for _, around := range stack {
			switch around := around.(type) {
			case *ast.ForStmt, *ast.RangeStmt, *ast.FuncLit:
				all[callee] = true
			case *ast.FuncDecl:
				caller := pass.TypesInfo.Defs[around.Name]
				calls[caller] = append(calls[caller], callee)
				if caller == callee || around.Name.IsExported() || jumps(around.Body) {
					all[callee] = true
				}
			}
		}
		return true
	})
	for id, object := range pass.TypesInfo.Uses {
		if fn, ok := object.(*types.Func); ok && !called[id] {
			all[fn.Origin()] = true
		}
	}
	for id, object := range pass.TypesInfo.Defs {
		if fn, ok := object.(*types.Func); ok && fn.Signature().Recv() != nil && byInterface[id.Name] {
			all[fn] = true
		}
	}
	spread(all, calls)
	return all
}

// spread adds what the functions call that are in the set.
func spread(all map[types.Object]bool, calls map[types.Object][]types.Object) {
	for more := true; more; {
		more = false
		for caller, callees := range calls {
			for _, callee := range callees {
				if all[caller] && !all[callee] {
					all[callee], more = true, true
				}
			}
		}
	}
}

// calledName returns the name that a call mentions; nil: it is of no named function.
func calledName(call *ast.CallExpr) *ast.Ident {
	fun := ast.Unparen(call.Fun)
	switch index := fun.(type) { // of a generic function
	case *ast.IndexExpr:
		fun = index.X
	case *ast.IndexListExpr:
		fun = index.X
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun
	case *ast.SelectorExpr:
		return fun.Sel
	}
	return nil
}

// jumps reports whether a function has a goto, which makes a loop of anything.
func jumps(body ast.Node) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		branch, ok := n.(*ast.BranchStmt)
		found = found || ok && branch.Tok == token.GOTO
		return !found
	})
	return found
}
