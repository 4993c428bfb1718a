// @ts-check
import { createAct } from "./acts.js";
import { Agent } from "./agent.js";
import { concernsOf } from "./attention.js";
import { Calls } from "./calls.js";
import { Dialogs } from "./dialogs.js";
import { Mark, memo, Said } from "./elements.js";
import { deviceName, Headline, tabTitle, Waiting } from "./headline.js";
import { Link } from "./link.js";
import { follow } from "./live.js";
import { Methods } from "./methods.js";
import { Plugins } from "./plugins.js";
import { Component, h, render } from "./preact.js";
import { Queues } from "./queues.js";
import { Tasks } from "./tasks.js";
import { deviceNow } from "./time.js";
import { Twin } from "./twin.js";

/** @import { StatusSnapshot } from "../snapshot.ts" */
/** @import { Wish } from "./acts.js" */
/** @import { Connection } from "./live.js" */

/** @typedef {{ snapshot?: StatusSnapshot | undefined, connection: Connection, wish?: Wish | undefined }} State */

/**
 * The page: what the agent tells, and the dialog that is open.
 * @extends {Component<{}, State>}
 */
class Page extends Component {
  /** @type {State} @override */
  state = { connection: { phase: "opening" } };
  #act = createAct((wish) => this.setState({ wish }));

  /** @override */
  componentDidMount() {
    follow("api/status/stream", (snapshot, connection) => {
      document.title = tabTitle(snapshot?.link, connection);
      this.setState({ snapshot, connection });
    });
  }

  /** @override */
  render() {
    const { snapshot, connection, wish } = this.state;
    if (snapshot === undefined)
      return h("main", { id: "main" }, h("h1", null, "hubhand"), h(Waiting, { connection }));
    const { agent, link, methods, calls, plugins, tasks, outbox, inbox, twin, jobs, control } = snapshot;
    const act = control.possible ? this.#act : undefined;
    return [
      h("a", { key: "skip", class: "skip", href: "#main" }, "To the content"),
      h(Top, { key: "top", name: deviceName(link), phase: connection.phase }),
      h(
        "main",
        { key: "main", id: "main", tabIndex: -1, class: connection.phase },
        h(Headline, { link, methods, connection }),
        h(Attention, { snapshot }),
        h(Link, { link }),
        h(Methods, { methods, act }),
        h(Calls, { calls }),
        h(Plugins, { plugins, act }),
        h(Tasks, { tasks }),
        h(Queues, { outbox, inbox }),
        h(Twin, { twin }),
        h(Agent, { agent, jobs: jobs.running, act }),
      ),
      h(Bottom, { key: "bottom" }),
      wish && h(Dialogs, { key: "dialog", wish, onClose: () => this.setState({ wish: undefined }) }),
    ];
  }
}

/** @type {Readonly<Record<Connection["phase"], string>>} */
const PHASES = { opening: "opening", live: "live", paused: "paused", lost: "not live" };

/** @type {import("preact").ComponentType<{ name: string, phase: Connection["phase"] }>} */
const Top = memo(({ name, phase }) =>
  h(
    "header",
    null,
    h("h1", null, h(Said, { text: name, most: 128 })),
    h("p", { class: `phase ${phase}` }, PHASES[phase]),
  ),
);

/** @param {{ snapshot: StatusSnapshot }} props */
function Attention({ snapshot }) {
  const concerns = concernsOf(snapshot, deviceNow());
  if (concerns.length === 0) return null;
  return h(
    "section",
    { class: "attention", "aria-labelledby": "attention-title" },
    h("h2", { id: "attention-title" }, "Needs attention"),
    h(
      "ul",
      null,
      concerns.map(({ id, tone, title, text, where }) =>
        h(
          "li",
          { key: id, class: tone },
          h(Mark, { tone }),
          h(
            "div",
            null,
            h("a", { href: `#${where}` }, h(Said, { text: title, most: 160 })),
            h("p", null, h(Said, { text, most: 300 })),
          ),
        ),
      ),
    ),
  );
}

const Bottom = memo(() =>
  h(
    "footer",
    null,
    h("p", null, "hubhand"),
    h(
      "nav",
      { "aria-label": "For programs" },
      ["/metrics", "/readyz", "/livez", "/api/status"].map((path) =>
        h("a", { key: path, href: path.slice(1) }, path),
      ),
    ),
  ),
);

const place = document.getElementById("page");
if (place !== null) {
  place.replaceChildren();
  render(h(Page, {}), place);
}
