import { clientIdOf, type Who } from "../client-id.ts";
import { HubError } from "../hub-error.ts";
import type { ModuleRegistry } from "../identities/module-registry.ts";
import type { DeviceRegistry } from "../identities/registry.ts";
import type { TwinPatch, Twins } from "../twins/twins.ts";
import { json } from "./answers.ts";
import { isObject, parseObjects } from "./body.ts";
import { readDescription } from "./devices.ts";
import { readModuleDescription } from "./modules.ts";
import type { Route } from "./routing.ts";

/** The most entries of one call (learn.microsoft.com, "IoT Hub REST: Bulk Registry - Update Registry"). */
const BULK_LIMIT = 100;

type Entry = Record<string, unknown>;
/** What becomes of one entry; its etags are those that the caller asks for. */
type Operation = (entry: Entry, who: Who) => Promise<void>;

interface BulkError extends Who {
  errorCode: number;
  errorStatus: string;
  operation: string;
}

/**
 * The registry's operations on up to 100 devices and modules at once. Each entry stands for itself: what fails is told,
 * the others are done. As the service does, and its SDKs rely on, a call of which anything failed is answered with 400,
 * the code BulkRegistryOperationFailure in the header only, and the result as its body (azure-iot-sdk-csharp,
 * HttpClientHelper.IsMappedToException); `errorCode` is a number (azure-sdk-for-net, DevicesClientTests).
 */
export function bulkRoutes(options: {
  registry: DeviceRegistry;
  modules: ModuleRegistry;
  twins: Pick<Twins, "patch">;
}): Route[] {
  const operations = operationsOn(options);

  async function faultOf(entry: Entry): Promise<BulkError | undefined> {
    const who = whoOf(entry);
    const operation = String(entry.importMode ?? "createOrUpdate");
    try {
      const act = operations.get(operation.toLowerCase());
      if (act === undefined)
        throw new HubError("ArgumentInvalid", `there is no importMode ${JSON.stringify(operation)}`);
      await act(entry, who);
      return undefined;
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      return { ...who, errorCode: error.number, errorStatus: error.message, operation };
    }
  }

  return [
    {
      method: "POST",
      path: "/devices",
      right: "RegistryWrite",
      async handle({ body }) {
        const entries = parseObjects(body);
        checkEntries(entries);
        const errors: BulkError[] = [];
        for (const entry of entries) {
          const fault = await faultOf(entry);
          if (fault !== undefined) errors.push(fault);
        }
        const isSuccessful = errors.length === 0;
        const failed = { status: 400, headers: { "iothub-errorcode": "BulkRegistryOperationFailure" } };
        return json({ isSuccessful, errors, warnings: [] }, isSuccessful ? {} : failed);
      },
    },
  ];
}

/** By import mode, in lower case: azure-iothub sends `create` and `Update`, other SDKs `Create` and `update`. */
function operationsOn(options: Parameters<typeof bulkRoutes>[0]): Map<string, Operation> {
  const { registry, modules, twins } = options;

  async function create(entry: Entry, who: Who): Promise<void> {
    if (isModule(who)) await modules.create(readModuleDescription(entry, who));
    else await registry.create(readDescription(entry, who.deviceId));
    const patch = twinPatchOf(entry);
    if (patch === undefined) return;
    try {
      twins.patch(clientIdOf(who), patch);
    } catch (error) {
      // Whole or not at all.
      await remove(who, { ifMatch: "*" });
      throw error;
    }
  }

  async function update(entry: Entry, who: Who, match: { ifMatch: string }): Promise<void> {
    if (isModule(who)) await modules.update(readModuleDescription(entry, who), match);
    else await registry.update(readDescription(entry, who.deviceId), match);
  }

  async function remove(who: Who, match: { ifMatch: string }): Promise<void> {
    if (isModule(who)) await modules.delete(who.deviceId, who.moduleId, match);
    else await registry.delete(who.deviceId, match);
  }

  function updateTwin(entry: Entry, who: Who, match: { ifMatch: string }): void {
    twins.patch(clientIdOf(who), twinPatchOf(entry) ?? {}, match);
  }

  const isThere = (who: Who) =>
    (isModule(who) ? modules.get(who.deviceId, who.moduleId) : registry.get(who.deviceId)) !== undefined;
  const any = { ifMatch: "*" };
  const same = (entry: Entry) => ({ ifMatch: etagIn(entry.eTag ?? entry.etag) });
  const sameTwin = (entry: Entry) => ({ ifMatch: etagIn(entry.twinETag ?? entry.twinEtag) });

  return new Map<string, Operation>([
    ["create", create],
    ["update", (entry, who) => update(entry, who, any)],
    ["updateifmatchetag", (entry, who) => update(entry, who, same(entry))],
    ["createorupdate", (entry, who) => (isThere(who) ? update(entry, who, any) : create(entry, who))],
    [
      "createorupdateifmatchetag",
      (entry, who) => (isThere(who) ? update(entry, who, same(entry)) : create(entry, who)),
    ],
    ["delete", (_entry, who) => remove(who, any)],
    ["deleteifmatchetag", (entry, who) => remove(who, same(entry))],
    ["updatetwin", async (entry, who) => updateTwin(entry, who, any)],
    ["updatetwinifmatchetag", async (entry, who) => updateTwin(entry, who, sameTwin(entry))],
  ]);
}

/** @throws HubError ArgumentInvalid, TooManyDevices, DeviceDefinedMultipleTimes */
function checkEntries(entries: readonly Entry[]): void {
  if (entries.length === 0) throw new HubError("ArgumentInvalid", "the list is empty");
  if (entries.length > BULK_LIMIT) {
    throw new HubError("TooManyDevices", `a call takes ${BULK_LIMIT} devices at most`);
  }
  const ids = entries.map((entry) => clientIdOf(whoOf(entry)));
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new HubError("DeviceDefinedMultipleTimes", twice);
}

/** @throws HubError ArgumentInvalid */
function whoOf({ id, moduleId }: Entry): Who {
  if (typeof id !== "string" || id === "") throw new HubError("ArgumentInvalid", "an entry has no id");
  if (moduleId === undefined || moduleId === null || moduleId === "") return { deviceId: id };
  if (typeof moduleId !== "string") throw new HubError("ArgumentInvalid", "moduleId is text");
  return { deviceId: id, moduleId };
}

function isModule(who: Who): who is Required<Who> {
  return who.moduleId !== undefined;
}

/** @throws HubError PreconditionFailed */
function etagIn(etag: unknown): string {
  if (typeof etag === "string" && etag !== "") return etag.replace(/^"(.*)"$/, "$1");
  throw new HubError("PreconditionFailed", "the entry has no etag");
}

/** What an entry says of its twin; the twins check what is in it. @throws HubError ArgumentInvalid */
function twinPatchOf({ tags, properties }: Entry): TwinPatch | undefined {
  const hasTags = tags !== undefined && tags !== null;
  if (properties !== undefined && properties !== null && !isObject(properties)) {
    throw new HubError("ArgumentInvalid", "properties is an object");
  }
  const desired = properties?.desired ?? undefined;
  if (!hasTags && desired === undefined) return undefined;
  return {
    ...(hasTags ? { tags } : {}),
    ...(desired === undefined ? {} : { properties: { desired } }),
  } as TwinPatch;
}
