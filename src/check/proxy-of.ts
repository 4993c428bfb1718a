import type { LoadedConfig } from "../config/index.ts";

/** The proxy that WebSockets go through, and so what check asks over HTTPS; MQTT takes none. */
export const proxyOf = ({ transport, proxy }: LoadedConfig["values"]["link"]): string | undefined =>
  transport === "mqtt" ? undefined : (proxy ?? undefined);
