import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { shippedStart } from "../../../bench/peers/shipped.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");
const flagsIn = (words: readonly string[]): string[] => words.filter((word) => /^--(?!config$)/.test(word));

test("systemd starts Node with the flags of the image", () => {
  const [, command = ""] = /^ExecStart=(.*)$/m.exec(read("deploy/systemd/hubhand.service")) ?? [];
  const flags = flagsIn(shippedStart(read("Dockerfile")).args);
  expect(flags).not.toEqual([]);
  expect(flagsIn(command.split(" "))).toEqual(flags);
});
