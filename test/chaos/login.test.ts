import { LOGIN_FAULTS } from "./faults/login.ts";
import { startAgentHere } from "./support/agent.ts";
import { testFaults } from "./support/course.ts";
import { openFaultyScene } from "./support/faulty-scene.ts";

testFaults("a hub that errs in MQTT", {
  open: (cleanUp) => openFaultyScene({ cleanUp, start: startAgentHere }),
  faults: LOGIN_FAULTS,
});
