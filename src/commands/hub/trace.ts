import type { CallExchange, Exchange, LocalHubOptions, PacketExchange } from "../../local-hub/index.ts";

/** What `hubhand hub --trace` prints: each exchange on a line of its own. */
export interface TracePrinter {
  /** For `startLocalHub`. */
  options: Pick<LocalHubOptions, "trace">;
  /** Prints what there is so far, and from now on at once: who reads the output waits for its first line. */
  begin(): void;
}

/** With `json` one JSON line an exchange on standard output, among the events; else a line for a person on standard error. */
export function createTracePrinter({ trace, json }: { trace?: boolean; json?: boolean }): TracePrinter {
  if (!trace) return { options: {}, begin() {} };
  const early: Exchange[] = [];
  let tell = (exchange: Exchange): unknown => early.push(exchange);
  return {
    options: { trace: (exchange) => tell(exchange) },
    begin() {
      tell = json ? printJson : printLine;
      early.forEach(tell);
    },
  };
}

function printJson(exchange: Exchange): void {
  const line = { time: new Date().toISOString(), event: "exchange", ...exchange };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function printLine(exchange: Exchange): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 23)} ${describeExchange(exchange)}\n`);
}

/** One line for a person: who, which way (→ to the hub, ← from it), what. */
export function describeExchange(exchange: Exchange): string {
  const inward = exchange.direction === "from-device" || exchange.direction === "request";
  const what = "method" in exchange ? callWords(exchange) : packetWords(exchange);
  return oneLine(`${nameOf(exchange)} ${inward ? "→" : "←"} ${what}`);
}

function nameOf(exchange: Exchange): string {
  if ("method" in exchange)
    return `${exchange.face === "https" ? "" : "provisioning "}caller ${exchange.remote}`;
  const { registrationId, deviceId, moduleId, remote } = exchange;
  if (registrationId !== undefined) return `provisioning ${registrationId}`;
  if (deviceId === undefined) return remote;
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}

function packetWords(exchange: PacketExchange): string {
  const { packet, topic, topics, granted, userName, returnCode, bytes, payload } = exchange;
  const words = [
    packet.toUpperCase(),
    topic,
    topics?.join(" "),
    granted && `granted ${granted.join(" ")}`,
    userName && `user ${userName}`,
    returnCode === undefined ? undefined : `code ${returnCode}`,
    exchange.cleanSession && "clean session",
    exchange.sessionPresent && "session kept",
    exchange.keepAlive === undefined ? undefined : `keep-alive ${exchange.keepAlive} s`,
    exchange.qos === undefined ? undefined : `qos ${exchange.qos}`,
    exchange.messageId === undefined ? undefined : `mid ${exchange.messageId}`,
    exchange.requestId === undefined ? undefined : `rid ${exchange.requestId}`,
    sized(bytes, payload),
  ];
  return words.filter(Boolean).join(", ").replace(",", "");
}

function callWords({ method, path, status, durationMs, bytes, body }: CallExchange): string {
  if (status === undefined) return [`${method} ${path}`, sized(bytes, body)].filter(Boolean).join(", ");
  const [bare] = path.split("?");
  return [`${status} ${method} ${bare}`, `${durationMs} ms`, sized(bytes, body)].filter(Boolean).join(", ");
}

function sized(bytes: number | undefined, text: string | undefined): string | undefined {
  if (!bytes) return undefined;
  return `${bytes} bytes${text === undefined ? "" : `: ${text}`}`;
}

/** What comes from outside must neither break the line nor speak to the terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (sign) => {
    return sign === "\n" ? "\\n" : `\\u${sign.codePointAt(0)?.toString(16).padStart(4, "0")}`;
  });
}
