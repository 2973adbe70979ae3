package kafkavet

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"

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
	makers    []string // functions that make what has it
	types     []string // of what they make
	method    string   // that returns it
	setting   string   // of the Config that switches it on
	byDefault bool
}

var drains = []drain{
	{[]string{"NewAsyncProducer", "NewAsyncProducerFromClient"}, []string{"AsyncProducer", "ExtendedAsyncProducer"}, "Successes", "Producer.Return.Successes", false},
	{[]string{"NewAsyncProducer", "NewAsyncProducerFromClient"}, []string{"AsyncProducer", "ExtendedAsyncProducer"}, "Errors", "Producer.Return.Errors", true},
	{[]string{"NewConsumerGroup", "NewConsumerGroupFromClient"}, groups, "Errors", "Consumer.Return.Errors", false},
	{[]string{"NewConsumer", "NewConsumerFromClient"}, []string{"PartitionConsumer"}, "Errors", "Consumer.Return.Errors", false},
}

func runUndrained(pass *analysis.Pass) (any, error) {
	if !imports(pass) {
		return nil, nil
	}
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	settings := settingsOf(pass, in)
	for _, d := range drains {
		values := settings[d.setting]
		on := slices.Contains(values, yes) || d.byDefault && len(values) == 0
		if !on || slices.Contains(values, unclear) || d.byDefault && slices.Contains(values, no) {
			continue
		}
		if made := d.made(pass, in); made != nil && !d.drained(pass, in) && !escapes(pass, in, d.types) {
			pass.Reportf(made.Pos(), "nobody reads %s(), which fills up, and then nothing goes on: read it, or set Config.%s to false", d.method, d.setting)
		}
	}
	return nil, nil
}

// made returns the first call that makes what has the channel.
func (d *drain) made(pass *analysis.Pass, in *inspector.Inspector) (made *ast.CallExpr) {
	in.Preorder([]ast.Node{(*ast.CallExpr)(nil)}, func(n ast.Node) {
		if call := n.(*ast.CallExpr); made == nil && isFunction(pass.TypesInfo, call, d.makers...) {
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

// escapes reports whether a value of the types may be read elsewhere: it is given to a function of another package, is in an
// exported place, or is returned by something exported.
func escapes(pass *analysis.Pass, in *inspector.Inspector, names []string) (found bool) {
	info := pass.TypesInfo
	in.Preorder([]ast.Node{(*ast.CallExpr)(nil), (*ast.FuncDecl)(nil), (*ast.StructType)(nil), (*ast.ReturnStmt)(nil)}, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CallExpr:
			found = found || slices.ContainsFunc(n.Args, func(arg ast.Expr) bool { return info.TypeOf(arg) != nil && isNamed(info.TypeOf(arg), names...) })
		case *ast.FuncDecl:
			if n.Name.IsExported() && n.Type.Results != nil {
				found = found || slices.ContainsFunc(n.Type.Results.List, func(f *ast.Field) bool { return isNamed(info.TypeOf(f.Type), names...) })
			}
		case *ast.StructType:
			for _, field := range n.Fields.List {
				exported := len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported)
				found = found || exported && isNamed(info.TypeOf(field.Type), names...)
			}
		}
	})
	return found
}

// verdict is what is known of a setting.
type verdict int

const (
	unclear verdict = iota
	no
	yes
)

// settingsOf returns what the package sets of any Config, by path.
func settingsOf(pass *analysis.Pass, in *inspector.Inspector) map[string][]verdict {
	all := make(map[string][]verdict)
	in.Preorder([]ast.Node{(*ast.AssignStmt)(nil)}, func(n ast.Node) {
		assign := n.(*ast.AssignStmt)
		for i, left := range assign.Lhs {
			_, path := configPath(pass.TypesInfo, left)
			if path == "" {
				continue
			}
			value := unclear
			if len(assign.Lhs) == len(assign.Rhs) {
				if v := pass.TypesInfo.Types[assign.Rhs[i]].Value; v != nil && v.Kind() == constant.Bool {
					value = no
					if constant.BoolVal(v) {
						value = yes
					}
				}
			}
			all[path] = append(all[path], value)
		}
	})
	return all
}

// configPath returns the variable that holds a Config and the path of its field that an expression is, such as
// "Producer.Return.Errors"; the path is empty if it is none.
func configPath(info *types.Info, e ast.Expr) (config types.Object, path string) {
	var parts []string
	for {
		selector, ok := ast.Unparen(e).(*ast.SelectorExpr)
		if !ok {
			return nil, ""
		}
		parts = append(parts, selector.Sel.Name)
		e = selector.X
		if isNamed(info.TypeOf(e), "Config") {
			break
		}
	}
	slices.Reverse(parts)
	switch root := ast.Unparen(e).(type) {
	case *ast.Ident:
		config = info.ObjectOf(root)
	case *ast.SelectorExpr:
		config = info.ObjectOf(root.Sel)
	}
	return config, strings.Join(parts, ".")
}
