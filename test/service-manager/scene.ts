import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startHubhand } from "../support/agent/hubhand-process.ts";
import type { CleanUp } from "../support/clean-up.ts";
import { waitUntil } from "../support/time/wait-until.ts";

const MANAGER = fileURLToPath(new URL("fixtures/manager.pl", import.meta.url));
/** Nobody listens there: a device without a network. */
const UNREACHABLE = `HostName=127.0.0.1:1;DeviceId=d;SharedAccessKey=${Buffer.alloc(32, "k").toString("base64")}`;

/** Tells which of its environment it can see, in the agent's own process and in one of its own. */
const plugin = (isolate: boolean): string => `
  const seen = Object.keys(process.env).filter((name) => /^(NOTIFY|WATCHDOG|LISTEN)_/.test(name));
  export default {
    isolate: ${isolate},
    start: ({ log }) => log.info({ seen }, "environment"),
    methods: { "of${isolate}": () => null },
  };`;

/** An agent that a service manager of the test has started, in one of both ways, or that is told of one that is not there. */
export async function startUnderManager(cleanUp: CleanUp, way: "descriptor" | "program" | "nobody") {
  const folder = await cleanUp.folder();
  const plugins = await cleanUp.folder();
  await writeFile(join(plugins, "here.mjs"), plugin(false));
  await writeFile(join(plugins, "elsewhere.mjs"), plugin(true));
  const socket = join(folder, "notify");
  const book = join(folder, "book");
  await writeFile(book, "");
  const environment = {
    HUBHAND_CONNECTION_STRING: UNREACHABLE,
    // 443 may be somebody's here.
    HUBHAND_LINK_WEB_SOCKET_PORT: "1",
    HUBHAND_PLUGINS_DIRECTORY: plugins,
    HUBHAND_OBSERVE_PORT: "0",
    // The longest that a loaded machine lets pass is a matter of live.test.ts; here it is told often.
    WATCHDOG_USEC: "200000",
    ...(way === "nobody" ? { NOTIFY_SOCKET: socket } : {}),
  };
  const before = way === "nobody" ? [] : ["perl", MANAGER, socket, book, way];
  const agent = startHubhand(["run"], environment, undefined, before);
  cleanUp.add(async () => {
    agent.kill("SIGKILL");
    await agent.exited;
  });
  const messages = (): string[][] =>
    readFileSync(book, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\\n"));
  return {
    agent,
    messages,
    told: (line: string | RegExp) =>
      waitUntil(`the service manager is told ${line}`, () =>
        messages().some((message) =>
          message.some((each) => (typeof line === "string" ? each === line : line.test(each))),
        ),
      ),
  };
}
