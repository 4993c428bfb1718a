import type { Clock } from "../../clock.ts";
import { cut } from "../../cut.ts";
import type { Logger } from "../../events/logger.ts";
import { isMapping } from "../../mapping.ts";
import { type TwinDocument, TwinFailure, type TwinSection } from "../hub-twin.ts";
import type { RawMqttClient } from "../mqtt/raw-client.ts";
import { parseTwinTopic, twinGetTopic, twinReportTopic } from "../topics/twin-topics.ts";

export interface TwinRequestsOptions {
  readonly generation: number;
  /** The connection, if it takes requests now. */
  open(): RawMqttClient | undefined;
  onDesired(patch: TwinSection): void;
  /** How long an answer is waited for, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is asked of the twin on one session. */
export interface TwinRequests {
  get(): Promise<TwinDocument>;
  report(patch: object): Promise<number>;
  /** Takes a message of the twin's; what is malformed is logged. */
  take(topic: string, payload: Uint8Array): void;
  /** Gives up whatever waits for an answer. */
  abandon(): void;
}

interface Answer {
  readonly version?: number;
  readonly payload: Uint8Array;
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export function createTwinRequests(options: TwinRequestsOptions): TwinRequests {
  const { generation, open, timeout, clock, logger } = options;
  const pending = new Map<string, Pending>();
  let count = 0;

  async function ask(topicOf: (requestId: string) => string, body: string): Promise<Answer> {
    const client = open();
    if (client === undefined) throw new Error("this session takes no twin requests any more");
    count += 1;
    const requestId = `${generation}-${count}`;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    pending.set(requestId, { resolve, reject });
    const cancel = clock.setTimer(timeout, () => reject(new Error("the hub did not answer a twin request")));
    // At QoS 0, as the hub expects.
    client.publish(topicOf(requestId), body, { qos: 0 }, (error) => error && reject(error));
    return promise.finally(() => {
      cancel();
      pending.delete(requestId);
    });
  }

  function answered(requestId: string, status: number, answer: Answer): void {
    const request = pending.get(requestId);
    // One that came too late is nobody's business any more.
    if (request === undefined) return;
    if (status >= 200 && status < 300) request.resolve(answer);
    else request.reject(new TwinFailure(status));
  }

  return {
    async get() {
      const { payload } = await ask(twinGetTopic, " "); // The SDK's body: some hubs do not take an empty one.
      const { desired, reported } = parse(payload) ?? {};
      if (!isSection(desired) || !isSection(reported)) throw malformed("a twin");
      return { desired, reported };
    },

    async report(patch) {
      const { version } = await ask(twinReportTopic, JSON.stringify(patch));
      if (version === undefined) throw malformed("an answer to reported properties, without their version");
      return version;
    },

    take(topic, payload) {
      const parsed = parseTwinTopic(topic);
      if (parsed === undefined) {
        logger.warn(
          { event: "twin.malformed", topic: cut(topic, 100) },
          "the hub sent a malformed topic of the twin",
        );
        return;
      }
      if (parsed.kind === "answer") {
        answered(parsed.requestId, parsed.status, { ...parsed, payload });
        return;
      }
      const given = parse(payload);
      const patch = given && {
        ...(parsed.version === undefined ? {} : { $version: parsed.version }),
        ...given,
      };
      if (isSection(patch)) options.onDesired(patch);
      else logger.warn({ event: "twin.malformed" }, "the hub sent a malformed change of desired properties");
    },

    abandon() {
      for (const { reject } of pending.values())
        reject(new Error("the session ended before the hub answered"));
    },
  };
}

/** Undefined for what is not the JSON of an object. */
function parse(payload: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    return isMapping(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isSection = (value: unknown): value is TwinSection =>
  isMapping(value) && Number.isSafeInteger(value.$version);

const malformed = (what: string): Error => new Error(`the hub sent ${what} that is malformed`);
