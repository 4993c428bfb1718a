import { randomUUID } from "node:crypto";
import { digitalTwinOf } from "../digital-twins/digital-twin.ts";
import { desiredPatchOf } from "../digital-twins/json-patch.ts";
import { HubError } from "../hub-error.ts";
import type { Twins } from "../twins/twins.ts";
import { json } from "./answers.ts";
import { parseJson } from "./body.ts";
import { etagOf } from "./identity-documents.ts";
import type { InvokeMethod } from "./methods.ts";
import type { Route, ServiceRequest } from "./routing.ts";

const ONE = "/digitaltwins/{id}";

/** Digital twins of devices (learn.microsoft.com, "IoT Hub REST: Digital Twin"): their twins and methods, by other names. */
export function digitalTwinRoutes(options: {
  invokeMethod: InvokeMethod;
  twins: Pick<Twins, "get" | "patch">;
}): Route[] {
  const { invokeMethod, twins } = options;

  function command(methodName: string, { parameters, query, body, signal }: ServiceRequest) {
    const document = {
      methodName,
      payload: body.length === 0 ? null : parseJson(body),
      connectTimeoutInSeconds: numberIn(query, "connectTimeoutInSeconds"),
      responseTimeoutInSeconds: numberIn(query, "responseTimeoutInSeconds"),
    };
    return invokeMethod(
      { deviceId: parameters.id ?? "" },
      {
        document,
        signal,
        answered: ({ status, payload }) => ({
          status: 200,
          headers: { "x-ms-command-statuscode": String(status), "x-ms-request-id": randomUUID() },
          body: payload,
        }),
      },
    );
  }

  return [
    ...propertyRoutes(twins),
    {
      method: "POST",
      path: `${ONE}/commands/{command}`,
      right: "ServiceConnect",
      handle: (request) => command(request.parameters.command ?? "", request),
    },
    {
      method: "POST",
      path: `${ONE}/components/{component}/commands/{command}`,
      right: "ServiceConnect",
      // How a device tells the commands of its components apart (learn.microsoft.com, "IoT Plug and Play conventions").
      handle: (request) => command(`${request.parameters.component}*${request.parameters.command}`, request),
    },
  ];
}

function propertyRoutes(twins: Pick<Twins, "get" | "patch">): Route[] {
  return [
    {
      method: "GET",
      path: ONE,
      right: "ServiceConnect",
      handle({ parameters: { id = "" } }) {
        const twin = twins.get(id);
        return json(digitalTwinOf(twin), { headers: { etag: `"${twin.etag}"` } });
      },
    },
    {
      method: "PATCH",
      path: ONE,
      right: "ServiceConnect",
      handle({ parameters: { id = "" }, body, header }) {
        const desired = desiredPatchOf(parseJson(body), twins.get(id).properties);
        const ifMatch = etagOf(header("if-match")) ?? "*";
        const { etag } = twins.patch(id, { properties: { desired } }, { ifMatch });
        const location = `/digitaltwins/${encodeURIComponent(id)}`;
        return { status: 202, headers: { etag: `"${etag}"`, location } };
      },
    },
  ];
}

/** @throws HubError ArgumentInvalid */
function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new HubError("ArgumentInvalid", `${name} is a whole number`);
  return Number(text);
}
