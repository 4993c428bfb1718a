import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FolderReport, loadFolder, statusOf, writeFiles } from "./load.ts";

const plugin = (body: string): string => `export default { ${body} };\n`;
const method = (body: string): string => plugin(`methods: { blink: { ${body} } }`);
const task = (body: string): string => plugin(`tasks: { tidy: { ${body} } }`);

/** A file that is no good plugin, and what its author is told. */
const BROKEN: Readonly<Record<string, readonly [text: string, problem: RegExp]>> = {
  "throws.js": [
    "\nthrow new Error('no valve');",
    /^it failed while it was imported \(throws\.js:2\): no valve$/,
  ],
  "throws-text.js": ["throw 'no valve'", /^it failed while it was imported \(throws-text\.js\): no valve$/],
  "throws-hostile.js": [
    "throw Object.defineProperty(new Error('x'), 'message', { get() { throw new Error('got you'); } })",
    /got you|cannot be read/, // Node itself may trip over it
  ],
  "rejects.mjs": ["await Promise.reject(new Error('no valve'));", /no valve$/],
  "syntax.js": [
    "export default {\n  methods: {\n    a( => 1\n};\n",
    /^it failed while it was imported \(syntax\.js:3\): Unexpected token/,
  ],
  "syntax-ts.ts": [
    "export default {\n  methods: {\n    a( => 1\n};\n",
    /^it failed while it was imported \(syntax-ts\.ts:3\): /,
  ],
  "enum.ts": [
    "enum Color { red }\nexport default {}",
    /\(enum\.ts:1\): TypeScript enum is not supported in strip-only mode$/,
  ],
  "needs-helper.ts": [
    'import { helper } from "./_helper.ts";\nexport default { methods: { a: helper } };',
    /^it failed while it was imported \(_helper\.ts:2\): helper is broken$/,
  ],
  "needs-package.js": ['import x from "not-there";\nexport default x', /Cannot find package 'not-there'/],
  "old-style/index.js": [
    'import "node:fs"; export default {}',
    /CommonJS: write "type": "module" there, or name the file \.mjs or \.mts$/,
  ],
  "no-default.js": [
    "export const methods = {};",
    /^has no default export; expected "export default definePlugin/,
  ],
  "null.js": ["export default null;", /^the definition must be object$/],
  "function.js": ["export default () => {};", /^the definition must be object$/],
  "unknown-key.js": [
    plugin("method: {}"),
    /^the definition has an unknown key "method"; it may have name, version, .*methods/,
  ],
  "wrong-type.js": [plugin("methods: []"), /^methods must be object$/],
  "method-key.js": [
    method("handler() {}, timout: 5"),
    /^methods\.blink has an unknown key "timout"; it may have description, schema, .*timeout/,
  ],
  "no-handler.js": [method("schema: {}"), /^methods\.blink must have required property 'handler'$/],
  "handler-type.js": [method("handler: 'x'"), /^methods\.blink\.handler must be a function$/],
  "start-type.js": [plugin("start: 1"), /^start must be a function$/],
  "concurrency.js": [method("handler() {}, concurrency: 0"), /^methods\.blink\.concurrency must be >= 1$/],
  "method-name.js": [
    plugin('methods: { "a/b": () => 1 }'),
    /^methods: "a\/b" cannot be a name; it must match pattern/,
  ],
  "reserved.js": [
    plugin('methods: { "hubhand.reboot": () => 1 }'),
    /^methods: "hubhand\.reboot": names that start with "hubhand\." are hubhand's own$/,
  ],
  "bad-name.js": [plugin('name: "a b"'), /^name must match pattern/],
  "bad file name.js": [plugin(""), /^"bad file name" is no name for a plugin; expected letters/],
  "timeout.js": [
    method("handler() {}, timeout: '5 parsecs'"),
    /^methods\.blink\.timeout is "5 parsecs"; expected a duration like "250ms"/,
  ],
  "timeout-zero.js": [method("handler() {}, timeout: '0s'"), /^methods\.blink\.timeout is "0s"; expected/],
  "timeout-bare.js": [
    method("handler() {}, timeout: 5"),
    /^methods\.blink\.timeout is 5; it has no unit; expected a duration like "250ms"/,
  ],
  "timeout-long.js": [
    method("handler() {}, timeout: '6m'"),
    /^methods\.blink\.timeout is "6m"; the hub waits 5m at most\. Answer 202/,
  ],
  "task-timeout.js": [
    task("cron: '* * * * *', run() {}, timeout: '600h'"),
    /^tasks\.tidy\.timeout is "600h"; a run may take 24h at most$/,
  ],
  "schema.js": [
    method("handler() {}, schema: { type: 'strng' }"),
    /^the schema of method "blink" is not a JSON Schema \(2020-12\): .*type must be/,
  ],
  "schema-keyword.js": [method("handler() {}, schema: { requird: [] }"), /unknown keyword: "requird"/],
  "settings-schema.js": [plugin("settings: { type: 'strng' }"), /^its settings schema is not a JSON Schema/],
  "cron.js": [
    task("cron: '61 * * * *', run() {}"),
    /^tasks\.tidy: "61 \* \* \* \*" is not a cron expression \(.+\); expected five fields like/,
  ],
  "cron-words.js": [
    task("cron: 'every day', run() {}"),
    /^tasks\.tidy: "every day" is not a cron expression/,
  ],
  "zone.js": [
    task("cron: '* * * * *', timezone: 'Mars/Base', run() {}"),
    /^tasks\.tidy: "Mars\/Base" is not a time zone; expected an IANA name/,
  ],
  "overlap.js": [
    task("cron: '* * * * *', overlap: 'twice', run() {}"),
    /^tasks\.tidy\.overlap must be equal to one of the allowed values: "skip", "allow", "queue"$/,
  ],
  "start-throws.js": [
    plugin("start() { throw new Error('no bus'); }, methods: { never: () => 1 }"),
    /^its start hook failed: no bus$/,
  ],
  "start-hostile.js": [
    plugin(
      "start() { throw Object.defineProperty(new Error('x'), 'message', { get() { throw new Error('got you'); } }); }",
    ),
    /^its start hook failed: a thrown object that cannot be read$/,
  ],
  "start-hangs.js": [
    plugin("start: () => new Promise(() => {}), methods: { never: () => 1 }"),
    /^its start hook did not end within 10 s$/,
  ],
  "import-hangs.js": [
    "await new Promise(() => {});\nexport default {};",
    /^its import did not end within 10 s$/,
  ],
  "twice.js": [
    plugin("methods: { good: () => 1, alone: () => 1 }"),
    /^method "good" is declared twice; plugin "good" has it already$/,
  ],
  "same-name.js": [plugin('name: "good"'), /^another plugin is named "good" already; rename one$/],
};

const OTHERS = {
  "good.js": plugin("methods: { good: () => 'here' }, tasks: { t: { cron: '0 0 1 1 *', run() {} } }"),
  "_helper.ts": "export const helper = () => 1;\nthrow new Error('helper is broken');",
  "old-style/package.json": '{"type":"commonjs"}',
};

const nameOf = (file: string): string => {
  if (file === "same-name.js") return "good#2";
  return file.endsWith("/index.js") ? path.dirname(file) : file.replace(/\.\w+$/, "");
};

let folder: string;
let report: FolderReport;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "hubhand-plugins-"));
  const broken = Object.fromEntries(Object.entries(BROKEN).map(([file, [text]]) => [file, text]));
  await writeFiles(folder, { ...OTHERS, ...broken });
  report = await loadFolder({
    directory: folder,
    call: [{ method: "good" }, { method: "never" }, { method: "alone" }],
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a broken plugin is told to its author: in the log, in /readyz, in the metric", () => {
  it.each(Object.entries(BROKEN))("%s", (file, [, problem]) => {
    const name = nameOf(file);
    expect(statusOf(report, name)).toMatchObject({
      up: false,
      kind: "module",
      problem: expect.stringMatching(problem),
    });
    expect(report.metrics).toContain(`hubhand_plugin_up{plugin="${name}",kind="module"} 0`);
    const lines = report.log.filter(({ plugin: of, level }) => of === name && level === "error");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      msg: `plugin "${name}" is broken: ${statusOf(report, name)?.problem}`,
      file: path.join(folder, file),
    });
  });
});

it("the stack of what a plugin threw is in the log, for its author", () => {
  for (const name of ["throws", "start-throws"]) {
    const line = report.log.find(({ plugin: of, level }) => of === name && level === "error");
    expect(line?.err).toMatchObject({ stack: expect.stringContaining(`${name}.js`) });
  }
});

describe("and the others run", () => {
  it("a good plugin among forty broken ones is up, and answers", () => {
    expect(statusOf(report, "good")).toEqual({ name: "good", kind: "module", up: true });
    expect(report.metrics).toContain('hubhand_plugin_up{plugin="good",kind="module"} 1');
    expect(report.replies[0]).toEqual({ status: 200, body: "here" });
  });

  it("so are hubhand's own methods", () => {
    expect(statusOf(report, "hubhand")).toMatchObject({ up: true, kind: "built-in" });
  });

  it("nothing of a broken plugin is served, not even the part that was good", () => {
    expect(report.methods).toEqual(["good", "hubhand.describe", "hubhand.ping"]);
    expect(report.replies.slice(1).map(({ status }) => status)).toEqual([404, 404]);
  });

  it("every entry is told of, and nothing else", () => {
    expect(report.status.map(({ name }) => name).sort()).toEqual(
      ["good", "hubhand", ...Object.keys(BROKEN).map(nameOf)].sort(),
    );
  });
});
