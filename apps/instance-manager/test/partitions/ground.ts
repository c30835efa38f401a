import { describeNetwork, type Network } from "@redis-operator/testbed";
import * as z from "zod";

/** The data pods; each has a host of the same name. */
export const podNames = ["redis-0", "redis-1", "redis-2"] as const;

/** The network that `scripts/partitions` has built and this process runs in. @throws Error where there is none. */
export function useGround(): Network {
  const described = process.env["PARTITIONS_NETWORK"];
  if (described === undefined) throw new Error("no network: start this with npm run test:partitions");
  return describeNetwork(
    z.object({ run: z.string(), hosts: z.array(z.string()) }).parse(JSON.parse(described)),
  );
}
