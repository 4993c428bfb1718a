import { pino } from "pino";
import { chooseWhoWeAre } from "../agent/link/who-we-are.ts";
import type { Clock } from "../clock.ts";
import type { Environment, LoadedConfig } from "../config/index.ts";
import { messageOf } from "../errors.ts";
import type { IdentitySource } from "../link/identity.ts";
import type { Trust } from "../link/trust.ts";
import { Unmet } from "./check.ts";

export interface SubjectOptions {
  /** Loads the configuration, or gives the one in force. Throws HubhandError CONFIG_INVALID. */
  loadConfig(): LoadedConfig;
  readonly env: Environment;
  readonly clock: Clock;
  /** The hub that the device is at, if that is known already: provisioning tells it. */
  hubNow?(): string | undefined;
  /** Told of each secret that is read. */
  hide(secret: string): void;
}

/** Who the device is to be, as the settings say. */
export interface Who {
  readonly identities: IdentitySource;
  readonly trust: Trust;
  /** When its certificate ends, if it has one. */
  readonly validTo?: Date;
}

/** The host to connect to. */
export interface Target {
  readonly host: string;
  readonly mqttPort: number;
  /** The provisioning service, as the hub is not known before that has answered. */
  readonly provisioning: boolean;
}

/** What the checks look at. Each part is made once, when it is first asked for, and throws Unmet if it cannot be. */
export interface Subject {
  readonly clock: Clock;
  /** Why there is no configuration; undefined if there is one. */
  configProblem(): string | undefined;
  config(): LoadedConfig;
  /** Rejects with the HubhandError that says what is wrong. */
  who(): Promise<Who>;
  target(): Promise<Target>;
  /** PEM text of the authorities to trust; undefined for those of Node. */
  authorities(signal: AbortSignal): Promise<string | undefined>;
}

export function createSubject(options: SubjectOptions): Subject {
  const loaded = attempt(options.loadConfig);
  let known: Promise<Who> | undefined;

  function config(): LoadedConfig {
    if ("problem" in loaded) throw new Unmet("there is no configuration to go by");
    return loaded.value;
  }

  function who(): Promise<Who> {
    known ??= readWho(config(), options);
    return known;
  }

  const someone = (): Promise<Who> =>
    who().catch(() => {
      throw new Unmet("it is not known who the device is");
    });

  return {
    clock: options.clock,
    configProblem: () => ("problem" in loaded ? loaded.problem : undefined),
    config,
    who: async () => who(),
    async target() {
      const { description } = (await someone()).identities;
      const hub = options.hubNow?.() ?? description.gateway ?? description.hub;
      const [host = "", port = "8883"] = (hub ?? description.provisioning ?? "").split(":");
      return { host, mqttPort: Number(port), provisioning: hub === undefined };
    },
    async authorities(signal) {
      const { identities, trust } = await someone();
      if (config().values.hub.caFile !== null) return trust.read();
      // To obtain an identity of the provisioning service would be to register.
      return identities.description.provisioning === undefined
        ? (await identities.obtain(signal)).ca
        : undefined;
    },
  };
}

async function readWho(config: LoadedConfig, { env, clock, hide }: SubjectOptions): Promise<Who> {
  let validTo: Date | undefined;
  const { identities, trust } = await chooseWhoWeAre({
    config,
    env,
    logger: pino({ level: "silent" }),
    clock,
    hide,
    onCertificate(end) {
      validTo = end;
    },
  });
  return { identities, trust, ...(validTo === undefined ? {} : { validTo }) };
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly problem: string } {
  try {
    return { value: work() };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
