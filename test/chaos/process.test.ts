import { PROCESS_FAULTS } from "./faults/process.ts";
import { startAgentProcess } from "./support/agent-process.ts";
import { testFaults } from "./support/course.ts";
import { openLocalScene } from "./support/local-scene.ts";

testFaults("what happens to the process", {
  open: (cleanUp) => openLocalScene({ cleanUp, start: startAgentProcess }),
  faults: PROCESS_FAULTS,
});
