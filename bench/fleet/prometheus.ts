/** What a series costs a real Prometheus in memory: `node bench/fleet/prometheus.ts --help`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureAgent } from "./real-agent.ts";

const USAGE = `npm run bench:fleet-prometheus -- [--devices 100,1000] [--interval 5] [--minutes 11]

  --devices N,M   fleets, one after the other; each device has the series of a real agent with the examples' plugins
  --interval S    seconds between two scrapes of a device. A series' open chunk holds 120 samples: with 5 s it is
                  full after 10 minutes, as with 60 s after 2 hours
  --minutes T     how long each is scraped before its memory is read
`;
const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "100,1000" },
    interval: { type: "string", default: "5" },
    minutes: { type: "string", default: "11" },
    help: { type: "boolean", default: false },
  },
});
const fleets = values.devices.split(",").map(Number);
const interval = Number(values.interval);
const minutes = Number(values.minutes);

if (values.help) process.stdout.write(USAGE);
else if (![...fleets, interval, minutes].every((number) => number > 0)) {
  process.stderr.write(`Numbers above 0 are expected.\n\n${USAGE}`);
  process.exitCode = 64;
} else await main();

async function main(): Promise<void> {
  const { scrape, series } = await measureAgent(
    fileURLToPath(new URL("../../examples/plugins", import.meta.url)),
  );
  process.stdout.write(`${series} series a device, a scrape in ${interval} s, ${minutes} minutes\n\n`);
  process.stdout.write("| devices | series | samples/s | resident MiB | Go heap in use MiB | CPU, cores |\n");
  process.stdout.write("|---|---|---|---|---|---|\n");
  const seen: { series: number; resident: number }[] = [];
  for (const devices of fleets) {
    const { resident, heap, cores, count } = await scrapedFor(devices, scrape);
    seen.push({ series: count, resident });
    const mebi = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
    const cells = [
      devices,
      count,
      Math.round(count / interval),
      mebi(resident),
      mebi(heap),
      cores.toFixed(2),
    ];
    process.stdout.write(`| ${cells.join(" | ")} |\n`);
  }
  const [first, last] = [seen.at(0), seen.at(-1)];
  if (first !== undefined && last !== undefined && last.series > first.series) {
    const bytes = (last.resident - first.resident) / (last.series - first.series);
    process.stdout.write(`\n${Math.round(bytes)} bytes resident for each further series\n`);
  }
}

/** Counters grow with each scrape, a third of all; the rest of an idle device stands still. */
function scrapes(text: string): () => string {
  const lines = text.split("\n");
  let at = 0;
  let current = "";
  return () => {
    const now = Math.floor(Date.now() / 1000);
    if (now !== at) {
      at = now;
      current = lines
        .map((line, index) => {
          const cut = line.lastIndexOf(" ");
          if (line === "" || line.startsWith("#") || index % 3 !== 0) return line;
          return `${line.slice(0, cut)} ${Number(line.slice(cut + 1)) + (now % 86_400) * (index % 7)}`;
        })
        .join("\n");
    }
    return current;
  };
}

async function scrapedFor(devices: number, text: string) {
  const folder = await mkdtemp(path.join(tmpdir(), "hubhand-bench-"));
  const answer = scrapes(text);
  const farm = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(answer());
  }).listen(0, "127.0.0.1");
  await once(farm, "listening");
  const { port } = farm.address() as AddressInfo;
  const groups = Array.from({ length: devices }, (_, index) => ({
    targets: [`127.0.0.1:${port}`],
    labels: { instance: `device-${index}` },
  }));
  await writeFile(path.join(folder, "devices.json"), JSON.stringify(groups));
  const config = {
    global: { scrape_interval: `${interval}s`, scrape_timeout: `${interval}s` },
    scrape_configs: [{ job_name: "hubhand", file_sd_configs: [{ files: ["devices.json"] }] }],
  };
  await writeFile(path.join(folder, "prometheus.yml"), JSON.stringify(config));
  const own = createServer().listen(0, "127.0.0.1");
  await once(own, "listening");
  const { port: webPort } = own.address() as AddressInfo;
  await new Promise((resolve) => own.close(resolve));
  const child = spawn(
    "prometheus",
    [
      `--config.file=${path.join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${path.join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${webPort}`,
      "--log.level=error",
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  try {
    await pause(minutes * 60_000);
    const own = await (await fetch(`http://127.0.0.1:${webPort}/metrics`)).text();
    const figure = (name: string): number =>
      Number(new RegExp(`^${name} (\\S+)$`, "m").exec(own)?.[1] ?? Number.NaN);
    return {
      resident: figure("process_resident_memory_bytes"),
      heap: figure("go_memstats_heap_inuse_bytes"),
      cores: figure("process_cpu_seconds_total") / (minutes * 60),
      count: figure("prometheus_tsdb_head_series"),
    };
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
    farm.closeAllConnections();
    farm.close();
    await rm(folder, { recursive: true, force: true });
  }
}
