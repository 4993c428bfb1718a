import { type Fields, type Problem, readFields } from "../documents/fields.ts";
import { ProvisioningError } from "../provisioning-error.ts";

/** The JSON of a body. @throws ProvisioningError bad-request */
export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new ProvisioningError("bad-request", "the body is not JSON");
  }
}

/** The fields of a body, and what is wrong with them so far. @throws ProvisioningError bad-request if it is no object */
export function bodyFields(body: Buffer): { fields: Fields; problems: Problem[] } {
  const problems: Problem[] = [];
  const fields = readFields(parseBody(body), { path: "", problems });
  if (fields === undefined) throw wrong(problems);
  return { fields, problems };
}

/** All that is wrong in a document, as one error. */
export function wrong(problems: readonly Problem[]): ProvisioningError {
  const told = problems.map(
    ({ path, expected }) => `${path === "" ? "the body" : path}: expected ${expected}`,
  );
  return new ProvisioningError("bad-request", told.join("; "));
}
