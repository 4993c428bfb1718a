import { readFile } from "node:fs/promises";

/** One run of the agent's handler. Milliseconds on the machine's monotonic clock. */
export interface Run {
  /** The hub's own id of the call. */
  readonly requestId: string;
  readonly beganAt: number;
  /** Undefined if it never ended. */
  endedAt?: number;
}

/** What the agent did, by the soak's id of each call. */
export type AgentRecord = ReadonlyMap<string, readonly Run[]>;

interface Line {
  readonly id: string;
  readonly requestId: string;
  readonly beganAt?: number;
  readonly endedAt?: number;
}

/** Reads what the plugin wrote. */
export async function readRecord(file: string): Promise<AgentRecord> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return ""; // No call came through.
    throw error;
  });
  return parseRecord(text);
}

/** An end belongs to the earliest run of the same request that has none. */
export function parseRecord(text: string): AgentRecord {
  const record = new Map<string, Run[]>();
  for (const written of text.split("\n")) {
    if (written === "") continue;
    const { id, requestId, beganAt, endedAt } = JSON.parse(written) as Line;
    const runs = record.get(id) ?? [];
    record.set(id, runs);
    if (beganAt !== undefined) runs.push({ requestId, beganAt });
    const open = runs.find((run) => run.requestId === requestId && run.endedAt === undefined);
    if (endedAt !== undefined && open !== undefined) open.endedAt = endedAt;
  }
  return record;
}
