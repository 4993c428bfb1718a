import type { ChildLine } from "./child.ts";

/** A line of the example plugin about a call: it has the count, and what it was called with. */
export const isCall = ({ callbackCount, payload }: ChildLine): boolean =>
  callbackCount !== undefined && payload !== undefined;

/** What the device side saw: its plugin's lines, and whatever went wrong. */
export function narrate(line: ChildLine): void {
  if (isCall(line)) print(`  device    ${text(line.msg)}, with ${JSON.stringify(line.payload)}`);
  else if (line.level !== "info" || line.state === "online") print(`agent    ${text(line.msg)}`);
}

export const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const text = (value: unknown): string => (typeof value === "string" ? value : "");
