/** In the bundle instead of what packages load for what hubhand does not do: who uses it is told so. */
module.exports = class Missing {
  constructor() {
    throw new Error("this is not in the bundle (scripts/lean/lean-packages.ts)");
  }
};
module.exports.TDigest = module.exports;
