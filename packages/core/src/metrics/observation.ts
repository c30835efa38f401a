import type { InfoSnapshot } from "../redis/info.ts";

/** What one scrape saw of Redis: everything that INFO reports, or that it did not answer. */
export type RedisObservation = AnsweredObservation | UnansweredObservation;

interface AnsweredObservation extends Fencing {
  readonly up: true;
  readonly info: InfoSnapshot;
}

interface UnansweredObservation extends Fencing {
  readonly up: false;
}

interface Fencing {
  /** Whether the instance is fenced; `undefined` while nobody knows. */
  readonly fenced: boolean | undefined;
}
