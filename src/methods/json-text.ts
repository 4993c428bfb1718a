/** A reply's payload that is JSON text already, made where it cost us nothing: by a worker, a process, another machine. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
