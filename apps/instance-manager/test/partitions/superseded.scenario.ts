import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { boundMs, selfFencing } from "./bounds.ts";
import { startCluster, waitUntilServing } from "./cluster.ts";
import { cut } from "./cuts.ts";
import {
  acknowledgedKeys,
  countAlarms,
  type Figures,
  isHealthzFast,
  lastAccepted,
  readLatencies,
  recordFigures,
} from "./figures.ts";
import { useGround } from "./ground.ts";
import { countMissing, failOver, takeBack, waitUntilCaughtUp, waitUntilFenced } from "./operator.ts";

const steadyMs = 3_000;
const supersededMs = 20_000;
const network = useGround();

describe.each([{ isSelfFencing: false }, { isSelfFencing: true }])(
  "a primary that lost the API server and was replaced, while it reaches its peers (self-fencing: $isSelfFencing)",
  ({ isSelfFencing }) => {
    let figures: Figures;
    let wasFenced: boolean;

    beforeAll(async () => {
      await using cluster = await startCluster(network, { env: selfFencing(isSelfFencing) });
      const [old, next, third] = cluster.instances;
      const writer = await cluster.startWriter("beside", { from: old.name, to: old });
      await pause(steadyMs);

      network.drop(cut(old.name, ["api", "operator"]));
      await failOver(cluster, { from: old, to: next });
      const replacedAt = Date.now();
      await pause(supersededMs);

      const healAt = Date.now();
      network.drop([]);
      wasFenced = await waitUntilFenced(old);
      await takeBack(cluster, { from: old, to: next });
      await waitUntilServing(third);
      await writer[Symbol.asyncDispose]();
      await waitUntilCaughtUp(next, [old, third]);
      const acknowledged = acknowledgedKeys(writer.findings());
      const probes = cluster.kubelets.map((kubelet) => kubelet.probes());
      figures = {
        scenario: "primary replaced while it reaches only its peers",
        isSelfFencing,
        lastAcceptedMs: lastAccepted(writer.findings(), { since: replacedAt, until: healAt }),
        acknowledged: acknowledged.length,
        lost: await countMissing(next, acknowledged),
        falseAlarms: probes.reduce((sum, list) => sum + countAlarms(list), 0),
        ...readLatencies(probes.flat()),
      };
      recordFigures(figures);
    });

    it("goes on accepting writes only without self-fencing", () => {
      expect((figures.lastAcceptedMs ?? Infinity) <= boundMs).toBe(isSelfFencing);
    });
    it("stays alive, as the contract has it", () => expect(figures.falseAlarms).toBe(0));
    it("answers /healthz in less than 20 ms in 99 of 100 cases", () =>
      expect(isHealthzFast(figures)).toBe(true));
    it("is fenced once it sees the annotation", () => expect(wasFenced).toBe(true));
  },
);
