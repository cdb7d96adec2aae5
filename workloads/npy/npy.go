// Package npy reads and writes arrays in NumPy's NPY format, versions 1.0 and
// 2.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
// It is strict: what a header says is checked before memory is taken, and
// memory grows with the data that arrive, not with what was announced. Arrays
// of Python objects and of records are not read.
package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Limits of what is read.
const (
	// MaxHeaderBytes is the longest header, NumPy's own limit.
	MaxHeaderBytes = 10_000
	// MaxDimensions is how many dimensions an array may have, NumPy's own limit.
	MaxDimensions = 64
)

// chunkBytes is how much is read or written at a time. It is a multiple of
// every item's size.
const chunkBytes = 64 << 10

var magic = []byte("\x93NUMPY")

// Read reads one array and nothing after it. Values come in C order (the last
// index varies fastest), whatever the file's order; shape is empty for a
// scalar, which has one value. Floats of 32 and 64 bits and integers of 8 to 64
// bits are read, of either byte order; integers beyond 2^53 are rounded to the
// nearest float64. An array of more than maxValues values is refused, with
// every other fault of its header, before any of its values are read.
func Read(r io.Reader, maxValues int) (values []float64, shape []int, err error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, nil, fmt.Errorf("reading npy: %w", err)
	}
	d, count, err := h.check(maxValues)
	if err != nil {
		return nil, nil, fmt.Errorf("reading npy: %w", err)
	}
	if values, err = readValues(r, d, count); err != nil {
		return nil, nil, fmt.Errorf("reading npy: %w", err)
	}
	if h.fortranOrder {
		values = toCOrder(values, h.shape)
	}
	return values, h.shape, nil
}

// readHeader reads up to the first value.
func readHeader(r io.Reader) (header, error) {
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return header{}, fmt.Errorf("it ends within its first 8 bytes: %w", atEnd(err))
	}
	if !bytes.Equal(start[:6], magic) {
		return header{}, fmt.Errorf("it starts with %q, want %q", start[:6], magic)
	}
	var length uint64
	var size [4]byte
	switch major, minor := start[6], start[7]; {
	case major == 1 && minor == 0:
		if _, err := io.ReadFull(r, size[:2]); err != nil {
			return header{}, fmt.Errorf("it ends before its header: %w", atEnd(err))
		}
		length = uint64(binary.LittleEndian.Uint16(size[:]))
	case major == 2 && minor == 0:
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return header{}, fmt.Errorf("it ends before its header: %w", atEnd(err))
		}
		length = uint64(binary.LittleEndian.Uint32(size[:]))
	default:
		return header{}, fmt.Errorf("its version is %d.%d, want 1.0 or 2.0", major, minor)
	}
	if length > MaxHeaderBytes {
		return header{}, fmt.Errorf("its header is %d bytes, want at most %d", length, MaxHeaderBytes)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return header{}, fmt.Errorf("it ends within its header of %d bytes: %w", length, atEnd(err))
	}
	return parseHeader(string(text))
}

// readValues reads count items. The slice grows as they arrive, so a header
// that announces much and brings little costs little.
func readValues(r io.Reader, d dtype, count int) ([]float64, error) {
	chunk := make([]byte, chunkBytes)
	perChunk := chunkBytes / d.size
	values := make([]float64, 0, min(count, perChunk))
	for len(values) < count {
		n := min(perChunk, count-len(values))
		b := chunk[:n*d.size]
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, fmt.Errorf("it ends after at least %d of %d values: %w", len(values), count, atEnd(err))
		}
		if cap(values)-len(values) < n {
			grown := make([]float64, len(values), min(count, 2*cap(values)+n))
			copy(grown, values)
			values = grown
		}
		values = values[:len(values)+n]
		d.decode(values[len(values)-n:], b)
	}
	return values, nil
}

// atEnd makes every early end one error.
func atEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// toCOrder turns values whose first index varies fastest into values whose
// last one does.
func toCOrder(values []float64, shape []int) []float64 {
	if len(shape) < 2 || len(values) == 0 {
		return values
	}
	// strides[k] is how far apart neighbours along dimension k lie in values.
	strides := make([]int, len(shape))
	stride := 1
	for k, n := range shape {
		strides[k] = stride
		stride *= n
	}
	out := make([]float64, len(values))
	index := make([]int, len(shape))
	from := 0
	for i := range out {
		out[i] = values[from]
		for k := len(shape) - 1; k >= 0; k-- {
			index[k]++
			from += strides[k]
			if index[k] < shape[k] {
				break
			}
			from -= index[k] * strides[k]
			index[k] = 0
		}
	}
	return out
}

// Item is what Write can write.
type Item interface {
	float64 | float32 | int64 | int32
}

// Write writes values, which are in C order, as version 1.0 and little-endian.
// The product of shape must be the number of values; an empty shape is a
// scalar. Nothing is written if shape is wrong.
func Write[T Item](w io.Writer, values []T, shape []int) error {
	if count, err := product(shape, math.MaxInt); err != nil || count != len(values) {
		return fmt.Errorf("writing npy: shape is %v for %d values, want at most %d dimensions, none negative, whose product is the number of values", shape, len(values), MaxDimensions)
	}
	if _, err := w.Write(encodeHeader(descr[T](), shape)); err != nil {
		return fmt.Errorf("writing npy: %w", err)
	}
	buffer := make([]byte, 0, chunkBytes)
	for chunk := range slices.Chunk(values, chunkBytes/8) {
		b, err := binary.Append(buffer, binary.LittleEndian, chunk)
		if err != nil {
			return fmt.Errorf("writing npy: %w", err)
		}
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("writing npy: %w", err)
		}
	}
	return nil
}
