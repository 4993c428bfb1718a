import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { HubhandError, messageOf } from "../errors.ts";
import { makeFolder } from "../files/make-folder.ts";
import { closest } from "../suggest.ts";
import { daemonFiles } from "./daemon.ts";
import { executableFiles } from "./executable.ts";
import { httpFiles } from "./http.ts";
import { moduleFiles } from "./module.ts";

/** One file of a new plugin. */
export interface NewFile {
  /** Relative to the plugins folder. */
  readonly name: string;
  readonly text: string;
  /** True for a program. */
  readonly runs?: boolean;
}

/** The kinds, and the languages of each, first the one that it is written in if nobody says. */
export const KINDS = {
  module: { languages: ["typescript", "javascript"], files: moduleFiles },
  executable: { languages: ["shell", "python"], files: executableFiles },
  daemon: { languages: ["python", "shell"], files: daemonFiles },
  http: { languages: ["javascript", "python"], files: httpFiles },
} as const satisfies Record<
  string,
  { languages: readonly [string, ...string[]]; files: (name: string, language: never) => readonly NewFile[] }
>;

export type NewPluginKind = keyof typeof KINDS;

/** Names that are fit for a file, a method, a variable and a host name at once. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

export interface NewPluginOptions {
  readonly name: string;
  readonly kind: string;
  readonly language: string | undefined;
  /** The plugins folder; made if it is not there. */
  readonly directory: string;
}

/**
 * Writes a plugin that works, with its test. Nothing that is there is changed.
 * @returns the files, absolute, the one to begin with first and the test last
 * @throws HubhandError CONFIG_INVALID for a name, kind or language that there is not, and for files that are there
 */
export async function writeNewPlugin(options: NewPluginOptions): Promise<readonly string[]> {
  const { name, directory } = options;
  if (!NAME.test(name))
    throw invalid(
      `${JSON.stringify(name)} cannot be the name of a new plugin; expected small letters, digits and "-", a letter first, such as door-lock`,
    );
  const files = filesOf(options).map((file) => ({ ...file, where: path.join(directory, file.name) }));
  const there = files.find(({ where }) => existsSync(where));
  if (there !== undefined)
    throw invalid(
      `${there.where} is there already; choose another name, or remove it first. Nothing was written`,
    );
  try {
    for (const { where, text, runs = false } of files) {
      await makeFolder(path.dirname(where));
      await writeFile(where, text, { flag: "wx", mode: runs ? 0o755 : 0o644 });
    }
  } catch (error) {
    throw invalid(`the plugin cannot be written: ${messageOf(error)}`);
  }
  return files.map(({ where }) => where);
}

function filesOf({ name, kind, language }: NewPluginOptions): readonly NewFile[] {
  const template = KINDS[oneOf("kind", kind, Object.keys(KINDS)) as NewPluginKind];
  const chosen = oneOf("language", language ?? template.languages[0], template.languages);
  return template.files(name, chosen as never);
}

function oneOf(what: string, given: string, known: readonly string[]): string {
  if (known.includes(given)) return given;
  const meant = closest(given, known);
  const advice = meant === undefined ? "" : `. Did you mean ${meant}?`;
  throw invalid(
    `there is no ${what} ${JSON.stringify(given)} for this; expected ${known.join(", ")}${advice}`,
  );
}

const invalid = (message: string): HubhandError => new HubhandError("CONFIG_INVALID", message);
