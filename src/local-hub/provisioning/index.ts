import { createServer as createHttpsServer } from "node:https";
import { createServer } from "node:tls";
import type { ServerCertificate } from "../certificates.ts";
import { mqttAddress } from "../connection-strings.ts";
import type { LogEvent } from "../events.ts";
import { httpDate } from "../raw-http.ts";
import { serverTlsOptions } from "../server-tls.ts";
import { tendServer } from "../tend-server.ts";
import { takeWebSockets } from "../web-sockets.ts";
import type { AssignableHub, OnRegister } from "./assignment.ts";
import { createEnrolments, type Enrolments } from "./enrolments.ts";
import { createProvisioningFace } from "./mqtt-face.ts";
import { createRegistrations } from "./registrations.ts";

export interface ProvisioningOptions {
  /** Which of the service's instances this is, as devices must say it; 0ne0000LOCAL if absent. */
  idScope?: string;
  /** 0, the default, takes any free port. */
  mqttPort?: number;
  /** For MQTT over WebSockets; 0, the default, takes any free port. */
  httpsPort?: number;
  /** Those of an earlier service, for one that is stopped and started again; none if absent. */
  enrolments?: Enrolments;
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
  /** The host that devices are given, `localhost:port`; without a port where it is MQTT's own 8883. */
  readonly endpoint: string;
  readonly enrolments: Enrolments;
  /** The next `count` questions of devices are answered 429, with how many seconds to wait. */
  throttle(count: number, options?: { retryAfterSeconds?: number }): void;
  /** Ends every connection, and leaves no handle open. The hub goes on. */
  stop(): Promise<void>;
}

/** Starts the service beside a hub, whose certificate it shows. @throws HubhandError PORT_IN_USE */
export async function startProvisioning(
  options: ProvisioningOptions & {
    hub: AssignableHub;
    host: string;
    certificate: ServerCertificate;
    log: LogEvent;
    now: () => number;
  },
): Promise<LocalProvisioning> {
  const { hub, host, certificate, log, now } = options;
  const { idScope = "0ne0000LOCAL", retryAfterSeconds = 3, enrolments = createEnrolments() } = options;
  const { onRegister } = options;
  const registrations = createRegistrations({
    enrolments,
    idScope,
    hub,
    onRegister,
    retryAfterSeconds,
    log,
    now,
  });
  const face = await createProvisioningFace({ registrations, idScope, log, now });

  const mqtt = createServer(serverTlsOptions(certificate), (socket) =>
    face.accept({ stream: socket, socket }),
  );
  // There is no REST API here: this server is for WebSockets alone.
  const https = createHttpsServer(serverTlsOptions(certificate), (_request, response) => {
    response.writeHead(404, { date: httpDate(now()), connection: "close" }).end();
  });
  takeWebSockets({ server: https, face: "provisioning", accept: face.accept, log, now });
  const tended = { face: "provisioning", log } as const;
  const mqttServer = tendServer({ ...tended, server: mqtt, option: "mqttPort" });
  const httpsServer = tendServer({ ...tended, server: https, option: "httpsPort" });

  async function close(): Promise<void> {
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
    endpoint: mqttAddress("localhost", mqttPort),
    enrolments,
    throttle: registrations.throttle,
    stop() {
      stopped ??= close();
      return stopped;
    },
  };
}
