import { MINUTE } from "../durations.ts";
import { LOG_LEVELS } from "../rules/log-levels.ts";
import { GIBIBYTE, KIBIBYTE, MEBIBYTE } from "../sizes.ts";
import { choice, filePath } from "./kinds.ts";
import { duration, size, wholeNumber } from "./numbers.ts";
import { setting } from "./setting.ts";

/** What is logged, and where to. */
export const LOG = {
  level: setting(choice(...LOG_LEVELS), {
    default: "info",
    doc: "The least important lines that are logged. debug shows each step of the link and of a call.",
  }),
  keep: setting(size({ min: 0, max: 8 * MEBIBYTE }), {
    default: "256KiB",
    doc: "How much of the log is kept in memory, for the status page, hubhand.logs and hubhand.supportBundle; of what comes most the oldest lines go. 0B: nothing.",
  }),
  format: setting(choice("auto", "json", "pretty"), {
    default: "auto",
    doc: "json: one object a line, for log collectors. pretty: for people. auto: pretty on a terminal, else json.",
  }),
  file: {
    path: setting(filePath(), {
      default: null,
      doc: "A file that the log is written to as well, always as JSON. Its folder must be there. When it is full it is renamed, and a new one begun.",
    }),
    maxSize: setting(size({ min: 16 * KIBIBYTE, max: GIBIBYTE }), {
      default: "1MiB",
      doc: "How large the file becomes before a new one is begun.",
    }),
    keep: setting(wholeNumber({ min: 1, max: 100 }), {
      default: 5,
      doc: "How many full files are kept beside the one that is written.",
    }),
    writeDelay: setting(duration({ min: 0, max: 10 * MINUTE }), {
      default: "30s",
      doc: "How long lines are gathered before they are written together: an SD card lives longer. A line of level error or worse is written at once, with all before it.",
    }),
  },
} as const;
