/** What DTDL cannot say; its message goes behind a name: `the setting "x": it …`. */
export class Unsayable extends Error {}
