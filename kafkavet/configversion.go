package kafkavet

import (
	"fmt"
	"go/ast"
	"go/types"
	"regexp"
	"slices"
	"strconv"
)

// kafkaVersion is a version of Kafka by its parts; nil: it is not known.
type kafkaVersion []int

// defaultVersion is Config.Version of NewConfig.
var defaultVersion = kafkaVersion{2, 8, 0, 0}

// before reports whether a version is surely lower than another.
func (v kafkaVersion) before(parts ...int) bool { return v != nil && slices.Compare(v, parts) < 0 }

// String is the version as Kafka writes it: with four parts before 1.0.
func (v kafkaVersion) String() string {
	if v[0] == 0 {
		return fmt.Sprintf("0.%d.%d.%d", v[1], v[2], v[3])
	}
	return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2])
}

var versionName = regexp.MustCompile(`^V(\d+)_(\d+)_(\d+)_(\d+)$`)

// versionOf returns which of the library's versions an expression is.
func versionOf(info *types.Info, e ast.Expr) kafkaVersion {
	var id *ast.Ident
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		id = e
	case *ast.SelectorExpr:
		id = e.Sel
	default:
		return nil
	}
	object := info.ObjectOf(id)
	if object == nil || !isLibrary(object.Pkg()) {
		return nil
	}
	if object.Name() == "DefaultVersion" {
		return defaultVersion
	}
	parts := versionName.FindStringSubmatch(object.Name())
	if parts == nil {
		return nil
	}
	var v kafkaVersion
	for _, part := range parts[1:] {
		n, _ := strconv.Atoi(part) // digits are all the expression has
		v = append(v, n)
	}
	return v
}
