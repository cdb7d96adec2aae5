package npy

import (
	"encoding/binary"
	"math"
	"slices"
)

// dtype is how an item is stored.
type dtype struct {
	// size of an item in bytes: 1, 2, 4 or 8.
	size int
	// toFloats converts little-endian items, as many as dst has room for.
	toFloats  func(dst []float64, src []byte)
	bigEndian bool
}

// dtypes are the types that are read, by NumPy's code without byte order.
var dtypes = map[string]dtype{
	"f8": {size: 8, toFloats: func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:]))
		}
	}},
	"f4": {size: 4, toFloats: func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:])))
		}
	}},
	"i8": {size: 8, toFloats: func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = float64(int64(binary.LittleEndian.Uint64(src[8*i:])))
		}
	}},
	"i4": {size: 4, toFloats: func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = float64(int32(binary.LittleEndian.Uint32(src[4*i:])))
		}
	}},
	"i2": {size: 2, toFloats: func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = float64(int16(binary.LittleEndian.Uint16(src[2*i:])))
		}
	}},
	"i1": {size: 1, toFloats: func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = float64(int8(src[i]))
		}
	}},
	"u8": {size: 8, toFloats: func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = float64(binary.LittleEndian.Uint64(src[8*i:]))
		}
	}},
	"u4": {size: 4, toFloats: func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = float64(binary.LittleEndian.Uint32(src[4*i:]))
		}
	}},
	"u2": {size: 2, toFloats: func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = float64(binary.LittleEndian.Uint16(src[2*i:]))
		}
	}},
	"u1": {size: 1, toFloats: func(dst []float64, src []byte) {
		for i := range dst {
			dst[i] = float64(src[i])
		}
	}},
}

// parseDtype understands a descr such as "<f8" or "|u1". An item of more than
// one byte must say its byte order.
func parseDtype(descr string) (dtype, bool) {
	if len(descr) != 3 {
		return dtype{}, false
	}
	d, known := dtypes[descr[1:]]
	switch order := descr[0]; order {
	case '<', '>':
		d.bigEndian = order == '>'
	case '|':
		known = known && d.size == 1
	default:
		known = false
	}
	return d, known
}

// decode converts src, which it may turn around, to dst.
func (d dtype) decode(dst []float64, src []byte) {
	if d.bigEndian && d.size > 1 {
		for item := range slices.Chunk(src, d.size) {
			slices.Reverse(item)
		}
	}
	d.toFloats(dst, src)
}

// descr is NumPy's name of T, little-endian.
func descr[T Item]() string {
	switch any(T(0)).(type) {
	case float64:
		return "<f8"
	case float32:
		return "<f4"
	case int64:
		return "<i8"
	}
	return "<i4"
}
