import { type LocalHub, startLocalHub } from "../../src/local-hub/index.ts";
import type { CleanUp } from "../support/clean-up.ts";
import { lastingPort } from "../support/lasting-port.ts";
import type { Numbered } from "./account.ts";

export interface RestlessHub {
  /** The one that runs, or ran last. */
  readonly hub: LocalHub;
  readonly arrivals: readonly Numbered[];
  /** How often it has stopped. */
  readonly stops: () => number;
  /** No more stops and no more faults. */
  calm(): Promise<void>;
}

const DEVICE_ID = "pi-1";

/** What goes wrong on the way of a message now and then, in both halves of a delivery. */
const FAULTS = [
  { kind: "lose", at: "puback", direction: "to-device", probability: 0.002 },
  { kind: "drop-connection", at: "message", when: "before", probability: 0.001 },
  { kind: "drop-connection", at: "message", when: "after", probability: 0.001 },
] as const;

/** A hub that comes and goes on the same ports, and writes down what arrives. @param random a number in [0, 1) */
export async function startRestlessHub(cleanUp: CleanUp, random: () => number): Promise<RestlessHub> {
  const dataDirectory = await cleanUp.folder();
  const ports = { mqttPort: await lastingPort(), httpsPort: await lastingPort() };
  const arrivals: Numbered[] = [];
  let stops = 0;
  let isCalm = false;
  let wake = (): void => {};

  async function start(): Promise<LocalHub> {
    const started = await startLocalHub({ dataDirectory, ...ports });
    started.messages.on(({ body, systemProperties }) => {
      arrivals.push({ ...JSON.parse(body.toString()), messageId: systemProperties["message-id"] });
    });
    if (!isCalm)
      for (const fault of FAULTS) started.faults.add({ ...fault, seed: Math.ceil(random() * 1e6) });
    return started;
  }

  let hub = await start();
  await hub.registry.create({ deviceId: DEVICE_ID });

  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function comeAndGo(): Promise<void> {
    while (!isCalm) {
      await pause(500 + 4_000 * random());
      if (isCalm) break;
      await hub.stop();
      stops += 1;
      if (!isCalm) await pause(1_500 * random());
      hub = await start();
    }
    hub.faults.clear();
  }
  const coming = comeAndGo();

  async function calm(): Promise<void> {
    isCalm = true;
    wake();
    await coming;
  }
  cleanUp.add(async () => {
    await calm();
    await hub.stop();
  });

  return {
    get hub() {
      return hub;
    },
    arrivals,
    stops: () => stops,
    calm,
  };
}
