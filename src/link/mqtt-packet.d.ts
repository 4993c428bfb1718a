/** What writes mqtt.js 4's packets (mqtt-packet 6.10.0, README "writeToStream"), as its types are not found there. */
declare module "mqtt/node_modules/mqtt-packet/writeToStream.js" {
  const writeToStream: { cacheNumbers: boolean };
  export = writeToStream;
}
