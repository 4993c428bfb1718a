import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { HubhandError, messageOf } from "../../errors.ts";
import { EnrolmentDocumentsError, type LocalProvisioning } from "../../local-hub/index.ts";

/** What our own flags suggest, and what the service's documents say. */
const SPELT = [
  ["enrolments", "enrollments"],
  ["enrolmentGroups", "enrollmentGroups"],
] as const;

/**
 * Enrols what a YAML or JSON file says; JSON is YAML too. What is there by the same id is replaced: the file is how it is
 * meant to be. @throws HubhandError CONFIG_INVALID, with every mistake on a line of its own
 */
export async function enrolFromFile(service: LocalProvisioning, path: string): Promise<void> {
  const refuse = (lines: readonly string[], cause?: unknown) =>
    new HubhandError("CONFIG_INVALID", lines.map((line) => `--enrolments ${path}: ${line}`).join("\n"), {
      cause,
    });
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw refuse([messageOf(error)], error);
  });
  const document = parseDocument(text);
  // Only the first line: the others show the text, which may be a key.
  const faults = document.errors.map(({ message }) => message.split("\n")[0]?.replace(/:$/, "") ?? "");
  if (faults.length > 0) throw refuse(faults);
  try {
    service.enrol(document.toJS({ maxAliasCount: 100 }));
  } catch (error) {
    if (!(error instanceof EnrolmentDocumentsError)) throw refuse([messageOf(error)], error);
    throw refuse([
      ...SPELT.filter(([wrong]) => document.has(wrong)).map(
        ([wrong, right]) => `${wrong} is spelt ${right} in such a file, as the service does`,
      ),
      ...error.problems.map(
        ({ path: place, expected }) => `${place || "the document"}: expected ${expected}`,
      ),
    ]);
  }
}
