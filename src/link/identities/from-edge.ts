import type { Logger } from "../../events/logger.ts";
import { describeIdentity, type Identity, type IdentitySource } from "../identity.ts";
import type { EdgeModule } from "./edge-environment.ts";
import { keepLastGood } from "./kept.ts";
import { fetchTrustBundle } from "./trust-bundle.ts";

export interface FromEdge {
  readonly module: EdgeModule;
  /** False if the authorities to trust are configured; else they come from the security daemon. */
  readonly trustBundle: boolean;
  /** How long the security daemon may take to answer, in milliseconds. */
  readonly timeout: number;
  readonly logger: Logger;
}

/** The identity of an IoT Edge module, whose key stays with the security daemon. */
export function identitiesFromEdge({ module, trustBundle, timeout, logger }: FromEdge): IdentitySource {
  const { kind: _, workloadUri, generationId, ...who } = module;
  const identity: Identity = { ...who, proof: { kind: "edge-workload", workloadUri, generationId } };
  const readBundle = keepLastGood({
    what: "IoT Edge's trust bundle",
    logger,
    read: (signal: AbortSignal) =>
      fetchTrustBundle(workloadUri, AbortSignal.any([signal, AbortSignal.timeout(timeout)])),
  });
  return {
    description: describeIdentity(identity),
    files: [],
    async obtain(signal) {
      return trustBundle ? { ...identity, ca: await readBundle(signal) } : identity;
    },
    rejected: () => undefined,
  };
}
