/**
 * The path of the hub's Event Hub, and its name: what the service calls its endpoint of device-to-cloud messages
 * (learn.microsoft.com, "IoT Hub endpoints").
 */
export const EVENT_HUB = "messages/events";
