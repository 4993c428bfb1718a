import { expect, test } from "vitest";
import { whyUnreadable } from "../../src/files/unreadable.ts";

test("who may not read a file is named by number, which is what its owner has to know", () => {
  const error = Object.assign(new Error("refused"), { code: "EACCES" });
  expect(whyUnreadable(error, 1000)).toBe("user 1000 may not read it");
  expect(whyUnreadable(error)).toBe(`user ${process.getuid?.() ?? "unknown"} may not read it`);
});
