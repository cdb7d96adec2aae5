package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
)

// mutant is a source file with one small fault.
type mutant struct {
	file   string
	line   int
	change string
	// from and to are the bytes that with takes the place of.
	from, to int
	with     string
}

func (m mutant) String() string { return fmt.Sprintf("%s:%d: %s", m.file, m.line, m.change) }

// apply makes the fault.
func (m mutant) apply(source []byte) []byte {
	return append(append(append([]byte{}, source[:m.from]...), m.with...), source[m.to:]...)
}

// swapped operators: each border by one, each comparison and each junction turned.
var swapped = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
}

// mutants lists the faults of a file: operators, numbers, negations and constants.
func mutants(name string, source []byte) ([]mutant, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("reading source: %w", err)
	}
	var all []mutant
	add := func(at token.Pos, was, with string) {
		p := files.Position(at)
		all = append(all, mutant{name, p.Line, was + " becomes " + with, p.Offset, p.Offset + len(was), with})
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			// Ranges of options are held by the catalogue in docs/policies.md.
			if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Min" || key.Name == "Max") {
				return false
			}
		case *ast.BinaryExpr:
			if with, ok := swapped[n.Op]; ok {
				add(n.OpPos, n.Op.String(), with.String())
			}
		case *ast.UnaryExpr:
			if n.Op == token.NOT {
				add(n.OpPos, "!", " ")
			}
		case *ast.BasicLit:
			if with, ok := increased(n); ok {
				add(n.Pos(), n.Value, with)
			}
		case *ast.Ident:
			if with := map[string]string{"true": "false", "false": "true"}[n.Name]; with != "" {
				add(n.Pos(), n.Name, with)
			}
		}
		return true
	})
	return all, nil
}

// increased is a number with one added.
func increased(n *ast.BasicLit) (string, bool) {
	switch n.Kind {
	case token.INT:
		i, err := strconv.ParseInt(n.Value, 0, 64)
		return strconv.FormatInt(i+1, 10), err == nil
	case token.FLOAT:
		f, err := strconv.ParseFloat(n.Value, 64)
		return strconv.FormatFloat(f+1, 'f', 1, 64), err == nil
	}
	return "", false
}
