import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** How the image starts hubhand. */
export interface ShippedStart {
  /** Node's arguments, with paths of the image. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Reads it out of the Dockerfile's last stage, so that what is measured is what ships.
 * @throws Error if it says neither ENTRYPOINT nor CMD as lists, or starts something else than node
 */
export function shippedStart(dockerfile: string): ShippedStart {
  const stage =
    dockerfile
      .replaceAll(/\\\n/g, " ")
      .split(/^FROM /m)
      .at(-1) ?? "";
  const listOf = (instruction: string): string[] => {
    const list = new RegExp(`^${instruction} (\\[.*\\])$`, "m").exec(stage)?.[1];
    if (list === undefined)
      throw new Error(`the Dockerfile's last stage has no ${instruction} that is a list`);
    return JSON.parse(list);
  };
  const [program, ...args] = [...listOf("ENTRYPOINT"), ...listOf("CMD")];
  if (program !== "node") throw new Error(`the Dockerfile starts ${program}, and not node`);
  const settings = [...stage.matchAll(/^ENV (.+)$/gm)].flatMap(([, line = ""]) => [
    ...line.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g),
  ]);
  const env = Object.fromEntries(settings.map(([, name, quoted, plain]) => [name, quoted ?? plain ?? ""]));
  return { args, env };
}

/** The same, with paths of this machine: what the image has in /app/dist is in that folder here. */
export function startFrom(dist: string): ShippedStart {
  const { args, env } = shippedStart(readFileSync(path.join(ROOT, "Dockerfile"), "utf8"));
  const here = (text: string): string => text.replaceAll("/app/dist", dist).replaceAll("/app", ROOT);
  return {
    args: args.map(here),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, here(value)])),
  };
}

/** Builds what ships into a folder: no bench measures a bundle that is older than the sources. */
export function buildInto(folder: string): void {
  execFileSync(process.execPath, [path.join(ROOT, "scripts/build.ts"), "--no-types", "--outdir", folder], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
