import { describe, expect, it } from "vitest";
import type { BootRole } from "../replication/boot-role.ts";
import type { ReplicationStatus } from "../replication/status.ts";
import { decideRoleStep, type RoleObservation } from "./role-step.ts";

const [one, two] = [
  { host: "10.0.0.8", port: 6379 },
  { host: "10.0.0.9", port: 6379 },
];
const primary: BootRole = { role: "primary" };
const replicaOf = (address: typeof one): BootRole => ({ role: "replica", primary: address });
const undesignated: BootRole = { role: "undesignated" };

function statusOf(role: BootRole): ReplicationStatus {
  const common = { offsetBytes: 1, replicationId: "id" };
  if (role.role === "primary") return { role: "primary", connectedReplicas: 0, replicas: [], ...common };
  const followed = role.role === "replica" ? role.primary : { host: "127.0.0.1", port: 6379 };
  const link = { link: "down", linkDownSeconds: undefined, lastIoSecondsAgo: undefined } as const;
  return { role: "replica", primary: followed, syncInProgress: false, ...link, ...common };
}

function decide(
  roles: Pick<RoleObservation, "given" | "decided"> & { readonly actual?: BootRole },
  redis = {},
) {
  const { given, decided, actual = given } = roles;
  const found = { status: statusOf(actual), isLoading: false, keys: 5, ...redis };
  return decideRoleStep({ given, decided, found, redisPort: 6379 });
}

const keep = { step: "keep" };
const follow = (address: typeof one) => ({ step: "follow", primary: address });
const promote = { step: "promote", isEmpty: false };

describe("decideRoleStep", () => {
  it.each([
    [undesignated, undesignated, keep],
    [undesignated, replicaOf(one), follow(one)],
    [undesignated, primary, promote],
    [replicaOf(one), undesignated, keep],
    [replicaOf(one), replicaOf(one), keep],
    [replicaOf(one), replicaOf(two), follow(two)],
    [replicaOf(one), primary, promote],
    [primary, undesignated, keep],
    [primary, replicaOf(one), follow(one)],
    [primary, primary, keep],
  ])("%j that is to be %j: %j", (given, decided, step) => {
    expect(decide({ given, decided })).toEqual(step);
  });

  it.each([
    [undesignated, primary],
    [undesignated, replicaOf(one)],
    [replicaOf(one), undesignated],
    [replicaOf(one), replicaOf(two)],
    [replicaOf(one), primary],
    [primary, undesignated],
    [primary, replicaOf(one)],
  ])("%j that somebody else has made %j is left alone, whatever it is to be", (given, actual) => {
    for (const decided of [primary, replicaOf(one), replicaOf(two), undesignated]) {
      expect(decide({ given, decided, actual })).toEqual({ step: "leave" });
    }
  });

  it("tells that there is nothing to keep where it holds no key", () => {
    expect(decide({ given: undesignated, decided: primary }, { keys: 0 })).toEqual({
      step: "promote",
      isEmpty: true,
    });
  });

  it("waits with a promotion until the data are loaded, and with nothing else", () => {
    const loading = { isLoading: true };
    expect(decide({ given: undesignated, decided: primary }, loading)).toEqual({ step: "wait" });
    expect(decide({ given: undesignated, decided: replicaOf(one) }, loading)).toEqual(follow(one));
    expect(decide({ given: primary, decided: primary }, loading)).toEqual(keep);
  });
});
