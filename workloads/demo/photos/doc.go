// Package photos draws the sample photos of the demo: landscapes, patterns and
// a portrait, each from a seed, and copies of them that a search for duplicates
// has to find. Nothing is taken from anywhere, so nobody's licence applies.
package photos
