package kafkavet

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"time"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// BadConfig finds settings that contradict one another.
var BadConfig = &analysis.Analyzer{
	Name: "badconfig",
	Doc: "find configurations that constructors refuse\n\n" +
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
	values map[string]constant.Value // by path; nil: set to what is not known
	ours   bool                      // of this library, not sarama's
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
				configs[object] = &tracked{make(map[string]constant.Value), named.Obj().Pkg().Path() == ours}
			}
			continue
		}
		if config, path := configPath(pass.TypesInfo, left); path != "" && configs[config] != nil {
			configs[config].values[path] = pass.TypesInfo.Types[s.Rhs[i]].Value
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

// problem returns what is wrong for a constructor; empty: nothing is.
func (c *tracked) problem(constructor string) string {
	idempotent, known := c.boolean("Producer.Idempotent", false)
	if known && idempotent {
		if problem := c.idempotence(); problem != "" {
			return problem
		}
	}
	if known && !idempotent && c.isTransactional() {
		return "Producer.Transaction.ID needs Producer.Idempotent"
	}
	if constructor == "NewSyncProducer" {
		if on, known := c.boolean("Producer.Return.Successes", false); known && !on {
			return "a SyncProducer needs Producer.Return.Successes to be true"
		}
		if on, known := c.boolean("Producer.Return.Errors", true); known && !on {
			return "a SyncProducer needs Producer.Return.Errors to be true"
		}
	}
	if problem := c.timing(); problem != "" {
		return problem
	}
	return c.sasl()
}

// sasl returns what is wrong with a name and a password.
func (c *tracked) sasl() string {
	enabled, known := c.boolean("Net.SASL.Enable", false)
	if !known || !enabled {
		return ""
	}
	_, several := c.values["Net.SASL.Mechanisms"]
	mechanism, set := c.values["Net.SASL.Mechanism"]
	switch {
	case several || set && mechanism == nil:
		return ""
	case set && !slices.Contains(withPassword, constant.StringVal(mechanism)):
		return ""
	}
	for _, field := range []string{"User", "Password"} {
		value, set := c.values["Net.SASL."+field]
		if !set || value != nil && constant.StringVal(value) == "" {
			return "Net.SASL." + field + " must not be empty"
		}
	}
	return ""
}

// withPassword are the SASL mechanisms that need a user and a password; the empty one stands for PLAIN.
var withPassword = []string{"", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}

func (c *tracked) idempotence() string {
	if acks, known := c.integer("Producer.RequiredAcks", 1); known && acks != -1 {
		return "Producer.Idempotent needs Producer.RequiredAcks to be WaitForAll"
	}
	most := int64(5)
	if !c.ours {
		most = 1
	}
	if n, known := c.integer("Net.MaxOpenRequests", 5); known && n > most {
		return fmt.Sprintf("Producer.Idempotent needs Net.MaxOpenRequests to be %d at most", most)
	}
	if n, known := c.integer("Producer.Retry.Max", 3); known && n == 0 {
		return "Producer.Idempotent needs Producer.Retry.Max to be more than 0"
	}
	return ""
}

func (c *tracked) isTransactional() bool {
	id := c.values["Producer.Transaction.ID"]
	return id != nil && id.Kind() == constant.String && constant.StringVal(id) != ""
}

func (c *tracked) timing() string {
	beat, known := c.integer("Consumer.Group.Heartbeat.Interval", int64(3*time.Second))
	session, knownToo := c.integer("Consumer.Group.Session.Timeout", int64(10*time.Second))
	if known && knownToo && beat >= session {
		return fmt.Sprintf("Consumer.Group.Heartbeat.Interval (%v) must be less than Session.Timeout (%v), a third of it at most",
			time.Duration(beat), time.Duration(session))
	}
	return ""
}

// boolean returns a setting, or its default; known is false if it was set to what is not known.
func (c *tracked) boolean(path string, byDefault bool) (value, known bool) {
	v, set := c.values[path]
	switch {
	case !set:
		return byDefault, true
	case v == nil || v.Kind() != constant.Bool:
		return false, false
	}
	return constant.BoolVal(v), true
}

func (c *tracked) integer(path string, byDefault int64) (value int64, known bool) {
	v, set := c.values[path]
	switch {
	case !set:
		return byDefault, true
	case v == nil || v.Kind() != constant.Int:
		return 0, false
	}
	return constant.Int64Val(v)
}
