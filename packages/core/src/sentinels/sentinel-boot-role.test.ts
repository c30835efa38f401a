import { describe, expect, it } from "vitest";
import { decideSentinelBootRole, type SentinelObservation } from "./sentinel-boot-role.ts";
import type { SentinelView } from "./sentinel-view.ts";

const [own, other] = [
  { host: "10.0.0.7", port: 6379 },
  { host: "10.0.0.8", port: 6379 },
];
const [up, gone] = [
  { address: other, isElectable: true },
  { address: other, isElectable: false },
];
const silent: SentinelView = {
  primary: own,
  epoch: 0,
  isFailingOver: false,
  isPrimaryInDoubt: false,
  replicas: [],
  otherSentinels: 2,
  quorum: 2,
};
const itself = { address: own, isOwn: true };
const another = { address: other, isOwn: false };

function decide(
  named: SentinelObservation["named"],
  { primaries = [], ...said }: Partial<SentinelView> & Partial<SentinelObservation>,
) {
  const views = [silent, { ...silent, ...said }];
  const poll = { asked: 3, views, trouble: "connecting to 10.0.0.3:26379 failed" };
  return decideSentinelBootRole({ poll, named, primaries });
}

describe("decideSentinelBootRole", () => {
  it.each([
    ["nobody else was ever known", {}],
    ["nobody else was ever known, and it is taken for down", { isPrimaryInDoubt: true }],
    ["a replica is known", { replicas: [up] }],
    ["it is taken for down, and no replica could replace it", { isPrimaryInDoubt: true, replicas: [gone] }],
  ])("is the primary that is named, where %s", (_, said) => {
    expect(decide(itself, said)).toMatchObject({ boot: { role: "primary" }, isSettled: true });
  });

  it.each([
    [
      "it is taken for down, and a replica could replace it",
      { isPrimaryInDoubt: true, replicas: [gone, up] },
    ],
    ["a failover is under way", { isFailingOver: true }],
    ["a failover is under way to a replica", { isFailingOver: true, isPrimaryInDoubt: true, replicas: [up] }],
    ["a replica answers as a primary", { primaries: [other], replicas: [up] }],
    ["a replica that is taken for down does", { primaries: [other], replicas: [gone] }],
  ])("waits although it is named, where %s", (_, said) => {
    expect(decide(itself, said)).toMatchObject({
      boot: { role: "undesignated" },
      isSettled: false,
      notReady: expect.stringMatching(/^its role is not known yet: /),
    });
  });

  it("follows another that is named and answers as a primary, whatever else is said of it", () => {
    const said = { isPrimaryInDoubt: true, isFailingOver: true, replicas: [up] };
    expect(decide(another, { primaries: [other], ...said })).toMatchObject({
      boot: { role: "replica", primary: other },
      isSettled: true,
    });
  });

  it("waits for another that is named and doesn't answer as a primary, whatever else is said of it", () => {
    expect(decide(another, {})).toMatchObject({ boot: { role: "undesignated" }, isSettled: false });
    expect(decide(another, { isPrimaryInDoubt: true }).notReady).toBe(
      "its role is not known yet: the sentinels name 10.0.0.8:6379, which doesn't answer as a primary",
    );
  });

  it("waits where nobody is named, and says how many have answered and why one has not", () => {
    expect(decide(undefined, {})).toMatchObject({
      boot: { role: "undesignated" },
      isSettled: false,
      notReady:
        "its role is not known yet: no majority of the sentinels names a primary, 2 of 3 answer: " +
        "connecting to 10.0.0.3:26379 failed",
    });
  });

  it("tells where data may be beside the pods that are known", () => {
    expect(decide(itself, { replicas: [gone, up] }).peers).toEqual([other, other]);
  });
});
