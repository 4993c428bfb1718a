/** In the bundle instead of `js-sdsl`: all that mqtt.js takes of its containers. */
module.exports = { OrderedSet: require("js-sdsl/dist/cjs/container/TreeContainer/OrderedSet.js").default };
