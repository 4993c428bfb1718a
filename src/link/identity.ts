/**
 * Who this device is to the hub. One kind for now; X.509, the provisioning service and the IoT Edge module
 * environment are further kinds of this union.
 */
export type Identity = SymmetricKeyIdentity;

export interface SymmetricKeyIdentity {
  readonly kind: "symmetric-key";
  /** `name.azure-devices.net`, or `host:port` for a local hub. */
  readonly hostName: string;
  readonly deviceId: string;
  readonly moduleId?: string;
  /** The host to connect to when it is not the hub itself (an IoT Edge gateway). */
  readonly gatewayHostName?: string;
  /** Checked and canonical; a secret as a whole. */
  readonly connectionString: string;
}

/** An identity as it may be logged. */
export function describeIdentity(identity: Identity): Record<string, string> {
  return {
    hub: identity.hostName,
    device: identity.deviceId,
    ...(identity.moduleId === undefined ? {} : { module: identity.moduleId }),
    ...(identity.gatewayHostName === undefined ? {} : { gateway: identity.gatewayHostName }),
  };
}
