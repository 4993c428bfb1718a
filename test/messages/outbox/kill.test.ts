import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { PRIORITIES } from "../../../src/messages/outbox/order.ts";
import type { KeptMessage } from "../../../src/messages/outbox/outbox.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";
import { openOutbox } from "./support.ts";

const cleanUp = cleanUpAfterEach();

const SOURCE = fileURLToPath(new URL("kill-child.ts", import.meta.url));
/** `KILLS=n` for more. */
const KILLS = Number(process.env.KILLS ?? 80);
const AT_ONCE = 4;
/** A guard: a machine that is busy with other tests takes ten times as long as one that is not. */
const LIMIT = 90_000 + KILLS * 1_000;
/** Milliseconds, from the first thing that it says; for some, from the start. */
const LONGEST_LIFE = 30;
const LONGEST_START = 100;

test(
  `killed ${KILLS} times at a random instant, nothing promised is lost, and all is in order`,
  async () => {
    const folders = await Promise.all(Array.from({ length: AT_ONCE }, () => cleanUp.folder()));
    const child = join(await cleanUp.folder(), "child.mjs");
    // One file without types starts in a third of the time.
    await build({ entryPoints: [SOURCE], outfile: child, bundle: true, platform: "node", format: "esm" });
    const killed = await Promise.all(
      folders.map((folder) => killAgainAndAgain({ child, folder: join(folder, "outbox") })),
    );
    expect(killed.reduce((sum, { promised }) => sum + promised, 0)).toBeGreaterThan(KILLS);
  },
  LIMIT,
);

/** One after the other on the same folder, so that each finds what the one before has left. */
async function killAgainAndAgain({
  child,
  folder,
}: {
  child: string;
  folder: string;
}): Promise<{ promised: number }> {
  const promised = new Set<number>();
  const delivered = new Set<number>();
  let latest = 0;
  for (let kill = 0; kill < KILLS / AT_ONCE; kill += 1) {
    for (const line of await lifeOf({ child, folder, latest })) {
      const number = Number(line.slice(1));
      (line.startsWith("p") ? promised : delivered).add(number);
      latest = Math.max(latest, number);
    }
    const { outbox, log } = await openOutbox(folder);
    const found = outbox.take(1_000_000);
    expect(log.lines()).toEqual([]);
    expect(outbox.status()).toMatchObject({ messages: found.length });
    const numbers = found.map(({ messageId }) => Number(messageId));
    const there = new Set(numbers);
    expect(there.size).toBe(numbers.length);
    expect([...promised].filter((number) => !there.has(number) && !delivered.has(number))).toEqual([]);
    for (const priority of PRIORITIES) expectOrder(found.filter((one) => one.priority === priority));
    // What has no promise and is there all the same keeps its number.
    latest = Math.max(latest, ...numbers);
    // A device that is never online would have more to look through each time.
    if (kill % 5 === 4) {
      for (const one of found) {
        delivered.add(Number(one.messageId));
        outbox.delivered(one);
      }
    }
    await outbox.close();
  }
  return { promised: promised.size };
}

function expectOrder(messages: readonly KeptMessage[]): void {
  const inOrder = (numbers: readonly number[]) =>
    numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0));
  expect(inOrder(messages.map(({ sequence }) => sequence))).toBe(true);
  expect(inOrder(messages.map(({ messageId }) => Number(messageId)))).toBe(true);
  for (const { messageId, body } of messages) {
    const number = Number(messageId);
    expect(Buffer.from(body).equals(Buffer.alloc(number % 900, messageId))).toBe(true);
  }
}

/** @returns what it said before it was killed */
async function lifeOf(options: { child: string; folder: string; latest: number }): Promise<string[]> {
  const { folder, latest } = options;
  const child = spawn(process.execPath, [options.child, folder, String(latest)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  const kill = () => child.kill("SIGKILL");
  if (Math.random() < 0.2) setTimeout(kill, Math.random() * LONGEST_START);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (said === "") setTimeout(kill, Math.random() * LONGEST_LIFE);
    said += text;
  });
  const [, signal] = await once(child, "close");
  expect(signal).toBe("SIGKILL");
  // A line that was cut is no promise: whoever listens has not heard it.
  return said.split("\n").slice(0, -1);
}
