package kafkavet

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// BadConfig finds settings that contradict one another.
var BadConfig = &analysis.Analyzer{
	Name: "badconfig",
	Doc: "find configurations that constructors refuse, or take without effect\n\n" +
		"It follows a Config that a function makes by NewConfig up to the constructor that it is given to, and knows its defaults.",
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runBadConfig,
}

func runBadConfig(pass *analysis.Pass) (any, error) {
	if !imports(pass) {
		return nil, nil
	}
	all := settingsOf(pass, pass.ResultOf[inspect.Analyzer].(*inspector.Inspector))
	for _, file := range pass.Files {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
				inspectFunction(pass, fn.Body, all)
			}
		}
	}
	return nil, nil
}

// tracked is a Config that is followed through a function.
type tracked struct {
	values  map[string]constant.Value // by path; nil: set to what is not known
	version kafkaVersion
	ours    bool // of this library, not sarama's
}

// inspectFunction goes through the statements of a function in their order. A Config that is given to another function, or set in a
// branch, is not followed any further.
func inspectFunction(pass *analysis.Pass, body *ast.BlockStmt, all map[types.Object]*settings) {
	configs := make(map[types.Object]*tracked)
	for _, statement := range body.List {
		switch s := statement.(type) {
		case *ast.AssignStmt:
			assignments(pass, s, configs, all)
			ask(pass, s, configs)
		case *ast.ExprStmt, *ast.DeferStmt, *ast.ReturnStmt, *ast.DeclStmt:
			ask(pass, s, configs)
		case *ast.IfStmt:
			if s.Init != nil {
				ask(pass, s.Init, configs)
			}
			forget(pass, s.Body, configs)
			forget(pass, s.Cond, configs)
			if s.Else != nil {
				forget(pass, s.Else, configs)
			}
		default:
			forget(pass, s, configs)
		}
	}
}

// assignments takes note of what a statement makes and sets.
func assignments(pass *analysis.Pass, s *ast.AssignStmt, configs map[types.Object]*tracked, all map[types.Object]*settings) {
	for i, left := range s.Lhs {
		if len(s.Lhs) != len(s.Rhs) || s.Tok != token.ASSIGN && s.Tok != token.DEFINE {
			forget(pass, left, configs)
			continue
		}
		if id, ok := left.(*ast.Ident); ok {
			object := pass.TypesInfo.ObjectOf(id)
			delete(configs, object)
			if all[object] == nil || all[object].unknown {
				continue
			}
			if call, ok := s.Rhs[i].(*ast.CallExpr); ok && isFunction(pass.TypesInfo, call, "NewConfig") {
				named := types.Unalias(pass.TypesInfo.TypeOf(call).(*types.Pointer).Elem()).(*types.Named)
				configs[object] = &tracked{make(map[string]constant.Value), defaultVersion, named.Obj().Pkg().Path() == ours}
			}
			continue
		}
		if config, path := configPath(pass.TypesInfo, left); path != "" && configs[config] != nil {
			configs[config].set(path, pass.TypesInfo, s.Rhs[i])
		}
	}
}

// ask checks Configs that constructors are given, and forgets those that others get.
func ask(pass *analysis.Pass, node ast.Node, configs map[types.Object]*tracked) {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			forget(pass, n, configs)
			return false
		case *ast.CallExpr:
			for _, arg := range n.Args {
				id, ok := ast.Unparen(arg).(*ast.Ident)
				if !ok {
					continue
				}
				object := pass.TypesInfo.ObjectOf(id)
				config := configs[object]
				if config == nil {
					continue
				}
				if constructor := constructorOf(pass.TypesInfo, n); constructor != "" {
					if problem := config.problem(constructor); problem != "" {
						pass.Reportf(arg.Pos(), "%s refuses this configuration: %s", constructor, problem)
					} else if problem := config.futility(); problem != "" {
						pass.Reportf(arg.Pos(), "%s takes this configuration, but %s", constructor, problem)
					}
				} else {
					delete(configs, object)
				}
			}
		}
		return true
	})
}

func constructorOf(info *types.Info, call *ast.CallExpr) string {
	for _, name := range []string{"NewClient", "NewSyncProducer", "NewAsyncProducer", "NewConsumer", "NewConsumerGroup", "NewClusterAdmin"} {
		if isFunction(info, call, name) {
			return name
		}
	}
	return ""
}

func forget(pass *analysis.Pass, node ast.Node, configs map[types.Object]*tracked) {
	for object := range configs {
		if uses(pass.TypesInfo, node, object) {
			delete(configs, object)
		}
	}
}

// set takes note of a setting. One that is set to nil is as if it were not set.
func (c *tracked) set(path string, info *types.Info, value ast.Expr) {
	switch {
	case path == "Version":
		c.version = versionOf(info, value)
	case info.Types[value].IsNil():
		delete(c.values, path)
	default:
		c.values[path] = info.Types[value].Value
	}
}
