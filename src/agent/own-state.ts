import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Logger } from "../events/logger.ts";
import type { Identity, IdentitySource } from "../link/identity.ts";
import { loadSqlite } from "../sqlite.ts";

/** Of the state directory: a folder for each identity that an agent has had on it. */
const FOLDER = "identities";
/** File systems take 255 bytes; the name is for people, its end tells identities apart. */
const MOST_CHARACTERS = 120;
const FINGERPRINT = 12;

/**
 * What is kept on disk for one identity and for no other: its messages in both directions, and what its twin said. A state
 * directory may be copied with its card, or its connection string replaced: what one device has to tell must never be told
 * as another.
 */
export interface OwnState {
  /** Made by whoever first writes into it. */
  readonly directory: string;
  /** Whether a session is of the identity that this is kept for: the file of a connection string may name another one since. */
  isOf(identity: Pick<Identity, "hostName" | "deviceId" | "moduleId">): boolean;
  /** Says in the log whose messages stay where they are. Never rejects. */
  tellOfOthers(): Promise<void>;
}

/**
 * A device is known by its hub and its name; one that is provisioned by how it registers, as the service may give it another
 * hub. Keys and ports say nothing of who it is.
 */
export function ownState(options: {
  /** `state.directory`. */
  readonly directory: string;
  readonly description: IdentitySource["description"];
  readonly logger: Pick<Logger, "warn">;
}): OwnState {
  const { hub, device = "", module, idScope, registrationId } = options.description;
  const folder = path.join(options.directory, FOLDER);
  const name =
    hub === undefined
      ? nameOf([registrationId ?? "", idScope ?? ""])
      : nameOfDevice({ hostName: hub, deviceId: device, moduleId: module });

  return {
    directory: path.join(folder, name),
    isOf: (identity) => hub === undefined || nameOfDevice(identity) === name,
    async tellOfOthers() {
      const names = await readdir(folder).catch((): string[] => []);
      const others: string[] = [];
      for (const other of names) {
        if (other !== name && hasMessages(path.join(folder, other))) others.push(other);
      }
      if (others.length === 0) return;
      options.logger.warn(
        { event: "outbox.of-others", folder, identities: others },
        "messages of other identities are kept on this disk, and are not sent as this one: they go out when an agent runs as theirs again; remove a folder whose device will not come back",
      );
    },
  };
}

function nameOfDevice(identity: {
  hostName: string;
  deviceId: string;
  moduleId?: string | undefined;
}): string {
  const { hostName, deviceId, moduleId } = identity;
  const host = hostName.toLowerCase().replace(/:\d+$/, "");
  return nameOf([deviceId, ...(moduleId === undefined ? [] : [moduleId]), host]);
}

/** As much of it as a person needs and any file system takes, and a fingerprint, as the rest may be alike. */
function nameOf(parts: readonly string[]): string {
  const readable = parts.map((part) => part.replaceAll(/[^A-Za-z0-9._-]/g, "_")).join("@");
  const fingerprint = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, FINGERPRINT);
  return `${readable.slice(0, MOST_CHARACTERS)}-${fingerprint}`;
}

/** Whether there are, or may be: one that cannot be looked into is in use, or will be looked into by whoever owns it. */
function hasMessages(folder: string): boolean {
  const file = path.join(folder, "outbox", "outbox.db");
  if (!existsSync(file)) return false;
  const { DatabaseSync } = loadSqlite();
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return database.prepare("SELECT 1 FROM messages LIMIT 1").get() !== undefined;
    } finally {
      database.close();
    }
  } catch {
    return true;
  }
}
