package kmeans

import (
	"fmt"
	"slices"
	"strings"
)

// Algorithm is how the nearest centres are found. All give the same outcome,
// bit for bit; they differ in time and memory.
type Algorithm string

// The algorithms.
const (
	// Auto chooses by the shape of the problem.
	Auto Algorithm = "auto"
	// Lloyd compares every point with every centre.
	Lloyd Algorithm = "lloyd"
	// Hamerly keeps two bounds for each point, 16 bytes.
	Hamerly Algorithm = "hamerly"
	// Yinyang keeps a lower bound for each group of 32 or more centres, in all
	// no more bytes than the points have.
	Yinyang Algorithm = "yinyang"
)

// Algorithms are all of them, Auto first.
var Algorithms = []Algorithm{Auto, Lloyd, Hamerly, Yinyang}

func (a Algorithm) check() error {
	if slices.Contains(Algorithms, a) {
		return nil
	}
	names := make([]string, len(Algorithms))
	for i, known := range Algorithms {
		names[i] = string(known)
	}
	return fmt.Errorf("algorithm is %q, want one of %s", a, strings.Join(names, ", "))
}

// choose is the algorithm for a number of clusters and features.
func (a Algorithm) choose(k, features int) Algorithm {
	switch {
	case a != Auto:
		return a
	case k == 1:
		return Lloyd // there is nothing to spare
	case groupsOf(Yinyang, k, features) < 4:
		return Hamerly
	}
	return Yinyang
}
