import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startLocalHub } from "../../src/local-hub/index.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { methodCaller } from "../support/hub/call-method.ts";
import { agentEnvironment } from "./support/agent.ts";
import { startFaultyProxy } from "./support/faulty-proxy.ts";
import { type Footprint, growth } from "./support/footprint.ts";

const cleanUp = cleanUpAfterEach();

/** `npm run chaos:sessions` makes it ten thousand. */
const SESSIONS = Number(process.env.SESSIONS ?? 200);
/** The heap is measured so often, after so many sessions in which what is made once is made. */
const MEASUREMENTS = 8;
const WARM_UP = 100;
/** The link goes on at once, whatever it lost. */
const NO_WAIT = {
  HUBHAND_LINK_BACKOFF_NETWORK_BASE: "1ms",
  HUBHAND_LINK_BACKOFF_NETWORK_MAX: "1ms",
  HUBHAND_LINK_BACKOFF_REFUSED_BASE: "1ms",
  HUBHAND_LINK_BACKOFF_REFUSED_MAX: "1ms",
  // Sessions that are all ended so soon look like a conflict of identities.
  HUBHAND_LINK_BACKOFF_CONFLICT_BASE: "1ms",
  HUBHAND_LINK_BACKOFF_CONFLICT_MAX: "1ms",
};
/** How far a heap may still settle, in bytes, however many sessions there are: a leak grows with them. */
const SETTLING = 2 * 1024 * 1024;

interface Measured {
  readonly heap: number;
  readonly footprint: Footprint;
}

test(
  `${SESSIONS} short sessions in a row, each of which answers, leave nothing behind`,
  async () => {
    let disconnected = Promise.withResolvers<void>();
    const hub = await startLocalHub({
      dataDirectory: await cleanUp.folder(),
      log: ({ event }) => event === "disconnected" && disconnected.resolve(),
    });
    cleanUp.add(() => hub.stop());
    await hub.registry.create({ deviceId: "pi-1" });
    const proxy = await startFaultyProxy({ host: "127.0.0.1", port: hub.mqttPort });
    cleanUp.add(() => proxy.stop());
    const call = await methodCaller(hub);

    async function oneSession(number: number): Promise<void> {
      const answer = await call("pi-1", { methodName: "echo", payload: number, connectTimeoutInSeconds: 10 });
      expect(answer).toEqual({ status: 200, payload: number });
      disconnected = Promise.withResolvers();
      proxy.cut(number % 2 === 0 ? "close" : "reset");
      await disconnected.promise;
    }

    const connectionStringFile = join(await cleanUp.folder(), "connection-string");
    await writeFile(
      connectionStringFile,
      hub.deviceConnectionString("pi-1").replace(`:${hub.mqttPort}`, `:${proxy.port}`),
    );
    const child = fork(fileURLToPath(new URL("./fixtures/measured-agent.ts", import.meta.url)), {
      execArgv: ["--expose-gc"],
      env: {
        ...agentEnvironment({ connectionStringFile, caFile: hub.caFile ?? "" }),
        ...NO_WAIT,
      },
    });
    cleanUp.add(() => child.kill("SIGKILL"));
    const ask = async (order: "measure" | "stop"): Promise<Measured> => {
      child.send(order);
      const [measured] = (await once(child, "message")) as [Measured];
      return measured;
    };
    const points: { sessions: number; heap: number }[] = [];
    let before: Footprint = {};
    for (let number = 1; number <= WARM_UP + SESSIONS; number += 1) {
      await oneSession(number);
      if (number < WARM_UP || (number - WARM_UP) % (SESSIONS / MEASUREMENTS) !== 0) continue;
      const { heap, footprint } = await ask("measure");
      if (number === WARM_UP) before = footprint;
      points.push({ sessions: number, heap });
    }
    expect(slope(points) * SESSIONS, `growth of the heap: ${JSON.stringify(points)}`).toBeLessThan(SETTLING);

    const { footprint } = await ask("stop");
    expect(growth(before, footprint)).toEqual({});
    for (const kind of ["TCPSocketWrap", "TLSWrap", "TCPServerWrap", "Timeout", "GetAddrInfoReqWrap"]) {
      expect(footprint).not.toHaveProperty(kind);
    }
  },
  60_000 + SESSIONS * 200,
);

/** Of the straight line through the points that is nearest to them (least squares), in bytes a session. */
function slope(points: readonly { sessions: number; heap: number }[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = mean(points.map(({ sessions }) => sessions));
  const level = mean(points.map(({ heap }) => heap));
  const rise = mean(points.map(({ sessions, heap }) => (sessions - middle) * (heap - level)));
  return rise / mean(points.map(({ sessions }) => (sessions - middle) ** 2));
}
