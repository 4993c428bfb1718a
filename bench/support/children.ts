import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A process of the bench, so that what it takes is its own: it answers one question at a time. */
export interface Child {
  ask<Answer>(question: string, argument?: unknown): Promise<Answer>;
  stop(): Promise<void>;
}

export function startChild(program: URL, execArgv: readonly string[] = []): Child {
  const file = fileURLToPath(program);
  const child = fork(file, { execArgv: [...execArgv] });
  const exited = once(child, "exit");
  return {
    async ask<Answer>(question: string, argument?: unknown): Promise<Answer> {
      child.send({ question, argument });
      const [reply] = await Promise.race([
        once(child, "message"),
        exited.then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
      ]);
      if ("error" in reply) throw new Error(`${file} cannot ${question}: ${reply.error}`);
      return reply.answer;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** In the child: answers until its parent has enough. */
export function answer(questions: Record<string, (argument: never) => unknown>): void {
  process.on("message", async ({ question, argument }: { question: string; argument: never }) => {
    try {
      process.send?.({ answer: await questions[question]?.(argument) });
    } catch (error) {
      process.send?.({ error: String(error) });
    }
  });
  process.once("disconnect", () => process.exit());
}

/** What a process takes: milliseconds of CPU since its start, mebibytes of resident memory now. */
export interface Use {
  cpu: number;
  memory: number;
}

export function useOfThisProcess(): Use {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1000, memory: process.memoryUsage.rss() / 2 ** 20 };
}

/** What somebody needs to reach a server of the bench, as a back end and as a device. */
export interface Reachable {
  mqttPort: number;
  httpsPort: number;
  ca: string;
  serviceConnectionString: string;
  deviceConnectionStrings: string[];
}
