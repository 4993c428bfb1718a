// @ts-check
import { Ago, At, Facts, memo, Said, Section, Ticking } from "./elements.js";
import { size } from "./format.js";
import { h } from "./preact.js";
import { exactTime } from "./time.js";

/** @import { AgentSection } from "../snapshot.ts" */
/** @import { Act } from "./acts.js" */

/** @type {import("preact").ComponentType<{ agent: AgentSection, jobs: number, act: Act | undefined }>} */
export const Agent = memo(({ agent, jobs, act }) => {
  const { level, configured, until } = agent.logLevel;
  return h(
    Section,
    { id: "agent", title: "Agent", note: agent.ready ? "ready" : "not ready" },
    h(Facts, {
      facts: [
        ["Version", `${agent.version} (${agent.commit})`],
        ["Revision", agent.revision && h(Said, { text: agent.revision })],
        ["Node", agent.node],
        ["Machine", h(Said, { text: `${agent.host}, ${agent.platform}` })],
        ["Started", h(Ago, { at: agent.startedAt })],
        ["Run", agent.bootCount === undefined ? undefined : `number ${agent.bootCount}`],
        ["Last one", agent.lastExit && h(Said, { text: agent.lastExit })],
        ["Memory", size(agent.residentBytes)],
        ["Jobs", jobs === 0 ? "none runs" : `${jobs} running`],
        [
          "Log level",
          [
            level,
            level !== configured && ` (configured: ${configured})`,
            until !== undefined && [" until ", h(At, { at: until, key: "until" })],
            act !== undefined &&
              h(
                "button",
                { type: "button", key: "act", onClick: act.logLevel },
                "Change",
                h("span", { class: "unseen" }, " the log level"),
              ),
          ],
        ],
        ["Its clock", h(Ticking, { text: (now) => exactTime(new Date(now).toISOString()) })],
      ],
    }),
  );
});
