import type { Outcome, Writables } from "./writable.ts";

/**
 * The same part of the device, which tells no secret: a reason has none left in it, as a plugin's own words may quote
 * anything, and a value that has one is not told at all.
 * @param redact takes secrets out of a text
 */
export function withoutSecrets(part: Writables, redact: (text: string) => string): Writables {
  const isSecret = (value: unknown): boolean => {
    const text = JSON.stringify(value) ?? "";
    return redact(text) !== text;
  };
  const clean = ({ status, description, value }: Outcome): Outcome => ({
    status,
    ...(description === undefined ? {} : { description: redact(description) }),
    value: isSecret(value) ? undefined : value,
  });
  return {
    ...part,
    async apply(desired) {
      const outcomes = Object.entries(await part.apply(desired));
      return Object.fromEntries(outcomes.map(([name, outcome]) => [name, clean(outcome)]));
    },
  };
}
