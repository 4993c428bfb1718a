import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const configuration = (name: string) =>
  fileURLToPath(new URL(`../../deploy/prometheus/${name}`, import.meta.url));
const HAS_PROMTOOL = spawnSync("promtool", ["--version"]).error === undefined;
if (!HAS_PROMTOOL) process.stderr.write("skipped: no promtool, so compose's configuration is not checked\n");

test.skipIf(!HAS_PROMTOOL).each([["prometheus.yml"], ["central.yml"]])(
  "Prometheus' own checker understands %s, and the rules that it loads",
  (name) => {
    const said = execFileSync("promtool", ["check", "config", configuration(name)], { encoding: "utf8" });
    expect(said).toContain("SUCCESS");
    expect(said).toContain("rules/link.yml");
  },
);
