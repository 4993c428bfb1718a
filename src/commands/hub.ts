import { Command, Option } from "commander";
import { HubhandError } from "../errors.ts";
import { type LocalHub, type LocalHubEvent, startLocalHub } from "../local-hub/index.ts";
import { examples } from "./command-line/examples.ts";
import { collect, readPort } from "./command-line/flag-values.ts";
import { describe } from "./hub/events.ts";
import { readAuthorityFiles, temporaryAuthorityFile, writeConnectionStrings } from "./hub/files.ts";
import { connectionStringsOf, ensureIdentities } from "./hub/identities.ts";
import { introduction } from "./hub/introduction.ts";
import {
  addProvisioningFlags,
  type ProvisioningFlags,
  provisioningOf,
  startProvisioningBy,
} from "./hub/provisioning.ts";
import { writeProvisioningFiles } from "./hub/provisioning-files.ts";
import { provisioningParagraphs } from "./hub/provisioning-introduction.ts";
import { createTracePrinter, type TracePrinter } from "./hub/trace.ts";
import { listenForStop } from "./process/stop-signal.ts";

const EXAMPLES = examples([
  ["hubhand hub --device pi-1", "on the usual ports; all is gone at the end"],
  [
    "hubhand hub --mqtt-port 0 --https-port 0 --data-dir hub --device pi-1",
    "on free ports, and kept in ./hub",
  ],
  ["hubhand hub --mqtt-port 0 --https-port 0 --trace", "with each packet and call on a line"],
  ["hubhand hub --mqtt-port 0 --https-port 0 --enrolment pi-2", "with a provisioning service"],
]);

interface HubOptions extends ProvisioningFlags {
  readonly host: string;
  readonly mqttPort: number;
  readonly httpsPort: number;
  readonly amqpPort?: number;
  readonly dataDir?: string;
  readonly device: readonly string[];
  readonly x509Device: readonly string[];
  readonly module: readonly string[];
  readonly trustedAuthority: readonly string[];
  readonly limits?: "S1";
  readonly writeConnectionStrings?: string;
  readonly json?: boolean;
  readonly trace?: boolean;
}

/**
 * The verb `hub`: an IoT Hub on this machine, until a signal ends it. Printing connection strings, keys included, is its
 * purpose: they open nothing but this hub, and whoever starts it needs them. Events never carry a key.
 *
 * With --json, standard output is one JSON object a line: the first is
 * `{event:"listening",mqttPort,httpsPort,amqpPort,caFile,ca,serviceConnectionString,eventHubConnectionString,serviceToken,
 * devices:{id:connectionString},modules:{"device/module":connectionString}}`, where caFile is null without a data folder, and
 * provisioning (see hub/provisioning.ts) is there with --provisioning only; then one per event, with its time.
 *
 * Its action throws HubhandError: PORT_IN_USE (exit code 75), CONFIG_INVALID (78).
 */
export function hubCommand(): Command {
  const command = new Command("hub")
    .description("run an IoT Hub on this machine, for development and tests")
    .option("--host <address>", "the address to listen on; 0.0.0.0 for all", "127.0.0.1")
    .option(
      "--mqtt-port <port>",
      "the port for devices (MQTT over TLS); 0 takes any free one",
      readPort,
      8883,
    )
    .option(
      "--https-port <port>",
      "the port for services (REST over HTTPS) and for devices' WebSockets; 0 takes any free one",
      readPort,
      443,
    )
    .option(
      "--amqp-port <port>",
      "the port for services that speak AMQP over TLS; 0 takes any free one, as does the default if --https-port is not 443 (default: 5671)",
      readPort,
    )
    .option(
      "--data-dir <folder>",
      "keep the certificate authority and the devices here; else nothing is kept",
    )
    .option(
      "--device <id>",
      "have a device of this id, made if it is not there; may be repeated",
      collect,
      [],
    )
    .option(
      "--x509-device <id[=thumbprint]>",
      "have a device that logs in by this certificate, or without a thumbprint by one of a --trusted-authority; may be repeated",
      collect,
      [],
    )
    .option(
      "--module <device/module>",
      "have a module of this device, both made if not there; may be repeated",
      collect,
      [],
    )
    .option(
      "--trusted-authority <file>",
      "an authority that device certificates may be of, PEM; may be repeated",
      collect,
      [],
    )
    .option("--host-name <name>", "one more name clients reach the hub by; may be repeated", collect, [])
    .addOption(new Option("--limits <tier>", "throttle as the service does in this tier").choices(["S1"]))
    .option(
      "--write-connection-strings <folder>",
      "write the CA and all connection strings there, for the first --host-name; a file each",
    )
    .option("--json", "print JSON lines")
    .option("--trace", "print each MQTT packet and REST call, without keys and tokens")
    .addHelpText("after", EXAMPLES);
  return addProvisioningFlags(command).action(runHub);
}

async function runHub(options: HubOptions): Promise<void> {
  const signals = listenForStop();
  const print = options.json ? printEvent : describeEvent;
  // What happens before the first line is told after it: who reads the lines waits for that one.
  const early: LocalHubEvent[] = [];
  let log = (event: LocalHubEvent): unknown => early.push(event);
  const tracePrinter = createTracePrinter(options);
  const hub = await start(options, { log: (event) => log(event), ...tracePrinter.options });
  const authority = temporaryAuthorityFile();
  try {
    await ensureIdentities(hub, options);
    const provisioning = await startProvisioningBy(hub, options);
    const identities = connectionStringsOf(hub);
    const folder = options.writeConnectionStrings;
    if (folder !== undefined) {
      const place = { folder, hostName: options.hostName[0] ?? "localhost" };
      await writeConnectionStrings(hub, place);
      if (provisioning) await writeProvisioningFiles(provisioning, place);
    }
    const told = provisioning ? { provisioning: provisioningOf(provisioning) } : {};
    if (options.json) printJson({ event: "listening", ...listening(hub), ...identities, ...told });
    else {
      const caFile = hub.caFile ?? authority.write(hub.ca);
      const more = provisioning ? provisioningParagraphs(provisioning, { caFile }) : [];
      process.stdout.write(introduction(hub, { ...identities, caFile, hostNames: options.hostName, more }));
    }
    early.forEach(print);
    log = print;
    tracePrinter.begin();
    await signals.asked;
    void signals.insisted.then(() => process.exit(1));
  } finally {
    await hub.stop();
    authority.remove();
  }
  // At once: a process that just ends takes its signal handlers off first, and the second half of a Ctrl-C that arrives
  // twice would kill it.
  process.exit();
}

async function start(
  options: HubOptions,
  told: { log: (event: LocalHubEvent) => void } & TracePrinter["options"],
): Promise<LocalHub> {
  const { host, mqttPort, httpsPort, dataDir: dataDirectory, hostName: hostNames } = options;
  // Who keeps clear of the one usual port keeps clear of the other.
  const amqpPort = options.amqpPort ?? (httpsPort === 443 ? 5671 : 0);
  const folder = dataDirectory === undefined ? {} : { dataDirectory };
  const trustedAuthorities = await readAuthorityFiles(options.trustedAuthority);
  const limits = options.limits === undefined ? {} : { limits: options.limits };
  const ports = { mqttPort, httpsPort, amqpPort };
  const hubOptions = { host, ...ports, hostNames, trustedAuthorities, ...told, ...folder, ...limits };
  return startLocalHub(hubOptions).catch((error: unknown) => {
    throw inTermsOfFlags(error);
  });
}

/** The hub speaks of its options; who typed a command knows them as flags. */
function inTermsOfFlags(error: unknown): unknown {
  if (!(error instanceof HubhandError)) return error;
  const message = error.message
    .replace("trustedAuthorities", "--trusted-authority")
    .replace("one of hostNames", "--host-name")
    .replace(/\b(an?other|an?) mqttPort\b/, "$1 --mqtt-port")
    .replace(/\b(an?other|an?) httpsPort\b/, "$1 --https-port")
    .replace(/\b(an?other|an?) amqpPort\b/, "$1 --amqp-port");
  return new HubhandError(error.code, message, { details: error.details, cause: error.cause });
}

function listening(hub: LocalHub): Record<string, unknown> {
  const { mqttPort, httpsPort, amqpPort, caFile, ca, ...hubStrings } = hub;
  const { serviceConnectionString, eventHubConnectionString } = hubStrings;
  const ports = { mqttPort, httpsPort, amqpPort };
  const strings = { serviceConnectionString, eventHubConnectionString, serviceToken: hub.serviceToken() };
  return { ...ports, caFile: caFile ?? null, ca, ...strings };
}

function describeEvent(event: LocalHubEvent): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 23)} ${describe(event)}\n`);
}

function printEvent(event: LocalHubEvent): void {
  printJson({ time: new Date().toISOString(), ...event });
}

function printJson(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
