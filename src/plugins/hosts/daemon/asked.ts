import { HubhandError } from "../../../errors.ts";
import type { Logger } from "../../../events/logger.ts";
import type { Invocation, JobRun } from "../../../methods/method.ts";
import type { ToDaemon } from "./protocol.ts";

/** What is over is remembered, as far as this, to know a late reply from one to nothing. */
const MOST_REMEMBERED = 256;

/** A call or a run of a task, as whoever asks for it has it. */
export interface Work extends Pick<Invocation, "signal" | "reply"> {
  logger(): Logger;
  /** Of a call, which may become a job. */
  readonly job?: Invocation["job"];
}

/** What a daemon was asked for, from the line that asks to the one that answers. */
export interface Asked {
  /** Resolves when it is answered, or has become a job; rejects if it failed or was given up. */
  ask(message: (id: string) => ToDaemon, work: Work): Promise<void>;
  /** False if nobody asked, or the call cannot become one. */
  becomeJob(id: string): boolean;
  progress(id: string, value: unknown): boolean;
  /** Ends what is open: the daemon has answered. */
  answer(id: string, status: number, payload: unknown): boolean;
  fail(id: string, error: Error): boolean;
  /** Takes an answer to what is over; false if nobody ever asked. A second answer is told by whoever counts replies. */
  answerLate(id: string, status: number, payload: unknown): boolean;
  /** Of what is open. */
  logger(id: string): Logger | undefined;
  /** The daemon has ended. */
  failAll(error: Error): void;
}

export interface AskedOptions {
  tell(message: ToDaemon): void;
  /** The daemon was told to give something up. */
  onCancelled(): void;
}

/** What is open under an id: a call, a run of a task, or the job that a call has become. */
interface Entry {
  readonly work: Work;
  answer(status: number, payload: unknown): void;
  fail(error: unknown): void;
  /** Of a call. */
  becomeJob?(): void;
  /** Of a job. */
  progress?(value: unknown): void;
}

export function createAsked({ tell, onCancelled }: AskedOptions): Asked {
  const open = new Map<string, Entry>();
  const remembered = new Map<string, Work>();
  let lastId = 0;

  function close(id: string): Entry | undefined {
    const entry = open.get(id);
    if (entry === undefined) return undefined;
    open.delete(id);
    remembered.set(id, entry.work);
    const [oldest] = remembered.keys();
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return entry;
  }

  function cancel(id: string): void {
    tell({ type: "cancel", id });
    onCancelled();
  }

  /** Its answer may come before the agent has put the job on disk and starts it: it is kept until then. */
  function openJob(id: string, work: Work, job: Invocation["job"]): void {
    const end = Promise.withResolvers<unknown>();
    // The job may be over without it.
    end.promise.catch(() => {});
    let run: JobRun | undefined;
    let early: { readonly value: unknown } | undefined;
    let isCancelled = false;
    const entry: Entry = {
      work,
      answer(status, payload) {
        if (status < 400) end.resolve(payload);
        else end.reject(new Error(`the daemon ended the job with status ${status}`));
      },
      fail: end.reject,
      progress(value) {
        if (run === undefined) early = { value };
        else run.progress(value);
      },
    };
    const giveUp = (): void => {
      if (open.get(id) !== entry || isCancelled) return;
      isCancelled = true;
      cancel(id);
    };
    open.set(id, entry);
    const over = job((started) => {
      run = started;
      if (early !== undefined) started.progress(early.value);
      onAbort(started.signal, giveUp);
      return end.promise;
    });
    // It is cancelled and did not heed that, or was never started: too many run, or the call was over its time.
    void over.then(() => {
      giveUp();
      if (open.get(id) === entry) close(id);
    });
  }

  function end(id: string, how: (entry: Entry) => void): boolean {
    const entry = close(id);
    if (entry !== undefined) how(entry);
    return entry !== undefined;
  }

  return {
    ask(message, work) {
      lastId += 1;
      const id = String(lastId);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const { job } = work;
      const entry: Entry = {
        work,
        answer(status, payload) {
          work.reply(status, payload);
          resolve();
        },
        fail: reject,
        ...(job === undefined
          ? {}
          : {
              becomeJob() {
                openJob(id, work, job);
                resolve();
              },
            }),
      };
      open.set(id, entry);
      tell(message(id));
      onAbort(work.signal, (reason) => {
        if (open.get(id) !== entry) return;
        close(id);
        cancel(id);
        reject(reason);
      });
      return promise;
    },
    becomeJob(id) {
      const become = open.get(id)?.becomeJob;
      become?.();
      return become !== undefined;
    },
    progress(id, value) {
      const tellProgress = open.get(id)?.progress;
      tellProgress?.(value);
      return tellProgress !== undefined;
    },
    answer: (id, status, payload) => end(id, (entry) => entry.answer(status, payload)),
    fail: (id, error) => end(id, (entry) => entry.fail(error)),
    answerLate(id, status, payload) {
      const work = remembered.get(id);
      work?.reply(status, payload);
      return work !== undefined;
    },
    logger: (id) => open.get(id)?.work.logger(),
    failAll(error) {
      for (const id of [...open.keys()]) end(id, (entry) => entry.fail(error));
    },
  };
}

function onAbort(signal: AbortSignal, then: (reason: Error) => void): void {
  const heed = (): void => {
    const reason: unknown = signal.reason;
    then(reason instanceof Error ? reason : new HubhandError("METHOD_FAILED", String(reason)));
  };
  if (signal.aborted) heed();
  else signal.addEventListener("abort", heed, { once: true });
}
