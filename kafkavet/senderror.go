package kafkavet

import (
	"go/ast"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// SendError finds calls whose error alone tells that messages are lost.
var SendError = &analysis.Analyzer{
	Name: "senderror",
	Doc: "find SendMessage, SendMessages and CommitTxn whose results nobody looks at\n\n" +
		"A message that a SyncProducer cannot deliver is told of by the error alone. Who means it assigns the results to _.",
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runSendError,
}

func runSendError(pass *analysis.Pass) (any, error) {
	if !imports(pass) {
		return nil, nil
	}
	report := func(e ast.Expr) {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok || inTest(pass, call) {
			return
		}
		for _, method := range []string{"SendMessage", "SendMessages", "SendMessageContext", "SendMessagesContext"} {
			if isMethod(pass.TypesInfo, call, method, "SyncProducer", "ExtendedSyncProducer") {
				pass.Reportf(call.Pos(), "the error of %s is not looked at: messages that could not be delivered are lost without a word", method)
			}
		}
		if isMethod(pass.TypesInfo, call, "CommitTxn", "SyncProducer", "ExtendedSyncProducer", "AsyncProducer", "ExtendedAsyncProducer") {
			pass.Reportf(call.Pos(), "the error of CommitTxn is not looked at: a transaction that failed must be aborted")
		}
	}
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	in.Preorder([]ast.Node{(*ast.ExprStmt)(nil), (*ast.GoStmt)(nil), (*ast.DeferStmt)(nil)}, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.ExprStmt:
			report(n.X)
		case *ast.GoStmt:
			report(n.Call)
		case *ast.DeferStmt:
			report(n.Call)
		}
	})
	return nil, nil
}
