package vision

import "encoding/binary"

// Go has no vectors, but a word holds four lanes of 16 bits, and so the work
// on eight neighboring pixels is done in two words: the even ones and the odd.
const (
	lanes    = 0x0001000100010001
	lowBytes = 0x00ff * lanes
	laneTop  = 0x8000 * lanes
	laneHalf = 0x4000 * lanes
)

// load splits the eight pixels at the beginning of p.
func load(p []byte) (even, odd uint64) {
	v := binary.LittleEndian.Uint64(p)
	return v & lowBytes, v >> 8 & lowBytes
}

// beyond is what differ needs to know of a threshold of 0..254.
func beyond(threshold int) uint64 { return uint64(0x4000-threshold-1) * lanes }

// differ sets the top bit of each lane in which a and b differ by more than
// the threshold. No lane borrows from its neighbor or carries into it.
func differ(a, b, threshold uint64) uint64 {
	return (((a | laneHalf) - b + threshold) | ((b | laneHalf) - a + threshold)) & laneTop
}

// sumBytes adds up, at most 65535 of them.
func sumBytes(p []byte) uint32 {
	const most = 8 * 128 // bytes after which a lane could overflow
	total := uint32(0)
	for len(p) >= 8 {
		block := p[:min(len(p), most)&^7]
		p = p[len(block):]
		sum := uint64(0)
		for ; len(block) >= 8; block = block[8:] {
			even, odd := load(block)
			sum += even + odd
		}
		for ; sum > 0; sum >>= 16 {
			total += uint32(sum & 0xffff)
		}
	}
	for _, v := range p {
		total += uint32(v)
	}
	return total
}
