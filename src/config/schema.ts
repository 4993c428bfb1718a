import { HOUR, MINUTE, SECOND } from "../durations.ts";
import { GIBIBYTE, MEBIBYTE } from "../sizes.ts";
import { BUILT_IN } from "./built-in-settings.ts";
import { names, pluginSettings } from "./collections.ts";
import { HUB } from "./hub-settings.ts";
import { boolean, choice, filePath, isolation } from "./kinds.ts";
import { LOG } from "./log-settings.ts";
import { MESSAGES } from "./message-settings.ts";
import { proxyUrl } from "./network-kinds.ts";
import { duration, size, wholeNumber } from "./numbers.ts";
import { OBSERVE } from "./observe-settings.ts";
import { SCHEDULE } from "./schedule-settings.ts";
import { type Setting, secret, setting } from "./setting.ts";
import { TWIN } from "./twin-settings.ts";

/** Limits of a duration unless its key says otherwise; timers take no more than 24.8 days. */
const SOME_TIME = { min: 1, max: 24 * HOUR };

/**
 * Every key of the configuration: from it come the loader, the flags, the example and the reference.
 * A key may be added freely; one that was released is only ever removed with a page in docs/decisions.
 */
export const SCHEMA = {
  hub: HUB,
  link: {
    transport: setting(choice("auto", "mqtt", "websockets"), {
      default: "auto",
      doc: "The way to the hub. mqtt: MQTT over TLS, port 8883. websockets: MQTT over WebSockets, port 443, where 8883 is blocked or a proxy is needed. auto: mqtt, and websockets where mqtt does not get through; the way that worked is remembered, and mqtt is tried again now and then.",
    }),
    webSocketPort: setting(wholeNumber({ min: 1, max: 65_535 }), {
      default: 443,
      doc: "The hub's port for WebSockets: 443 at Azure, another one only for a local hub.",
    }),
    proxy: secret(proxyUrl(), {
      doc: "The HTTP proxy that MQTT over WebSockets goes through: http://user:password@proxy.example:3128. MQTT itself takes no proxy.",
      commonVariables: ["HTTPS_PROXY", "https_proxy"],
      file: "link.proxyFile",
    }),
    proxyFile: setting(filePath(), {
      default: null,
      doc: "A file that holds the proxy's URL, such as a Docker or Kubernetes secret. Line ends after it are ignored.",
    }),
    keepAlive: setting(duration({ min: SECOND, max: 19 * MINUTE }), {
      default: "40s",
      doc: "How often the link proves itself when nothing else is sent. A dead link is noticed within twice this. Longer saves data on a metered line; the hub takes no more than 19m.",
    }),
    subscriptionCheck: setting(duration({ min: SECOND, max: 24 * HOUR }), {
      default: "10m",
      doc: "How often the hub is asked whether it still has the subscription to direct methods. A hub that lost it would keep the link alive and send no call.",
    }),
    dialTimeout: setting(duration(SOME_TIME), {
      default: "10s",
      doc: "How long the first part of an attempt may take, from the TCP connection to the end of the TLS handshake. Where packets vanish nothing else ends it, and the next attempt finds the network back sooner. Longer on slow radio links.",
    }),
    connectTimeout: setting(duration(SOME_TIME), {
      default: "30s",
      doc: "How long one attempt may take, from the TCP connection to the subscription to direct methods. Longer on slow radio links.",
    }),
    closeTimeout: setting(duration(SOME_TIME), {
      default: "3s",
      doc: "How long an orderly goodbye to the hub may take before the connection is cut.",
    }),
    stableAfter: setting(duration(SOME_TIME), {
      default: "60s",
      doc: "How long the device must be online before a loss starts again with the shortest wait. Without it, a link that comes and goes would never wait.",
    }),
    tokenLifetime: setting(duration({ min: 5 * MINUTE, max: 24 * HOUR }), {
      default: "60m",
      doc: "How long a token that proves the device's identity is valid; it is renewed in time. Shorter limits the harm of a stolen token and needs a more exact clock.",
    }),
    backoff: {
      networkBase: setting(duration(SOME_TIME), {
        default: "1s",
        doc: "Longest first wait after an attempt that did not reach the hub or a session that was lost. It grows by 6% with each failure up to networkMax; the wait is a random part of it.",
      }),
      networkMax: setting(duration(SOME_TIME), {
        default: "20s",
        doc: "Longest wait after attempts that did not reach the hub. Such attempts cost the hub nothing, so it is short: this is how soon a device is back after a long outage.",
      }),
      refusedBase: setting(duration(SOME_TIME), {
        default: "5s",
        doc: "As networkBase, when the hub answered and refused or throttled. It grows by 20% with each failure.",
      }),
      refusedMax: setting(duration(SOME_TIME), {
        default: "5m",
        doc: "As networkMax, when the hub answered and refused or throttled. Longer for a large fleet on a small hub.",
      }),
      unauthorizedBase: setting(duration(SOME_TIME), {
        default: "30s",
        doc: "As networkBase, when the hub rejects the device's identity. It doubles with each failure.",
      }),
      unauthorizedMax: setting(duration(SOME_TIME), {
        default: "15m",
        doc: "As networkMax, when the hub rejects the device's identity: someone must act, but a device that is enabled again comes back by itself.",
      }),
      conflictBase: setting(duration(SOME_TIME), {
        default: "15s",
        doc: "As networkBase, when another client seems to use the same identity: each of the two would end the other's connection for ever. It doubles with each failure.",
      }),
      conflictMax: setting(duration(SOME_TIME), {
        default: "2m",
        doc: "As networkMax, when another client seems to use the same identity.",
      }),
    },
  },
  methods: {
    timeout: setting(duration({ min: 1, max: 300 * SECOND }), {
      default: "30s",
      doc: "How long a method that sets no time of its own may take before its caller is answered 408. The hub waits for no more than 300s.",
    }),
    concurrency: setting(wholeNumber({ min: 1, max: 10_000 }), {
      default: 16,
      doc: "How many calls of one method run at the same time, unless the method says otherwise. Lower if handlers share a slow thing, such as a serial port.",
    }),
    queue: setting(wholeNumber({ min: 0, max: 100_000 }), {
      default: 64,
      doc: "How many calls of one method may wait, unless the method says otherwise; further ones are answered 429. 0: none waits.",
    }),
    drainTimeout: setting(duration(SOME_TIME), {
      default: "8s",
      doc: "How long running calls may take to end when the agent is asked to stop. Keep it below what stops the agent for good: docker stop gives 10s, Kubernetes 30s.",
    }),
    jobs: {
      concurrency: setting(wholeNumber({ min: 1, max: 1_000 }), {
        default: 16,
        doc: "How many jobs run at the same time, of all methods together; a call that would become one more is answered 429.",
      }),
      kept: setting(wholeNumber({ min: 1, max: 10_000 }), {
        default: 200,
        doc: "How many jobs that have ended are kept on disk and told. Each takes some 1 KiB, and its result, which may have 128 KiB.",
      }),
      keptFor: setting(duration({ min: MINUTE, max: 8_760 * HOUR }), {
        default: "168h",
        doc: "How long a job that has ended is kept on disk and told.",
      }),
      longest: setting(duration({ min: SECOND, max: 576 * HOUR }), {
        default: null,
        doc: "How long a job may run before its signal fires and it fails. Not set: as long as it takes.",
      }),
    },
    builtIn: BUILT_IN,
    rebootFile: setting(filePath(), {
      default: null,
      doc: "The file that hubhand.reboot writes. It is all that hubhand does: the host watches the file, and reboots. Put it where the host's watcher alone looks, such as a folder in /run that is mounted into the container.",
    }),
  },
  plugins: {
    directory: setting(filePath(), { default: "plugins", doc: "The folder of the plugins." }),
    settings: setting(pluginSettings(), {
      default: {},
      doc: "What each plugin is given, by plugin name; the plugin says what it takes. Several sources go together, key by key. In a variable or flag: JSON.",
    }),
    disabled: setting(names(), {
      default: [],
      doc: "Names of plugins in the folder that are left alone. In a variable or flag: with commas between.",
    }),
    isolate: setting(isolation(), {
      // A word, not true: convict would read every other word as true.
      default: "process",
      doc: "Where modules run that do not say. process (or true): each in a process of its own, so that whatever one does, the agent goes on. thread: each in a thread of the agent, which takes a third less memory and cannot hold a crash in native code. false: in the agent's own thread, which is fastest, and lets one that spins or eats memory hurt all.",
    }),
    memoryLimit: setting(size({ min: 4 * MEBIBYTE, max: 64 * GIBIBYTE }), {
      default: "64MiB",
      doc: "How much memory the code of a module may take, unless the plugin says otherwise. One that takes more is ended and started afresh.",
    }),
    reload: setting(boolean(), {
      default: false,
      doc: "Whether files that are added, changed or removed in the folder take effect at once. For development, and where plugins are delivered to a running agent.",
    }),
    trustFolder: setting(boolean(), {
      default: false,
      doc: "Whether plugins are taken that others could have written: files that are writable by others, owned by another user, or linked from outside the folder. For development only.",
    }),
  },
  messages: MESSAGES,
  twin: TWIN,
  schedule: SCHEDULE,
  observe: OBSERVE,
  state: {
    directory: setting(filePath(), {
      default: "state",
      doc: "The folder of what hubhand remembers over a restart. It is made when it is needed; without it hubhand works, and asks again after each start.",
    }),
  },
  log: LOG,
} as const;

type Values<S> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : Values<S[K]>;
};

/** The effective configuration: durations in milliseconds, paths absolute, what is not set null. */
export type Config = Values<typeof SCHEMA>;
