package kafkavet

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"time"

	"golang.org/x/tools/go/analysis"
)

// ClaimLoop finds ConsumeClaim methods that go on, or panic, when their claim has ended.
var ClaimLoop = &analysis.Analyzer{
	Name: "claimloop",
	Doc: "find ConsumeClaim that does not notice the end of its claim\n\n" +
		"Messages is closed when the partition is revoked: a receive without ok gives nil then, again and again. A handler that\n" +
		"sleeps for seconds holds up the rebalance, and the member is thrown out if that takes too long.",
	Run: runClaimLoop,
}

// longSleep is what holds up a rebalance noticeably.
const longSleep = time.Second

func runClaimLoop(pass *analysis.Pass) (any, error) {
	if !imports(pass) {
		return nil, nil
	}
	elsewhere := nilChecks(pass)
	claimHandlers(pass, func(fn *ast.FuncDecl) {
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false // it may run elsewhere
			case *ast.ForStmt:
				if n.Cond == nil && !elsewhere {
					endlessReceives(pass, n.Body)
				}
			case *ast.CallExpr:
				if isCallOf(pass.TypesInfo, n, "time", "Sleep") && sleeps(pass.TypesInfo, n.Args[0]) >= longSleep {
					pass.Reportf(n.Pos(), "a sleep in ConsumeClaim holds up rebalances: wait for a timer and the session's Context in a select")
				}
			}
			return true
		})
	})
	return nil, nil
}

// nilChecks reports whether a function other than ConsumeClaim checks a message for nil: it may be the one that a claim's messages go
// through.
func nilChecks(pass *analysis.Pass) (found bool) {
	for _, file := range pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if fn, ok := n.(*ast.FuncDecl); ok && fn.Name.Name == "ConsumeClaim" {
				return false
			}
			compare, ok := n.(*ast.BinaryExpr)
			if ok && pass.TypesInfo.Types[compare.Y].IsNil() && isNamed(pass.TypesInfo.TypeOf(compare.X), "ConsumerMessage") {
				found = true
			}
			return !found
		})
	}
	return found
}

func sleeps(info *types.Info, d ast.Expr) time.Duration {
	if value := info.Types[d].Value; value != nil {
		if n, exact := constant.Int64Val(constant.ToInt(value)); exact {
			return time.Duration(n)
		}
	}
	return 0
}

// endlessReceives reports receives of one message without ok, if nothing checks it for nil.
func endlessReceives(pass *analysis.Pass, body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.ForStmt, *ast.RangeStmt:
			return false
		case *ast.AssignStmt:
			if len(n.Lhs) != 1 || len(n.Rhs) != 1 || receives(n.Rhs[0]) == nil || !isMessages(pass.TypesInfo, receives(n.Rhs[0])) {
				return true
			}
			id, ok := n.Lhs[0].(*ast.Ident)
			if ok && id.Name != "_" && !comparesWithNil(pass.TypesInfo, body, pass.TypesInfo.ObjectOf(id)) {
				pass.Reportf(n.Pos(), "Messages is closed when the claim ends, and gives nil from then on: receive %s, ok, and return if !ok", id.Name)
			}
		}
		return true
	})
}

func comparesWithNil(info *types.Info, body ast.Node, object types.Object) (found bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		compare, ok := n.(*ast.BinaryExpr)
		if ok && (compare.Op == token.EQL || compare.Op == token.NEQ) && uses(info, compare, object) &&
			(info.Types[compare.X].IsNil() || info.Types[compare.Y].IsNil()) {
			found = true
		}
		return !found
	})
	return found
}
