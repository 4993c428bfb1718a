// For the compiler of the public types, which sees only files that others ask for.
/// <reference path="./mqtt-packet.d.ts" />

import { writeToStream } from "mqtt/node_modules/mqtt-packet/mqtt.js";

/**
 * Lets mqtt-packet make the two bytes of a number when it writes one. It would keep all 65,536 of them, each a Buffer of its
 * own, from the first packet on: 9 MB, and 30 ms of the start, to spare what is as quickly made.
 */
export function keepNoNumbers(): void {
  writeToStream.cacheNumbers = false;
}
