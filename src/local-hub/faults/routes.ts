import { HubError } from "../hub-error.ts";
import { type Answer, json } from "../service-face/answers.ts";
import { parseObject } from "../service-face/body.ts";
import { FAULTS_PATH, type Route, type ServiceRequest } from "../service-face/routing.ts";
import type { Faults } from "./index.ts";
import type { FaultDescription } from "./kinds.ts";
import { readFault } from "./read-fault.ts";

/**
 * Faults by HTTP, for tests in other languages. The service has nothing of the kind: the path is ours, and whoever may
 * call devices (ServiceConnect) may break things for them.
 */
export function faultRoutes({ faults }: { faults: Faults }): Route[] {
  const all = FAULTS_PATH;
  const one = `${all}/{faultId}`;
  const right = "ServiceConnect";
  return [
    { method: "GET", path: all, right, handle: () => listed() },
    { method: "PUT", path: all, right, handle: putAll },
    { method: "POST", path: all, right, handle: addOne },
    { method: "DELETE", path: all, right, handle: removeAll },
    { method: "GET", path: one, right, handle: ({ parameters }) => json(find(parameters.faultId)) },
    { method: "PUT", path: one, right, handle: putOne },
    { method: "DELETE", path: one, right, handle: removeOne },
  ];

  function listed(): Answer {
    return json({ faults: faults.list() });
  }

  /** These in place of all there are; none of them if one is wrong. */
  function putAll({ body }: ServiceRequest): Answer {
    const { faults: wanted } = parseObject(body);
    if (!Array.isArray(wanted)) throw new HubError("ArgumentInvalid", '"faults" is a list of faults');
    wanted.forEach(readFault);
    const ids = wanted.map(({ id }: FaultDescription) => id).filter((id) => id !== undefined);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) throw new HubError("ArgumentInvalid", `two faults have the id ${twice}`);
    faults.clear();
    for (const fault of wanted) faults.add(fault as FaultDescription);
    return listed();
  }

  /** One more, by an id of its own or a new one. */
  function addOne({ body }: ServiceRequest): Answer {
    const added = add(parseObject(body));
    return json(added, { status: 201, headers: { location: `${all}/${encodeURIComponent(added.id)}` } });
  }

  /** In place of the one of this id, if there is one. */
  function putOne({ parameters, body }: ServiceRequest): Answer {
    const id = parameters.faultId ?? "";
    const fault = { ...parseObject(body), id };
    readFault(fault);
    faults.remove(id);
    return json(add(fault));
  }

  /** What is over at once is told all the same. */
  function add(document: Record<string, unknown>) {
    const fault = document as unknown as FaultDescription;
    const read = readFault(fault);
    const { id, struck } = faults.add(fault);
    return faults.list().find((other) => other.id === id) ?? { ...read, id, struck };
  }

  function removeOne({ parameters }: ServiceRequest): Answer {
    find(parameters.faultId);
    faults.remove(parameters.faultId ?? "");
    return { status: 204 };
  }

  function removeAll(): Answer {
    faults.clear();
    return { status: 204 };
  }

  function find(id: string | undefined) {
    const fault = faults.list().find((other) => other.id === id);
    if (fault === undefined) throw new HubError("ResourceNotFound", `there is no fault ${id}`);
    return fault;
  }
}
