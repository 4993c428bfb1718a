/** A device, or a module of it: by the ids of the registry. */
export interface Who {
  deviceId: string;
  moduleId?: string;
}

/**
 * The one name of a device or module within the hub, which is its MQTT client id too: `device` or `device/module`. No id
 * may hold a slash, so it tells which.
 */
export function clientIdOf({ deviceId, moduleId }: Who): string {
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}

/** Who a client id names. */
export function whoIs(clientId: string): Who {
  const slash = clientId.indexOf("/");
  if (slash === -1) return { deviceId: clientId };
  return { deviceId: clientId.slice(0, slash), moduleId: clientId.slice(slash + 1) };
}

/** Where it is in the hub, as tokens and topics say it: `devices/{device}` or `devices/{device}/modules/{module}`. */
export function resourceOf(clientId: string): string {
  const { deviceId, moduleId } = whoIs(clientId);
  return moduleId === undefined ? `devices/${deviceId}` : `devices/${deviceId}/modules/${moduleId}`;
}
