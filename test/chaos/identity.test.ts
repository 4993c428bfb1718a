import { IDENTITY_FAULTS } from "./faults/identity.ts";
import { startAgentHere } from "./support/agent.ts";
import { testFaults } from "./support/course.ts";
import { openLocalScene } from "./support/local-scene.ts";

testFaults("what the hub thinks of the device", {
  open: (cleanUp) => openLocalScene({ cleanUp, start: startAgentHere }),
  faults: IDENTITY_FAULTS,
});
