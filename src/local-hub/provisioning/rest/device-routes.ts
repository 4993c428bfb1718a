import type { ProvisioningAnswer } from "../answers.ts";
import { REQUEST_LIMIT } from "../protocol.ts";
import { ProvisioningError } from "../provisioning-error.ts";
import type { Question, Registrations } from "../registrations.ts";
import type { RestAnswer, RestRequest, RestRoute } from "./routing.ts";

/** What devices ask over HTTPS in place of MQTT (learn.microsoft.com, REST "Runtime Registration"). */
export function deviceRoutes(options: { registrations: Registrations; idScope: string }): RestRoute[] {
  const { registrations, idScope } = options;
  const base = "/{idScope}/registrations/{registrationId}";

  async function ask(question: Question, request: RestRequest): Promise<RestAnswer> {
    const { parameters, proof, body } = request;
    if (parameters.idScope?.toLowerCase() !== idScope.toLowerCase()) {
      throw new ProvisioningError("not-found", "there is no service of this id scope");
    }
    if (body.length > REQUEST_LIMIT) throw new ProvisioningError("too-large", "the body is above 64 KiB");
    const { registrationId = "" } = parameters;
    return overHttp(await registrations.answer(question, { registrationId, proof, body }));
  }

  return [
    {
      method: "PUT",
      path: `${base}/register`,
      caller: "device",
      handle: (request) => ask({ kind: "register" }, request),
    },
    {
      method: "GET",
      path: `${base}/operations/{operationId}`,
      caller: "device",
      handle: (request) =>
        ask({ kind: "status", operationId: request.parameters.operationId ?? "" }, request),
    },
    {
      method: "POST",
      path: base,
      caller: "device",
      handle: (request) => ask({ kind: "lookup" }, request),
    },
  ];
}

function overHttp({ status, retryAfterSeconds, body }: ProvisioningAnswer): RestAnswer {
  const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  return { status, headers, body };
}
