import { beforeAll, describe, it } from "vitest";
import { NAME_FAULTS } from "./faults/names.ts";
import { testFaults } from "./support/course.ts";
import { openLocalScene } from "./support/local-scene.ts";
import { HUB_NAME, startNamingAgent, startSilentServer, whyNoNameService } from "./support/name-service.ts";

const obstacle = whyNoNameService();

if (obstacle !== undefined) {
  describe("the name of the hub", () => it.skip(`is not tried here: ${obstacle}`));
} else {
  beforeAll(startSilentServer); // Vitest calls what it returns when all is done.
  testFaults("the name of the hub", {
    open: (cleanUp) =>
      openLocalScene({
        cleanUp,
        start: startNamingAgent,
        hostName: HUB_NAME,
        hub: { hostNames: [HUB_NAME] },
      }),
    faults: NAME_FAULTS,
  });
}
