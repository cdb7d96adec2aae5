package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// header is the Python dictionary in front of the values.
type header struct {
	descr        string
	fortranOrder bool
	shape        []int
}

// check returns the type and number of the values, or every fault.
func (h header) check(maxValues int) (dtype, int, error) {
	var errs []error
	d, known := parseDtype(h.descr)
	if !known {
		errs = append(errs, fmt.Errorf("descr is %q, want f8, f4, i8, i4, i2, i1, u8, u4, u2 or u1 after < or > (or | for one byte)", h.descr))
	}
	count, err := product(h.shape, maxValues)
	if err != nil {
		errs = append(errs, err)
	}
	return d, count, errors.Join(errs...)
}

// product is the number of values of an array of a shape, at most limit. No
// dimension is larger than limit, even beside one that is zero, so that
// readers may multiply some of them.
func product(shape []int, limit int) (int, error) {
	if len(shape) > MaxDimensions {
		return 0, fmt.Errorf("shape has %d dimensions, want at most %d", len(shape), MaxDimensions)
	}
	count, empty := 1, false
	for _, n := range shape {
		switch {
		case n < 0:
			return 0, fmt.Errorf("shape is %v, want no negative dimension", shape)
		case n == 0:
			empty = true
		case count > limit/n:
			return 0, fmt.Errorf("shape is %v, want at most %d values", shape, limit)
		default:
			count *= n
		}
	}
	if empty {
		return 0, nil
	}
	if count > limit {
		return 0, fmt.Errorf("shape is %v, want at most %d values", shape, limit)
	}
	return count, nil
}

// encodeHeader is all of a version 1.0 file before its first value, which NumPy
// wants at a multiple of 64 bytes. It fits: 64 dimensions take 1,400 bytes.
func encodeHeader(descr string, shape []int) []byte {
	var tuple strings.Builder
	for i, n := range shape {
		if i > 0 {
			tuple.WriteString(", ")
		}
		tuple.WriteString(strconv.Itoa(n))
	}
	if len(shape) == 1 {
		tuple.WriteString(",")
	}
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple.String())
	const alignment, before = 64, 10
	padding := (alignment - (before+len(dict)+1)%alignment) % alignment
	dict += strings.Repeat(" ", padding) + "\n"
	b := append([]byte{}, magic...)
	b = append(b, 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(dict)))
	return append(b, dict...)
}
