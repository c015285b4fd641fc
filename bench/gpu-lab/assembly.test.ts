// The hot loop of an assembly text, and the size of a workgroup.
import { expect, test } from "vitest";
import { hotLoop } from "./assembly.ts";
import { workgroupSize } from "./estimate.ts";

const ASSEMBLY = `
BB0:
	v_mov_b32 v0, 0                                        ; 7e000280
BB1:
	s_waitcnt vmcnt(0)                                     ; bf890000
	global_load_b128 v[4:7], v8, s[0:1]                    ; dc5e0000
BB2:
	ds_store_b64 v1, v[2:3]                                ; d9340000
	s_cbranch_scc1 BB2                                     ; bfa20000
	ds_load_2addr_b32 v[2:3], v1 offset1:4                 ; d8dc0400
	v_dual_fmac_f32 v0, v4, v2 :: v_dual_fmac_f32 v9, v5, v3 ; c8000504
	v_fma_f32 v10, v4, v5, v10                             ; d613000a
	v_pk_fma_f16 v11, v4, v5, v11                          ; cc0e400b
	s_cbranch_scc0 BB1                                     ; bfa1ffff
BB3:
	v_fma_f32 v0, v0, v0, v0                               ; d6130000
	s_endpgm                                               ; bfb00000
`;

test("the loop with most multiply-adds is counted; an inner staging loop counts four times", () => {
	expect(hotLoop(ASSEMBLY)).toEqual({ fma: 5, valu: 3, salu: 1 + 4, ldsWords: 2 + 4 * 2, globalWords: 4, waits: 1 });
});

test("a load of two pairs counts four words", () => {
	expect(hotLoop("BB0:\n\tds_load_2addr_b64 v[0:3], v4 offset1:8\n\tds_read2_b32 v[5:6], v4\n").ldsWords).toBe(6);
});

test("a text without loops is counted as a whole", () => {
	expect(hotLoop("BB0:\n\tv_mad_f32 v0, v1, v2, v3\n\tbuffer_load_dwordx2 v[0:1], off, s[0:3], 0\n")).toEqual({
		fma: 1,
		valu: 1,
		salu: 0,
		ldsWords: 0,
		globalWords: 2,
		waits: 0,
	});
});

test("the size of a workgroup follows its constants", () => {
	const text = "const THREADS = ROWS * 16u;\nconst ROWS = 4u;\n@compute @workgroup_size(THREADS, 2)\nfn main() {}";
	expect(workgroupSize(text)).toBe(128);
});
