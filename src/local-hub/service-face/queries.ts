import { HubError } from "../hub-error.ts";
import { type ParsedQuery, parseQuery, type QuerySources } from "../queries/query.ts";
import { json } from "./answers.ts";
import { parseObject } from "./body.ts";
import { createContinuations } from "./continuation.ts";
import type { Route } from "./routing.ts";

/** The SDKs read these in any case (azure-iot-sdk-java, QueryType.java). */
const ITEM_TYPES: Record<ParsedQuery["itemType"], string> = {
  twin: "Twin",
  deviceJob: "DeviceJob",
  raw: "Raw",
};

/**
 * Queries over twins and jobs (learn.microsoft.com, "IoT Hub REST: Query - Get Twins"). They need the right to read the
 * registry ("Get started with device twins").
 */
export function queryRoutes({ sources }: { sources: QuerySources }): Route[] {
  const continuations = createContinuations();
  return [
    {
      method: "POST",
      path: "/devices/query",
      right: "RegistryRead",
      handle({ body, header }) {
        const text = readText(parseObject(body));
        const query = parseQuery(text);
        const { items, next } = query.page(sources, continuations.read(header, text));
        const headers = { "x-ms-item-type": ITEM_TYPES[query.itemType], ...continuations.write(next, text) };
        return json(items, { headers });
      },
    },
  ];
}

/** @throws HubError ArgumentNull, ArgumentInvalid */
function readText({ query }: Record<string, unknown>): string {
  if (query === undefined || query === null) throw new HubError("ArgumentNull", "the query is missing");
  if (typeof query !== "string") throw new HubError("ArgumentInvalid", "the query is not a string");
  return query;
}
