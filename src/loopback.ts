import { isIPv4 } from "node:net";

/** Whether only this machine reaches what listens on this address or name. */
export const isLoopback = (host: string): boolean =>
  host === "::1" || /^(?:.+\.)?localhost$/i.test(host) || (isIPv4(host) && host.startsWith("127."));
