import type { CallFlags } from "./flags.ts";

/** What a command line asks for. */
export type Ask =
  | {
      readonly kind: "one";
      readonly target: { readonly deviceId: string; readonly moduleId?: string };
      readonly call: { readonly methodName: string };
      readonly payload: string | undefined;
    }
  | {
      readonly kind: "many";
      readonly condition: string;
      readonly call: { readonly methodName: string };
      readonly payload: string | undefined;
    }
  | { readonly kind: "job"; readonly flag: "--resume" | "--cancel"; readonly jobId: string };

type Flags = Pick<
  CallFlags,
  "module" | "query" | "resume" | "cancel" | "startAt" | "maxExecutionTime" | "wait"
>;

/** Tells what is wrong with a command line, and ends it. */
export type Refuse = (problem: string) => never;

/** Sorts out the words of a command line by its flags. `refuse` is called for what does not go together. */
export function readAsk(words: readonly string[], flags: Flags, refuse: Refuse): Ask {
  const ways = Object.entries({ query: flags.query, resume: flags.resume, cancel: flags.cancel }).filter(
    ([, value]) => value !== undefined,
  );
  if (ways.length > 1) refuse(`--${ways[0]?.[0]} and --${ways[1]?.[0]} do not go together`);
  if (flags.query === undefined) {
    const jobFlag = jobFlagOf(flags);
    if (jobFlag !== undefined) refuse(`${jobFlag} is for jobs: it goes with --query`);
  }
  if (flags.resume !== undefined) return readJob("--resume", flags.resume, words, refuse);
  if (flags.cancel !== undefined) return readJob("--cancel", flags.cancel, words, refuse);
  return flags.query === undefined
    ? readOne(words, flags.module, refuse)
    : readMany(words, { ...flags, query: flags.query }, refuse);
}

function jobFlagOf({ startAt, maxExecutionTime, wait }: Flags): string | undefined {
  if (startAt !== undefined) return "--start-at";
  if (maxExecutionTime !== undefined) return "--max-execution-time";
  return wait ? undefined : "--no-wait";
}

function readJob(
  flag: "--resume" | "--cancel",
  jobId: string,
  words: readonly string[],
  refuse: Refuse,
): Ask {
  if (words.length > 0) refuse(`with ${flag} there is nothing else to say: ${JSON.stringify(words[0])}`);
  return { kind: "job", flag, jobId };
}

function readMany(
  words: readonly string[],
  { query, module }: Flags & { readonly query: string },
  refuse: Refuse,
): Ask {
  const [methodName, payload, ...more] = words;
  if (module !== undefined) {
    refuse(`--module and --query do not go together: --query "FROM devices.modules WHERE moduleId = '…'"`);
  }
  if (query.trim() === "") refuse("--query is empty; '*' is for all devices");
  if (methodName === undefined) return refuse("missing required argument 'method'");
  if (more.length > 0) refuse(`too many arguments: with --query no device is named, and ${tooMany(more)}`);
  return { kind: "many", condition: query, call: { methodName }, payload };
}

function readOne(words: readonly string[], module: string | undefined, refuse: Refuse): Ask {
  const [device, methodName, payload, ...more] = words;
  if (device === undefined) return refuse("missing required argument 'device[/module]'");
  if (methodName === undefined) return refuse("missing required argument 'method'");
  if (more.length > 0) refuse(`too many arguments: ${tooMany(more)}`);
  // It would be shown, as an id is.
  if (/SharedAccessKey\s*=/i.test(device))
    refuse("a connection string stands where the device's id should: --login @file, or a variable, gives it");
  // No id holds a slash; what stands behind a second one is left to the hub to refuse.
  const slash = device.indexOf("/");
  if (module !== undefined && slash !== -1)
    refuse("the module is named twice: behind the slash, and by --module");
  const deviceId = slash === -1 ? device : device.slice(0, slash);
  const moduleId = slash === -1 ? module : device.slice(slash + 1);
  return {
    kind: "one",
    target: { deviceId, ...(moduleId === undefined ? {} : { moduleId }) },
    call: { methodName },
    payload,
  };
}

const tooMany = (more: readonly string[]): string =>
  `${JSON.stringify(more[0])} stands behind the payload. Is the payload in quotes?`;
