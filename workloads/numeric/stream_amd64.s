#include "textflag.h"

// func addBlocks(dst, src *float64, blocks int, scalar float64)
//
// SSE2 only, which every amd64 has.
TEXT ·addBlocks(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ blocks+16(FP), CX
	MOVSD scalar+24(FP), X0
	UNPCKLPD X0, X0

block:
	MOVUPD (SI), X1
	MOVUPD 16(SI), X2
	MOVUPD 32(SI), X3
	MOVUPD 48(SI), X4
	ADDPD X0, X1
	ADDPD X0, X2
	ADDPD X0, X3
	ADDPD X0, X4
	MOVNTPD X1, (DI)
	MOVNTPD X2, 16(DI)
	MOVNTPD X3, 32(DI)
	MOVNTPD X4, 48(DI)
	ADDQ $64, SI
	ADDQ $64, DI
	DECQ CX
	JNZ block

	// Non-temporal stores are not ordered by what follows without a fence.
	SFENCE
	RET
