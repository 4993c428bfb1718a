import { type RequestOptions, request } from "node:http";
import { text } from "node:stream/consumers";

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Asks the engine itself, as IoT Edge's daemon does, and not through `docker`, which has options of its own. */
export async function createContainer(name: string, options: object): Promise<void> {
  const { DOCKER_HOST = "unix:///var/run/docker.sock" } = process.env;
  const { protocol, pathname, hostname, port } = new URL(DOCKER_HOST);
  const where = protocol === "unix:" ? { socketPath: pathname } : { host: hostname, port };
  const asked = { ...where, method: "POST", path: `/containers/create?name=${name}` };
  const answer = await ask(asked, JSON.stringify(options));
  const { Warnings: warnings = [] } = JSON.parse(answer.text);
  if (answer.status !== 201) throw new Error(`the engine answered ${answer.status}: ${answer.text}`);
  if (warnings?.length > 0) throw new Error(`the engine does not do all that is asked: ${warnings}`);
}

/** GET by a name of the visitor's choice, which fetch does not allow. */
export function getAs(host: string, url: string): Promise<Answer> {
  const { hostname, port, pathname } = new URL(url);
  return ask({ host: hostname, port, path: pathname, headers: { host } });
}

function ask(options: RequestOptions, body?: string): Promise<Answer> {
  const headers = { ...options.headers, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, headers }, (response) => {
      text(response).then((read) => resolve({ status: response.statusCode ?? 0, text: read }), reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
