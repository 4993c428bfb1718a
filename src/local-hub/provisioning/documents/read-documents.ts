import type { EnrolmentDescription, EnrolmentKind } from "../enrolment.ts";
import { keyOf } from "../enrolment.ts";
import { type Problem, readFields } from "./fields.ts";
import { readEnrolment, type Surroundings } from "./read-enrolment.ts";

/** Documents of enrolments that cannot be used; all that is wrong in them is told at once, and nothing of what is there. */
export class EnrolmentDocumentsError extends Error {
  override readonly name = "EnrolmentDocumentsError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, expected }) => `${path || "the document"}: expected ${expected}`).join("; "));
    this.problems = problems;
  }
}

const LISTS = { enrollments: "individual", enrollmentGroups: "group" } as const;

/**
 * Reads many at once: `{ enrollments: […], enrollmentGroups: […] }`, or a list of both, or one alone; each is a document of
 * the service's REST API, and a field that the service does not know is a mistake.
 *
 * @throws EnrolmentDocumentsError
 */
export function readEnrolments(document: unknown, surroundings: Surroundings): EnrolmentDescription[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();

  function read(one: unknown, { kind, path }: { kind: EnrolmentKind; path: string }): EnrolmentDescription[] {
    const enrolment = readEnrolment(one, { ...surroundings, kind, path, problems, strict: true });
    if (enrolment === undefined) return [];
    const key = `${kind} ${keyOf(enrolment.id)}`;
    const earlier = seen.get(key);
    if (earlier !== undefined) problems.push({ path, expected: `another id than that of ${earlier}` });
    seen.set(key, path || "the document");
    return [enrolment];
  }

  const found = listsOf(document, problems).flatMap((entry) => read(entry.one, entry));
  if (problems.length > 0) throw new EnrolmentDocumentsError(problems);
  return found;
}

interface Entry {
  one: unknown;
  kind: EnrolmentKind;
  path: string;
}

function listsOf(document: unknown, problems: Problem[]): Entry[] {
  if (Array.isArray(document)) {
    return document.map((one: unknown, index) => ({ one, kind: kindOf(one), path: `[${index}]` }));
  }
  const fields = readFields(document, { path: "", problems });
  if (fields === undefined) return [];
  const names = Object.keys(LISTS) as Array<keyof typeof LISTS>;
  if (!names.some((name) => fields.has(name))) return [{ one: document, kind: kindOf(document), path: "" }];
  fields.only(names);
  return names.flatMap((name) =>
    (fields.list(name) ?? []).map((one, index) => ({ one, kind: LISTS[name], path: `${name}[${index}]` })),
  );
}

function kindOf(document: unknown): EnrolmentKind {
  const isGroup = typeof document === "object" && document !== null && "enrollmentGroupId" in document;
  return isGroup ? "group" : "individual";
}
