import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CONFIGURATION = fileURLToPath(new URL("../../deploy/prometheus/prometheus.yml", import.meta.url));
const HAS_PROMTOOL = spawnSync("promtool", ["--version"]).error === undefined;
if (!HAS_PROMTOOL) process.stderr.write("skipped: no promtool, so compose's configuration is not checked\n");

test.skipIf(!HAS_PROMTOOL)(
  "Prometheus' own checker understands the configuration that compose gives it",
  () => {
    const said = execFileSync("promtool", ["check", "config", "--syntax-only", CONFIGURATION], {
      encoding: "utf8",
    });
    expect(said).toContain("SUCCESS");
  },
);
