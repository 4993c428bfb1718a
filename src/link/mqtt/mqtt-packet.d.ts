/** The one that the SDK's mqtt.js writes with (mqtt-packet 6.10.0, writeToStream.js); its own types cannot be found from here. */
declare module "mqtt/node_modules/mqtt-packet/mqtt.js" {
  export const writeToStream: { cacheNumbers: boolean };
}
