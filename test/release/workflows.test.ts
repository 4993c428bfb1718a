import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import type * as Parser from "@actions/workflow-parser";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { cleanUpAfterAll } from "../support/clean-up.ts";

const FOLDER = path.resolve(import.meta.dirname, "../../.github/workflows");

interface Job {
  readonly "timeout-minutes"?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}
interface Workflow {
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Who may do more than read the sources, and for what. */
const RIGHTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "release.yml package": { "id-token": "write" },
  "release.yml image": { contents: "read", packages: "write" },
};

const cleanUp = cleanUpAfterAll();
let parser: typeof Parser;

/** The parser imports JSON as bundlers take it, and Node does not. */
beforeAll(async () => {
  const outfile = path.join(await cleanUp.folder(), "parser.mjs");
  const contents = 'export * from "@actions/workflow-parser";';
  const from = { stdin: { contents, resolveDir: import.meta.dirname } };
  await build({ ...from, outfile, bundle: true, platform: "node", format: "esm", logLevel: "error" });
  parser = (await import(outfile)) as typeof Parser;
});

/** What the forge's own parser finds wrong, in its words: keys, types, contexts of expressions, jobs that are needed. */
async function faultsOf(name: string, content: string): Promise<string[]> {
  const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = parser;
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const faults = context.errors.getErrors().map(({ message }) => message);
  if (value === undefined) return faults;
  const { errors = [] } = await convertWorkflowTemplate(context, value);
  return [...faults, ...errors.map(({ Message }) => Message)];
}

const files = globSync("*.yml", { cwd: FOLDER }).sort();

test("there are two", () => expect(files).toEqual(["ci.yml", "release.yml"]));

describe.each(files)("%s", (name) => {
  const content = readFileSync(path.join(FOLDER, name), "utf8");
  const workflow = parse(content) as Workflow;
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps);

  test("is what the forge's parser takes", async () => {
    expect(await faultsOf(name, content)).toEqual([]);
  });

  test("would be refused with a key or a context that there is not: the parser looks", async () => {
    const wrong = content
      .replace("timeout-minutes:", "time-out-minutes:")
      .replace("github.ref", "gitlab.ref");
    expect((await faultsOf(name, wrong)).length).toBeGreaterThan(0);
  });

  test("names each action by an exact version", () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    expect(used.filter((action) => !/^[\w-]+\/[\w-]+@(v\d+\.\d+\.\d+|[\da-f]{40})$/.test(action))).toEqual(
      [],
    );
  });

  test("ends by itself, runs once at a time, and has no more rights than it needs", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(workflow.concurrency).toHaveProperty("group");
    for (const [job, { permissions, "timeout-minutes": minutes }] of jobs) {
      expect([job, minutes]).toEqual([job, expect.any(Number)]);
      expect([job, permissions]).toEqual([job, RIGHTS[`${name} ${job}`]]);
    }
  });

  test("has no expression in a script, and no registry in it", () => {
    // What somebody else may name, such as a branch, would become a part of the command.
    expect(steps.filter(({ run }) => run?.includes("${{"))).toEqual([]);
    expect(content).not.toMatch(/\b(ghcr|docker|quay|npmjs|azurecr)\.(io|org|com)\b/);
  });
});
