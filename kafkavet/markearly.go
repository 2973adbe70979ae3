package kafkavet

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"
)

// MarkEarly finds messages that are marked before they are processed.
var MarkEarly = &analysis.Analyzer{
	Name: "markearly",
	Doc: "find messages that are marked before the work is done\n\n" +
		"What is marked is committed within the commit interval; if the program ends between mark and work, the message is lost.",
	Run: runMarkEarly,
}

func runMarkEarly(pass *analysis.Pass) (any, error) {
	if !imports(pass) {
		return nil, nil
	}
	claimHandlers(pass, func(fn *ast.FuncDecl) {
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if block, ok := n.(*ast.BlockStmt); ok {
				marksIn(pass, block.List)
			}
			if clause, ok := n.(*ast.CommClause); ok {
				marksIn(pass, clause.Body)
			}
			return true
		})
	})
	return nil, nil
}

// marksIn reports marks among statements that have work with the message behind them.
func marksIn(pass *analysis.Pass, statements []ast.Stmt) {
	for i, statement := range statements {
		expression, ok := statement.(*ast.ExprStmt)
		if !ok {
			continue
		}
		call, ok := expression.X.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 || !isMethod(pass.TypesInfo, call, "MarkMessage", sessions...) {
			continue
		}
		id, ok := call.Args[0].(*ast.Ident)
		if !ok {
			continue
		}
		message := pass.TypesInfo.ObjectOf(id)
		if slices.ContainsFunc(statements[i+1:], func(later ast.Stmt) bool { return works(pass.TypesInfo, later, message) }) {
			pass.Reportf(call.Pos(), "%s is marked before the work with it is done: it is lost if the program ends between; mark it last", id.Name)
		}
	}
}

var sessions = []string{"ConsumerGroupSession", "ContextConsumerGroupSession"}

// works reports whether a statement does something with a message other than to log it or mark it again.
func works(info *types.Info, statement ast.Stmt, message types.Object) (found bool) {
	ast.Inspect(statement, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		if talks(info, call) || isMethod(info, call, "MarkMessage", sessions...) || isMethod(info, call, "MarkOffset", sessions...) {
			return false
		}
		found = !info.Types[call.Fun].IsType() && // no conversion
			slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return uses(info, arg, message) })
		return !found
	})
	return found
}

// talks reports whether a call is one of a log: of packages or methods that are called so.
func talks(info *types.Info, call *ast.CallExpr) bool {
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	path := fn.Pkg().Path()
	return path == "fmt" || strings.Contains(path, "log") || strings.Contains(path, "zap")
}
