import { describeNetwork, type Network, type NetworkOptions } from "@redis-operator/testbed";

/** Ordinals of the instances, and of the sentinels. */
export const ordinals = [0, 1, 2] as const;

// A pod that is made anew finds itself at another address; after so many it gets one again that it had long before.
const lives = 5;

/** What stands for the addresses of nodes and services: whoever looks on, applications, the API server, the object store. */
const places = ["node", "app", "api", "store"] as const;

/** The hosts of a soak, under a name for the run. */
function describeGround(run: string): NetworkOptions {
  const names = ordinals.flatMap((ordinal) => [
    sentinelHost(ordinal),
    ...Array.from({ length: lives }, (_, life) => instanceHost(ordinal, life)),
  ]);
  return { run, hosts: [...places, ...names] };
}

/** The network of a soak. */
export function useGround(run: string): Network {
  return describeNetwork(describeGround(run));
}

/** The host of an instance's pod in one of its lives. */
export function instanceHost(ordinal: number, life: number): string {
  return `i${ordinal}-${life % lives}`;
}

/** The host of a sentinel's pod. */
export function sentinelHost(ordinal: number): string {
  return `s${ordinal}`;
}
