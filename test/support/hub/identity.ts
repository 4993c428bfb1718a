import { parseConnectionString } from "../../../src/link/connection-string.ts";
import type { Identity } from "../../../src/link/identity.ts";

/** The identity that a connection string with a key says. */
export function identityOf(connectionString: string): Identity {
  const { key = "", ...who } = parseConnectionString(connectionString, "the test");
  return { ...who, proof: { kind: "symmetric-key", key } };
}

/** An identity for what does not ask who it is. */
export const ANYONE: Identity = {
  hostName: "hub.test",
  deviceId: "pi-1",
  proof: { kind: "symmetric-key", key: Buffer.alloc(32).toString("base64") },
};
