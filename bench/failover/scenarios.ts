/** One way to lose a primary, and the settings that meet it. */
export interface Scenario {
  readonly name: string;
  /** How long the container is down, in milliseconds; `undefined`: until the failover is over. */
  readonly downMs: number | undefined;
  /** Variables of the operator. */
  readonly operator: Readonly<Record<string, string>>;
  /** Variables of the managers. */
  readonly managers: Readonly<Record<string, string>>;
  /** `spec.redis`. */
  readonly directives: Readonly<Record<string, string>>;
  /** How many replicas have to confirm a write (`WAIT`). */
  readonly replicas: number;
}

const quick = { POLL_INTERVAL: "250ms", POLL_TIMEOUT: "500ms", LOST_AFTER: "1s" };

const selfFencing = { SELF_FENCING_ENABLED: "true" };

const quickSelfFencing = {
  ...selfFencing,
  PRIMARY_ISOLATION_CHECK_INTERVAL: "1s",
  PRIMARY_ISOLATION_API_SERVER_TIMEOUT: "1s",
  PRIMARY_ISOLATION_PEER_TIMEOUT: "1s",
};

// The kubelet waits ten seconds before the second restart, and needs some more to start anything.
const someSeconds = 5_000;

const asIs = { operator: {}, managers: {}, directives: {}, replicas: 0, downMs: someSeconds };

/** In the order in which they are measured. */
export const scenarios: readonly Scenario[] = [
  { ...asIs, name: "container restarted at once", downMs: 0 },
  { ...asIs, name: "container restarted after 5 s" },
  { ...asIs, name: "the same, `WAIT 1` after each write", replicas: 1 },
  {
    ...asIs,
    name: "the same, `min-replicas-to-write 1`",
    directives: { "min-replicas-to-write": "1", "min-replicas-max-lag": "10" },
  },
  {
    ...asIs,
    name: "pod stays away, self-fencing",
    downMs: undefined,
    operator: { SELF_FENCED_AFTER: "10s" },
    managers: selfFencing,
  },
  {
    ...asIs,
    name: "pod stays away, self-fencing, quick",
    downMs: undefined,
    operator: { ...quick, SELF_FENCED_AFTER: "2s" },
    managers: quickSelfFencing,
  },
];
