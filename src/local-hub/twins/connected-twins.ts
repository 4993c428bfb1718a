import { whoIs } from "../client-id.ts";
import type { LogEvent } from "../events.ts";
import type { MqttFace } from "../mqtt-face/listener.ts";
import { NEVER } from "./twin-document.ts";
import type { ObservableTwins, TwinActivity } from "./twins.ts";

/** Tells devices and modules of changes of their desired properties, if they are there and want to know. */
export function followDesiredChanges(options: {
  twins: Pick<ObservableTwins, "onDesiredChange">;
  mqttFace: Pick<MqttFace, "sendDesired">;
  log: LogEvent;
}): void {
  const { twins, mqttFace, log } = options;
  twins.onDesiredChange((change) => {
    const told = mqttFace.sendDesired(change);
    log({ event: "desired-changed", ...whoIs(change.clientId), version: change.version, told });
  });
}

/** An activity of which no more is known than who is connected. */
export function activityFrom(isConnected: (clientId: string) => boolean): (clientId: string) => TwinActivity {
  return (clientId) => ({
    connectionState: isConnected(clientId) ? "Connected" : "Disconnected",
    lastActivityTime: NEVER,
    cloudToDeviceMessageCount: 0,
  });
}
