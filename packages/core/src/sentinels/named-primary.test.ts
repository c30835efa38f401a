import { describe, expect, it } from "vitest";
import { findNamedPrimary } from "./named-primary.ts";
import type { SentinelView } from "./sentinel-view.ts";

const [old, successor] = [
  { host: "10.0.0.7", port: 6379 },
  { host: "10.0.0.8", port: 6379 },
];

function view(primary: SentinelView["primary"], rest: Partial<SentinelView> = {}): SentinelView {
  const defaults = { epoch: 1, isFailingOver: false, isPrimaryInDoubt: false, replicas: [] };
  return { primary, ...defaults, otherSentinels: 2, quorum: 2, ...rest };
}

const [says, saysNew] = [view(old), view(successor)];

describe("findNamedPrimary", () => {
  it.each([
    ["all name one", 3, [says, says, says], old],
    ["two of three do", 3, [says, says], old],
    ["two of three do, against the third", 3, [says, says, saysNew], old],
    ["one of three does", 3, [says], undefined],
    ["nobody answers", 3, [], undefined],
    ["two of four do", 4, [says, says], undefined],
    ["they are split", 2, [says, saysNew], undefined],
    ["more are known to one of them than were asked", 1, [says], undefined],
    ["all that are known do, though fewer were asked", 1, [view(old, { otherSentinels: 0, quorum: 1 })], old],
    ["they are fewer than the quorum", 3, [view(old, { quorum: 3 }), view(old, { quorum: 3 })], undefined],
    ["one has heard of a later failover", 3, [says, says, view(successor, { epoch: 2 })], undefined],
    ["one has not heard of the failover", 3, [saysNew, view(successor, { epoch: 2 }), says], successor],
    ["the ports differ", 2, [says, view({ ...old, port: 6380 })], undefined],
  ])("where %s", (_, asked, views, expected) => {
    expect(findNamedPrimary({ asked, views, trouble: undefined })).toEqual(expected);
  });
});
