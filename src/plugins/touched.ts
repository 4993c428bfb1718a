import path from "node:path";
import type { Candidate } from "./discovery.ts";

/** What no plugin is made of: tests, hidden files of editors, texts for people. */
const NO_PART = /(^\.)|(~$)|(\.(test|spec)\.[^.]+$)|(\.(md|txt|log|swp)$)/;

/**
 * The plugins that changed files are of: a file itself, or what lies in its folder. A file at the top that belongs to
 * none (`_helper.ts`) may be part of each that is a file itself and is kept running; what was a plugin of its own is not.
 * @param known the files and folders that were plugins before
 */
export function touchedBy(
  changed: readonly string[],
  candidates: readonly Candidate[],
  known: ReadonlySet<string>,
): Set<Candidate> {
  const touched = new Set<Candidate>();
  for (const file of changed) {
    const owners = candidates.filter((candidate) => owns(candidate, file));
    const isNone = known.has(file) || NO_PART.test(path.basename(file));
    const sharers = isNone || owners.length > 0 ? [] : candidates.filter(mayShare);
    for (const one of [...owners, ...sharers]) touched.add(one);
  }
  return touched;
}

const owns = ({ file, folder }: Candidate, changed: string): boolean =>
  file === changed || (folder !== undefined && changed.startsWith(folder + path.sep));

/** A program is read afresh at each call anyway; what is in a folder is of that folder. */
const mayShare = ({ form, folder }: Candidate): boolean => form !== "executable" && folder === undefined;
