import type { Logger } from "pino";
import type { Clock } from "../../clock.ts";
import type { HttpDeclaration } from "../declaration/declaration.ts";
import type { Plugin, PluginObserver } from "../plugin.ts";
import { assemblePlugin, type MethodDefaults } from "./assemble.ts";
import { createPoster, isOutOfReach } from "./http/post.ts";

export interface HttpOptions {
  readonly declaration: HttpDeclaration;
  /** Valid already; the service gets none of them, as it has its own. */
  readonly settings: Record<string, unknown>;
  readonly defaults: MethodDefaults;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** So many calls in a row that did not reach the service make the plugin down; the next that does makes it up. */
const DOWN_AFTER = 3;

/**
 * Asks a service elsewhere, a sidecar container most often: each call is POSTed, and what the service answers is the
 * reply. It may start after the agent.
 */
export function hostHttp({ declaration, defaults, logger }: HttpOptions): Plugin {
  const { name, kind, url } = declaration;
  const poster = createPoster(declaration);
  let observer: PluginObserver | undefined;
  let unreached = 0;

  async function post(request: Parameters<typeof poster.post>[0]) {
    try {
      const reply = await poster.post(request);
      if (unreached >= DOWN_AFTER) observer?.up();
      unreached = 0;
      return reply;
    } catch (error) {
      if (isOutOfReach(error)) {
        unreached += 1;
        if (unreached === DOWN_AFTER) observer?.down(error.message);
      }
      throw error;
    }
  }

  return assemblePlugin({
    outline: declaration,
    name,
    kind,
    defaults,
    host: {
      async start(watcher) {
        observer = watcher;
        logger.debug({ plugin: name, url }, "calls go to a service elsewhere");
      },
      async call({ method, requestId, timeout, payload, signal, reply }) {
        const headers = {
          "hubhand-method": headerText(method),
          "hubhand-request-id": headerText(requestId),
          "hubhand-timeout-ms": String(timeout),
        };
        const answer = await post({ target: method, headers, payload, signal });
        reply(answer.status, answer.payload);
      },
      async runTask({ task, signal }) {
        const answer = await post({
          target: task,
          headers: { "hubhand-task": headerText(task) },
          payload: null,
          signal,
        });
        if (answer.status >= 400) throw new Error(`the service answered with ${answer.status}`);
      },
      async stop() {
        poster.close();
      },
    },
  });
}

/** Method names may hold any letter; a header may not. */
const headerText = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text));
