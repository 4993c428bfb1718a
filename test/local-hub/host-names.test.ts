import { hostname } from "node:os";
import { expect, test } from "vitest";
import { allHostNames, withoutPort } from "../../src/local-hub/ports/host-names.ts";

test.each([
  ["localhost", "localhost"],
  ["LocalHost:8883", "localhost"],
  ["127.0.0.1:443", "127.0.0.1"],
  ["[::1]:8883", "::1"],
  ["[::1]", "::1"],
  ["::1", "::1"],
  ["[broken", "broken"],
  ["", ""],
])("the host of %j is %j", (authority, host) => {
  expect(withoutPort(authority)).toBe(host);
});

test("a hub answers to its own names and the ones it is given, each once", () => {
  expect(allHostNames(["Hub.Test ", "hub.test", "", "localhost"])).toEqual([
    ...new Set(["localhost", "127.0.0.1", "::1", hostname().toLowerCase()]),
    "hub.test",
  ]);
});

test.each(["a b", "hub:8883", "https://hub", "hub/"])("%j is no name of a hub", (name) => {
  expect(() => allHostNames([name])).toThrow(/one of hostNames is .*without a port or a scheme/);
});

test.each(["hub", "hub_1.example.net", "10.0.0.7", "fe80::1"])("%j may be one", (name) => {
  expect(allHostNames([name])).toContain(name);
});
