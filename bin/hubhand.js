#!/usr/bin/env node
// Starts hubhand on a Node that can run it: the one that runs this file, else the pinned one of a checkout.
// Plain JavaScript on purpose: it must start (and explain itself) on any Node.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const sources = here("../src/main.ts");
const entry = existsSync(sources) ? sources : here("../dist/main.js");
const pinnedNode = here("../node_modules/node/bin/node");
const [major, minor] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  await import(entry);
} else if (existsSync(pinnedNode)) {
  runOnPinnedNode();
} else {
  process.stderr.write(
    `hubhand needs Node 22.18 or newer; this is ${process.version} (${process.execPath}). Install a newer Node; in a checkout, "npm ci" brings one.\n`,
  );
  process.exit(78);
}

function runOnPinnedNode() {
  const child = spawn(pinnedNode, [here("hubhand.js"), ...process.argv.slice(2)], { stdio: "inherit" });
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  // A terminal sends Ctrl-C to the child as well: forwarding it would be the second one, which means "at once".
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  child.on("error", (error) => {
    process.stderr.write(`hubhand could not start ${pinnedNode}: ${error.message}\n`);
    process.exit(70);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 70);
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
