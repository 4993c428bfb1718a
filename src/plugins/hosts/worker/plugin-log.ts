import { forAuthor, type Logger } from "../../../events/logger.ts";
import { withoutOwnNames } from "../own-fields.ts";
import type { FromPlugin } from "./protocol.ts";

type Message<Type extends FromPlugin["type"]> = Extract<FromPlugin, { readonly type: Type }>;

/** Writes what a plugin elsewhere says into the agent's log. */
export interface LogWriter {
  /** @param logger of the call that it belongs to */
  line(message: Message<"log">, logger?: Logger): void;
  output(message: Message<"output">): void;
  dropped(lines: number): void;
  uncaught(kind: string, error: Error): void;
}

/** @param plugin the logger whose lines carry the plugin's name, which may become another one */
export function writePluginLog(plugin: () => Logger): LogWriter {
  return {
    line({ level, fields, text }, logger = plugin()) {
      const of = forAuthor(logger);
      const data = fields === undefined ? {} : withoutOwnNames(JSON.parse(fields) as object);
      if (text === undefined) of[level](data);
      else of[level](data, "%s", text);
    },
    output({ stream, line }) {
      if (stream === "stderr") forAuthor(plugin()).warn({ stream }, "%s", line);
      else forAuthor(plugin()).info({ stream }, "%s", line);
    },
    dropped: (lines) =>
      plugin().warn(
        { event: "plugin.lines-dropped", lines },
        "the plugin writes too much: lines of it were dropped",
      ),
    uncaught: (kind, error) =>
      plugin().error(
        { event: "plugin.uncaught", err: error, kind },
        "the plugin threw where nobody could catch it; it goes on",
      ),
  };
}
