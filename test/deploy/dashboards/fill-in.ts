/**
 * What Grafana puts into a query: one value, several of those that can be chosen, or what stands for all of them, which goes
 * in as it is.
 */
export type Filling = Readonly<Record<string, string | readonly string[] | { readonly all: string }>>;

/** Characters that mean something in a regular expression, in a text of PromQL: a backslash more for each. */
const inExpression = (value: string): string =>
  value.replaceAll("\\", "\\\\\\\\").replaceAll(/[$^*{}[\]'+?.()|]/g, (sign) => `\\\\${sign}`);

const inText = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');

/** Values as Grafana's data source for Prometheus writes them (interpolateQueryExpr in its source). */
function written(value: Filling[string]): string {
  if (typeof value === "string") return inText(value);
  if ("all" in value) return value.all;
  const values = value.map(inExpression);
  return values.length === 1 ? values.join("") : `(${values.join("|")})`;
}

/** Fills in variables; what is no variable (`$1` of label_replace) stays. */
export function fillIn(expression: string, filling: Filling): string {
  return expression.replaceAll(/\$(\w+)/g, (text, name: string) => {
    const value = filling[name];
    return value === undefined ? text : written(value);
  });
}
