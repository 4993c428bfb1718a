/** In the bundle instead of `yargs-parser`: convict reads arguments with it, and is given none (src/config/load.ts). */
module.exports = () => ({});
