import { demoteQuerySchema, promoteQuerySchema, successTexts } from "@redis-operator/client/contract";
import { type Operations, redisCodes, requestIdHeader } from "./operation.ts";

const primary = {
  role: "master",
  replicationOffset: 5000,
  connectedReplicas: 1,
  connected: true,
  replicationId: "8f3cd2a1b6e4f7098c5d1a2b3c4d5e6f70819a2b",
  observedAt: "2026-11-22T03:00:00.000Z",
  fenced: false,
  replicas: [{ host: "10.0.0.8", port: 6379, state: "online", offset: 4986, lagBytes: 14, lagSeconds: 0 }],
};

const replica = {
  role: "slave",
  replicationOffset: 4986,
  connectedReplicas: 0,
  masterLinkStatus: "up",
  connected: true,
  replicationId: "8f3cd2a1b6e4f7098c5d1a2b3c4d5e6f70819a2b",
  observedAt: "2026-11-22T03:00:00.000Z",
  fenced: false,
  primary: { host: "10.0.0.7", port: 6379 },
  lastIoSecondsAgo: 1,
  syncInProgress: false,
};

/** Role and replication of one instance. */
export const replicationOperations = {
  status: {
    tag: "replication",
    summary: "Role, offset, link, replicas",
    description: "Read from Redis now. `role` tells which of the two forms it is.",
    replies: [
      {
        status: 200,
        description: "The status.",
        json: { component: "InstanceStatus", example: primary },
      },
    ],
    errors: {
      form: "json",
      codes: [...redisCodes, "INSTANCE_FENCED"],
      // Elsewhere a conflict; here there is nothing to read from.
      statuses: { INSTANCE_FENCED: 503 },
    },
    curl: "curl -sS http://$POD_IP:8080/v1/status",
  },
  promote: {
    tag: "replication",
    summary: "Make it a primary",
    description:
      "`REPLICAOF NO ONE`, then the role is read back. A primary stays one, so that the call may be repeated. The preconditions must hold, " +
      "or nothing is done; a parameter that isn't known is refused. A promotion that would lose the data set is refused unless forced.",
    query: { schema: promoteQuerySchema, constant: "promoteQuerySchema" },
    headers: [requestIdHeader],
    replies: [
      {
        status: 200,
        description: "A primary now. With `Accept: application/json` its status after the change.",
        text: [successTexts.promote],
        json: { component: "InstanceStatus", example: { ...primary, connectedReplicas: 0, replicas: [] } },
      },
    ],
    errors: {
      form: "json",
      codes: [
        "INVALID_REQUEST",
        "PAYLOAD_TOO_LARGE",
        "ROLE_CHANGE_IN_PROGRESS",
        "INSTANCE_FENCED",
        "PRECONDITION_UNMET",
        "PROMOTE_UNSAFE",
        "PROMOTE_FAILED",
      ],
    },
    curl: `curl -sS -X POST -H 'Accept: application/json' "http://$POD_IP:8080/v1/promote?minOffset=0"`,
  },
  demote: {
    tag: "replication",
    summary: "Make it a replica of another instance",
    description:
      "`REPLICAOF <primaryIP> <port>`, then role and primary are read back. Idempotent. The link comes up on its own. The instance that is to " +
      "be followed is asked whether it is a primary; one that doesn't answer may be followed.",
    query: { schema: demoteQuerySchema, constant: "demoteQuerySchema" },
    headers: [requestIdHeader],
    replies: [
      {
        status: 200,
        description: "A replica now. With `Accept: application/json` its status after the change.",
        text: [successTexts.demote],
        json: { component: "InstanceStatus", example: replica },
      },
    ],
    errors: {
      form: "json",
      codes: [
        "INVALID_REQUEST",
        "DEMOTE_TARGET_IS_SELF",
        "PAYLOAD_TOO_LARGE",
        "ROLE_CHANGE_IN_PROGRESS",
        "INSTANCE_FENCED",
        "DEMOTE_TARGET_NOT_PRIMARY",
        "DEMOTE_FAILED",
      ],
    },
    curl: `curl -sS -X POST -H 'Accept: application/json' "http://$POD_IP:8080/v1/demote?primaryIP=$PRIMARY_IP&port=6379"`,
  },
} as const satisfies Pick<Operations, "demote" | "promote" | "status">;
