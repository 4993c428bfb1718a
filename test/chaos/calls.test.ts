import { CALL_FAULTS } from "./faults/calls.ts";
import { startAgentHere } from "./support/agent.ts";
import { testFaults } from "./support/course.ts";
import { openLocalScene } from "./support/local-scene.ts";

testFaults("calls on their way", {
  open: (cleanUp) => openLocalScene({ cleanUp, start: startAgentHere }),
  faults: CALL_FAULTS,
});
