import { readConfiguration } from "../configurations/configuration.ts";
import type { Configurations } from "../configurations/configurations.ts";
import { json } from "./answers.ts";
import { parseObject } from "./body.ts";
import { etagOf, oneIdentity } from "./identity-documents.ts";
import type { Route } from "./routing.ts";

/** Automatic configurations of devices (learn.microsoft.com, "IoT Hub REST: Configuration"). Without If-Match one is made. */
export function configurationRoutes({ configurations }: { configurations: Configurations }): Route[] {
  const path = "/configurations/{id}";
  const shown = (one: Record<string, unknown>) => oneIdentity({ ...one, etag: String(one.etag) });
  const matching = (header: string | undefined) => {
    const ifMatch = etagOf(header);
    return ifMatch === undefined ? {} : { ifMatch };
  };
  return [
    {
      method: "GET",
      path: "/configurations",
      right: "RegistryRead",
      handle: () => json(configurations.list()),
    },
    {
      method: "GET",
      path,
      right: "RegistryRead",
      handle: ({ parameters: { id = "" } }) => shown(configurations.get(id)),
    },
    {
      method: "PUT",
      path,
      right: "RegistryWrite",
      handle: ({ parameters: { id = "" }, body, header }) =>
        shown(configurations.put(readConfiguration(parseObject(body), id), matching(header("if-match")))),
    },
    {
      method: "DELETE",
      path,
      right: "RegistryWrite",
      handle({ parameters: { id = "" }, header }) {
        configurations.remove(id, matching(header("if-match")));
        return { status: 204 };
      },
    },
  ];
}
