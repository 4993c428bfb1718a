import { readFile } from "node:fs/promises";
import { invalidPlugin } from "../../check-outline.ts";
import type { CommandDeclaration } from "../../declaration/declaration.ts";

/** Who a child runs as; empty for the agent's own user. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
  /** What programs ask to find their own files. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Finds the declared user and group (passwd(5), group(5)). A group given alone is that of the agent's user. The child has
 * no further groups: Node gives them up when it changes either (setgroups in libuv's uv_spawn).
 * @throws HubhandError PLUGIN_INVALID if there is no such account, or the agent may not become it
 */
export async function findAccount({ user, group }: CommandDeclaration, files = SYSTEM): Promise<Account> {
  if (user === undefined && group === undefined) return { environment: {} };
  const found = user === undefined ? undefined : await findUser(user, files.passwd);
  const gid = group === undefined ? found?.gid : await findGroup(group, files.group);
  if (found !== undefined && gid === undefined)
    throw invalidPlugin(`user ${user} is not in ${files.passwd}; say its group too: group: …`);
  const own = process.getuid?.();
  const isOwn = (found?.uid ?? own) === own && (gid ?? process.getgid?.()) === process.getgid?.();
  if (isOwn) return { environment: {} };
  if (own !== 0)
    throw invalidPlugin(
      `it wants to run as ${user ?? `group ${group}`}, and only root may start programs as another: leave user and group out, or run the agent as root`,
    );
  return {
    ...(found === undefined ? {} : { uid: found.uid }),
    ...(gid === undefined ? {} : { gid }),
    environment:
      found?.name === undefined ? { HOME: "/" } : { HOME: found.home, USER: found.name, LOGNAME: found.name },
  };
}

const SYSTEM = { passwd: "/etc/passwd", group: "/etc/group" };

interface User {
  readonly uid: number;
  readonly gid: number | undefined;
  readonly name: string | undefined;
  readonly home: string;
}

async function findUser(user: string | number, file: string): Promise<User> {
  for (const [name, , uid, gid, , home = "/"] of await entriesOf(file)) {
    if (name === String(user) || uid === String(user))
      return { uid: Number(uid), gid: Number(gid), name, home };
  }
  if (isNumber(user)) return { uid: Number(user), gid: undefined, name: undefined, home: "/" };
  throw invalidPlugin(`there is no user ${JSON.stringify(user)} on this machine (${file})`);
}

async function findGroup(group: string | number, file: string): Promise<number> {
  for (const [name, , gid] of await entriesOf(file))
    if (name === String(group) || gid === String(group)) return Number(gid);
  if (isNumber(group)) return Number(group);
  throw invalidPlugin(`there is no group ${JSON.stringify(group)} on this machine (${file})`);
}

const isNumber = (account: string | number): boolean => /^\d+$/.test(String(account));

async function entriesOf(file: string): Promise<string[][]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.split("\n").map((line) => line.split(":"));
}
