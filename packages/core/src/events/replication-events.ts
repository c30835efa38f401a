import { formatHostPort } from "../host-port.ts";
import type { Logger } from "../logger.ts";
import { isOwnAddress, type OwnAddress } from "../replication/own-address.ts";
import type { ConnectedReplica, ReplicaStatus, ReplicationStatus } from "../replication/status.ts";

/** What {@link createReplicationEvents} needs. */
export interface ReplicationEventsDeps {
  readonly own: OwnAddress;
  readonly observer: { roleChanged(to: ReplicationStatus["role"]): void };
  readonly logger: Logger;
  readonly now: () => number;
}

interface Since<State> {
  readonly state: State;
  readonly at: number;
}

/**
 * Creates a listener to replication statuses that logs each change once, with its numbers: the role, a replica's link, whom it
 * follows and its full sync, a primary's replicas.
 *
 * A Redis that follows itself waits to be told its role, as every one in a cluster does at its start: that is no change.
 */
export function createReplicationEvents(deps: ReplicationEventsDeps): (status: ReplicationStatus) => void {
  const { own, observer, logger } = deps;
  const now = () => Math.round(deps.now());
  let last: ReplicationStatus | undefined;
  let link: Since<ReplicaStatus["link"]> | undefined;
  let syncSince: number | undefined;
  let replicas: ReadonlyMap<string, Since<ConnectedReplica>> = new Map();

  function noteRole(status: ReplicationStatus): void {
    if (last === undefined || last.role === status.role) return;
    logger.info(
      {
        from: last.role,
        to: status.role,
        offsetBytesBefore: last.offsetBytes,
        offsetBytes: status.offsetBytes,
        replicationIdBefore: last.replicationId,
        replicationId: status.replicationId,
      },
      "role changed",
    );
    observer.roleChanged(status.role);
  }

  function noteLink(status: ReplicaStatus): void {
    const { offsetBytes } = status;
    const primary = nameOf(status.primary);
    if (last?.role === "replica" && nameOf(last.primary) !== primary) {
      logger.info(
        { primaryBefore: nameOf(last.primary), primary, offsetBytes },
        "another primary is followed",
      );
    }
    if (link?.state === status.link) return;
    const lastedMs = link && now() - link.at;
    if (status.link === "up") logger.info({ primary, offsetBytes, downForMs: lastedMs }, "link up");
    else if (link !== undefined) logger.info({ primary, offsetBytes, upForMs: lastedMs }, "link down");
    link = { state: status.link, at: now() };
  }

  function noteSync(status: ReplicaStatus): void {
    const { offsetBytes, syncInProgress } = status;
    const primary = nameOf(status.primary);
    if (syncInProgress && syncSince === undefined) {
      syncSince = now();
      logger.info({ primary, offsetBytes }, "full sync begun");
    } else if (!syncInProgress && syncSince !== undefined) {
      logger.info(
        { primary, offsetBytes, link: status.link, durationMs: now() - syncSince },
        "full sync ended",
      );
      syncSince = undefined;
    }
  }

  function noteReplicas(current: readonly ConnectedReplica[]): void {
    const seen = new Map<string, Since<ConnectedReplica>>();
    for (const replica of current) {
      const name = nameOf(replica);
      const before = replicas.get(name);
      const { state, offsetBytes, lagBytes } = replica;
      if (before === undefined) {
        // No numbers: a new connection has acknowledged nothing yet.
        logger.info({ replica: name, state }, "replica connected");
      } else if (before.state.state !== "online" && state === "online") {
        logger.info(
          { replica: name, offsetBytes, lagBytes, durationMs: now() - before.at },
          "replica synced in full",
        );
      }
      seen.set(name, { state: replica, at: before?.at ?? now() });
    }
    for (const [name, { state }] of replicas) {
      const { offsetBytes, lagBytes } = state;
      if (!seen.has(name)) logger.info({ replica: name, offsetBytes, lagBytes }, "replica gone");
    }
    replicas = seen;
  }

  return (status) => {
    if (status.role === "replica" && isOwnAddress(status.primary, own)) return;
    noteRole(status);
    if (status.role === "replica") {
      noteLink(status);
      noteSync(status);
      replicas = new Map();
    } else {
      noteReplicas(status.replicas);
      link = undefined;
      syncSince = undefined;
    }
    last = status;
  };
}

function nameOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return formatHostPort(host, port);
}
