import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { HubhandError, messageOf } from "../../errors.ts";
import type { Enrolment, LocalHub, LocalProvisioning } from "../../local-hub/index.ts";
import { HubError } from "../../local-hub/index.ts";
import { collect, readPort } from "../command-line/flag-values.ts";
import { enrolFromFile } from "./enrolments-file.ts";

/** The flags of the verb `hub` that are about the provisioning service. */
export interface ProvisioningFlags {
  readonly provisioning?: boolean;
  readonly idScope?: string;
  readonly provisioningMqttPort?: number;
  readonly provisioningHttpsPort?: number;
  /** Of the hub: where it takes any free port, so does the service. */
  readonly mqttPort: number;
  readonly httpsPort: number;
  /** `id` or `id=key`. */
  readonly enrolment: readonly string[];
  readonly enrolmentGroup: readonly string[];
  readonly enrolments: readonly string[];
  /** `name=file`. */
  readonly provisioningAuthority: readonly string[];
  /** Of the hub: devices are told the first. */
  readonly hostName: readonly string[];
}

export function addProvisioningFlags(command: Command): Command {
  return command
    .option("--provisioning", "run a Device Provisioning Service beside the hub; implied by the flags below")
    .option("--id-scope <scope>", "its id scope (default: 0ne0000LOCAL)")
    .option(
      "--provisioning-mqtt-port <port>",
      "its port for MQTT over TLS; 0 takes any free one (default: 8884, or 0 with --mqtt-port 0)",
      readPort,
    )
    .option(
      "--provisioning-https-port <port>",
      "its port for REST over HTTPS and for devices' WebSockets (default: 8444, or 0 with --https-port 0)",
      readPort,
    )
    .option(
      "--enrolment <id[=key]>",
      "enrol a device by its registration id, with this key or a new one; may be repeated",
      collect,
      [],
    )
    .option(
      "--enrolment-group <id[=key]>",
      "enrol a group, with this key or a new one; may be repeated",
      collect,
      [],
    )
    .option(
      "--enrolments <file>",
      "enrol what this YAML or JSON file says, as the service's REST API writes it; may be repeated",
      collect,
      [],
    )
    .option(
      "--provisioning-authority <name=file>",
      "an authority, PEM, that enrolments name in caReferences; may be repeated",
      collect,
      [],
    );
}

/**
 * The provisioning service that the flags ask for, with its enrolments; undefined if they ask for none.
 *
 * @throws HubhandError PORT_IN_USE, CONFIG_INVALID, in terms of the flags
 */
export async function startProvisioningBy(
  hub: LocalHub,
  flags: ProvisioningFlags,
): Promise<LocalProvisioning | undefined> {
  const { enrolment, enrolmentGroup, enrolments, provisioningAuthority } = flags;
  const implied = [enrolment, enrolmentGroup, enrolments, provisioningAuthority].some(
    (all) => all.length > 0,
  );
  if (!flags.provisioning && !implied && flags.idScope === undefined) return undefined;
  const service = await hub
    .startProvisioning({
      mqttPort: flags.provisioningMqttPort ?? (flags.mqttPort === 0 ? 0 : 8884),
      httpsPort: flags.provisioningHttpsPort ?? (flags.httpsPort === 0 ? 0 : 8444),
      authorities: await readAuthorities(provisioningAuthority),
      hostName: flags.hostName[0] ?? "localhost",
      ...(flags.idScope === undefined ? {} : { idScope: flags.idScope }),
    })
    .catch((error: unknown) => {
      throw inTermsOfFlags(error);
    });
  for (const path of enrolments) await enrolFromFile(service, path);
  for (const text of enrolment) enrolByFlag(service, { text, kind: "individual" });
  for (const text of enrolmentGroup) enrolByFlag(service, { text, kind: "group" });
  return service;
}

/**
 * What the first line of --json says of it: `{idScope, endpoint, mqttPort, httpsPort, serviceConnectionString,
 * enrolments: {id: configuration}, enrolmentGroups: {id: configuration}}`.
 */
export function provisioningOf(service: LocalProvisioning): Record<string, unknown> {
  const { idScope, endpoint, mqttPort, httpsPort, serviceConnectionString, enrolments } = service;
  const configurations = (kind: Enrolment["kind"]) =>
    Object.fromEntries(enrolments.list(kind).map((each) => [each.id, configurationOf(each, service)]));
  return {
    idScope,
    endpoint,
    mqttPort,
    httpsPort,
    serviceConnectionString,
    enrolments: configurations("individual"),
    enrolmentGroups: configurations("group"),
  };
}

/** The configuration of a hubhand that is so enrolled; of a group, without the registration id, which is the device's own. */
export function configurationOf(
  { kind, id, attestation }: Enrolment,
  { endpoint, idScope }: Pick<LocalProvisioning, "endpoint" | "idScope">,
): { hub: { provisioning: Record<string, string> } } {
  const service = { endpoint, idScope };
  const device = kind === "individual" ? { registrationId: id } : {};
  if (attestation.kind !== "symmetricKey") return { hub: { provisioning: { ...service, ...device } } };
  const { primaryKey } = attestation;
  const key = kind === "individual" ? { key: primaryKey } : { groupKey: primaryKey };
  return { hub: { provisioning: { ...service, ...device, ...key } } };
}

/** One that is there stays as it is, but for the key that the flag gives. */
function enrolByFlag(
  { enrolments }: LocalProvisioning,
  { text, kind }: { text: string; kind: Enrolment["kind"] },
): void {
  // No id holds an equals sign, and every key ends with one.
  const [, id = "", primaryKey] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  const attestation = { kind: "symmetricKey" as const, ...(primaryKey ? { primaryKey } : {}) };
  try {
    const there = enrolments.get(kind, id);
    if (there === undefined) enrolments.create({ kind, id, attestation });
    else if (primaryKey) enrolments.replace({ ...there, attestation });
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const flag = kind === "individual" ? "--enrolment" : "--enrolment-group";
    throw new HubhandError("CONFIG_INVALID", `${flag} ${JSON.stringify(id)}: ${error.message}`);
  }
}

async function readAuthorities(named: readonly string[]): Promise<Record<string, string>> {
  const authorities: Record<string, string> = {};
  for (const text of named) {
    const [, name, path] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    const flag = `--provisioning-authority ${text}`;
    if (!name || !path) throw new HubhandError("CONFIG_INVALID", `${flag}: it is written <name>=<file>`);
    authorities[name] = await readFile(path, "utf8").catch((error: unknown) => {
      throw new HubhandError("CONFIG_INVALID", `${flag}: ${messageOf(error)}`, { cause: error });
    });
  }
  return authorities;
}

/** The service speaks of its options; who typed a command knows them as flags. */
function inTermsOfFlags(error: unknown): unknown {
  if (!(error instanceof HubhandError)) return error;
  const message = error.message
    .replace(/^one of authorities\b/, "one of --provisioning-authority")
    .replace(/\b(an?other|an?) mqttPort\b/, "$1 --provisioning-mqtt-port")
    .replace(/\b(an?other|an?) httpsPort\b/, "$1 --provisioning-https-port");
  return new HubhandError(error.code, message, { details: error.details, cause: error.cause });
}
