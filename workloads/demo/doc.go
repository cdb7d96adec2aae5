// Package demo is what `spotgrid demo` runs: inputs made from fixed seeds, and a
// small batch of each job kind that works on them. Package gallery shows what
// came out.
package demo
