import { boolean } from "./kinds.ts";
import { setting } from "./setting.ts";

/** Whether the device answers this method of hubhand's own. */
const on = (doc: string) => setting(boolean(), { default: true, doc });
const off = (doc: string) => setting(boolean(), { default: false, doc });

/**
 * Which of hubhand's own methods are answered. On is what only looks, or ends by itself; off is what ends something that
 * runs, as whoever may call one method of a device may call all of them.
 */
export const BUILT_IN = {
  ping: on("Answers hubhand.ping: whether the device is there."),
  describe: on("Answers hubhand.describe: every method with its schemas and limits, and the plugins."),
  logs: on(
    "Answers hubhand.logs: the latest lines of the log. Secrets of hubhand are not in them; what plugins log is. false where that is nobody's business.",
  ),
  logLevel: on(
    "Answers hubhand.logLevel: more or less is logged for a while. It returns by itself, after a day at the latest.",
  ),
  metrics: on("Answers hubhand.metrics: what /metrics tells, where nobody can reach that page."),
  config: on(
    "Answers hubhand.config: every value in force, and where it is from; of a secret only whether it is set.",
  ),
  check: on(
    "Answers hubhand.check: what `hubhand check` says. It asks the hub over HTTPS, which leaves the link alone.",
  ),
  supportBundle: on(
    "Answers hubhand.supportBundle: writes what a supporter asks for into a file on the device. The last three are kept.",
  ),
  jobs: on("Answers hubhand.jobs: the jobs that run and that ran, without their results."),
  job: on("Answers hubhand.job: all of one job, with its result."),
  cancelJob: on(
    "Answers hubhand.cancelJob: ends a job early. On, as a job is what a caller began: who may begin it may end it.",
  ),
  tasks: on("Answers hubhand.tasks: what is done on time, when it is due, and how it went last."),
  runTask: off(
    "Answers hubhand.runTask: does a task now. Off, as its author meant it for its time: a garden that is watered at noon, a relay that is let go at work.",
  ),
  restartPlugin: off(
    "Answers hubhand.restartPlugin: ends a plugin and starts it afresh. Off, as calls under way are lost, and what the plugin holds (a relay, a port) may be let go.",
  ),
  restart: off(
    "Answers hubhand.restart: ends the agent, to be started afresh. Off, as a device whose agent nobody starts again is lost until someone goes there.",
  ),
  reboot: off(
    "Answers hubhand.reboot: asks the host to reboot, by methods.rebootFile. Off, as it ends all that runs on the host, hubhand's or not.",
  ),
} as const;
