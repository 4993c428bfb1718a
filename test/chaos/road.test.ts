import { ROAD_FAULTS } from "./faults/road.ts";
import { startAgentHere } from "./support/agent.ts";
import { testFaults } from "./support/course.ts";
import { openLocalScene } from "./support/local-scene.ts";

testFaults("the road to the hub", {
  open: (cleanUp) => openLocalScene({ cleanUp, start: startAgentHere }),
  faults: ROAD_FAULTS,
});
