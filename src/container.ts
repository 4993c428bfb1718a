import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Docker and Podman leave these; elsewhere the first process is a container's only one. */
const isContainer = (): boolean =>
  process.pid === 1 || existsSync("/.dockerenv") || existsSync("/run/.containerenv");

/**
 * Whether this is a container with a network of its own, so that who reaches its ports is decided outside of it: each of its
 * interfaces has its other end elsewhere (Linux, Documentation/ABI/testing/sysfs-class-net, iflink). With the network of
 * the machine (`--network host`) there is a real one among them.
 */
export function hasOwnNetwork(interfaces = "/sys/class/net"): boolean {
  if (!isContainer()) return false;
  try {
    const numberOf = (name: string, file: string) =>
      readFileSync(`${interfaces}/${name}/${file}`, "utf8").trim();
    return readdirSync(interfaces)
      .filter((name) => name !== "lo")
      .every((name) => numberOf(name, "iflink") !== numberOf(name, "ifindex"));
  } catch {
    return false;
  }
}
