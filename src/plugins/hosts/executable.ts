import type { Plugin } from "../plugin.ts";
import { assemblePlugin } from "./assemble.ts";
import { type Account, findAccount } from "./child/accounts.ts";
import type { Child } from "./child/child.ts";
import { readOutput } from "./child/output.ts";
import { checkProcessor } from "./child/processor.ts";
import type { ProgramOptions } from "./child/program-options.ts";
import { type Run, runProgram } from "./child/run-program.ts";
import { createSweep } from "./child/sweep.ts";
import { plainBody } from "./message-payload.ts";
import { tellAnswer } from "./task-telemetry.ts";

/** Starts a program for each call: JSON on its standard input, JSON from its standard output. */
export function hostExecutable(options: ProgramOptions): Plugin {
  const { declaration, defaults, env, groups, telemetry, logger, clock } = options;
  const { name, kind } = declaration;
  const running = new Set<Child>();
  const sweep = createSweep(clock, groups.endEscaped);
  let { settings } = options;
  let account: Account = { environment: {} };

  const run = (given: Omit<Run, "settings" | "child" | "running" | "sweep">): Promise<string> =>
    runProgram({ ...given, settings, running, sweep, child: { declaration, account, env, groups, clock } });

  return assemblePlugin({
    outline: declaration,
    name,
    kind,
    defaults,
    host: {
      async start() {
        await checkProcessor(declaration.command[0]);
        account = await findAccount(declaration);
      },
      async call(invocation) {
        const { method, requestId, timeout, payload, signal, reply } = invocation;
        const text = await run({
          variables: {
            HUBHAND_METHOD: method,
            HUBHAND_REQUEST_ID: requestId,
            HUBHAND_TIMEOUT_MS: String(timeout),
          },
          about: { method, requestId, timeoutMs: timeout },
          // Before anything runs: what nests too deeply cannot be written, and nobody would end what waits for it.
          input: JSON.stringify(payload ?? null),
          signal,
          logger: () => invocation.logger,
        });
        const { status, payload: answer } = readOutput(text);
        reply(status, answer);
      },
      async runTask({ task, signal, logger: lines }) {
        const text = await run({
          variables: { HUBHAND_TASK: task },
          about: { task },
          input: "null",
          signal,
          logger: () => lines,
        });
        await tellAnswer({
          text,
          read() {
            const { status, payload: answer } = readOutput(text);
            if (status >= 400) throw new Error(`the program answered with status ${status}`);
            return answer;
          },
          how: declaration.tasks[task]?.telemetry,
          telemetry,
          signal,
        });
      },
      async handleMessage({
        name: message,
        payload,
        message: facts,
        attempt,
        timeout,
        signal,
        logger: lines,
      }) {
        await run({
          variables: {
            HUBHAND_MESSAGE: message,
            HUBHAND_ATTEMPT: String(attempt),
            HUBHAND_TIMEOUT_MS: String(timeout),
          },
          about: { message, attempt, timeoutMs: timeout, ...facts },
          input: plainBody(payload),
          signal,
          logger: () => lines,
        });
      },
      // Each run is told them: the next one has the new ones.
      async changeSettings(given) {
        settings = given;
        return true;
      },
      async stop() {
        if (running.size > 0)
          logger.debug(
            { event: "plugin.ends-programs", plugin: name, running: running.size },
            "ends what still runs",
          );
        await Promise.all([...running].map((child) => child.end()));
        await sweep.now();
      },
    },
  });
}
