import { parseConnectionString } from "../../src/link/connection-string.ts";
import type { Identity } from "../../src/link/identity.ts";

/** The identity that a connection string with a key says. */
export function identityOf(connectionString: string): Identity {
  const { key = "", ...who } = parseConnectionString(connectionString, "the test");
  return { ...who, proof: { kind: "symmetric-key", key } };
}
