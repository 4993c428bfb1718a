/**
 * What is wrong with the user name of a login, if something is: `{host}/{device}/?api-version=…&…`, for a module
 * `{host}/{device}/{module}/?…`, where older SDKs leave the ? out. The host is not looked at (nor does edgeHub), the ids
 * must be the client id, and an api-version must be there, whatever its value.
 */
export function faultOfUserName(login: {
  clientId: string;
  userName: string | undefined;
}): string | undefined {
  const [host, ...parts] = (login.userName ?? "").split("/");
  const query = parts.pop();
  const named = parts.join("/");
  if (parts.length < 1 || parts.length > 2 || !host || parts.includes("") || query === undefined) {
    return "the user name is not {host}/{device}/?api-version=… or {host}/{device}/{module}/?api-version=…";
  }
  if (named !== login.clientId) return "the user name is of another device or module than the client id";
  if (!new URLSearchParams(query.replace(/^\?/, "")).get("api-version")) {
    return "the user name has no api-version";
  }
  return undefined;
}

/** The model that a device says it is of, if it names one (learn.microsoft.com, "IoT Plug and Play conventions"). */
export function modelIdOf(userName: string | undefined): string | undefined {
  const query = (userName ?? "").split("/").slice(-1)[0] ?? "";
  return new URLSearchParams(query.replace(/^\?/, "")).get("model-id") || undefined;
}
