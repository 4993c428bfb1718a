import { expect, test } from "vitest";
import { createTable } from "../../../src/commands/terminal/table.ts";

test("columns are as wide as what is in them; later pages have no heads, and may be wider", () => {
  const table = createTable(["A", "LONG", "C"]);
  expect(table.rows([["1", "2", "3"]])).toBe("A  LONG  C\n1  2     3\n");
  expect(table.rows([["1234", "", ""]])).toBe("1234\n");
  expect(table.rows([["1", "2", "3"]])).toBe("1     2     3\n");
});
