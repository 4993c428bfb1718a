import { Agent, type AgentOptions, type RequestOptions } from "node:https";
import { type ConnectionOptions, connect } from "node:tls";
import { withoutPort } from "./ports/host-names.ts";

/** What must be known of a hub to reach its HTTPS port: a `LocalHub`, or what `hubhand hub --json` says of itself. */
export interface ReachableHub {
  httpsPort: number;
  /** The certificate of its authority, PEM. */
  ca: string;
  /** The address that it listens on; 127.0.0.1 if absent. */
  host?: string;
  /** The names that stand for the hub in URLs; localhost and 127.0.0.1 if absent. Others are left alone. */
  hostNames?: readonly string[];
}

/**
 * Leads Microsoft's SDKs to a hub on a port of its own. They ask for port 443 whatever the connection string says
 * (`azure-iothub`, and `azure-iot-device-mqtt` over WebSockets), which takes root. Connections to another host are made as
 * by any agent, so it may also take the place of `https.globalAgent`, for clients that use that; `azure-iothub` has an
 * agent of its own: see `leadToHub`.
 */
export class HubAgent extends Agent {
  readonly #hostNames: readonly string[];
  readonly #target: ConnectionOptions;

  /** Without a hub, as Node itself makes one of the global agent's kind for a request with `agent: false`, it leads nobody. */
  constructor(hub?: ReachableHub, options: AgentOptions = {}) {
    super({ keepAlive: true, ...options });
    this.#hostNames = hub === undefined ? [] : (hub.hostNames ?? ["localhost", "127.0.0.1"]);
    if (hub === undefined) {
      this.#target = {};
      return;
    }
    if (!Number.isInteger(hub.httpsPort) || typeof hub.ca !== "string") {
      throw new TypeError(
        "a hub is { httpsPort, ca }: what startLocalHub returns, or hubhand hub --json prints",
      );
    }
    // Authorities that the caller trusts beside it are for other hosts.
    this.#target = { host: connectable(hub.host), port: hub.httpsPort, servername: "localhost", ca: hub.ca };
  }

  override createConnection(...[options, done]: Parameters<Agent["createConnection"]>) {
    const asked = options as RequestOptions;
    // The service SDK puts the port of a connection string into the name.
    const name = withoutPort(String(asked.host ?? asked.hostname ?? "localhost"));
    if (!this.#hostNames.includes(name)) return super.createConnection(options, done);
    const { cert, key } = asked;
    return connect({ ...this.#target, ...(cert && key ? { cert, key } : {}) });
  }
}

/**
 * Leads a `Client`, `Registry` or `JobClient` of `azure-iothub` to the hub, and returns it. The SDK keeps its REST client to
 * itself (`_restApiClient`, azure-iothub 1.16.6), which is why this is for tests and development.
 *
 * @throws TypeError if it has none
 */
export function leadToHub<Client>(client: Client, hub: ReachableHub, options: AgentOptions = {}): Client {
  const rest = (client as { _restApiClient?: RestClient })._restApiClient;
  if (typeof rest?.setOptions !== "function") {
    throw new TypeError(
      "leadToHub takes a Client, Registry or JobClient of azure-iothub, or a ProvisioningServiceClient; DigitalTwinClient needs none: it takes the port from the connection string, and the authority from NODE_EXTRA_CA_CERTS",
    );
  }
  rest.setOptions({ http: { agent: new HubAgent(hub, options) } });
  return client;
}

interface RestClient {
  setOptions(options: { http: { agent: Agent } }): void;
}

/** A hub that listens on all addresses is here as well. */
function connectable(host = "127.0.0.1"): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
