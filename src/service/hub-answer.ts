/** An HTTP answer, as far as an error is judged by it. */
export interface HubAnswer {
  readonly status: number;
  /** The header `iothub-errorcode`. */
  readonly errorCode?: string | undefined;
  readonly body: string;
  /** The header `Retry-After`. */
  readonly retryAfter?: string | undefined;
}

/** What the hub says went wrong. */
export interface HubComplaint {
  /** `DeviceNotFound`, `ThrottlingException` … */
  readonly name?: string;
  /** Six digits, the HTTP status first: 404103. */
  readonly number?: number;
  readonly text?: string;
  /** What Microsoft's support asks for. */
  readonly trackingId?: string;
}

/**
 * Reads what an IoT Hub says of a failure; undefined if this is not how one answers (a proxy, some other server). Three
 * forms are known: `{"Message":"ErrorCode:<name>;<text>","ExceptionMessage":"Tracking ID:…"}`, the same with a JSON
 * document as the Message (direct methods), and that document alone; the name is in the header too.
 */
export function readComplaint({ errorCode, body }: HubAnswer): HubComplaint | undefined {
  const outer = parseObject(body);
  const message = textOf(outer?.Message);
  const document = parseObject(message ?? "") ?? outer;
  const coded = /^ErrorCode:(\w+)(?:;(.*))?$/s.exec(message ?? "");
  const name =
    coded?.[1] ?? (errorCode !== undefined && /^[A-Za-z]\w*$/.test(errorCode) ? errorCode : undefined);
  const number = Number(document?.errorCode ?? errorCode ?? Number.NaN);
  if (name === undefined && !Number.isInteger(number) && message === undefined) return undefined;
  const text = coded === null ? (textOf(document?.message) ?? message) : coded[2];
  const trackingId =
    textOf(document?.trackingId) ??
    /Tracking ID:\s*([\w-]+)/i.exec(textOf(outer?.ExceptionMessage) ?? "")?.[1];
  return {
    ...(name === undefined ? {} : { name }),
    ...(Number.isInteger(number) ? { number } : {}),
    ...(text === undefined ? {} : { text: oneLine(text) }),
    ...(trackingId === undefined ? {} : { trackingId }),
  };
}

/** Text from the network goes to a terminal: no control characters, no flood. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
