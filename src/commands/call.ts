import { Command, Help } from "commander";
import type { MethodInvocation, MethodJob } from "../service/index.ts";
import { checkCondition } from "./back-end/condition.ts";
import { addServiceFlags, openService, serviceHelp, tellingErrors } from "./back-end/service-flags.ts";
import { processIo, type VerbIo } from "./back-end/verb-io.ts";
import { broadcast, cancelJob, finishJob } from "./call/broadcast.ts";
import { CALL_EXIT_CODES } from "./call/exit-codes.ts";
import { type CallFlags, readJobFlags, readTimeouts } from "./call/flags.ts";
import type { JobWatch } from "./call/follow-job.ts";
import { checkJobId } from "./call/job-words.ts";
import { callOne } from "./call/one-device.ts";
import { readPayload } from "./call/payload.ts";
import { readAsk } from "./call/words-asked.ts";
import { readDuration } from "./command-line/duration-flag.ts";
import { examples, LINE_WIDTH } from "./command-line/examples.ts";
import { createProgressLine } from "./terminal/progress-line.ts";

export { CALL_EXIT_CODES } from "./call/exit-codes.ts";

/**
 * The verb `call`: calls a direct method as a back-end program does, on one device or by a job on all that a query
 * finds, and prints what they answer. Its action throws HubhandError with one of the codes of `CALL_EXIT_CODES` if there
 * is no answer.
 */
export function callCommand(given: Partial<VerbIo> = {}): Command {
  const io: VerbIo = { ...processIo(), ...given };
  const command = new Command("call")
    .description(
      "call a direct method of a device or module, or of all devices that a query finds, and print what they answer",
    )
    .usage(
      "[options] <device[/module]> <method> [payload]\n       hubhand call [options] --query <condition> <method> [payload]",
    )
    .argument("[words...]", "device, method, payload; the payload is JSON, @file, or - for standard input")
    .option("--module <id>", "the module of the device, as behind a slash")
    .option("--query <condition>", "all devices that fit, as a job of the hub: tags.site = 'x'; '*' for all")
    .option("--resume <job id>", "look at a job that there is, and wait for its end")
    .option("--cancel <job id>", "end a job, and print what became of it")
    .option("--response-timeout <duration>", "how long a device may take: 5s to 300s", "30s")
    .option(
      "--connect-timeout <duration>",
      "how long to wait for a device that is not online: 0s to 300s",
      "0s",
    )
    .option("--start-at <time>", "with --query: when the hub begins, as 2026-05-01T22:00:00Z")
    .option(
      "--max-execution-time <duration>",
      'with --query: after this the hub gives the job up (default: "1h")',
    )
    .option("--no-wait", "with --query: print the job's id, and do not wait for its end");
  return addServiceFlags(command, {
    json: "print JSON: the answer or the error; of a job a line for each device",
  })
    .addHelpText("after", helpText())
    .action((words: string[], flags: CallFlags) =>
      tellingErrors(flags, io, async () => {
        const ask = readAsk(words, flags, (problem) => command.error(`error: ${problem}`));
        const json = flags.json === true;
        checkCondition(flags.query);
        if (ask.kind === "job") {
          checkJobId(ask.flag, ask.jobId);
          return await (ask.flag === "--cancel" ? cancelJob : finishJob)(ask.jobId, watchJobs(flags, io));
        }
        const call = { ...ask.call, payload: await readPayload(ask.payload, io), ...readTimeouts(flags) };
        if (ask.kind === "one") {
          const client = openService(flags, io, io.listenForStop());
          return await callOne({ ...call, ...ask.target } satisfies MethodInvocation, { client, io, json });
        }
        const job: MethodJob = {
          ...call,
          ...readJobFlags(flags),
          jobId: io.newId(),
          condition: ask.condition,
        };
        await broadcast(job, { ...watchJobs(flags, io), wait: flags.wait });
      }),
    );
}

function watchJobs(flags: CallFlags, io: VerbIo): JobWatch {
  const signal = io.listenForStop();
  const progress = createProgressLine(io);
  const client = openService(flags, { ...io, writeError: progress.tell }, signal);
  const retryForMs = readDuration("--retry-for", flags.retryFor);
  return { client, io, progress, signal, json: flags.json === true, retryForMs };
}

const exitRow = (exit: string, meaning: string): string =>
  `  ${exit.padStart(3)}  ${new Help().boxWrap(meaning, LINE_WIDTH - 7).replaceAll("\n", "\n       ")}`;

function helpText(): string {
  const rows = CALL_EXIT_CODES.map(({ exit, meaning }) => exitRow(String(exit), meaning));
  const shown = examples([
    ["hubhand call pi-1 reboot", "calls one device"],
    [`hubhand call pi-1 greet '{"name":"world"}'`, "with a payload"],
    ["hubhand call pi-1 configure @settings.json", "from a file; - is standard input"],
    ["hubhand call pi-1 snap --module camera", "calls a module"],
    [`hubhand call --query "tags.site = 'x'" reboot`, "calls all that fit, as a job of the hub"],
    ["hubhand call --resume 4f0c1d7e-…", "goes on waiting for a job, or prints its results again"],
  ]);
  return `${shown}
${serviceHelp('"Service Connect"; for a job (--query, --resume, --cancel)\n"Registry Read" and "Registry Write"')}

Exit status:
${rows.join("\n")}`;
}
