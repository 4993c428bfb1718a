/**
 * In the bundle instead of `readable-stream`: Node's own streams, which that package is a copy of. mqtt.js 5 runs the same
 * code on a copy of these.
 */
module.exports = require("node:stream");
