import type { Hono } from "hono";
import { refuse } from "./refusal.ts";

interface Route {
  readonly method: string;
  readonly path: string;
}

/** Answers what no route answers: 405 where there is one for another HTTP method, else 404 with the paths there are. */
export function addNotFound(app: Hono): void {
  app.notFound((context) => {
    const routes: readonly Route[] = app.routes.filter(({ method }) => method !== "ALL");
    const { path, method } = context.req;
    const methods = routes.filter((route) => fits(route, path)).map((route) => route.method);
    if (methods.length === 0) {
      const paths = [...new Set(routes.map((route) => route.path))];
      return refuse({ code: "PATH_UNKNOWN", message: "There is nothing here.", details: { paths } });
    }
    const allow = [...new Set(methods.flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one])))].join(
      ", ",
    );
    return refuse({
      code: "HTTP_METHOD_REFUSED",
      message: `This path is for ${allow}, not for ${method}.`,
      headers: { allow },
    });
  });
}

/** A path of Hono: `:name` is one step, `*` all the rest. */
const fits = (route: Route, path: string): boolean =>
  new RegExp(
    `^${route.path
      .replaceAll(/[.+?^$()|[\]\\]/g, "\\$&")
      .replaceAll(/:[^/]+/g, "[^/]+")
      .replaceAll("*", ".*")}$`,
  ).test(path);
