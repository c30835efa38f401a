import { Counter, type Registry } from "prom-client";
import type { RedisEventObserver } from "../events/redis-events.ts";
import type { RotationObserver } from "../rotation/rotation.ts";

/** What of a supervised Redis follows files, and may be rotated. */
export type RotatedSubjectName = Parameters<RotationObserver["rotated"]>[0];

const rotationOutcomes = ["applied", "refused", "failed"] as const;
// As Redis' own metrics name the roles.
const roleLabels = { primary: "master", replica: "slave" } as const;

/**
 * Registers what is counted of the events in the life of a Redis.
 *
 * @param rotatedSubjects - Those that are watched: they are counted from zero on, so that the first one is an increase.
 */
export function registerEventMetrics(
  registry: Registry,
  rotatedSubjects: readonly RotatedSubjectName[],
): RedisEventObserver & RotationObserver {
  const registers = [registry];
  const roleChanges = new Counter({
    name: "instance_manager_role_changes_total",
    help: "How often Redis was seen in another role than before, whoever changed it, by the new role.",
    labelNames: ["to"],
    registers,
  });
  const restarts = new Counter({
    name: "instance_manager_redis_restarts_total",
    help: "How often another redis-server process than before was seen since the agent started.",
    registers,
  });
  const rotations = new Counter({
    name: "instance_manager_rotations_total",
    help: "Changed password, TLS and ACL files: applied to Redis, refused as unfit, or failed and tried again.",
    labelNames: ["subject", "outcome"],
    registers,
  });
  for (const to of Object.values(roleLabels)) roleChanges.inc({ to }, 0);
  for (const subject of rotatedSubjects) {
    for (const outcome of rotationOutcomes) rotations.inc({ subject, outcome }, 0);
  }
  return {
    roleChanged: (to) => roleChanges.inc({ to: roleLabels[to] }),
    redisRestarted: () => restarts.inc(),
    rotated: (subject, outcome) => rotations.inc({ subject, outcome }),
  };
}
