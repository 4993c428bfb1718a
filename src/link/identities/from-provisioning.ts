import { MINUTE } from "../../durations.ts";
import type { Logger } from "../../events/logger.ts";
import { type Identity, IdentityFailure, type IdentitySource, type Proof } from "../identity.ts";
import type { Trust } from "../trust.ts";
import type { Ways } from "../ways.ts";
import type { Asked, Assignment, AssignmentCache } from "./assignment-cache.ts";
import type { Read } from "./kept.ts";
import { type Registration, type RegistrationSettings, register } from "./registration.ts";

export interface FromProvisioning {
  readonly asked: Asked;
  readonly proofKind: "symmetric-key" | "x509";
  /** Reads what the device proves itself with, to the service and to its hub. */
  readonly proof: Read<Registration["proof"]>;
  readonly payload: Registration["payload"];
  readonly trust: Trust;
  /** The ways to the provisioning service, which need not be those to the hub. */
  readonly ways: Ways;
  readonly settings: RegistrationSettings;
  readonly cache: AssignmentCache;
  readonly files: readonly string[];
  readonly logger: Logger;
}

/**
 * How often at most a name that does not exist leads to a question. It is tried every few seconds, and while DNS fails
 * the hubs' names may be gone for a whole fleet, and the service's not.
 */
const SEARCH_EVERY_MS = 5 * MINUTE;

/**
 * The identity that the Device Provisioning Service assigns. What it said is kept, on disk too, and the service is asked
 * only by a device that has no hub yet or that its hub does not take any more. Whatever then comes of asking, the hub
 * that is known is tried: the service being away, or having forgotten the device, is no reason to stay away as well.
 */
export function identitiesFromProvisioning(options: FromProvisioning): IdentitySource {
  const { asked, cache, logger } = options;
  const { clock } = options.settings;
  let assignment: Assignment | undefined;
  /** The hub refused, and the service was not reached since. */
  let doubted = false;
  /** The service said so, and the hub has not proved it wrong yet. */
  let fresh = false;
  let given = false;
  let told: string | undefined;
  /** When the hub's name, which does not exist, was last a reason to ask. */
  let searchedAt = Number.NEGATIVE_INFINITY;

  async function ask(proof: Registration["proof"], signal: AbortSignal): Promise<Assignment> {
    const found = await registerByAnyWay(options, proof, signal);
    const { hostName: hub, deviceId: device } = found;
    logger.info(
      { event: "identity.assigned", hub, device, ...asked },
      `the provisioning service assigned the hub ${hub}`,
    );
    doubted = false;
    fresh = true;
    told = undefined;
    await cache.write(asked, found);
    return found;
  }

  return {
    description: {
      provisioning: asked.endpoint,
      idScope: asked.idScope,
      registrationId: asked.registrationId,
      proof: options.proofKind,
    },
    files: options.files,
    async obtain(signal) {
      const proof = await options.proof();
      // Not refused since it was given: the hub took it, or was not even reached, which is not for the service to mend.
      if (given) {
        doubted = false;
        fresh = false;
      }
      assignment ??= await cache.read(asked);
      if (assignment === undefined) assignment = await ask(proof, signal);
      else if (doubted) {
        try {
          assignment = await ask(proof, signal);
        } catch (error) {
          if (!(error instanceof IdentityFailure)) throw error;
          const { message, reason, class: failureClass } = error.failure;
          if (reason !== told) {
            logger.warn(
              { event: "identity.assignment-kept", class: failureClass, reason },
              `the hub that was assigned before is tried: ${message}`,
            );
          }
          told = reason;
        }
      }
      given = true;
      return identity(assignment, proof);
    },
    async enrolled() {
      const found = await cache.peek(asked);
      return {
        ...asked,
        proof: await options.proof(),
        ...(found === undefined ? {} : { assignment: found }),
      };
    },
    rejected(_, { class: failureClass }) {
      given = false;
      const isSearch = failureClass !== "unauthorized";
      if (isSearch && clock.now() - searchedAt < SEARCH_EVERY_MS) {
        doubted = false;
        return undefined;
      }
      if (isSearch) searchedAt = clock.now();
      const worthAsking = !doubted && !fresh;
      doubted = true;
      return worthAsking ? "what the provisioning service says now" : undefined;
    },
  };
}

function identity({ hostName, deviceId }: Assignment, proof: Proof): Identity {
  return { hostName, deviceId, proof };
}

async function registerByAnyWay(
  options: FromProvisioning,
  proof: Registration["proof"],
  signal: AbortSignal,
): Promise<Assignment> {
  const { asked, payload, trust, ways, settings } = options;
  const ca = await trust.read();
  let last: unknown;
  for (const way of ways.order(false)) {
    try {
      const found = await register(settings, { asked, proof, payload, ca, way, signal });
      ways.worked(way);
      return found;
    } catch (error) {
      last = error;
      if (!(error instanceof IdentityFailure) || !ways.worthAnother(error.failure)) break;
    }
  }
  throw last;
}
