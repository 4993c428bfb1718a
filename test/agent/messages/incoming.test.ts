import { expect, it } from "vitest";
import { incomingMessages, type ListeningSession } from "../../../src/agent/messages/incoming.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { createMetrics } from "../../../src/observe/metrics/metrics.ts";
import { settle } from "../../messages/inbox/bench.ts";
import { createLogBook } from "../../support/agent/log-lines.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();

async function open() {
  const log = await createLogBook();
  const { values } = loadConfig({ env: {}, cwd: await cleanUp.folder(), flags: {} });
  const incoming = incomingMessages({
    config: values,
    directory: values.state.directory,
    plugins: () => ({ starting: () => [], status: () => [], folderProblem: undefined }),
    isLoading: () => false,
    metrics: createMetrics({ version: "1", node: "24", commit: "c" }),
    logger: log.logger,
  });
  cleanUp.add(() => incoming.drain(0));
  const take = (): void =>
    incoming.registry.replace("p", [
      { name: "*", plugin: "p", timeout: 1_000, concurrency: 1, queue: 1, handle: () => {} },
    ]);
  return { incoming, take, log };
}

/** A session that remembers what it was asked to listen to. */
function session(refusal?: Error) {
  const asked: string[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const given: ListeningSession = {
    ended,
    async listen(to) {
      asked.push(to);
      if (refusal !== undefined) throw refusal;
    },
  };
  return { given, asked, end };
}

it("the hub is asked for messages when somebody takes them, once on each session", async () => {
  const { incoming, take } = await open();
  const [first, second] = [session(), session()];
  incoming.use(first.given);
  expect(first.asked).toEqual([]);
  take();
  take();
  expect(first.asked).toEqual(["messages"]);
  first.end();
  await settle();
  take();
  incoming.use(second.given);
  // One that was to be replaced, and goes on, is told again.
  incoming.use(second.given);
  expect([first.asked, second.asked]).toEqual([["messages"], ["messages"]]);
});

it("a hub that refuses is told in health and log, until a session may listen", async () => {
  const { incoming, take, log } = await open();
  take();
  const refused = session(new Error("the hub refuses the subscription"));
  incoming.use(refused.given);
  await settle();
  expect(incoming.health()).toMatchObject({ ready: false, problem: "the hub refuses the subscription" });
  expect(log.text()).toContain("the hub sends no messages: the hub refuses the subscription");
  refused.end();
  incoming.use(session().given);
  await settle();
  expect(incoming.health()).toEqual({ ready: true, waiting: 0 });
});
