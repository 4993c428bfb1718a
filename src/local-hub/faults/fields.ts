import { parseDuration } from "../../durations.ts";
import { SERVICE_ERRORS } from "../hub-error.ts";
import { MOMENTS, PACKET_MOMENTS } from "../wire/moments.ts";

/** Reads one field of a fault: its value, or what it must be, for whoever wrote it. */
export type Field = (written: unknown) => { value: unknown } | { must: string };

const LONGEST_MS = 2 ** 31 - 1;
/** A century: there are dates that far from now in either direction, and far beyond there are none. */
const FARTHEST_MS = 36_525 * 24 * 60 * 60_000;

function when(fits: (written: unknown) => boolean, must: string): Field {
  return (written) => (fits(written) ? { value: written } : { must });
}

export function oneOf(choices: readonly (string | number)[]): Field {
  return when(
    (written) => choices.includes(written as string | number),
    choices.length === 1 ? `be ${choices[0]}` : `be one of ${choices.join(", ")}`,
  );
}

export function integer({ min, max }: { min: number; max: number }): Field {
  return when(
    (written) => Number.isInteger(written) && Number(written) >= min && Number(written) <= max,
    `be a whole number from ${min} to ${max}`,
  );
}

export function number({ above, max }: { above: number; max: number }): Field {
  return when(
    (written) => typeof written === "number" && written > above && written <= max,
    `be a number above ${above}, at most ${max}`,
  );
}

export function text({ form, must }: { form: RegExp; must: string }): Field {
  return when((written) => typeof written === "string" && form.test(written), must);
}

/** Milliseconds, or text such as `30s`; with `signed` it may be negative. */
export function duration({ signed = false, min = 0 }: { signed?: boolean; min?: number } = {}): Field {
  const must = `be ${signed ? "a duration, of at most a century, which may be negative" : `a duration of at least ${min} ms`}: milliseconds, or text such as 250ms, 30s, 5m`;
  return (written) => {
    const value = typeof written === "string" ? fromText(written, signed) : written;
    if (typeof value !== "number" || !Number.isFinite(value)) return { must };
    // A clock may be years off; a longer timer would fire at once.
    if (signed ? Math.abs(value) > FARTHEST_MS : value < min || value > LONGEST_MS) return { must };
    return { value };
  };
}

function fromText(written: string, signed: boolean): number | undefined {
  const negative = signed && written.startsWith("-");
  const size = parseDuration(negative ? written.slice(1) : written);
  return size !== undefined && negative ? -size : size;
}

/** What every fault may say. */
export const COMMON_FIELDS = {
  id: text({
    form: /^[\w.-]{1,64}$/,
    must: "be 1 to 64 letters, digits, dots, hyphens and underscores",
  }),
  for: duration({ min: 1 }),
} as const satisfies Record<string, Field>;

/** What those may say that strike now and then. */
export const STRIKE_FIELDS = {
  count: integer({ min: 1, max: 1_000_000 }),
  probability: number({ above: 0, max: 1 }),
  seed: integer({ min: 0, max: 2 ** 32 - 1 }),
} as const satisfies Record<string, Field>;

/** Whom it concerns; a deviceId alone means the device itself, not its modules. */
export const WHO_FIELDS = {
  deviceId: text({ form: /^.{1,128}$/, must: "be a device id" }),
  moduleId: text({ form: /^.{1,128}$/, must: "be a module id" }),
} as const satisfies Record<string, Field>;

/** At which packet, request or answer. */
export const MOMENT_FIELDS = {
  at: oneOf(MOMENTS),
  direction: oneOf(["from-device", "to-device"]),
} as const satisfies Record<string, Field>;

export const PACKET_FIELDS = { ...MOMENT_FIELDS, at: oneOf(PACKET_MOMENTS) };

/** Which calls of the REST API: by their method, and how their path begins. */
export const REST_FIELDS = {
  method: oneOf(["GET", "PUT", "POST", "PATCH", "DELETE"]),
  path: text({ form: /^\/.*$/, must: "begin with a slash: it is how the path begins, such as /twins/" }),
} as const satisfies Record<string, Field>;

export const SERVICE_ERROR = oneOf(Object.keys(SERVICE_ERRORS));
