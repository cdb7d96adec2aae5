package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// file is a version 1.0 file with any header and body.
func file(header string, body ...any) []byte {
	b := append([]byte{}, magic...)
	b = append(b, 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	b = append(b, header...)
	for _, v := range body {
		b, _ = binary.Append(b, binary.LittleEndian, v)
	}
	return b
}

func dict(descr, fortran, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr, fortran, shape)
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Parallel()
	many := make([]float64, 3*chunkBytes/8+5)
	for i := range many {
		many[i] = float64(i) / 3
	}
	for name, c := range map[string]struct {
		values []float64
		shape  []int
	}{
		"scalar":       {[]float64{7}, []int{}},
		"vector":       {[]float64{1, -2, math.Inf(1), 5e-324}, []int{4}},
		"matrix":       {[]float64{1, 2, 3, 4, 5, 6}, []int{2, 3}},
		"empty":        {[]float64{}, []int{0, 5}},
		"many chunks":  {many, []int{len(many)}},
		"64 dimension": {[]float64{1}, bytesToInts(bytes.Repeat([]byte{1}, MaxDimensions))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			require.NoError(t, Write(&b, c.values, c.shape))
			assert.Zero(t, (b.Len()-8*len(c.values))%64, "the values start at a multiple of 64")
			b.WriteString("rest")
			values, shape, err := Read(iotest.HalfReader(&b), len(c.values)+5)
			require.NoError(t, err)
			assert.Equal(t, c.values, values)
			assert.Equal(t, c.shape, shape)
			assert.Equal(t, "rest", b.String(), "what follows the array is left unread")
		})
	}
}

func bytesToInts(b []byte) []int {
	out := make([]int, len(b))
	for i, v := range b {
		out[i] = int(v)
	}
	return out
}

func TestOtherItemsAreWrittenWithTheirType(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, Write(&b, []int32{-1, math.MaxInt32}, []int{2}))
	require.NoError(t, Write(&b, []int64{1 << 53}, []int{1}))
	require.NoError(t, Write(&b, []float32{0.5, -8}, []int{1, 2}))
	assert.Contains(t, b.String(), "'<i4'")
	assert.Contains(t, b.String(), "'<i8'")
	assert.Contains(t, b.String(), "'<f4'")
	for _, want := range [][]float64{{-1, math.MaxInt32}, {1 << 53}, {0.5, -8}} {
		values, _, err := Read(&b, 2)
		require.NoError(t, err)
		assert.Equal(t, want, values)
	}
}

func TestEveryItemTypeBecomesFloat64(t *testing.T) {
	t.Parallel()
	for descr, c := range map[string]struct {
		body any
		want []float64
	}{
		"<f8": {[]float64{1.5, -2}, []float64{1.5, -2}},
		"<f4": {[]float32{0.1, -2}, []float64{float64(float32(0.1)), -2}},
		"<i8": {[]int64{math.MinInt64, 3}, []float64{math.MinInt64, 3}},
		"<i4": {[]int32{math.MinInt32, 3}, []float64{math.MinInt32, 3}},
		"<i2": {[]int16{-32768, 3}, []float64{-32768, 3}},
		"|i1": {[]int8{-128, 3}, []float64{-128, 3}},
		"<u8": {[]uint64{1 << 63, 3}, []float64{1 << 63, 3}},
		"<u4": {[]uint32{math.MaxUint32, 3}, []float64{math.MaxUint32, 3}},
		"<u2": {[]uint16{65535, 3}, []float64{65535, 3}},
		"|u1": {[]uint8{255, 3}, []float64{255, 3}},
		">f8": {[]uint64{0x000000000000f83f, 0}, []float64{1.5, 0}},
		">i2": {[]uint16{0x0100, 0x0200}, []float64{1, 2}},
	} {
		t.Run(descr, func(t *testing.T) {
			t.Parallel()
			values, shape, err := Read(bytes.NewReader(file(dict(descr, "False", "(2,)"), c.body)), 2)
			require.NoError(t, err)
			assert.Equal(t, c.want, values)
			assert.Equal(t, []int{2}, shape)
		})
	}
}

func TestFortranOrderIsTransposed(t *testing.T) {
	t.Parallel()
	values, shape, err := Read(bytes.NewReader(file(dict("<f8", "True", "(2, 3)"), []float64{1, 4, 2, 5, 3, 6})), 6)
	require.NoError(t, err)
	assert.Equal(t, []float64{1, 2, 3, 4, 5, 6}, values)
	assert.Equal(t, []int{2, 3}, shape)
	// x[i,j,k] = 100i+10j+k, the first index fastest.
	values, _, err = Read(bytes.NewReader(file(dict("<f8", "True", "(2, 2, 2)"), []float64{0, 100, 10, 110, 1, 101, 11, 111})), 8)
	require.NoError(t, err)
	assert.Equal(t, []float64{0, 1, 10, 11, 100, 101, 110, 111}, values)
}

func TestVersion2IsRead(t *testing.T) {
	t.Parallel()
	h := dict("<f8", "False", "(1,)")
	b := append([]byte{}, magic...)
	b = append(b, 2, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(h)))
	b = append(b, h...)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(9))
	values, _, err := Read(bytes.NewReader(b), 1)
	require.NoError(t, err)
	assert.Equal(t, []float64{9}, values)
}

func TestBadFilesAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file []byte
		want []string
	}{
		"empty":            {nil, []string{"first 8 bytes", "unexpected EOF"}},
		"not npy":          {[]byte("PK\x03\x04 zipped"), []string{`it starts with "PK`}},
		"version 3":        {[]byte("\x93NUMPY\x03\x00\x00\x00"), []string{"version is 3.0, want 1.0 or 2.0"}},
		"long header":      {[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), []string{"header is 4294967295 bytes, want at most 10000"}},
		"no header":        {[]byte("\x93NUMPY\x01\x00\x10\x00"), []string{"ends within its header of 16 bytes"}},
		"missing key":      {file("{'descr': '<f8', 'fortran_order': False}"), []string{`"shape" is missing`}},
		"twice":            {file("{'descr': '<f8', 'descr': '<f4'}"), []string{`"descr" stands there twice`}},
		"unknown key":      {file("{'colour': 1}"), []string{"colour: the key is not known"}},
		"records":          {file("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}"), []string{"descr: want a quoted string"}},
		"objects":          {file(dict("|O", "False", "(1,)")), []string{`descr is "|O"`}},
		"no byte order":    {file(dict("|f8", "False", "(1,)")), []string{`descr is "|f8"`}},
		"not a tuple":      {file(dict("<f8", "False", "(3)")), []string{"want a tuple, as (3,)"}},
		"negative":         {file(dict("<f8", "False", "(-3,)")), []string{"want a whole number"}},
		"no comma":         {file(dict("<f8", "False", "(3 4)")), []string{"want , or )"}},
		"neither":          {file(dict("<f8", "Maybe", "(3,)")), []string{"fortran_order: want True or False"}},
		"code after":       {file(dict("<f8", "False", "(3,)") + "import os"), []string{"want nothing after }"}},
		"too many":         {file(dict("<f8", "False", "(11,)")), []string{"shape is [11], want at most 10 values"}},
		"overflow":         {file(dict("<f8", "False", "(4294967296, 4294967296)")), []string{"want at most 10 values"}},
		"huge beside zero": {file(dict("<f8", "False", "(0, 4294967296)")), []string{"want at most 10 values"}},
		"no int":           {file(dict("<f8", "False", "(99999999999999999999,)")), []string{"value out of range"}},
		"two faults":       {file(dict("<c16", "False", "(11,)")), []string{"descr is", "shape is"}},
		"short body":       {file(dict("<f8", "False", "(2,)"), 1.0), []string{"0 of 2 values", "unexpected EOF"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := Read(bytes.NewReader(c.file), 10)
			for _, want := range append(c.want, "reading npy: ") {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestAHeaderThatPromisesMuchCostsLittle(t *testing.T) {
	t.Parallel()
	f := file(dict("<f8", "False", "(1000000000,)"), make([]float64, 20_000))
	memory := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, _, err := Read(bytes.NewReader(f), 1<<30); !errors.Is(err, io.ErrUnexpectedEOF) {
				b.Fatal(err)
			}
		}
	})
	assert.Less(t, memory.AllocedBytesPerOp(), int64(2<<20))
}

func TestWriteRefusesAWrongShape(t *testing.T) {
	t.Parallel()
	for _, shape := range [][]int{{}, {2}, {-3}, {3, 2}, {1 << 62, 4}, make([]int, 65)} {
		var b bytes.Buffer
		assert.ErrorContains(t, Write(&b, []float64{1, 2, 3}, shape), "for 3 values")
		assert.Zero(t, b.Len(), "%v", shape)
	}
}

func TestNumPyReadsWhatIsWritten(t *testing.T) {
	t.Parallel()
	python := pythonWithNumPy(t)
	var b bytes.Buffer
	require.NoError(t, Write(&b, []float64{1, 2, 3, 4, 5, 6}, []int{2, 3}))
	// Doubled and transposed, NumPy saves it in Fortran order and as float32.
	cmd := exec.Command(python, "-c", "import sys, io, numpy as np\n"+
		"a = np.load(io.BytesIO(sys.stdin.buffer.read()))\n"+
		"o = io.BytesIO(); np.save(o, np.asfortranarray(2 * a).astype(np.float32)); sys.stdout.buffer.write(o.getvalue())")
	cmd.Stdin = &b
	out, err := cmd.Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), "'fortran_order': True")
	values, shape, err := Read(bytes.NewReader(out), 6)
	require.NoError(t, err)
	assert.Equal(t, []float64{2, 4, 6, 8, 10, 12}, values)
	assert.Equal(t, []int{2, 3}, shape)
}

// pythonWithNumPy finds an interpreter: that of bench-peers, or one on PATH.
func pythonWithNumPy(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"../../.venv-peers/bin/python", "python3"} {
		python, err := exec.LookPath(name)
		if err == nil && exec.Command(python, "-c", "import numpy").Run() == nil {
			return python
		}
	}
	t.Skip("no python3 with numpy here to compare with: run tools/peers")
	return ""
}
