/** What the test of a plugin imports: `import { testPlugin } from "hubhand/testing"`. */

export type { JobRecord } from "../methods/jobs/record.ts";
export type { SettingOutcome, SettingOutcomes } from "../plugins/setting-outcome.ts";
export { startTestAgent, type TestAgent, type TestAgentOptions } from "./test-agent.ts";
export type { TestLogLine } from "./test-log.ts";
export { type TestedPlugin, type TestPluginOptions, type TestReply, testPlugin } from "./test-plugin.ts";
export type { HubMessage, MessageOutcome, MessageToPlugin, TestMessage } from "./told.ts";
