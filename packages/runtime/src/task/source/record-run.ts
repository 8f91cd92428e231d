import type { BinaryForm, ConnectRecord, RecordOutput } from '@headrace/connector-api';
import type { Outgoing, OutgoingHeader } from '@headrace/ports';

/**
 * Records that were objects, written one behind the other as those of the fused lane are: a buffer, its views and an object for
 * each of them would cost as much as their bytes. They have their headers in common, and ask for neither partition nor time.
 */
export class RecordRun {
  readonly #form: BinaryForm;
  #output: RecordOutput | undefined;
  #headers: readonly OutgoingHeader[];

  constructor(form: BinaryForm, headers: readonly OutgoingHeader[]) {
    this.#form = form;
    this.#headers = headers;
  }

  /** Where records that are taken are written; made for the first, as many tasks never have one. */
  get output(): RecordOutput {
    return (this.#output ??= this.#form.createOutput());
  }

  /** Whether a record may join; otherwise the run has to end before it. */
  takes({ partition, timestamp }: ConnectRecord, headers: readonly OutgoingHeader[]): boolean {
    return headers === this.#headers && partition === undefined && timestamp === undefined;
  }

  /**
   * Hands out what there is. `next`: the headers of those that may join from now on. A record whose headers differ from those of the
   * one before goes by itself, for headers that are each record's own would make runs of one.
   */
  end(into: Outgoing[], next: readonly OutgoingHeader[] = this.#headers): void {
    const output = this.#output;
    if (output !== undefined && output.count > 0) into.push({ encoded: output.take([], output.count), headers: this.#headers });
    this.#headers = next;
  }
}
