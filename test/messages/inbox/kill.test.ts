import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

const SCRIPT = fileURLToPath(new URL("./fixtures/inbox-process.ts", import.meta.url));
const KILLS = 5;

it("killed at any instant, an agent that keeps messages on disk handles each that it has acknowledged, in order", async () => {
  const folder = await cleanUp.folder();
  const handledFile = path.join(folder, "handled");
  const acknowledged: string[] = [];
  let sent = 0;
  for (let life = 0; life <= KILLS; life += 1) {
    const isLast = life === KILLS;
    const child = spawn(process.execPath, [SCRIPT, path.join(folder, "state"), handledFile], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    cleanUp.add(() => child.kill("SIGKILL"));
    // Between some acknowledgements, and some milliseconds into what they begin.
    const killAfter = 1 + ((life * 7) % 20);
    let own = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === "idle") {
        if (isLast && own === 20) break;
        continue;
      }
      if (line === "ready") {
        for (let count = 0; count < 20; count += 1) {
          sent += 1;
          child.stdin.write(`${sent}\n`);
        }
        continue;
      }
      acknowledged.push(line);
      own += 1;
      if (!isLast && own === killAfter) break;
    }
    if (!isLast) await new Promise((resolve) => setTimeout(resolve, life));
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const handled = (await readFile(handledFile, "utf8")).trim().split("\n");
  const distinct = [...new Set(handled)];
  expect(acknowledged.length).toBeGreaterThan(KILLS);
  expect(acknowledged.filter((one) => !distinct.includes(one))).toEqual([]);
  expect(distinct.map(Number)).toEqual(distinct.map(Number).toSorted((a, b) => a - b));
  // A kill makes a double of what it interrupts, if that was done.
  expect(handled.length - distinct.length).toBeLessThanOrEqual(KILLS);
});
