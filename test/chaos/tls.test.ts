import { TLS_FAULTS } from "./faults/tls.ts";
import { startAgentHere } from "./support/agent.ts";
import { testFaults } from "./support/course.ts";
import { openLocalScene } from "./support/local-scene.ts";

testFaults("what stands where the hub stood", {
  open: (cleanUp) => openLocalScene({ cleanUp, start: startAgentHere }),
  faults: TLS_FAULTS,
});
