import { waitUntil } from "../../support/time/wait-until.ts";
import type { ProcessAgent } from "../support/agent-process.ts";
import type { Fault } from "../support/fault.ts";
import type { LocalScene } from "../support/local-scene.ts";
import { JUST_SET, LOST, NOBODY } from "../support/sights.ts";

type ProcessScene = LocalScene<ProcessAgent>;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Nothing may be lost where the keep-alive leaves time enough. */
const PATIENT = { HUBHAND_LINK_KEEP_ALIVE: "40s" };

/** What happens to the agent's process as a whole: it stands still, or the clock of its machine is set. */
export const PROCESS_FAULTS: readonly Fault<ProcessScene>[] = [
  {
    name: "a process that stands still for a moment (SIGSTOP, SIGCONT), without losing a call",
    config: PATIENT,
    async strike({ agent, call }) {
      agent.pause();
      const answer = call("echo", 1);
      await new Promise((resolve) => setTimeout(resolve, 500));
      agent.resume();
      await answer;
    },
  },
  {
    name: "a process that stands still until the hub gives it up (a lid that is closed)",
    async strike({ agent, events }) {
      const { length } = events;
      agent.pause();
      await waitUntil("the hub gives it up", () =>
        events.slice(length).some(({ event }) => event === "disconnected"),
      );
      agent.resume();
    },
    // What it sees first, its own unanswered ping or the end of the connection, is as the wake-up has it.
    passing: [{ class: "lost", reason: /^(closed-online|ECONNRESET|EPIPE|keepalive)$/ }],
  },
  ...[5 * MINUTE, DAY, -DAY].map(
    (ahead): Fault<ProcessScene> => ({
      name: `a clock that jumps ${inWords(ahead)} while it is online`,
      config: PATIENT,
      strike: ({ agent }) => agent.setClock(ahead),
      afterwards: ({ agent }) =>
        waitUntil("it tells that its clock was set", () =>
          agent.lines().some(({ clockMovedBy }) => Math.abs(Number(clockMovedBy) - ahead) < MINUTE),
        ),
    }),
  ),
  ...[DAY, -DAY].map(
    (ahead): Fault<ProcessScene> => ({
      name: `a clock that jumps ${inWords(ahead)}, and is set right, while the port is closed`,
      async strike({ agent, proxy }) {
        proxy.refuse();
        proxy.cut("close");
        await agent.setClock(ahead);
      },
      passing: [LOST],
      lasting: NOBODY,
      async heal({ agent, proxy }) {
        await agent.setClock(0);
        await proxy.heal();
      },
    }),
  ),
  {
    name: "a clock that is a day ahead when it logs in",
    async strike({ agent, proxy }) {
      await agent.setClock(DAY);
      proxy.cut("close");
    },
    passing: [LOST],
  },
  {
    name: "a clock that is a day behind when it logs in, until it is set right",
    async strike({ agent, proxy }) {
      await agent.setClock(-DAY);
      proxy.cut("close");
    },
    passing: [LOST, JUST_SET],
    lasting: { class: "clock", reason: "clock-connack-5" },
    heal: ({ agent }) => agent.setClock(0),
  },
];

function inWords(ahead: number): string {
  const size = Math.abs(ahead) === DAY ? "a day" : "five minutes";
  return `${size} ${ahead > 0 ? "forward" : "backward"}`;
}
