/**
 * In the bundle instead of `lodash`: what the SDKs, their state machines and convict call of it, as short as it is with today's
 * JavaScript. Lodash's own stand on a hundred files.
 */
const isList = (value) => Array.isArray(value) || typeof value?.length === "number";
const valuesOf = (some) => (isList(some) ? Array.from(some) : Object.values(some ?? {}));

function isPlainObject(value) {
  if (Object.prototype.toString.call(value) !== "[object Object]") return false;
  const above = Object.getPrototypeOf(value);
  return above === null || above === Object.prototype;
}

/** Also what a source has inherited. */
function extend(target, ...sources) {
  for (const source of sources) for (const key in source) target[key] = source[key];
  return target;
}

/** Functions, and objects that are more than their properties, are the same in the clone. */
function cloneDeep(value, clones = new Map()) {
  if (!Array.isArray(value) && !isPlainObject(value)) return value;
  const known = clones.get(value);
  if (known !== undefined) return known;
  const clone = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value));
  clones.set(value, clone);
  for (const key of Object.keys(value)) clone[key] = cloneDeep(value[key], clones);
  return clone;
}

/** What is undefined in a source leaves the target's as it is. */
function merge(target, ...sources) {
  for (const source of sources)
    for (const key in source) {
      if (key === "__proto__") continue;
      const [own, given] = [target[key], source[key]];
      const goesInto = isPlainObject(given)
        ? typeof own === "object" && own !== null
        : Array.isArray(given) && Array.isArray(own);
      if (goesInto) merge(own, given);
      else if (given !== undefined || !(key in target)) target[key] = cloneDeep(given);
    }
  return target;
}

module.exports = {
  assign: Object.assign,
  cloneDeep: (value) => cloneDeep(value),
  extend,
  isArray: Array.isArray,
  isPlainObject,
  merge,
  /** Of paths only such as `a.b`. */
  at: (some, path) => [path.split(".").reduce((value, key) => value?.[key], some)],
  includes: (some, value) => valuesOf(some).includes(value),
  filter: (some, fits) => valuesOf(some).filter((value) => fits(value)),
  difference: (list, others) => valuesOf(list).filter((value) => !valuesOf(others).includes(value)),
  without: (list, ...others) => valuesOf(list).filter((value) => !others.includes(value)),
  /** As there, `false` ends it. */
  each(some, visit) {
    const keys = isList(some) ? Array.from(some, (_, index) => index) : Object.keys(some ?? {});
    keys.every((key) => visit(some[key], key, some) !== false);
    return some;
  },
  defaults(target, ...sources) {
    for (const source of sources)
      for (const key in source) if (target[key] === undefined) target[key] = source[key];
    return target;
  },
  transform(some, take) {
    const taken = Object.create(Object.getPrototypeOf(some));
    for (const key of Object.keys(some)) if (take(taken, some[key], key, some) === false) break;
    return taken;
  },
};
