import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";
import { startUnderManager } from "./scene.ts";

const cleanUp = cleanUpAfterEach();

const has = (program: string): boolean => {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

const ways = [
  { way: "descriptor", needs: "perl", how: "by the socket that it was given" },
  { way: "program", needs: "systemd-notify", how: "by systemd-notify" },
] as const;

for (const { way, needs, how } of ways) {
  const skipped = !has("perl") || !has(needs);
  describe.skipIf(skipped)(`the service manager is told, ${how}${skipped ? ` (no ${needs})` : ""}`, () => {
    it("that the agent serves without a network, lives, and stops", async () => {
      const { agent, messages, told } = await startUnderManager(cleanUp, way);
      await told("READY=1");
      await told("STATUS=not online (network, ECONNREFUSED); 2 plugins");
      const signs = (): number => messages().filter((message) => message.includes("WATCHDOG=1")).length;
      const before = signs();
      await waitUntil("signs of life go on", () => signs() > before + 2);
      expect(
        agent
          .lines()
          .filter(({ msg }) => msg === "environment")
          .map(({ seen }) => seen),
      ).toEqual([[], []]);
      agent.kill("SIGTERM");
      await told("STOPPING=1");
      // drainTimeout, and what else has its own limit.
      await told("EXTEND_TIMEOUT_USEC=28000000");
      expect(await agent.exited).toBe(0);
      expect(agent.errors()).toBe("");
      expect(agent.output()).not.toContain("agent.notify-failed");
    });
  });
}

describe.skipIf(!has("systemd-notify"))("a service manager that is not there", () => {
  it("is told of once, and the agent goes on", async () => {
    const { agent } = await startUnderManager(cleanUp, "nobody");
    const line = await agent.line("it is told", ({ event }) => event === "agent.notify-failed");
    expect(line).toMatchObject({ level: "warn", problem: expect.stringContaining("systemd-notify") });
    await agent.line("it goes on", ({ event }) => event === "link.offline");
    agent.kill("SIGTERM");
    expect(await agent.exited).toBe(0);
    expect(agent.lines().filter(({ event }) => event === "agent.notify-failed")).toHaveLength(1);
  });
});
