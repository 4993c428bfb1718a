import { event } from "./description.ts";

const HANDLER = "Read `err`: the handler's own error. Its other lines have the same `requestId`.";

/** Direct methods and the jobs that they begin. */
export const CALL_EVENTS = {
  "call.arrived": event("debug", "A call has arrived; `bytes` of payload."),
  "call.answered": event("info", "A call was answered by its handler, with `status`, after `ms`."),
  "call.failed": event(
    ["warn", "error"],
    "A call was answered with an error; `outcome` says whose, `reply` what was said. At error its handler threw, or its program failed, with what is in `err`.",
    "docs/reference/built-in-methods.md and the reply's code say what it means. With `err`: correct the handler.",
  ),
  "call.failed-late": event("warn", "A handler failed after its call was answered.", HANDLER),
  "call.answered-twice": event("warn", "An answer after the first, dropped.", "Correct the handler."),
  "call.reply-lost": event(
    "warn",
    "No session to the hub took the reply in time: its caller sees a timeout.",
  ),
  "call.reply-failed": event(
    "error",
    "A fault of the link as it took a reply.",
    "Report it, with the line's `err`.",
  ),
  "call.reply-unwritten": event("debug", "A reply was not written to a session that ended; another may."),
  "call.malformed": event("warn", "The hub sent a call that cannot be understood.", "Report it."),
  "job.starts": event("info", "A call goes on as a job, `jobId`."),
  "job.ended": event(["info", "error"], "A job is over; `state` says how."),
  "job.ended-late": event("info", "The work of a job that was given up has ended after all."),
  "job.interrupted": event("warn", "The agent ended before this job did."),
  "job.progress-dropped": event("warn", "A job told a progress that cannot be kept.", "Correct the handler."),
  "job.not-kept": event(
    "warn",
    "Jobs cannot be written to disk, or removed from it.",
    "Make room on the disk, or name a folder that can be written (`state.directory`).",
  ),
  "job.unreadable": event("warn", "A job of an earlier run cannot be read from disk."),
  "job.damaged": event("warn", "The file of a job is damaged and set aside."),
};
