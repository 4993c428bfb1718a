import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isMap, isScalar } from "yaml";
import { whyUnreadable } from "../files/unreadable.ts";
import { parseYaml, type TextPlace } from "../yaml/text.ts";
import { readKeys, shapeOfNode } from "./file-keys.ts";
import type { Source } from "./problems.ts";

/** A configuration file: its name as a person gave it, and who named it. */
export interface NamedFile {
  readonly name: string;
  /** Such as `flag --config`; undefined for config/default.*. */
  readonly namedBy?: string | undefined;
}

/** Reads a YAML or JSON file (YAML 1.2 contains JSON). Every problem of the file is found, not only the first. */
export function readConfigFile({ name, namedBy }: NamedFile, cwd: string): Source {
  const path = resolve(cwd, name);
  const shown = /[=;]/.test(name) ? "(a file name not shown: it may hold a secret)" : name;
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const by = namedBy ? `, named by ${namedBy}` : "";
    const advice = `Check the name and the rights; a relative name starts at ${cwd}.`;
    return failed(`${shown}${by}: configuration file: ${whyUnreadable(error)}. ${advice}`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return failed(`${shown}: the file is not text in UTF-8. Save it as UTF-8.`);
  }
  return parseConfig({ text, shown, base: dirname(path), json: name.endsWith(".json") });
}

interface FileText {
  readonly text: string;
  /** The file's name in messages. */
  readonly shown: string;
  /** The folder that its relative paths start from. */
  readonly base: string;
  readonly json: boolean;
}

function parseConfig({ text, shown, base, json }: FileText): Source {
  const parsed = parseYaml(text);
  const at = ({ line, col }: TextPlace) => `${shown}:${line}:${col}`;
  if ("problem" in parsed)
    return failed(`${at(parsed.place)}: not ${json ? "JSON" : "YAML"}: ${parsed.problem}.`);
  const { document, placeOf } = parsed;
  const place = (offset?: number) => at(placeOf(offset));
  const root = document.contents;
  // A file with nothing but comments sets nothing; an empty .json file is one that was cut short.
  if (!json && (root === null || (isScalar(root) && root.value === null))) return failed();
  if (isMap(root) && (root.flow || !json)) return readKeys({ document, root, place, base, origin: shown });
  const found = json && isMap(root) ? "YAML" : root === null ? "nothing" : shapeOfNode(root);
  const example = json ? '{"observe":{"port":9464}}' : "observe: { port: 9464 }";
  return failed(
    `${place(root?.range[0])}: the file holds ${found}; expected a mapping of groups, such as ${example}.`,
  );
}

function failed(...problems: string[]): Source {
  return { givens: [], problems };
}
