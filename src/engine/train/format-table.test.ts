import { expect, test } from "vitest";
import { csvLine } from "./format-table.ts";

test("texts that a spreadsheet would compute are texts; numbers stay numbers", () => {
	expect(csvLine(["=1+1", "@SUM(A1)", "+x", "-x", "\tx", "plain"])).toBe("'=1+1,'@SUM(A1),'+x,'-x,'\tx,plain\n");
	expect(csvLine([-1.5, "-1.5", "+2e-3", null])).toBe("-1.5,-1.5,+2e-3,\n");
	expect(csvLine(['=a,"b"', "two\rlines"])).toBe('"\'=a,""b""","two\rlines"\n');
});
