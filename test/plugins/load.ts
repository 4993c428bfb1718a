import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { PluginStatus } from "../../src/plugins/plugin-set.ts";

/** What to load, and what to do with it. */
export interface FolderRequest {
  readonly directory: string;
  readonly settings?: Record<string, Record<string, unknown>>;
  readonly disabled?: readonly string[];
  /** Calls to place when all is loaded. */
  readonly call?: readonly { readonly method: string; readonly payload?: unknown }[];
  /** Whether modules run in threads of their own; they do if it is left out. */
  readonly isolate?: boolean | "thread";
  /** The user to be; root may read everything. */
  readonly user?: number;
}

/** How it went. */
export interface FolderReport {
  readonly status: readonly PluginStatus[];
  readonly folderProblem?: string;
  readonly methods: readonly string[];
  readonly replies: readonly { readonly status: number; readonly body: unknown }[];
  readonly metrics: string;
  readonly log: readonly (Readonly<Record<string, unknown>> & {
    readonly level: string;
    readonly msg?: string;
  })[];
}

const SCRIPT = fileURLToPath(new URL("./fixtures/load-folder.ts", import.meta.url));

/** Loads a folder of plugins in a process of its own, on plain Node, as the agent would. */
export async function loadFolder(
  request: FolderRequest,
): Promise<FolderReport & { readonly stderr: string }> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [SCRIPT, JSON.stringify(request)]);
  return { ...(JSON.parse(stdout) as FolderReport), stderr };
}

/** Writes files, folders above them included; a name that ends in `/` is an empty folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const where = path.join(folder, name);
    await mkdir(name.endsWith("/") ? where : path.dirname(where), { recursive: true });
    if (!name.endsWith("/")) await writeFile(where, text);
  }
}

/** What is told of one plugin. */
export const statusOf = (report: FolderReport, name: string): PluginStatus | undefined =>
  report.status.find((status) => status.name === name);
