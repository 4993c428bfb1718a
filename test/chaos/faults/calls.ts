import { expect } from "vitest";
import { waitUntil } from "../../support/time/wait-until.ts";
import type { Fault } from "../support/fault.ts";
import type { LocalScene } from "../support/local-scene.ts";
import type { Answer } from "../support/scene.ts";
import { BROKEN_OFF, LOST } from "../support/sights.ts";
import { failuresIn } from "../support/truth.ts";

const runsOf = async (scene: LocalScene, id: string): Promise<unknown> =>
  (await scene.call("runs", { id })).payload;

/** A disconnect while a call is somewhere on its way. */
export const CALL_FAULTS: readonly Fault<LocalScene>[] = [inAHandler(), inAReply(), inAnOpening()];

function inAHandler(): Fault<LocalScene> {
  const id = "cut in its handler";
  let answer: Promise<Answer>;
  return {
    name: "a disconnect in the middle of a handler, whose reply then goes out on the next connection",
    async strike(scene) {
      answer = scene.call("hold", { id });
      await waitUntil("the handler runs", async () => (await runsOf(scene, id)) === 1);
      scene.proxy.cut("reset");
    },
    passing: [LOST],
    async afterwards(scene) {
      expect(await scene.call("release", { id })).toMatchObject({ payload: true });
      expect(await answer).toEqual({ status: 200, payload: { held: id } });
      expect(await runsOf(scene, id)).toBe(1);
    },
  };
}

function inAReply(): Fault<LocalScene> {
  const characters = 120_000;
  let answer: Promise<Answer | Error>;
  return {
    name: "a disconnect in the middle of a reply",
    async strike(scene) {
      const { proxy } = scene;
      const before = proxy.accepted.length;
      // The login is some thousand bytes: what is cut is the reply, at its half.
      proxy.rules = { cutAfter: { bytes: characters / 2, direction: "up", how: "reset" } };
      answer = scene
        .call("long", { characters }, { responseTimeoutInSeconds: 5 })
        .catch((error: Error) => error);
      await waitUntil("the next connection is made", () => proxy.accepted.length > before);
      await proxy.heal();
    },
    passing: [LOST],
    async afterwards() {
      // A reply is sent at most once (QoS 0): it arrives whole, or the hub says that none came.
      const outcome = await answer;
      if (outcome instanceof Error) expect(outcome.name).toBe("GatewayTimeoutError");
      else expect(outcome).toEqual({ status: 200, payload: "x".repeat(characters) });
    },
  };
}

/**
 * Bytes after which a connection is cut. Up, the handshake is some 1,600 of them, the login 400 and the subscription
 * 50; down they are 2,400 (tickets and CONNACK 600 more) and 30.
 */
const CUTS = [1, 500, 1_000, 1_500, 1_700, 1_900, 1_995, 2_015, 2_200, 2_450, 2_700, 2_950, 2_975, 2_985];

function inAnOpening(): Fault<LocalScene> {
  return {
    name: "connections that are cut at ever later bytes of their opening, both ways",
    async strike({ proxy }) {
      for (const direction of ["up", "down"] as const) {
        for (const bytes of CUTS) {
          proxy.rules = { cutAfter: { bytes, direction, how: "reset" } };
          const before = proxy.accepted.length;
          proxy.cut("reset");
          await waitUntil("the next attempt is made", () => proxy.accepted.length > before);
        }
      }
    },
    passing: [
      LOST,
      BROKEN_OFF,
      { class: "refused", reason: /^(closed-(connecting|subscribing)|ECONNRESET|EPIPE)$/ },
    ],
    heal: ({ proxy }) => proxy.heal(),
    afterwards({ agent }) {
      const classes = new Set(failuresIn(agent.lines()).map((line) => line.class));
      expect(classes, "cuts before and after TLS stood").toEqual(new Set(["lost", "network", "refused"]));
    },
  };
}
