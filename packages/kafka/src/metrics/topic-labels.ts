import type { Labels } from '@headrace/foundation';

/** The labels of each topic's series, made once: meters find a series sooner by an object that they know. */
export class TopicLabels {
  readonly #common: Labels;
  readonly #byTopic = new Map<string, Labels>();

  constructor(common: Labels) {
    this.#common = common;
  }

  of(topic: string): Labels {
    let labels = this.#byTopic.get(topic);
    if (labels === undefined) {
      labels = { ...this.#common, topic };
      this.#byTopic.set(topic, labels);
    }
    return labels;
  }
}
