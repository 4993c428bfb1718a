/**
 * What a service manager says to a service in its environment, by sd_notify(3), sd_watchdog_enabled(3) and
 * sd_listen_fds(3).
 */
export interface Invitation {
  /** Where it listens: a path, or an abstract name that begins with `@`. */
  readonly socket: string;
  /** A socket that it has connected to there for us already (`OpenFile=…:notify` of the unit), by its number. */
  readonly descriptor: number | undefined;
  /** It wants a sign of life at least this often, in milliseconds; undefined if it wants none, or not from this process. */
  readonly watchdogMs: number | undefined;
}

const FIRST_DESCRIPTOR = 3;
/** The name that the unit gives to the descriptor. */
const DESCRIPTOR_NAME = "notify";
const VARIABLES = [
  "NOTIFY_SOCKET",
  ...["WATCHDOG_USEC", "WATCHDOG_PID"],
  ...["LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID", "LISTEN_PIDFDID"],
];

/**
 * Takes the invitation out of the environment, as it is to this process alone: whoever else has it could say in our name
 * that we are well. Undefined if there is none.
 */
export function takeInvitation(env: Record<string, string | undefined>, pid: number): Invitation | undefined {
  const socket = env.NOTIFY_SOCKET;
  const forUs = (name: string): boolean => env[name] === undefined || env[name] === String(pid);
  const watchdogMs = forUs("WATCHDOG_PID") ? Number(env.WATCHDOG_USEC) / 1_000 : Number.NaN;
  const place = env.LISTEN_PID === String(pid) ? namesOf(env).indexOf(DESCRIPTOR_NAME) : -1;
  for (const name of VARIABLES) delete env[name];
  if (socket === undefined || socket === "") return undefined;
  return {
    socket,
    descriptor: place === -1 ? undefined : FIRST_DESCRIPTOR + place,
    watchdogMs: watchdogMs > 0 ? watchdogMs : undefined,
  };
}

/** Names without a descriptor count for nothing. */
const namesOf = ({ LISTEN_FDS, LISTEN_FDNAMES = "" }: Record<string, string | undefined>): string[] =>
  LISTEN_FDNAMES.split(":").slice(0, Number(LISTEN_FDS) || 0);
