import { EventEmitter } from "node:events";
import type { Client, ModuleClient } from "azure-iot-device";
// Node finds only the first of its exports by name.
import sdk from "azure-iot-device";
import type { Mqtt } from "azure-iot-device-mqtt";
import { shownInTls } from "../client-certificate.ts";
import type { Identity } from "../identity.ts";

/** What the clients of devices and of modules have in common. */
export type SdkClient = Client | ModuleClient;

/** Durations in milliseconds. */
export interface SdkClientOptions {
  readonly ca?: string;
  readonly keepAlive: number;
  readonly tokenLifetime: number;
  /** Told to the hub in the user name: `hubhand/0.1.0`. */
  readonly productInfo: string;
  /** The Plug and Play model that is told to the hub, if there is one: `dtmi:example:gateway;1`. */
  readonly modelId?: string | undefined;
}

type Provider = Parameters<(typeof Client)["fromAuthenticationProvider"]>[0];

/** The SDK's policy object that never retries: reconnecting is the supervisor's, with a fresh client each time. */
const NO_RETRY = { shouldRetry: () => false, nextRetryTimeout: () => 0 };

/**
 * The SDK renews its token when this share of the token's life is left. It reconnects for that without a word and
 * without subscribing; the supervisor replaces the session earlier, so this must not happen.
 */
const SDK_RENEWAL_SHARE = 0.1;

/**
 * An SDK client for one session: with this identity, on this transport, with nothing that tries again by itself. Its
 * options still have to be set, with `clientOptions`, before it is opened.
 */
export function createSdkClient(
  identity: Identity,
  Transport: new (provider: Provider) => Mqtt,
  onError: (error: unknown) => void,
): SdkClient {
  const provider = providerFor(identity);
  // A token that cannot be signed is told by an event, which ends the process if nobody listens.
  if (provider instanceof EventEmitter) provider.on("error", onError);
  const make = identity.moduleId === undefined ? sdk.Client : sdk.ModuleClient;
  const client = make.fromAuthenticationProvider(provider, Transport);
  client.on("error", onError);
  client.setRetryPolicy(NO_RETRY);
  return client;
}

/** All options at once: a second call would forget the first one's (see `ca`). */
export function clientOptions(identity: Identity, options: SdkClientOptions): object {
  const { keepAlive, productInfo, tokenLifetime, modelId } = options;
  const ca = identity.ca ?? options.ca;
  const lifetime = Math.round(tokenLifetime / 1000);
  const tokenRenewal = {
    tokenValidTimeInSeconds: lifetime,
    tokenRenewalMarginInSeconds: Math.round(lifetime * SDK_RENEWAL_SHARE),
  };
  return {
    ...(ca === undefined ? {} : { ca }),
    keepalive: Math.max(1, Math.round(keepAlive / 1000)),
    productInfo,
    ...(modelId === undefined ? {} : { modelId }),
    // The SDK refuses it for a certificate, which has no token.
    ...(identity.proof.kind === "x509" ? {} : { tokenRenewal }),
  };
}

function providerFor({ hostName, deviceId, moduleId, gatewayHostName, proof }: Identity): Provider {
  const who = {
    host: hostName,
    deviceId,
    ...(moduleId === undefined ? {} : { moduleId }),
    ...(gatewayHostName === undefined ? {} : { gatewayHostName }),
  };
  switch (proof.kind) {
    case "symmetric-key":
      return new sdk.SharedAccessKeyAuthenticationProvider({ ...who, sharedAccessKey: proof.key });
    case "x509":
      // Not its fromX509Options, which knows neither gateways nor modules.
      return new sdk.X509AuthenticationProvider({ ...who, x509: shownInTls(proof) });
    case "edge-workload": {
      const { workloadUri, generationId } = proof;
      return new sdk.IotEdgeAuthenticationProvider({
        workloadUri,
        generationId,
        iothubHostName: hostName,
        deviceId,
        moduleId: moduleId ?? "",
        gatewayHostName: gatewayHostName ?? "",
        authScheme: "sasToken",
      });
    }
  }
}
