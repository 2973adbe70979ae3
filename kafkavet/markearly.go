package kafkavet

import (
	"go/ast"
	"go/token"
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
				marksIn(pass, fn.Body, block.List)
			}
			if clause, ok := n.(*ast.CommClause); ok {
				marksIn(pass, fn.Body, clause.Body)
			}
			return true
		})
	})
	return nil, nil
}

// marksIn reports marks among statements that have work with the message behind them and none before, and marks whose work has just
// been given to a goroutine.
func marksIn(pass *analysis.Pass, body *ast.BlockStmt, statements []ast.Stmt) {
	for i, statement := range statements {
		id, call := marked(pass.TypesInfo, statement)
		if id == nil || i+1 < len(statements) && commits(pass.TypesInfo, statements[i+1]) {
			continue
		}
		message := pass.TypesInfo.ObjectOf(id)
		work := func(s ast.Stmt) bool { return works(pass.TypesInfo, s, message) }
		if i > 0 {
			if spawned, ok := statements[i-1].(*ast.GoStmt); ok && work(spawned) && !worksBefore(pass.TypesInfo, body, message, spawned.Pos()) {
				pass.Reportf(call.Pos(), "%s is marked while a goroutine still works with it: it is lost if the program ends before; mark it there, last", id.Name)
				continue
			}
		}
		if slices.ContainsFunc(statements[i+1:], work) && !worksBefore(pass.TypesInfo, body, message, call.Pos()) {
			pass.Reportf(call.Pos(), "%s is marked before the work with it is done: it is lost if the program ends between; mark it last", id.Name)
		}
	}
}

// marked returns the message that a statement marks, and the call.
func marked(info *types.Info, statement ast.Stmt) (message *ast.Ident, call *ast.CallExpr) {
	expression, ok := statement.(*ast.ExprStmt)
	if !ok {
		return nil, nil
	}
	call, ok = expression.X.(*ast.CallExpr)
	if !ok {
		return nil, nil
	}
	var of ast.Expr
	switch {
	case len(call.Args) == 2 && isMethod(info, call, "MarkMessage", sessions...):
		of = call.Args[0]
	case len(call.Args) == 4 && isMethod(info, call, "MarkOffset", sessions...):
		of = call.Args[2]
	default:
		return nil, nil
	}
	ast.Inspect(of, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && message == nil && info.TypeOf(id) != nil && isNamed(info.TypeOf(id), "ConsumerMessage") {
			message = id
		}
		return true
	})
	return message, call
}

// commits reports whether a statement commits what is marked: who does so at once wants a message rather lost than twice.
func commits(info *types.Info, statement ast.Stmt) (found bool) {
	ast.Inspect(statement, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		found = found || ok && isMethod(info, call, "Commit", sessions...)
		return !found
	})
	return found
}

// worksBefore reports whether there is work with a message before a place.
func worksBefore(info *types.Info, body *ast.BlockStmt, message types.Object, place token.Pos) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		statement, ok := n.(ast.Stmt)
		found = found || ok && statement.End() <= place && works(info, statement, message)
		return !found && (n == nil || n.Pos() < place)
	})
	return found
}

var sessions = []string{"ConsumerGroupSession", "ContextConsumerGroupSession"}

// works reports whether a statement does something with a message other than to log it or mark it again.
func works(info *types.Info, statement ast.Stmt, message types.Object) (found bool) {
	ast.Inspect(statement, func(n ast.Node) bool {
		if send, ok := n.(*ast.SendStmt); ok && uses(info, send.Value, message) {
			found = true
		}
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
