import type { DeviceRegistrationResult } from "azure-iot-provisioning-device";
import type { Mqtt as ProvisioningTransport } from "azure-iot-provisioning-device-mqtt";
import { type Clock, waitAtMost } from "../../clock.ts";
import { shownInTls } from "../client-certificate.ts";
import { isDeviceId, isHostName } from "../connection-string.ts";
import { prepareDialer, type Way } from "../dialing.ts";
import type { SessionPhase } from "../failure.ts";
import { type ClientCertificate, IdentityFailure, type SymmetricKey } from "../identity.ts";
import type { RawMqttClient } from "../mqtt/raw-client.ts";
import { tappedMqttBase } from "../mqtt/transport.ts";
import type { Asked, Assignment } from "./assignment-cache.ts";
import { registrationToken } from "./derived-key.ts";
import { pacedTopic, parseThrottling } from "./registration-answers.ts";
import { type RegistrationProblem, registrationFailure } from "./registration-failure.ts";

/** Durations in milliseconds. */
export interface RegistrationSettings {
  /** From the first packet until the service has proved who it is. */
  readonly dialTimeout: number;
  /** From the first packet to the end of the login. */
  readonly connectTimeout: number;
  /** The whole conversation: the service may take its time to assign a hub, and the SDK would wait for ever. */
  readonly limit: number;
  readonly closeTimeout: number;
  readonly webSocketPort: number;
  readonly proxy?: string | undefined;
  readonly clock: Clock;
}

export interface Registration {
  readonly asked: Asked;
  readonly proof: SymmetricKey | ClientCertificate;
  /** For an allocation function of the operator's own. */
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
  readonly ca?: string | undefined;
  readonly way: Way;
  readonly signal: AbortSignal;
}

type ProvisioningBase = NonNullable<ConstructorParameters<typeof ProvisioningTransport>[0]>;

/** How long the token is good for; the conversation is over long before. */
const TOKEN_SECONDS = 3600;

/**
 * Registers once with the Device Provisioning Service, over MQTT with Microsoft's SDK, and leaves nothing behind
 * whatever comes of it. A service that asks to be asked again later (429 and above) is not, but told as a failure.
 * @throws IdentityFailure
 */
export async function register(
  settings: RegistrationSettings,
  registration: Registration,
): Promise<Assignment> {
  const { clock, closeTimeout } = settings;
  const { asked, payload, ca, way, signal } = registration;
  // Loaded here: most devices never need it. By their defaults, as Node finds only the first of their exports by name.
  const [{ default: sdk }, { default: sdkTransport }, dial] = await Promise.all([
    import("azure-iot-provisioning-device"),
    import("azure-iot-provisioning-device-mqtt"),
    prepareDialer({ ...settings, way }),
  ]);
  let phase: SessionPhase = "dialing";
  let raw: RawMqttClient | undefined;
  let firstError: unknown;
  const dialing = new AbortController();
  const outcome = Promise.withResolvers<DeviceRegistrationResult | undefined>();
  outcome.promise.catch(() => {}); // It may fail when nobody waits for it any more.
  const gone = Promise.withResolvers<void>();

  const fail = (problem: Partial<RegistrationProblem> = {}): void => {
    const failure = registrationFailure({ phase, error: firstError, ...problem }, asked.endpoint);
    outcome.reject(new IdentityFailure(failure, firstError ?? problem.error));
  };
  const base: ReturnType<typeof tappedMqttBase> = tappedMqttBase(
    {
      onClient(client) {
        raw = client;
        client.on("error", (error) => {
          firstError ??= error;
        });
        client.once("connect", () => {
          phase = "subscribing";
        });
        client.once("close", () => {
          gone.resolve();
          fail();
        });
        if (dialing.signal.aborted) client.stream.destroy();
      },
      onSecured() {
        if (phase === "dialing") phase = "connecting";
      },
      onMessage(topic, payload) {
        const throttled = parseThrottling(topic);
        if (throttled !== undefined) fail({ throttled });
        const paced = pacedTopic(topic);
        if (throttled === undefined && paced !== topic) base.emit("message", paced, payload);
        return throttled !== undefined || paced !== topic;
      },
      onUndigested: (error) => fail({ error, undigested: true }),
      signal: dialing.signal,
    },
    dial,
  );
  if (ca !== undefined) base.setOptions({ ca });
  // The package brings a copy of the same base along, of which this is one to all but the compiler.
  const transport = new sdkTransport.Mqtt(base as unknown as ProvisioningBase);
  transport.on("error", () => {}); // Told by the connection, or too late to matter.
  // The SDK's own listener throws when the connection ends while it believes that there is none.
  base.removeAllListeners("error").on("error", () => fail());
  prove(transport, registration, clock);
  // Not its ProvisioningDeviceClient, which cannot be made to give up: its `cancel` leaves the polling on.
  const machine = new sdk.PollingStateMachine(transport);

  const timeOut = () => fail({ timedOut: true });
  const stopTimers = [
    clock.setTimer(settings.dialTimeout, () => phase === "dialing" && timeOut()),
    clock.setTimer(settings.connectTimeout, () => phase !== "subscribing" && timeOut()),
    clock.setTimer(settings.limit, timeOut),
  ];
  const abandon = (): void => fail();
  signal.addEventListener("abort", abandon, { once: true });
  if (signal.aborted) abandon();
  const request = {
    registrationId: asked.registrationId,
    provisioningHost: asked.endpoint,
    idScope: asked.idScope,
    ...(payload === undefined ? {} : { payload }),
  };
  try {
    if (!signal.aborted) {
      machine.register(request, (error, result) => {
        if (error) fail({ error: firstError ?? error });
        else outcome.resolve(result);
      });
    }
    const assignment = assignmentOf(await outcome.promise, asked.endpoint);
    await waitAtMost(machine.disconnect(), closeTimeout, clock);
    return assignment;
  } finally {
    for (const stop of stopTimers) stop();
    signal.removeEventListener("abort", abandon);
    machine.cancel(() => {});
    stopQueryTimer(machine);
    raw?.stream.destroy();
    dialing.abort();
    if (raw !== undefined) await waitAtMost(gone.promise, closeTimeout, clock);
  }
}

/**
 * The machine gives an unanswered request a time-out, and leaves it running when it is cancelled in a connection that is
 * gone (polling_state_machine.js of azure-iot-provisioning-device 1.9.1): half a minute in which a process cannot end.
 */
function stopQueryTimer(machine: object): void {
  clearTimeout((machine as { _queryTimer?: NodeJS.Timeout })._queryTimer);
}

function prove(transport: ProvisioningTransport, { asked, proof }: Registration, clock: Clock): void {
  if (proof.kind === "symmetric-key") {
    const expiry = Math.floor(clock.wallClock() / 1000) + TOKEN_SECONDS;
    transport.setSharedAccessSignature(registrationToken({ ...asked, key: proof.key, expiry }));
    return;
  }
  transport.setAuthentication(shownInTls(proof));
}

function assignmentOf(result: DeviceRegistrationResult | undefined, endpoint: string): Assignment {
  const { assignedHub, deviceId } = result?.registrationState ?? {};
  if (
    typeof assignedHub === "string" &&
    isHostName(assignedHub) &&
    typeof deviceId === "string" &&
    isDeviceId(deviceId)
  ) {
    return { hostName: assignedHub, deviceId };
  }
  throw new IdentityFailure({
    class: "refused",
    reason: "provisioning-unusable",
    message: `the provisioning service ${endpoint} answered without a hub and a device id that can be used`,
  });
}
