import type { ReachedBy } from "./credentials/connection-strings.ts";
import type { LogEvent } from "./events.ts";
import type { Faults } from "./faults/index.ts";
import type { ModuleRegistry } from "./identities/module-registry.ts";
import type { DeviceRegistry } from "./identities/registry.ts";
import type { LimitsChoice } from "./limits/service-limits.ts";
import type { Messages } from "./messages/index.ts";
import type { CertificateChoice } from "./ports/server-tls.ts";
import type { LocalProvisioning, ProvisioningOptions } from "./provisioning/index.ts";
import type { TraceExchange } from "./trace/exchange.ts";
import type { Twins } from "./twins/twins.ts";

export interface LocalHubOptions extends CertificateChoice {
  /** The address to listen on; 127.0.0.1 if absent, 0.0.0.0 for all. */
  host?: string;
  /** 0, the default, takes any free port. */
  mqttPort?: number;
  /** 0, the default, takes any free port. */
  httpsPort?: number;
  /** For back ends that speak AMQP over TLS; 0 takes any free port. Absent, there is none: only AMQP over WebSockets. */
  amqpPort?: number;
  /** Where devices, policies and the certificate authority are kept; absent: in memory only. */
  dataDirectory?: string;
  /**
   * More names and addresses by which clients reach the hub: they go into its certificate, and tokens for them are
   * accepted. localhost, 127.0.0.1, ::1 and this machine's own name always are.
   */
  hostNames?: readonly string[];
  /** PEM texts of the authorities that devices of type `certificateAuthority` have their certificates from; none if absent. */
  trustedAuthorities?: readonly string[];
  /** The limits of the service's tiers, above which it throttles; none if absent. */
  limits?: LimitsChoice;
  /** The most connections each port takes at once; 10,000 if absent, or half of the files the process may open. */
  maxConnections?: number;
  /** Told of everything that happens; never of a key. */
  log?: LogEvent;
  /** Told of everything that goes over the wire; never of a key or a token, but of payloads. */
  trace?: TraceExchange;
  /** The clock, in milliseconds since 1970; Date.now if absent. Timers are not moved by it. */
  now?: () => number;
}

/** An IoT Hub on this machine, running. */
export interface LocalHub {
  readonly host: string;
  readonly mqttPort: number;
  readonly httpsPort: number;
  /** The same as `httpsPort`: as in the service, MQTT over WebSockets and the REST API share a port. */
  readonly webSocketPort: number;
  /** AMQP over TLS, if it was asked for. */
  readonly amqpPort: number | undefined;
  /** The certificate of the authority that clients must trust, PEM. */
  readonly ca: string;
  /** The file with the same; undefined without a data folder. */
  readonly caFile: string | undefined;
  /** Of the policy iothubowner. The port is left out where it is the SDKs' own 443. */
  readonly serviceConnectionString: string;
  /**
   * An Authorization header for the REST API, of the policy iothubowner: for curl, and for clients that are no SDK.
   * `lasts` is milliseconds, a day if absent.
   */
  serviceToken(options?: { lasts?: number }): string;
  /** Of the same policy, for clients of Event Hubs: they read what devices send. Undefined without `amqpPort`. */
  readonly eventHubConnectionString: string | undefined;
  /** With `x509=true` in place of a key for a device that has a certificate. @throws HubError DeviceNotFound */
  deviceConnectionString(deviceId: string, options?: ReachedBy): string;
  /** The same for a module. @throws HubError ModuleNotFound */
  moduleConnectionString(deviceId: string, moduleId: string, options?: ReachedBy): string;
  readonly registry: DeviceRegistry;
  readonly modules: ModuleRegistry;
  readonly twins: Twins;
  /** What devices sent, and what waits for them. */
  readonly messages: Messages;
  /** For tests of what clients do about it: whatever goes wrong in the hub because it was asked to. */
  readonly faults: Faults;
  /** Whether the device is connected, or with a module id that module of it. */
  isConnected(deviceId: string, moduleId?: string): boolean;
  /** Ends the connection of the device or module, as the service may at any time. */
  disconnect(deviceId: string, moduleId?: string): void;
  /**
   * For tests of what devices do about it: the hub loses the session it keeps for this device or module. A connected one
   * stays connected, is no longer subscribed to anything, and is not told.
   */
  forgetSession(deviceId: string, moduleId?: string): Promise<void>;
  /**
   * For tests of what clients do about it: another certificate for whoever connects from now on, at both faces; a fresh one
   * of the hub's authority if nothing is chosen. Connections that there are stay. @throws HubhandError CONFIG_INVALID
   */
  useCertificate(choice: CertificateChoice): Promise<void>;
  /**
   * Starts a Device Provisioning Service beside the hub, with a certificate of the same authority, that puts devices into
   * this hub unless told otherwise. It may be stopped by itself, and stops with the hub.
   * @throws HubhandError PORT_IN_USE, or CONFIG_INVALID if one of its `authorities` cannot be used
   */
  startProvisioning(options?: ProvisioningOptions): Promise<LocalProvisioning>;
  /** Ends every connection and call, and leaves no handle open. */
  stop(): Promise<void>;
}
