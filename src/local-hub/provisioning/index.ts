import { createServer as createHttpsServer } from "node:https";
import { createServer } from "node:tls";
import { messageOf } from "../../errors.ts";
import { readAuthorities } from "../credentials/certificate-chain.ts";
import type { ServerCertificate } from "../credentials/certificates.ts";
import { mqttAddress, serviceConnectionString } from "../credentials/connection-strings.ts";
import { makeServiceToken } from "../credentials/shared-access-signature.ts";
import type { LogEvent } from "../events.ts";
import { remoteOf } from "../ports/listen.ts";
import { endWithStatus } from "../ports/raw-http.ts";
import { serverTlsOptions } from "../ports/server-tls.ts";
import { tendServer } from "../ports/tend-server.ts";
import { takeWebSockets } from "../ports/web-sockets.ts";
import type { Store } from "../store/store.ts";
import type { Wire } from "../wire/index.ts";
import type { OnRegister } from "./allocation.ts";
import { readEnrolments } from "./documents/read-documents.ts";
import type { Enrolment } from "./enrolment.ts";
import { type Enrolments, type KeptEnrolment, openEnrolments } from "./enrolments.ts";
import { type AssignableHub, createLinkedHubs } from "./linked-hubs.ts";
import { createProvisioningFace } from "./mqtt-face.ts";
import { type KeptRegistration, openRegistrationTable } from "./registration-table.ts";
import { createRegistrations } from "./registrations.ts";
import { openServicePolicy, type ServicePolicy } from "./rest/authorization.ts";
import { deviceRoutes } from "./rest/device-routes.ts";
import { enrolmentRoutes } from "./rest/enrolment-routes.ts";
import { createRestListener } from "./rest/listener.ts";
import { registrationRoutes } from "./rest/registration-routes.ts";

const DAY_MS = 24 * 60 * 60_000;

export interface ProvisioningOptions {
  /** Which of the service's instances this is, as devices must say it; 0ne0000LOCAL if absent. */
  idScope?: string;
  /** 0, the default, takes any free port. */
  mqttPort?: number;
  /** For the REST API and for MQTT over WebSockets; 0, the default, takes any free port. */
  httpsPort?: number;
  /** Those of an earlier service, for one that is stopped and started again; none if absent. */
  enrolments?: Enrolments;
  /** The name by which devices are told of the hub and reach this service: one of the hub's `hostNames`, localhost if absent. */
  hostName?: string;
  /** Hubs beside the one that the service is started at, by the names that enrolments say; devices are told them. */
  linkedHubs?: Readonly<Record<string, AssignableHub>>;
  /** Authorities, PEM, by the names that `caReferences` of enrolments say. */
  authorities?: Readonly<Record<string, string>>;
  /** Custom allocation: where each device goes, what it is given. */
  onRegister?: OnRegister;
  /**
   * How long a device is told to wait before it asks what became of its registration, in seconds; 3 if absent, as in the
   * service. With 0 it is told at once.
   */
  retryAfterSeconds?: number;
}

/** A Device Provisioning Service on this machine, running. */
export interface LocalProvisioning {
  readonly idScope: string;
  readonly mqttPort: number;
  readonly httpsPort: number;
  /** The host that devices are given, `localhost:port` unless `hostName` says another; without a port where it is MQTT's own 8883. */
  readonly endpoint: string;
  /** Of the policy provisioningserviceowner, for those who enrol devices over REST. */
  readonly serviceConnectionString: string;
  /** An Authorization header of the same policy, for who has no SDK; `lasts` is milliseconds, a day if absent. */
  serviceToken(options?: { lasts?: number }): string;
  readonly enrolments: Enrolments;
  /**
   * Enrols what documents of the service's REST API say, in place of those that are there: `{ enrollments: […],
   * enrollmentGroups: […] }`, a list of both, or one alone. All of it or nothing. @throws EnrolmentDocumentsError
   */
  enrol(documents: unknown): Enrolment[];
  /** The next `count` questions of devices are answered 429, with how many seconds to wait. */
  throttle(count: number, options?: { retryAfterSeconds?: number }): void;
  /** Ends every connection, and leaves no handle open. The hub goes on. */
  stop(): Promise<void>;
}

/** Starts the service beside a hub, whose certificate it shows. @throws HubhandError PORT_IN_USE, CONFIG_INVALID */
export async function startProvisioning(
  options: ProvisioningOptions & {
    hub: AssignableHub;
    host: string;
    /** The names by which clients reach hub and service. */
    hostNames: readonly string[];
    certificate: ServerCertificate;
    /** Enrolments, registrations and the policy are kept there, each id scope's by themselves. */
    store: Store;
    log: LogEvent;
    now: () => number;
    wire: Wire;
  },
): Promise<LocalProvisioning> {
  const { hub, host, hostNames, certificate, store, log, now, wire, onRegister, authorities = {} } = options;
  const { idScope = "0ne0000LOCAL", retryAfterSeconds = 3, hostName = "localhost" } = options;
  // Now, and not when an enrolment names one.
  readAuthorities(Object.values(authorities), "authorities");
  const tableOf = <Document>(what: string) => store.table<Document>(`${what} of ${idScope}`);
  const enrolments =
    options.enrolments ?? openEnrolments({ store, table: tableOf<KeptEnrolment>("enrolments"), now });
  const hubs = createLinkedHubs({
    main: hub,
    hostName,
    mainNames: hostNames,
    others: options.linkedHubs ?? {},
  });
  const policy = openServicePolicy(tableOf<ServicePolicy>("provisioning policies"));
  const table = openRegistrationTable({ table: tableOf<KeptRegistration>("registrations"), hubs });
  const surroundings = { hubs, authorities };
  const stopping = new AbortController();
  const registrations = createRegistrations({
    enrolments,
    table,
    hubs,
    idScope,
    onRegister,
    retryAfterSeconds,
    stopping: stopping.signal,
    log,
    now,
  });
  const unfollow = enrolments.onChange(({ kind, id }, change) => {
    log({ event: "enrolment-changed", kind, id, change });
    // What became of one device is part of its enrolment, and goes with it.
    if (kind === "individual" && change === "deleted") table.remove(id);
  });
  const face = await createProvisioningFace({ registrations, idScope, log, now, wire });
  const answerRest = createRestListener({
    routes: [
      ...enrolmentRoutes({ enrolments, table, surroundings }),
      ...registrationRoutes({ enrolments, table }),
      ...deviceRoutes({ registrations, idScope }),
    ],
    policy,
    hostNames,
    log,
    now,
    wire,
  });

  const mqtt = createServer(serverTlsOptions(certificate), (socket) =>
    face.accept({ stream: socket, socket }),
  );
  const https = createHttpsServer(serverTlsOptions(certificate), answerRest);
  https.on("clientError", (error, socket) => {
    const remote = remoteOf(socket as { remoteAddress?: string; remotePort?: number });
    log({ event: "connection-error", face: "provisioning", remote, reason: messageOf(error) });
    endWithStatus(socket, { status: "400 Bad Request", now: now() });
  });
  takeWebSockets({ server: https, face: "provisioning", accept: { mqtt: face.accept }, log, now });
  const tended = { face: "provisioning", log } as const;
  const mqttServer = tendServer({ ...tended, server: mqtt, option: "mqttPort" });
  const httpsServer = tendServer({ ...tended, server: https, option: "httpsPort" });

  async function close(): Promise<void> {
    unfollow();
    stopping.abort();
    await Promise.all([mqttServer.close(face.close), httpsServer.close()]);
  }

  let mqttPort: number;
  let httpsPort: number;
  try {
    mqttPort = await mqttServer.listen({ host, port: options.mqttPort ?? 0 });
    httpsPort = await httpsServer.listen({ host, port: options.httpsPort ?? 0 });
  } catch (error) {
    await close();
    throw error;
  }

  let stopped: Promise<void> | undefined;
  return {
    idScope,
    mqttPort,
    httpsPort,
    endpoint: mqttAddress(hostName, mqttPort),
    serviceConnectionString: serviceConnectionString(policy, httpsPort),
    serviceToken: ({ lasts = DAY_MS } = {}) =>
      makeServiceToken({ host: "localhost", policy, expiresAt: now() + lasts }),
    enrolments,
    enrol: (documents) =>
      store.together(() =>
        readEnrolments(documents, surroundings).map((each) => {
          const isThere = enrolments.get(each.kind, each.id) !== undefined;
          return isThere ? enrolments.replace(each) : enrolments.create(each);
        }),
      ),
    throttle: registrations.throttle,
    stop() {
      stopped ??= close();
      return stopped;
    },
  };
}
