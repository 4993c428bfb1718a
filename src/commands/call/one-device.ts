import type { MethodInvocation, ServiceClient } from "../../service/index.ts";
import type { VerbIo } from "../back-end/verb-io.ts";
import { safeJson, safeText } from "../terminal/safe-text.ts";
import { DEVICE_SAID_NO } from "./exit-codes.ts";

/** Calls one device or module, and prints what it answered. @throws HubhandError of `CALL_EXIT_CODES` */
export async function callOne(
  call: MethodInvocation,
  { client, io, json }: { client: ServiceClient; io: VerbIo; json: boolean },
): Promise<void> {
  const { deviceId, moduleId, methodName, payload } = call;
  const target = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
  if (!json) io.writeError(`Calling ${safeText(`${methodName} on ${target}`)} …\n`);
  const startedAt = io.now();
  const response = await client.invokeMethod(call);
  const milliseconds = Math.round(io.now() - startedAt);
  if (json) {
    const who = { deviceId, ...(moduleId === undefined ? {} : { moduleId }) };
    io.write(`${safeJson({ ...who, methodName, ...response, milliseconds })}\n`);
  } else {
    // The lines that the back-end program of Microsoft's tutorial prints, in its order.
    const lines = [
      `Method name      : ${safeText(methodName)}`,
      `Method payload   : ${safeJson(payload)}`,
      `Response status  : ${response.status}`,
      `Response payload : ${safeJson(response.payload)}`,
    ];
    io.write(`${lines.join("\n")}\n`);
  }
  if (response.status >= 400) io.setExitCode(DEVICE_SAID_NO);
}
