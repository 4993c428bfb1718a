import { expect, it } from "vitest";
import type { Candidate } from "../../src/plugins/discovery.ts";
import { gathered } from "../../src/plugins/gathered.ts";
import { touchedBy } from "../../src/plugins/touched.ts";

const file = (name: string, form: Candidate["form"] = "module"): Candidate => ({
  name,
  form,
  file: `/plugins/${name}`,
});
const CANDIDATES: readonly Candidate[] = [
  file("a.ts"),
  file("b.plugin.yaml", "declaration"),
  file("c.sh", "executable"),
  { name: "d", form: "module", file: "/plugins/d/dist/index.js", folder: "/plugins/d" },
];

const touched = (...changed: string[]): string[] =>
  [
    ...touchedBy(
      changed.map((name) => `/plugins/${name}`),
      CANDIDATES,
      new Set(["/plugins/gone.ts"]),
    ),
  ].map(({ name }) => name);

it("a plugin is renewed for its own file, and for what is in its folder", () => {
  expect(touched("a.ts")).toEqual(["a.ts"]);
  expect(touched("d/src/deep/x.js", "c.sh")).toEqual(["d", "c.sh"]);
});

it("a file that may be part of any renews those that are files themselves, and are kept running", () => {
  expect(touched("_helper.ts")).toEqual(["a.ts", "b.plugin.yaml"]);
  expect(touched("relay.py")).toEqual(["a.ts", "b.plugin.yaml"]);
});

it("tests, texts, and an editor's hidden files renew nobody; nor does a plugin that is gone", () => {
  expect(touched("a.test.ts", "README.md", ".a.ts.swp", "a.ts~", "notes.txt", "gone.ts")).toEqual([]);
});

it("files that change while a look at the folder waits for its turn are looked at once, together", async () => {
  const looks: (readonly string[])[] = [];
  let turn = Promise.withResolvers<void>();
  const look = gathered(async (files) => {
    await turn.promise;
    looks.push(files());
  });
  const first = ["a", "b", "a"].map((file) => look([file]));
  turn.resolve();
  await Promise.all(first);
  turn = Promise.withResolvers();
  const second = look(["a"]);
  turn.resolve();
  await second;
  expect(looks).toEqual([["a", "b"], ["a"]]);
});
