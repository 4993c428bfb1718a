import { definePlugin } from "hubhand";

/** How often the method was called since the agent started. */
let callbackCount = 0;

/** The device of the classic direct-method tutorial: it logs each call, counts it, and answers. */
export default definePlugin({
  description: "The classic tutorial's device.",
  methods: {
    DeviceMethod: {
      description: "Logs the payload and the count of calls so far, and answers with a fixed response.",
      handler(payload, { log, method }) {
        callbackCount += 1;
        log.info({ payload, callbackCount }, `${method} was called, ${callbackCount} so far`);
        return { Response: "This is the response from the device" };
      },
    },
  },
  tasks: {
    "log-count": {
      description: "Logs the count of calls each minute.",
      cron: "* * * * *",
      run({ log }) {
        log.info({ callbackCount }, `${callbackCount} calls so far`);
      },
    },
  },
});
