import { describeError, type InstanceErrorCode, isInstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { type InfoSnapshot, readInfo } from "../redis/info.ts";
import type { RedisObservation } from "./observation.ts";

/** Reads Redis for a scrape. */
export interface Scrape {
  /**
   * Reads one `INFO all`. Callers that come while it is under way share its outcome. A Redis that does not answer is an
   * outcome, not an error: `{ up: false }`.
   */
  read(): Promise<RedisObservation>;
}

/** How the INFO of a scrape went. */
export interface ScrapeOutcome {
  readonly durationMs: number;
  /** Why Redis did not answer; `undefined` if it did. */
  readonly failure: InstanceErrorCode | undefined;
}

/** What {@link createScrape} needs. */
export interface ScrapeDependencies {
  readonly redis: RedisConnection;
  readonly logger: Logger;
  /** Whether the instance is fenced; `undefined` while nobody knows. */
  readonly readFenced: () => boolean | undefined;
  /** Is told of every scrape: the manager's metrics. */
  readonly observer: { scrapeEnded(outcome: ScrapeOutcome): void };
}

/** Creates the reader of scrapes. It logs a failure once when it begins and once when it changes, and the end of it. */
export function createScrape({ redis, logger, readFenced, observer }: ScrapeDependencies): Scrape {
  let underWay: Promise<RedisObservation> | undefined;
  let lastFailure: InstanceErrorCode | undefined;

  async function observe(): Promise<RedisObservation> {
    const startedAt = performance.now();
    const { info, failure } = await readAllInfo();
    observer.scrapeEnded({ durationMs: performance.now() - startedAt, failure });
    const fenced = readFenced();
    return info === undefined ? { up: false, fenced } : { up: true, info, fenced };
  }

  async function readAllInfo(): Promise<
    { info: InfoSnapshot; failure: undefined } | { info: undefined; failure: InstanceErrorCode }
  > {
    try {
      // One section for all: several in one command need Redis 7.0, and "everything" adds the modules' own at any size.
      const info = await readInfo(redis, "all");
      if (lastFailure !== undefined) logger.info({}, "Redis answers scrapes again");
      lastFailure = undefined;
      return { info, failure: undefined };
    } catch (error) {
      if (!isInstanceError(error)) throw error;
      if (lastFailure !== error.code) {
        logger.warn({ err: error }, `scraping Redis failed: ${describeError(error)}`);
      }
      lastFailure = error.code;
      return { info: undefined, failure: error.code };
    }
  }

  return {
    read() {
      underWay ??= observe().finally(() => (underWay = undefined));
      return underWay;
    },
  };
}
