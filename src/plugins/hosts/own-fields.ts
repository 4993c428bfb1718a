/** What hubhand itself says in a line of the log; a daemon that uses such a name gets a `_` behind it. */
const OWN_FIELDS =
  /^(level|time|pid|hostname|msg|plugin|method|task|requestId|jobId|messages|messageId|stream|shortened)$/;

/** Fields of a line that a plugin writes, none of which can pose as ours: such a name gets a `_` behind it. */
export const withoutOwnNames = (fields: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [OWN_FIELDS.test(name) ? `${name}_` : name, value]),
  );
