import { HubhandError } from "../../errors.ts";

/** Why a server cannot listen, and which setting to change. */
export function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): HubhandError {
  const where = authority(host, port);
  if (error.code === "EADDRINUSE") {
    return new HubhandError(
      "PORT_IN_USE",
      `Cannot listen on ${where}: another process does. Stop it, or choose another port with observe.port (HUBHAND_OBSERVE_PORT, --observe-port); 0 takes any free one.`,
    );
  }
  if (error.code === "EACCES") {
    return new HubhandError(
      "CONFIG_INVALID",
      `Cannot listen on ${where}: ports below 1024 need privileges. Choose a higher observe.port.`,
    );
  }
  return new HubhandError(
    "CONFIG_INVALID",
    `Cannot listen on ${where} (${error.code ?? error.message}): is observe.host an address of this machine?`,
  );
}

/** An IPv6 address stands in brackets before its port. */
export const authority = (host: string, port: number): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;
