import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { buildStatusPage } from "../../../scripts/build.ts";
import { assetsIn, readAsset } from "../../../src/observe/status-page/assets.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const SOURCES = fileURLToPath(new URL("../../../src/observe/status-page/assets", import.meta.url));
const cleanUp = cleanUpAfterEach();

test("a checkout serves the page's sources, and the library beside them", async () => {
  expect(await readAsset("index.html")).toMatchObject({ type: "text/html; charset=utf-8" });
  expect(await readAsset("page.js")).toMatchObject({ type: "text/javascript; charset=utf-8" });
  expect(await readAsset("style.css")).toMatchObject({ type: "text/css; charset=utf-8" });
  expect(await readAsset("icon.svg")).toMatchObject({ type: "image/svg+xml" });
  expect(String((await readAsset("preact.js"))?.body)).toContain("export{");
});

test("each module that a module imports is served", async () => {
  const scripts = readdirSync(SOURCES).filter((name) => name.endsWith(".js"));
  expect(scripts).toContain("page.js");
  for (const script of scripts) {
    const text = Buffer.from((await readAsset(script))?.body ?? []).toString();
    for (const [, name = ""] of text.matchAll(/ from "\.\/([^"]+)";/g))
      expect({ script, name, served: (await readAsset(name)) !== undefined }).toMatchObject({ served: true });
  }
});

test.each([
  "",
  ".",
  "..",
  "../assets.ts",
  "assets.ts",
  "tsconfig.json",
  "preact.d.ts",
  "./page.js",
  "page.js\0",
  "/etc/hosts",
  "toString",
])("there is no file %j", async (name) => {
  expect(await readAsset(name)).toBeUndefined();
});

test("a file has the same tag each time, and another file has another", async () => {
  const [page, again, icon] = [
    await readAsset("page.js"),
    await readAsset("page.js"),
    await readAsset("icon.svg"),
  ];
  expect(page?.etag).toMatch(/^"[\w-]{22}"$/);
  expect(again).toBe(page);
  expect(icon?.etag).not.toBe(page?.etag);
});

test("what is built is four files that need no others, and is small", async () => {
  const folder = path.join(await cleanUp.folder(), "status-page");
  await buildStatusPage(folder);
  const names = readdirSync(folder).sort();
  expect(names).toEqual(["icon.svg", "index.html", "page.js", "style.css"]);
  const { read } = assetsIn(folder);
  const bodies = await Promise.all(names.map(async (name) => Buffer.from((await read(name))?.body ?? [])));
  expect(bodies.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(60_000);
  const [, , script, style] = bodies.map(String);
  expect(script).not.toMatch(/\bimport\b\s*[{*"'(]/);
  expect(style).not.toContain("@import");
  expect(await read("preact.js")).toBeUndefined();
});
