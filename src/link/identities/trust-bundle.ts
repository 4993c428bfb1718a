import { get, type RequestOptions } from "node:http";
import { json } from "node:stream/consumers";
import { messageOf } from "../../errors.ts";
import { IdentityFailure } from "../identity.ts";

/** The version that the device SDK speaks (its WORKLOAD_API_VERSION). */
const PATH = "/trust-bundle?api-version=2018-06-28";

/**
 * Asks IoT Edge's security daemon which authorities a module is to trust. Not through the SDK, whose request has no time
 * limit and cannot be given up.
 * @see https://github.com/Azure/iotedge/blob/main/edgelet/api/workload_2018-06-28.yaml
 * @returns PEM text
 * @throws IdentityFailure
 */
export async function fetchTrustBundle(workloadUri: string, signal: AbortSignal): Promise<string> {
  try {
    const { status, body } = await request({ ...addressOf(workloadUri), path: PATH, signal, agent: false });
    const { certificate } = body as { certificate?: unknown };
    if (status !== 200 || typeof certificate !== "string") throw new Error(`it answered with HTTP ${status}`);
    return certificate;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unusable";
    throw new IdentityFailure(
      {
        class: "network",
        reason: `workload-${code}`,
        message: `IoT Edge's workload API (${workloadUri}) gives no trust bundle: ${messageOf(error)}. Does its runtime run, and may this user reach it?`,
      },
      error,
    );
  }
}

function request(options: RequestOptions): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    get(options, (response) => {
      json(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    }).once("error", reject);
  });
}

/** `unix:///var/run/iotedge/workload.sock`, or `http://…`. */
function addressOf(uri: string): RequestOptions {
  const { protocol, pathname, hostname, port } = new URL(uri);
  return protocol === "unix:" ? { socketPath: decodeURIComponent(pathname) } : { hostname, port };
}
