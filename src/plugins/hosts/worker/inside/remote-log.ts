import { format } from "node:util";
import { cut } from "../../../../cut.ts";
import { LINE_LEVELS } from "../../../../rules/log-levels.ts";
import type { PluginLog } from "../../../plugin-log.ts";
import type { Allowance } from "../../allowance.ts";
import type { FromPlugin, LogLevel } from "../protocol.ts";
import { describeThrown } from "./thrown.ts";

/** The longest text, and the most JSON of fields, in one line. */
const LONGEST = 8_192;

export interface RemoteLogOptions {
  post(message: FromPlugin): void;
  readonly allowance: Allowance;
}

/** Makes what a plugin knows as `log`: it takes what pino takes, and the agent writes it. pino itself stays out, as it is large. */
export function createRemoteLog({ post, allowance }: RemoteLogOptions): (id?: number) => PluginLog {
  function write(level: LogLevel, id: number | undefined, bindings: object, args: readonly unknown[]): void {
    if (!allowance.take()) return;
    const [first, ...rest] = args;
    const hasFields = typeof first === "object" && first !== null;
    const fields = fieldsText(
      first instanceof Error ? { ...bindings, err: first } : { ...bindings, ...(hasFields ? first : {}) },
    );
    const words = hasFields ? rest : args;
    const said =
      words.length > 0
        ? format(...words)
        : first instanceof Error
          ? describeThrown(first).message
          : undefined;
    post({ type: "log", id, level, fields, text: said === undefined ? undefined : cut(said, LONGEST) });
  }

  function logger(id: number | undefined, bindings: object): PluginLog {
    const methods = LINE_LEVELS.map((level) => [
      level,
      (...args: unknown[]) => {
        try {
          write(level, id, bindings, args);
        } catch (error) {
          // Something that throws when it is read: the line is lost, the handler need not be.
          post({
            type: "log",
            id,
            level,
            fields: undefined,
            text: `a line that cannot be written: ${describeThrown(error).message}`,
          });
        }
      },
    ]);
    return {
      ...Object.fromEntries(methods),
      level: "trace",
      silent() {},
      flush: (done?: () => void) => done?.(),
      bindings: () => bindings,
      isLevelEnabled: () => true,
      child: (more: object) => logger(id, { ...bindings, ...more }),
    } as unknown as PluginLog;
  }

  return (id) => logger(id, {});
}

/** As JSON; errors as pino would tell them. What cannot be written, or is too long, is only mentioned. */
function fieldsText(fields: object): string | undefined {
  if (Object.keys(fields).length === 0) return undefined;
  let text: string;
  try {
    text = JSON.stringify(fields, (_, value: unknown) => {
      if (typeof value === "bigint") return String(value);
      if (!(value instanceof Error)) return value;
      const { name, message, stack } = describeThrown(value);
      return { type: name, message, stack };
    });
  } catch (error) {
    return JSON.stringify({
      fields: `cannot be written: ${describeThrown(error).message.split("\n", 1)[0]}`,
    });
  }
  return text.length <= LONGEST ? text : JSON.stringify({ fields: `left out: ${text.length} characters` });
}
