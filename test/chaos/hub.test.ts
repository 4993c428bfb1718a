import { HUB_FAULTS } from "./faults/hub.ts";
import { startAgentHere } from "./support/agent.ts";
import { testFaults } from "./support/course.ts";
import { openLocalScene } from "./support/local-scene.ts";

testFaults("a hub that comes and goes", {
  open: (cleanUp) => openLocalScene({ cleanUp, start: startAgentHere }),
  faults: HUB_FAULTS,
});
