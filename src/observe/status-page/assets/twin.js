// @ts-check
import { Facts, memo, Said, Section } from "./elements.js";
import { listed } from "./format.js";
import { h } from "./preact.js";

/** @import { TwinSection } from "../snapshot.ts" */

/** @type {import("preact").ComponentType<{ twin: TwinSection }>} */
export const Twin = memo(({ twin: { on, version, refused, absent, problem } }) =>
  h(
    Section,
    { id: "twin", title: "Twin" },
    on
      ? h(Facts, {
          facts: [
            ["Desired", version === undefined ? "not known yet" : `version ${version} is in force`],
            ["Refused", refused.length === 0 ? undefined : h(Said, { text: listed(refused), most: 600 })],
            ["Not here", absent.length === 0 ? undefined : h(Said, { text: listed(absent), most: 600 })],
            ["Trouble", problem && h(Said, { text: problem })],
          ],
        })
      : h("p", { class: "none" }, "Nothing on this device wants one."),
  ),
);
