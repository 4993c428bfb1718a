/** In the bundle instead of `lodash.clonedeep`. */
module.exports = require("./lodash.cjs").cloneDeep;
