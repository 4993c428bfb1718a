import { BAD_MOMENTS } from "./faults/stops.ts";
import { startAgentHere } from "./support/agent.ts";
import { testStops } from "./support/course.ts";
import { openLocalScene } from "./support/local-scene.ts";

testStops("bad moments to stop", {
  open: (cleanUp) => openLocalScene({ cleanUp, start: startAgentHere }),
  moments: BAD_MOMENTS,
});
