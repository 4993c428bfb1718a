import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

interface Service {
  readonly image: string;
  readonly profiles: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
}

const { services } = parse(read("docker-compose.yml"), { merge: true }) as {
  services: Record<string, Service>;
};
const each = Object.entries(services);

const inProfile = (profile: string): string[] =>
  each.filter(([, { profiles }]) => profiles.includes(profile)).map(([name]) => name);

test.each(each)("%s may not do or take more than it needs, and is started again", (_name, service) => {
  expect(service).toMatchObject({
    read_only: true,
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    restart: "unless-stopped",
    // One that a machine with a single processor takes, too.
    cpus: 1,
    pids_limit: expect.any(Number),
    mem_limit: expect.stringMatching(/\d+m\}?$/),
    logging: { driver: "json-file", options: { "max-size": "5m", "max-file": "3" } },
  });
});

test.each(each)("%s is published to this machine only", (_name, { ports = [] }) => {
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test.each(each)("%s has a health check, of its own or of hubhand's image", (_name, service) => {
  expect(service.healthcheck?.disable).not.toBe(true);
  if (!service.image.includes("HUBHAND_IMAGE")) expect(service.healthcheck?.test?.[0]).toBe("CMD");
});

test("each profile starts what it is for, and every service is in one", () => {
  const demo = ["hub", "agent", "caller", "prometheus", "grafana"];
  expect(inProfile("demo")).toEqual(demo);
  expect(inProfile("cloud")).toEqual(["device"]);
  expect(inProfile("watch")).toEqual(["prometheus", "grafana"]);
  expect(inProfile("remote-write")).toEqual([...demo, "prometheus-agent", "central"]);
});

test("without --profile it is the demo", () => {
  expect(read(".env")).toMatch(/^COMPOSE_PROFILES=demo$/m);
});
