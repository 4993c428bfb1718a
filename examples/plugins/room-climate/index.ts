import { definePlugin } from "hubhand";
import { readClimate } from "./sensors.ts";

interface Settings {
  root: string;
  room: string;
  alarmAboveCelsius: number;
}

let isTooWarm = false;

/** Tells the hub how warm and damp a room is, and at once when it becomes too warm. */
export default definePlugin<Settings>({
  description: "Temperature, humidity and pressure of a room, as telemetry.",
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      root: { type: "string", pattern: "^/", default: "/", description: "Where the host's /sys is." },
      room: { type: "string", default: "room", description: "What the messages say it is." },
      alarmAboveCelsius: { type: "number", default: 30 },
    },
  },
  // What its messages hold, for the device's Plug and Play model.
  telemetry: {
    type: "object",
    properties: {
      celsius: { type: "number" },
      humidityPercent: { type: "number" },
      hectopascal: { type: "number" },
      alarm: { type: "string", description: "Why it is told at once." },
    },
  },
  methods: {
    "climate.read": {
      description: "How it is now.",
      schema: { type: "null" },
      timeout: "10s",
      handler: (_payload, { settings }) => readClimate(settings.root),
    },
  },
  tasks: {
    measure: {
      description: "Tells the hub once a minute. What is older than a day is not worth sending any more.",
      cron: "* * * * *",
      timeout: "10s",
      telemetry: { stream: "climate", timeToLive: "24h" },
      async run({ settings, telemetry, log }) {
        const climate = await readClimate(settings.root);
        const { room, alarmAboveCelsius } = settings;
        const wasTooWarm = isTooWarm;
        isTooWarm = (climate.celsius ?? Number.NEGATIVE_INFINITY) > alarmAboveCelsius;
        if (isTooWarm && !wasTooWarm) {
          log.warn(climate, "the room is too warm");
          // It resolves when the message is safe, whether the hub is in reach or not. The property is for its routes.
          await telemetry.send(
            { room, alarm: "too warm", ...climate },
            { priority: "high", properties: { alarm: "true" } },
          );
        }
        // Sent as well, as the task's `telemetry` says.
        return { room, ...climate };
      },
    },
  },
});
