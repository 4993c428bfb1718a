import { describe, expect, it } from "vitest";
import { HubhandError } from "../../../src/errors.ts";
import { errorOf, settle } from "../../methods/bench.ts";
import { createBuiltInBench } from "./bench.ts";

describe("hubhand.restartPlugin", () => {
  it("tells how the plugin is afterwards", async () => {
    const bench = await createBuiltInBench(() => ({
      restartPlugin: async (name) => ({ name, kind: "module", up: true }),
    }));
    const { status, body } = await bench.call("hubhand.restartPlugin", { plugin: "valve" }).reply;
    expect({ status, body }).toEqual({ status: 200, body: { name: "valve", kind: "module", up: true } });
  });

  it("a plugin that there is not is 404", async () => {
    const reply = await (await createBuiltInBench()).call("hubhand.restartPlugin", { plugin: "nobody" })
      .reply;
    expect(reply.status).toBe(404);
    expect(errorOf(reply).code).toBe("PLUGIN_UNKNOWN");
  });
});

describe("hubhand.restart", () => {
  it("is answered first; the agent ends a second later", async () => {
    let restarts = 0;
    const bench = await createBuiltInBench(({ clock }) => ({ clock, restart: () => (restarts += 1) }));
    const { status, body } = await bench.call("hubhand.restart").reply;
    expect({ status, body }).toEqual({ status: 202, body: { restarting: true } });
    expect(restarts).toBe(0);
    bench.clock.advance(1_000);
    expect(restarts).toBe(1);
  });
});

describe("hubhand.reboot", () => {
  it("is answered first; the host is asked two seconds later", async () => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
    };
    const bench = await createBuiltInBench(({ clock }) => ({
      clock,
      reboot: { possible: async () => {}, ask },
    }));
    expect(await bench.call("hubhand.reboot").reply).toMatchObject({
      status: 202,
      body: { rebooting: true },
    });
    expect(asked).toBe(0);
    bench.clock.advance(2_000);
    expect(asked).toBe(1);
  });

  it("says at once if the host cannot be asked, and does not ask it", async () => {
    let asked = 0;
    const bench = await createBuiltInBench(({ clock }) => ({
      clock,
      reboot: {
        async possible() {
          throw new HubhandError("METHOD_FAILED", "it is not mounted");
        },
        async ask() {
          asked += 1;
        },
      },
    }));
    const reply = await bench.call("hubhand.reboot").reply;
    expect(reply.status).toBe(500);
    expect(errorOf(reply).message).toBe("it is not mounted");
    bench.clock.advance(10_000);
    expect(asked).toBe(0);
  });

  it("one that fails after all is told in the log", async () => {
    const bench = await createBuiltInBench(({ clock }) => ({
      clock,
      reboot: {
        possible: async () => {},
        async ask() {
          throw new Error("the disk is gone");
        },
      },
    }));
    await bench.call("hubhand.reboot").reply;
    bench.clock.advance(2_000);
    await settle();
    expect(bench.log.lines()).toContainEqual(
      expect.objectContaining({ level: "error", msg: "the host cannot be asked to reboot" }),
    );
  });
});
