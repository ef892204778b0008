/** Summaries of texts. */

/** What a text says, in short. */
export interface Summary {
  readonly title: string;
  readonly points: readonly string[];
}

/** Who sums texts up. */
export interface Summarizer {
  /** The summary of a text, in its language. Throws ProviderError. */
  summarize(text: string): Promise<Summary>;
}
