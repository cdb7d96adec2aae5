#include "textflag.h"

// func distancesAVX(out *float64, point *float64, panels *float64, features int, count int)
//
// Two panels at a time, so that one sum is added to while the other waits.
TEXT ·distancesAVX(SB), NOSPLIT, $0-40
	MOVQ out+0(FP), DI
	MOVQ point+8(FP), SI
	MOVQ panels+16(FP), DX
	MOVQ features+24(FP), CX
	MOVQ count+32(FP), BX
	MOVQ CX, R8
	SHLQ $5, R8              // R8: bytes of a panel

pair:
	CMPQ BX, $2
	JLT  single
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	LEAQ (DX)(R8*1), R9      // the second panel
	XORQ AX, AX

pairLoop:
	VBROADCASTSD (SI)(AX*8), Y2
	VSUBPD (DX), Y2, Y3
	VSUBPD (R9), Y2, Y4
	VMULPD Y3, Y3, Y3
	VMULPD Y4, Y4, Y4
	VADDPD Y3, Y0, Y0
	VADDPD Y4, Y1, Y1
	ADDQ $32, DX
	ADDQ $32, R9
	INCQ AX
	CMPQ AX, CX
	JLT  pairLoop

	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	ADDQ $64, DI
	MOVQ R9, DX              // the end of the second panel
	SUBQ $2, BX
	JMP  pair

single:
	TESTQ BX, BX
	JZ   done
	VXORPD Y0, Y0, Y0
	XORQ AX, AX

singleLoop:
	VBROADCASTSD (SI)(AX*8), Y2
	VSUBPD (DX), Y2, Y3
	VMULPD Y3, Y3, Y3
	VADDPD Y3, Y0, Y0
	ADDQ $32, DX
	INCQ AX
	CMPQ AX, CX
	JLT  singleLoop
	VMOVUPD Y0, (DI)

done:
	VZEROUPPER
	RET

// func nearestTwoAVX(least, second *float64, places, indexes *int32, n int, points, panels *float64, features, count int)
//
// For each of n points every lane keeps its least distance (Y10), the panel it
// was in (Y11) and its second least (Y12): second = min(second, max(least,
// new)). At the end the lanes are made one, in two steps of the same kind.
TEXT ·nearestTwoAVX(SB), NOSPLIT, $0-72
	MOVQ least+0(FP), R10
	MOVQ second+8(FP), R11
	MOVQ places+16(FP), R12
	MOVQ indexes+24(FP), R13
	MOVQ n+32(FP), DI
	MOVQ features+56(FP), CX
	MOVQ CX, R8
	SHLQ $5, R8              // R8: bytes of a panel

	VMOVUPD infinities<>(SB), Y7
	VMOVUPD fours<>(SB), Y8  // a panel further
	VMOVUPD lanes<>(SB), Y9

point:
	TESTQ DI, DI
	JZ   end
	MOVLQSX (R13), SI
	ADDQ $4, R13
	IMULQ CX, SI
	SHLQ $3, SI
	ADDQ points+40(FP), SI
	MOVQ panels+48(FP), DX
	MOVQ count+64(FP), BX
	VMOVAPD Y7, Y10
	VMOVAPD Y9, Y11
	VMOVAPD Y7, Y12
	VMOVAPD Y9, Y13          // Y13: the places of the panel

pair:
	CMPQ BX, $2
	JLT  single
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	LEAQ (DX)(R8*1), R9      // the second panel
	XORQ AX, AX

pairLoop:
	VBROADCASTSD (SI)(AX*8), Y2
	VSUBPD (DX), Y2, Y3
	VSUBPD (R9), Y2, Y4
	VMULPD Y3, Y3, Y3
	VMULPD Y4, Y4, Y4
	VADDPD Y3, Y0, Y0
	VADDPD Y4, Y1, Y1
	ADDQ $32, DX
	ADDQ $32, R9
	INCQ AX
	CMPQ AX, CX
	JLT  pairLoop

	VCMPPD $1, Y10, Y0, Y3   // new < least
	VMAXPD Y0, Y10, Y4
	VMINPD Y4, Y12, Y12
	VMINPD Y0, Y10, Y10
	VBLENDVPD Y3, Y13, Y11, Y11
	VADDPD Y8, Y13, Y13
	VCMPPD $1, Y10, Y1, Y3
	VMAXPD Y1, Y10, Y4
	VMINPD Y4, Y12, Y12
	VMINPD Y1, Y10, Y10
	VBLENDVPD Y3, Y13, Y11, Y11
	VADDPD Y8, Y13, Y13
	MOVQ R9, DX              // the end of the second panel
	SUBQ $2, BX
	JMP  pair

single:
	TESTQ BX, BX
	JZ   reduce
	VXORPD Y0, Y0, Y0
	XORQ AX, AX

singleLoop:
	VBROADCASTSD (SI)(AX*8), Y2
	VSUBPD (DX), Y2, Y3
	VMULPD Y3, Y3, Y3
	VADDPD Y3, Y0, Y0
	ADDQ $32, DX
	INCQ AX
	CMPQ AX, CX
	JLT  singleLoop
	VCMPPD $1, Y10, Y0, Y3
	VMAXPD Y0, Y10, Y4
	VMINPD Y4, Y12, Y12
	VMINPD Y0, Y10, Y10
	VBLENDVPD Y3, Y13, Y11, Y11

reduce:
	VPERM2F128 $1, Y10, Y10, Y0 // the other two lanes
	VPERM2F128 $1, Y11, Y11, Y1
	VPERM2F128 $1, Y12, Y12, Y2
	VCMPPD $1, Y10, Y0, Y3   // theirs is nearer
	VCMPPD $0, Y10, Y0, Y4   // or as near
	VCMPPD $1, Y11, Y1, Y5   // and before
	VANDPD Y4, Y5, Y5
	VORPD  Y3, Y5, Y5
	VMAXPD Y0, Y10, Y4
	VMINPD Y2, Y12, Y12
	VMINPD Y4, Y12, Y12
	VMINPD Y0, Y10, Y10
	VBLENDVPD Y5, Y1, Y11, Y11

	VPERMILPD $1, X10, X0    // the other lane
	VPERMILPD $1, X11, X1
	VPERMILPD $1, X12, X2
	VCMPPD $1, X10, X0, X3
	VCMPPD $0, X10, X0, X4
	VCMPPD $1, X11, X1, X5
	VANDPD X4, X5, X5
	VORPD  X3, X5, X5
	VMAXPD X0, X10, X4
	VMINPD X2, X12, X12
	VMINPD X4, X12, X12
	VMINPD X0, X10, X10
	VBLENDVPD X5, X1, X11, X11

	VMOVSD X10, (R10)
	VMOVSD X12, (R11)
	VCVTTSD2SI X11, AX
	MOVL AX, (R12)
	ADDQ $8, R10
	ADDQ $8, R11
	ADDQ $4, R12
	DECQ DI
	JMP  point

end:
	VZEROUPPER
	RET

// func addRowsAVX(sums, points *float64, labels *int32, wanted *bool, n, features int)
TEXT ·addRowsAVX(SB), NOSPLIT, $0-48
	MOVQ sums+0(FP), R8
	MOVQ points+8(FP), SI
	MOVQ labels+16(FP), R10
	MOVQ wanted+24(FP), R11
	MOVQ n+32(FP), DI
	MOVQ features+40(FP), CX

addPoint:
	TESTQ DI, DI
	JZ   added
	MOVLQSX (R10), DX
	ADDQ $4, R10
	DECQ DI
	CMPB (R11)(DX*1), $0
	JEQ  skip
	IMULQ CX, DX
	LEAQ (R8)(DX*8), DX      // the sums of the point's cluster
	MOVQ CX, AX

addFour:
	CMPQ AX, $4
	JLT  addOne
	VMOVUPD (SI), Y0
	VADDPD (DX), Y0, Y0
	VMOVUPD Y0, (DX)
	ADDQ $32, SI
	ADDQ $32, DX
	SUBQ $4, AX
	JMP  addFour

addOne:
	TESTQ AX, AX
	JZ   addPoint
	VMOVSD (SI), X0
	VADDSD (DX), X0, X0
	VMOVSD X0, (DX)
	ADDQ $8, SI
	ADDQ $8, DX
	DECQ AX
	JMP  addOne

skip:
	LEAQ (SI)(CX*8), SI
	JMP  addPoint

added:
	VZEROUPPER
	RET

DATA infinities<>+0(SB)/8, $0x7FF0000000000000
DATA infinities<>+8(SB)/8, $0x7FF0000000000000
DATA infinities<>+16(SB)/8, $0x7FF0000000000000
DATA infinities<>+24(SB)/8, $0x7FF0000000000000
GLOBL infinities<>(SB), RODATA|NOPTR, $32

DATA fours<>+0(SB)/8, $4.0
DATA fours<>+8(SB)/8, $4.0
DATA fours<>+16(SB)/8, $4.0
DATA fours<>+24(SB)/8, $4.0
GLOBL fours<>(SB), RODATA|NOPTR, $32

DATA lanes<>+0(SB)/8, $0.0
DATA lanes<>+8(SB)/8, $1.0
DATA lanes<>+16(SB)/8, $2.0
DATA lanes<>+24(SB)/8, $3.0
GLOBL lanes<>(SB), RODATA|NOPTR, $32
