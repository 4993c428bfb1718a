// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in.
const CHOSEN = "${datasource}";

/** The datasource is a variable, so that the dashboards come into any Grafana. */
export const DATASOURCE = { type: "prometheus", uid: CHOSEN } as const;

/** Units of Grafana that are used here, by what they are. */
export const UNIT = {
  count: "short",
  perSecond: "reqps",
  seconds: "s",
  bytes: "bytes",
  bytesPerSecond: "Bps",
  share: "percentunit",
  /** Of a time in milliseconds: "two hours ago". */
  ago: "dateTimeFromNow",
} as const;

/** What a number that is good or bad turns to, from which value on; the first colour is that of everything below. */
export type Steps = readonly [first: string, ...steps: (readonly [from: number, colour: string])[]];

export const NEUTRAL: Steps = ["text"];
export const NONE_IS_GOOD: Steps = ["green", [1, "red"]];
export const SOME_ARE_TROUBLE: Steps = ["green", [1, "orange"]];
export const FAILING: Steps = ["green", [0.01, "orange"], [0.05, "red"]];
export const FILLING: Steps = ["green", [0.5, "orange"], [0.9, "red"]];
export const SLOW: Steps = ["green", [1, "orange"], [10, "red"]];

/** A number that stands for a word. */
export interface Word {
  readonly value: number;
  readonly text: string;
  readonly colour: string;
}

export const YES_NO: readonly Word[] = [
  { value: 1, text: "yes", colour: "green" },
  { value: 0, text: "no", colour: "red" },
];
