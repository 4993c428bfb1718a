import { setTimeout } from "node:timers/promises";
import { printDuration } from "../../durations.ts";
import { HubhandError, messageOf } from "../../errors.ts";
import type { ServiceClient } from "../../service/index.ts";
import type { Child } from "./child.ts";
import { isCall, print } from "./narration.ts";
import { DEVICE_ID, METHOD, type Stage } from "./stage.ts";

const PAYLOAD = { method_number: "42" };
const CALL_LOGGED_WITHIN_MS = 30_000;

/** The first call must be right; later ones may meet a hub that somebody stopped, and say so. */
export async function calls(stage: Stage, service: ServiceClient, agent: Child): Promise<void> {
  const { once, everyMs, isStopping } = stage;
  const seen = agent.waitFor("the device did not log the call", isCall, CALL_LOGGED_WITHIN_MS);
  await Promise.all([callOnce(service), seen]);
  if (once) return;
  print(`Calling again every ${printDuration(everyMs)}; Ctrl-C stops everything.\n`);
  for (;;) {
    await setTimeout(everyMs, undefined, { ref: false }); // Nothing to wait for once the children are gone.
    if (isStopping()) return;
    await callOnce(service).catch((error: unknown) => print(`  failed    ${messageOf(error)}\n`));
  }
}

async function callOnce(service: ServiceClient): Promise<void> {
  print(`Calling ${METHOD} on ${DEVICE_ID} …`);
  const response = await service.invokeMethod({
    deviceId: DEVICE_ID,
    methodName: METHOD,
    payload: PAYLOAD,
    responseTimeoutSeconds: 30,
    connectTimeoutSeconds: 10,
  });
  print(`  method    ${METHOD}`);
  print(`  payload   ${JSON.stringify(PAYLOAD)}`);
  print(`  status    ${response.status}`);
  print(`  response  ${JSON.stringify(response.payload)}\n`);
  if (response.status !== 200 || !isRightAnswer(response.payload)) {
    throw new HubhandError("INTERNAL", "the device's reply is not the one that its plugin gives");
  }
}

const isRightAnswer = (payload: unknown): boolean =>
  JSON.stringify(payload) === JSON.stringify({ Response: "This is the response from the device" });
