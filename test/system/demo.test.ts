import { describe, expect, it } from "vitest";
import { type HubhandProcess, isAlive, startHubhand } from "../support/agent/hubhand-process.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const cleanUp = cleanUpAfterEach();

const pidsIn = (output: string): number[] =>
  [...output.matchAll(/\(pid (\d+)\)/g)].map(([, pid]) => Number(pid));

/** Starts it, and ends it with all that it has started, also where a test fails. */
function startDemo(args: readonly string[]): HubhandProcess {
  const demo = startHubhand(["demo", ...args]);
  cleanUp.add(async () => {
    demo.kill("SIGKILL");
    await demo.exited;
    for (const pid of pidsIn(demo.output()).filter(isAlive)) process.kill(pid, "SIGKILL");
  });
  return demo;
}

describe("npm run demo", () => {
  it("with --once makes one round, shows both sides, and leaves nothing behind", async () => {
    const demo = startDemo(["--once", "--data-dir", await cleanUp.folder()]);
    expect(await demo.exited, demo.output() + demo.errors()).toBe(0);
    const output = demo.output();
    expect(output).toMatch(/method +DeviceMethod/);
    expect(output).toMatch(/payload +\{"method_number":"42"\}/);
    expect(output).toMatch(/status +200/);
    expect(output).toMatch(/response +\{"Response":"This is the response from the device"\}/);
    expect(output).toMatch(/device +DeviceMethod was called, 1 so far, with \{"method_number":"42"\}/);
    expect(demo.errors()).toBe("");
    const pids = pidsIn(output);
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it("goes on calling, shows its pages, and Ctrl-C stops all of it", async () => {
    const demo = startDemo(["--every", "300ms", "--data-dir", await cleanUp.folder()]);
    await demo.says("2 so far");
    const [, url = ""] = /metrics +(http\S+)\/metrics/.exec(demo.output()) ?? [];
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const [, page = ""] = /page +(http\S+)/.exec(demo.output()) ?? [];
    expect(await (await fetch(page)).text()).toContain("<html");
    // The second is counted when it is answered, and the third may come at any moment.
    await waitUntil("both are counted", async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const [, calls] = /method="DeviceMethod",outcome="ok"\} (\d+)/.exec(metrics) ?? [];
      return Number(calls) >= 2;
    });
    demo.kill("SIGINT");
    expect(await demo.exited).toBe(0);
    expect(pidsIn(demo.output()).filter(isAlive)).toEqual([]);
  });

  it("says what happened when its hub is killed, and how to start it again", async () => {
    const demo = startDemo(["--every", "300ms", "--data-dir", await cleanUp.folder()]);
    await demo.says("Ctrl-C");
    const [hub = 0] = pidsIn(demo.output());
    process.kill(hub, "SIGKILL");
    await demo.says("npx hubhand hub --mqtt-port");
    await demo.says("failed");
    demo.kill("SIGINT");
    expect(await demo.exited).toBe(0);
  });

  it("fails, and says why, when its agent dies", async () => {
    const demo = startDemo(["--every", "300ms", "--data-dir", await cleanUp.folder()]);
    await demo.says("Ctrl-C");
    const [hub = 0, agent = 0] = pidsIn(demo.output());
    process.kill(agent, "SIGKILL");
    expect(await demo.exited).not.toBe(0);
    expect(demo.errors()).toContain("the agent ended with SIGKILL");
    await waitUntil("the hub is gone too", () => !isAlive(hub));
  });
});
