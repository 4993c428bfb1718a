import { whoIs } from "../client-id.ts";
import type { LogEvent } from "../events.ts";
import type { ActivityOf } from "../identities/activity.ts";
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

/** The activity that a twin shows. */
export function activityFrom(
  activityOf: (clientId: string) => ActivityOf,
  cloudToDeviceMessageCount: (clientId: string) => number,
): (clientId: string) => TwinActivity {
  return (clientId) => {
    const { connectionState, lastActivityTime } = activityOf(clientId);
    return {
      connectionState,
      lastActivityTime: lastActivityTime ?? NEVER,
      cloudToDeviceMessageCount: cloudToDeviceMessageCount(clientId),
    };
  };
}
