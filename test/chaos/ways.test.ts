import { WAY_FAULTS } from "./faults/ways.ts";
import { startAgentHere } from "./support/agent.ts";
import { testFaults } from "./support/course.ts";
import { openLocalScene } from "./support/local-scene.ts";

testFaults("the ways to the hub", {
  open: (cleanUp) => openLocalScene({ cleanUp, start: startAgentHere }),
  faults: WAY_FAULTS,
});
