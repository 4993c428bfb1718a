import { ofDevice } from "../shared/select.ts";

const of = (what: string): string =>
  `max(${ofDevice(`hubhand_outbox_${what}`)}) / (max(${ofDevice(`hubhand_outbox_limit_${what}`)}) > 0)`;

/** How full the outbox is, by each of its two bounds. */
export const FILL_BY_MESSAGES = of("messages");
export const FILL_BY_BYTES = of("bytes");

/** The same as two series, told apart by a label. */
export const OUTBOX_FILL = [FILL_BY_MESSAGES, FILL_BY_BYTES]
  .map((share, index) => `label_replace(${share}, "of", "${index}", "", "")`)
  .join(" or ");
