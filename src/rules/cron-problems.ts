import { validateDetailed } from "node-cron";

/** Says what is wrong with a cron expression, or undefined. */
export function cronProblem(expression: string): string | undefined {
  const { valid, errors } = validateDetailed(expression);
  if (valid) return undefined;
  const reasons = errors.map(({ message }) => message).join("; ");
  return `"${expression}" is not a cron expression (${reasons || "unreadable"}); expected five fields like "*/5 * * * *"`;
}

/** Says what is wrong with the name of a time zone, or undefined. */
export function timezoneProblem(timezone: string): string | undefined {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    return undefined;
  } catch {
    return `"${timezone}" is not a time zone; expected an IANA name like "Europe/Berlin"`;
  }
}
