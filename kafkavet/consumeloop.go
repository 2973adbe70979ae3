package kafkavet

import (
	"go/ast"
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
			if node.Recv == nil && (node.Name.Name == "main" || node.Name.Name == "init") {
				return true
			}
			return !node.Name.IsExported() && !elsewhere[pass.TypesInfo.Defs[node.Name]]
		}
	}
	return false
}

// repeated returns the package's functions that are called in a loop, or used otherwise than by a call.
func repeated(pass *analysis.Pass, in *inspector.Inspector) map[types.Object]bool {
	all := make(map[types.Object]bool)
	called := make(map[*ast.Ident]bool)
	in.WithStack([]ast.Node{(*ast.CallExpr)(nil)}, func(n ast.Node, push bool, stack []ast.Node) bool {
		call := n.(*ast.CallExpr)
		callee := typeutil.Callee(pass.TypesInfo, call)
		if !push || callee == nil {
			return true
		}
		switch fun := ast.Unparen(call.Fun).(type) {
		case *ast.Ident:
			called[fun] = true
		case *ast.SelectorExpr:
			called[fun.Sel] = true
		}
		for _, around := range stack {
			switch around.(type) {
			case *ast.ForStmt, *ast.RangeStmt, *ast.FuncLit:
				all[callee] = true
			}
		}
		return true
	})
	for id, object := range pass.TypesInfo.Uses {
		if _, ok := object.(*types.Func); ok && !called[id] {
			all[object] = true
		}
	}
	return all
}
