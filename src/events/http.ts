import { event } from "./description.ts";

/** Metrics, health and the status page over HTTP: who looks, and what is done there. */
export const HTTP_EVENTS = {
  "http.listens": event("info", "Metrics, health and the status page are served at `url`."),
  "http.open-to-all": event(
    ["info", "warn"],
    "Whoever reaches the port may look: no password and no token is set.",
    "Set `observe.password` or `observe.token`, or listen on 127.0.0.1; in a container, publish the port only where that is fine.",
  ),
  "http.login-refused": event(
    "warn",
    "Requests came with a wrong password or token; once a minute at most, with their number.",
    "If it is your Prometheus: give it the new token. If it is nobody of yours: see who reaches the port.",
  ),
  "http.certificate": event("info", "HTTPS is served with this certificate, until `validTo`."),
  "http.certificate-kept": event(
    "warn",
    "The certificate's files have changed and cannot be used; the one before stays.",
    "Write both files again, the certificate and its key.",
  ),
  "http.certificate-not-valid": event(
    "warn",
    "The certificate for HTTPS has expired, or is not valid yet.",
    "Renew it, or set the machine's clock.",
  ),
  "http.connection-failed": event(
    "warn",
    "A connection could not be taken, such as for want of file descriptors.",
  ),
  "http.request-failed": event(
    "error",
    "A fault in hubhand: a request was not answered as it should be.",
    "Report it, with the line's `err`.",
  ),
  "page.failed": event(
    "error",
    "A fault in hubhand: the status page cannot tell how the agent is, or cannot do what was asked.",
    "Report it, with the line's `err`.",
  ),
  "page.method-called": event("info", "Somebody with the control token calls a method from the status page."),
  "page.plugin-restarted": event("info", "Somebody with the control token restarts a plugin."),
  "page.log-level-changed": event("info", "Somebody with the control token changes the log's level."),
  "page.token-refused": event(
    "warn",
    "Somebody gave a wrong control token; once a minute at most, with their number.",
    "If it is nobody of yours: see who reaches the port.",
  ),
};
