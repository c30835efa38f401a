import { readCpuSeconds, readProcessMemory } from "@redis-operator/testbed";
import { createScraper, type Encoding } from "./scraper.ts";
import type { Subject } from "./subjects.ts";

/** What a number of scrapes, one after the other, came to; CPU times without what would have been used at rest. */
export interface Round {
  readonly ownCpuMs: number;
  readonly redisCpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bytes: number;
  /** Resident memory of the subject afterwards. */
  readonly rssMb: number;
}

/** CPU seconds per second of processes that nobody asks anything. */
export interface Rest {
  readonly own: number;
  readonly redis: number;
}

/** What {@link runRound} needs beside the subject. */
export interface RoundOptions {
  readonly redisPid: number;
  readonly encoding: Encoding;
  readonly scrapes: number;
  readonly rest: Rest;
}

/** Scrapes a subject again and again. */
export async function runRound({ pid, url }: Subject, options: RoundOptions): Promise<Round> {
  const { redisPid, encoding, scrapes, rest } = options;
  using scraper = createScraper(url, encoding);
  const durations: number[] = [];
  let bytes = 0;
  const before = { own: readCpuSeconds(pid).own, redis: readCpuSeconds(redisPid).own };
  const startedAt = performance.now();
  for (let count = 0; count < scrapes; count += 1) {
    const scrape = await scraper.scrape();
    durations.push(scrape.milliseconds);
    bytes = scrape.bytes;
  }
  const seconds = (performance.now() - startedAt) / 1e3;
  const perScrapeMs = (used: number) => (used * 1e3) / scrapes;
  const sorted = durations.toSorted((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return {
    ownCpuMs: perScrapeMs(readCpuSeconds(pid).own - before.own - rest.own * seconds),
    redisCpuMs: perScrapeMs(readCpuSeconds(redisPid).own - before.redis - rest.redis * seconds),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    bytes,
    rssMb: readProcessMemory(pid).rssMb,
  };
}
