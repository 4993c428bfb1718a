import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { hubCommand } from "../../src/commands/hub.ts";
import type { LocalHubEvent } from "../../src/local-hub/index.ts";

const ROOT = join(import.meta.dirname, "../..");
const DOCS = join(ROOT, "docs");
const pages = [
  "local-hub.md",
  ...(await readdir(join(DOCS, "local-hub"))).map((name) => join("local-hub", name)),
];
const read = (page: string) => readFile(join(DOCS, page), "utf8");

/** A record, so that the compiler asks for what is new. */
const EVENTS: Record<LocalHubEvent["event"], true> = {
  connected: true,
  "connection-error": true,
  "desired-changed": true,
  "device-changed": true,
  disconnected: true,
  "enrolment-changed": true,
  fault: true,
  "fault-ignored": true,
  "fault-struck": true,
  "job-changed": true,
  message: true,
  "message-to-device": true,
  "method-called": true,
  "method-waiting": true,
  "module-changed": true,
  refused: true,
  registration: true,
  "reply-ignored": true,
  subscribed: true,
  throttled: true,
  "twin-read": true,
  "twin-refused": true,
  "twin-reported": true,
};

/** As GitHub makes them of headings. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

test("every link of the local hub's manual leads to a page, and to a heading of it", async () => {
  const broken: string[] = [];
  for (const page of pages) {
    const text = await read(page);
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [file, anchor] = target.split("#");
      const path = file ? join(dirname(page), file) : page;
      const there = existsSync(join(DOCS, path));
      if (!there || (anchor && !anchorsOf(await read(path)).includes(anchor)))
        broken.push(`${page}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

test("every page is within reach of the start page", async () => {
  const start = await read("local-hub.md");
  for (const page of pages.slice(1)) expect(start).toContain(`](${relative(".", page)})`);
});

test("every flag of hubhand hub is in the manual, and no other", async () => {
  const documented = [await read("local-hub/reference.md"), await read("local-hub/provisioning.md")]
    .flatMap((text) => [...text.matchAll(/^\| `(--[a-z0-9-]+)/gm)])
    .map(([, flag]) => flag);
  const there = hubCommand().options.map(({ long }) => long);
  expect([...new Set(documented)].toSorted()).toEqual(there.toSorted());
});

test("every event is in the manual", async () => {
  const text = await read("local-hub/reference.md");
  for (const event of Object.keys(EVENTS)) expect(text).toContain(`\`${event}\``);
});

test("the program of the page about tests runs as it stands", async () => {
  const [, program = ""] = /^```ts\n(.*?)^```$/ms.exec(await read("local-hub/tests.md")) ?? [];
  const flags = ["--conditions=hubhand-source", "--input-type=module"];
  const { status, stderr } = spawnSync(process.execPath, flags, {
    input: program,
    cwd: ROOT,
    timeout: 60_000,
    encoding: "utf8",
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
}, 90_000);
