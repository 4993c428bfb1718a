/** What a device subscribes to for the answers to what it asks of its twin, and for changes of what is desired. */
export const TWIN_FILTERS = ["$iothub/twin/res/#", "$iothub/twin/PATCH/properties/desired/#"] as const;

const ANSWER = "$iothub/twin/res/";
const DESIRED = "$iothub/twin/PATCH/properties/desired/";

/** Whether a topic is the twin's, well formed or not: cheap, as each message is asked. */
export const isTwinTopic = (topic: string): boolean => topic.startsWith("$iothub/twin/");

/** Where the whole twin is asked for. */
export const twinGetTopic = (requestId: string): string => `$iothub/twin/GET/?$rid=${requestId}`;

/** Where a change of the reported properties is told. */
export const twinReportTopic = (requestId: string): string =>
  `$iothub/twin/PATCH/properties/reported/?$rid=${requestId}`;

export type TwinTopic =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly requestId: string;
      readonly version?: number;
    }
  | { readonly kind: "desired"; readonly version?: number };

/**
 * Reads `$iothub/twin/res/{status}/?$rid={rid}[&$version={v}]` and `$iothub/twin/PATCH/properties/desired/?$version={v}`
 * (IoT Hub developer guide, "MQTT").
 * @returns undefined for a topic that is not of this form
 */
export function parseTwinTopic(topic: string): TwinTopic | undefined {
  const query = new Map(
    topic
      .slice(topic.indexOf("?") + 1)
      .split("&")
      .map((pair): [string, string] => {
        const [name = "", value = ""] = pair.split("=");
        return [name, value];
      }),
  );
  const given = query.get("$version") ?? "";
  const version = /^\d{1,15}$/.test(given) ? { version: Number(given) } : {};
  if (topic.startsWith(DESIRED)) return { kind: "desired", ...version };
  if (!topic.startsWith(ANSWER)) return undefined;
  const [, status] = /^(\d{3})(?:\/|\?|$)/.exec(topic.slice(ANSWER.length)) ?? [];
  const requestId = query.get("$rid") ?? "";
  if (status === undefined || requestId === "") return undefined;
  return { kind: "answer", status: Number(status), requestId, ...version };
}
