import type { Failure } from "./failure.ts";

/** Who this agent is to the hub, and how it proves it: for one session. */
export interface Identity {
  /** `name.azure-devices.net`, or `host:port` for a local hub. */
  readonly hostName: string;
  readonly deviceId: string;
  /** Of a module below the device; the device itself if absent. */
  readonly moduleId?: string;
  /** The host to connect to when it is not the hub itself (an IoT Edge gateway). */
  readonly gatewayHostName?: string;
  readonly proof: Proof;
  /** PEM text of the authorities to trust for this hub, where the identity brings its own (IoT Edge's trust bundle). */
  readonly ca?: string;
}

export type Proof = SymmetricKey | ClientCertificate | EdgeWorkload;

export interface SymmetricKey {
  readonly kind: "symmetric-key";
  /** Base64; a secret. */
  readonly key: string;
}

/** All PEM; the certificate with its chain. The private key and its passphrase are secrets. */
export interface ClientCertificate {
  readonly kind: "x509";
  readonly certificate: string;
  readonly privateKey: string;
  readonly passphrase?: string;
}

/** IoT Edge's security daemon signs for the module, which never sees a key. */
export interface EdgeWorkload {
  readonly kind: "edge-workload";
  /** `unix:///var/run/iotedge/workload.sock` or `http://…`. */
  readonly workloadUri: string;
  readonly generationId: string;
}

/** Where identities come from. The link asks for each session anew: keys rotate, certificates are renewed. */
export interface IdentitySource {
  /** For the log at start: hub, device, kind …; never a secret. */
  readonly description: Readonly<Record<string, string>>;
  /** Files that the identity is read from: when one changes, a session that stands on it is replaced. */
  readonly files: readonly string[];
  /**
   * The identity to try now; it may read files and ask the provisioning service.
   * @throws IdentityFailure if there is none now; whatever else is thrown is a fault of ours
   */
  obtain(signal: AbortSignal): Promise<Identity>;
  /**
   * The hub did not accept it, or is not to be found any more: the next `obtain` should try something else if there is
   * something, such as the secondary key, or ask the provisioning service again.
   * @returns what will be tried, if it is worth an attempt at once: "the secondary key"; undefined if there is nothing else
   */
  rejected(identity: Identity, failure: Failure): string | undefined;
  /**
   * Of a device that is provisioned: what it asks the service with, and what that said before, if it did. For whoever only
   * looks: nobody is asked, nothing is written. Rejects as `obtain` where a file cannot be used.
   */
  enrolled?(): Promise<Enrolled>;
}

export interface Enrolled {
  /** `host` or `host:port` of the provisioning service. */
  readonly endpoint: string;
  readonly idScope: string;
  readonly registrationId: string;
  readonly proof: SymmetricKey | ClientCertificate;
  readonly assignment?: { readonly hostName: string; readonly deviceId: string };
}

/** There is no identity now: a file cannot be read, or the provisioning service gives none. */
export class IdentityFailure extends Error {
  override readonly name = "IdentityFailure";
  readonly failure: Failure;

  constructor(failure: Failure, cause?: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
  }
}

/** An identity as it may be logged. */
export function describeIdentity(identity: Identity): Record<string, string> {
  const { hostName, deviceId, moduleId, gatewayHostName, proof } = identity;
  return {
    hub: hostName,
    device: deviceId,
    ...(moduleId === undefined ? {} : { module: moduleId }),
    ...(gatewayHostName === undefined ? {} : { gateway: gatewayHostName }),
    proof: proof.kind,
  };
}

/** A source of one identity that never changes: for tests, and for whoever has nothing else. */
export function fixedIdentity(identity: Identity): IdentitySource {
  return {
    description: describeIdentity(identity),
    files: [],
    obtain: async () => identity,
    rejected: () => undefined,
  };
}
