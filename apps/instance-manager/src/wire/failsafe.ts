import type { FailsafeView as WireFailsafeView } from "@redis-operator/client/contract";
import type { FailsafeView } from "@redis-operator/core/isolation";

const wireRoles = { primary: "master", replica: "slave" } as const;

/** Puts the view of a cluster into the words of the wire. */
export function toWireFailsafe(view: FailsafeView): WireFailsafeView {
  const { podName, role, follows, primary, source, apiServerSeenMsAgo } = view;
  return {
    podName,
    ...(role !== "unknown" && { role: wireRoles[role] }),
    ...(follows !== undefined && { follows: { host: follows.host, port: follows.port } }),
    ...(primary !== undefined && {
      primary: { podName: primary.podName, ...(primary.ip !== undefined && { ip: primary.ip }) },
    }),
    source,
    ...(apiServerSeenMsAgo !== undefined && { apiServerSeenMsAgo: Math.round(apiServerSeenMsAgo) }),
  };
}
