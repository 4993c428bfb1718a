import { pino } from "pino";
import { chooseWhoWeAre } from "../agent/link/who-we-are.ts";
import type { Clock } from "../clock.ts";
import type { Environment, LoadedConfig } from "../config/index.ts";
import { messageOf } from "../errors.ts";
import { classifyFailure } from "../link/failure.ts";
import { openTrustFile } from "../link/identities/trust-file.ts";
import type { IdentitySource } from "../link/identity.ts";
import { askLogin, type Login } from "./admission/ask-login.ts";
import { askEnrolment, type Enrolment } from "./admission/enrolment.ts";
import { after } from "./check.ts";
import { createNetwork, type Network, type Target } from "./network/network.ts";

export interface SubjectOptions {
  /** Loads the configuration, or gives the one in force. Throws HubhandError CONFIG_INVALID. */
  loadConfig(): LoadedConfig;
  readonly env: Environment;
  readonly clock: Clock;
  /** The hub that the device is at, if that is known already: provisioning tells it. */
  hubNow?(): string | undefined;
  /**
   * Whether the identity may be tried by a login, if it cannot be asked for otherwise: who is in with it is thrown out.
   * `if-alone`: where no agent can be seen that may be.
   */
  readonly mayLogIn?: boolean | "if-alone";
  /** Whether the agent that asks is in; absent of who is none. */
  isOnline?(): boolean;
  /** Told of each secret that is read. */
  hide(secret: string): void;
}

/** Who the device is to be, as the settings say. */
export interface Who {
  readonly identities: IdentitySource;
  /** When its certificate ends, if it has one. */
  readonly validTo?: Date;
}

/** What the checks look at. Each part is made once, when it is first asked for, and throws Unmet if it cannot be. */
export interface Subject {
  readonly clock: Clock;
  readonly mayLogIn: boolean | "if-alone";
  isOnline(): boolean;
  /** Why there is no configuration; undefined if there is one. */
  configProblem(): string | undefined;
  config(): LoadedConfig;
  /** Rejects with the HubhandError that says what is wrong. */
  who(): Promise<Who>;
  /** The same; throws Unmet. */
  someone(): Promise<Who>;
  /** PEM text of `hub.caFile`; undefined if that is not set. Rejects with the HubhandError that says what is wrong. */
  caFile(): Promise<string | undefined>;
  /** PEM text of the authorities to trust; undefined for those of Node. */
  authorities(signal: AbortSignal): Promise<string | undefined>;
  target(): Promise<Target>;
  network(): Promise<Network>;
  /** What the hub says of the device. */
  login(): Promise<Login>;
  /** Whether it is known that the hub takes the device, and whether that it does not. Never reject. */
  isAccepted(): Promise<boolean>;
  isRefused(): Promise<boolean>;
  /** What the provisioning service says of it; it is not needed where it is `unreachable`. */
  enrolment(): Promise<Enrolment | { readonly unreachable: string }>;
}

export function createSubject(options: SubjectOptions): Subject {
  const { clock } = options;
  const loaded = attempt(options.loadConfig);
  const { signal } = new AbortController();

  function config(): LoadedConfig {
    if ("problem" in loaded) throw after("configuration");
    return loaded.value;
  }

  const caFile = once(() => readCaFile(config()));
  const who = once(async () => {
    const isTrusting = await caFile().then(
      () => true,
      () => false,
    );
    // What is wrong with that file is for another check: who the device is can be told without.
    return readWho(isTrusting ? config() : withoutCaFile(config()), options);
  });
  const someone = async (): Promise<Who> => {
    config();
    return who().catch(() => {
      throw after("identity");
    });
  };

  async function authorities(given: AbortSignal): Promise<string | undefined> {
    config();
    const own = await caFile().catch(() => {
      throw after("authorities");
    });
    if (own !== undefined) return own;
    const { identities } = await someone();
    // IoT Edge's runtime tells; to obtain an identity of the provisioning service would be to register.
    if (identities.enrolled !== undefined) return undefined;
    const { ca } = await identities.obtain(given).catch(() => {
      throw after("identity");
    });
    return ca;
  }

  const target = once(async (): Promise<Target> => {
    const { description, enrolled } = (await someone()).identities;
    const assigned = (await enrolled?.().catch(() => undefined))?.assignment?.hostName;
    const hub = options.hubNow?.() ?? description.gateway ?? description.hub ?? assigned;
    const [host = "", port = "8883"] = (hub ?? description.provisioning ?? "").split(":");
    return { host, mqttPort: Number(port), provisioning: hub === undefined };
  });

  const network = once(async () => {
    const found = await target();
    // Which ports are open can be told without authorities; whom to trust cannot.
    const ca = await authorities(signal).catch(() => undefined);
    return createNetwork({ config: config().values.link, target: found, ca, clock });
  });

  const enrolment = once(async () => {
    const { enrolled } = (await someone()).identities;
    if (enrolled === undefined) throw after("identity");
    const ca = await authorities(signal);
    const isNeeded = (await target()).provisioning;
    if (isNeeded) await (await network()).askable();
    // It would refuse a token of the wrong time.
    const verdict = isNeeded ? undefined : await (await network()).clock().catch(() => undefined);
    if (verdict?.verdict === "wrong") throw after("clock");
    const asked = { enrolled: await enrolled(), link: config().values.link, ca, clock };
    try {
      return await askEnrolment(asked);
    } catch (error) {
      const { endpoint } = asked.enrolled;
      const { message } = classifyFailure({ phase: "dialing", error, address: endpoint });
      return { unreachable: message };
    }
  });

  const login = once((): Promise<Login> => askLogin(subject, signal));
  const verdict = () =>
    login().then(
      ({ admission }) => admission.verdict,
      () => "unclear",
    );

  const subject: Subject = {
    clock,
    mayLogIn: options.mayLogIn ?? false,
    isOnline: () => options.isOnline?.() ?? false,
    configProblem: () => ("problem" in loaded ? loaded.problem : undefined),
    config,
    who,
    someone,
    caFile,
    authorities,
    target,
    network,
    login,
    isAccepted: async () => (await verdict()) === "accepted",
    isRefused: async () => !["accepted", "unclear"].includes(await verdict()),
    enrolment,
  };
  return subject;
}

const silent = pino({ level: "silent" });

async function readCaFile({ values, origin }: LoadedConfig): Promise<string | undefined> {
  const { caFile: path } = values.hub;
  if (path === null) return undefined;
  return (await openTrustFile({ key: "hub.caFile", path, origin, logger: silent })).read();
}

function withoutCaFile(config: LoadedConfig): LoadedConfig {
  const { values } = config;
  return { ...config, values: { ...values, hub: { ...values.hub, caFile: null } } };
}

async function readWho(config: LoadedConfig, { env, clock, hide }: SubjectOptions): Promise<Who> {
  let validTo: Date | undefined;
  const { identities } = await chooseWhoWeAre({
    config,
    env,
    logger: silent,
    clock,
    hide,
    onCertificate(end) {
      validTo = end;
    },
  });
  return { identities, ...(validTo === undefined ? {} : { validTo }) };
}

/** Made when it is first asked for, and then never again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make();
    return made;
  };
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: work() };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
