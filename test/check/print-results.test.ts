import { expect, it } from "vitest";
import { printResults } from "../../src/check/print-results.ts";

const RESULTS = [
  { id: "dns", description: "The hub's name", result: "ok", detail: "it is there" },
  {
    id: "login",
    description: "What the hub says of the device and more",
    result: "fatal",
    detail: "the hub refuses the key of this device, and says so in many words that are told here",
    remedy: "Copy the connection string again, whole; it is in the portal under Devices, the device.",
  },
] as const;

it("what was found stands beside the descriptions, in lines that the terminal has room for", () => {
  const lines = printResults(RESULTS, { width: 120 }).split("\n");
  expect(lines[0]).toMatch(/^ok {7}The hub's name {28}it is there$/);
  for (const line of lines) expect(line.length).toBeLessThan(120);
});

it("in 80 columns it follows them", () => {
  const lines = printResults(RESULTS, { width: 80 }).split("\n");
  expect(lines[0]).toBe("ok       The hub's name: it is there");
  expect(lines[1]).toMatch(/^fatal {4}What the hub says of the device and more: \[login\] /);
  for (const line of lines) expect(line.length).toBeLessThan(80);
});

it("where nobody says how wide it is, a result is one line, and its remedy another", () => {
  expect(printResults(RESULTS).split("\n")).toHaveLength(6);
});
