import { expect, it } from "vitest";
import { createLinkAttemptFilter } from "./link-attempts.ts";

const attempt = [
  "Connecting to MASTER 127.0.0.1:6379",
  "MASTER <-> REPLICA sync started",
  "Non blocking connect for SYNC fired the event.",
  "Master replied to PING, replication can continue...",
  "Partial resynchronization not possible (no cached master)",
  "Master is currently unable to PSYNC but should be in the future: -NOMASTERLINK Can't SYNC while not connected with my master",
];

it("passes on an attempt to reach the primary once a minute, and all that is no attempt", () => {
  let nowMs = 0;
  const isWorthTelling = createLinkAttemptFilter(() => nowMs);
  const told = (...lines: readonly string[]) => lines.filter((line) => isWorthTelling(line));

  expect(told(...attempt, ...attempt)).toEqual(attempt);
  nowMs = 59_999;
  expect(told(...attempt)).toEqual([]);
  nowMs = 60_000;
  expect(told(...attempt, ...attempt)).toEqual(attempt);
  expect(told("DB saved on disk", "DB saved on disk")).toHaveLength(2);
  expect(told(...attempt)).toEqual(attempt);
  expect(told("Connecting to MASTER 10.0.0.8:6379")).toHaveLength(1);
});
