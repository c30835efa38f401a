import { stringify } from "yaml";
import { readRuleFiles } from "./rule-files.ts";

/** What a scrape of one pod finds. `unreachable`: Prometheus gets no answer. `absent`: there is no such pod. */
export type PodState = "primary" | "replica" | "redis-down" | "unreachable" | "absent";

/** A pod at one moment. */
export interface PodMoment {
  readonly state: PodState;
  /** A pod that comes back has another one. */
  readonly ip: string;
  /** When the manager and its Redis started, in seconds. */
  readonly startedAt: number;
}

/** How a cluster goes through an hour: its pods by name, at each of the scrapes, which are 30 s apart. */
export type Scenario = (scrape: number) => Readonly<Record<string, PodMoment>>;

const scrapes = 121;
const intervalSeconds = 30;

/** Writes a scenario as a test of promtool that expects no alert to fire at any time. */
export function expectQuiet(scenario: Scenario): string {
  const moments = Array.from({ length: scrapes }, (_, scrape) => samplesOf(scenario(scrape), scrape));
  const names = new Set(moments.flatMap((samples) => [...samples.keys()]));
  return stringify({
    rule_files: readRuleFiles().map(({ name }) => name),
    evaluation_interval: `${intervalSeconds}s`,
    tests: [
      {
        interval: `${intervalSeconds}s`,
        input_series: [...names].map((series) => ({
          series,
          values: writeValues(moments.map((samples) => samples.get(series))),
        })),
        promql_expr_test: [
          {
            expr: 'count by (alertname, cluster, pod) (last_over_time(ALERTS{alertstate="firing"}[1h]))',
            eval_time: "1h",
          },
        ],
      },
    ],
  });
}

// As Prometheus stores it: what a scrape doesn't find any more is marked as gone at once.
function writeValues(values: readonly (number | undefined)[]): string {
  return values.map((value, index) => value ?? (values[index - 1] === undefined ? "_" : "stale")).join(" ");
}

function samplesOf(pods: Readonly<Record<string, PodMoment>>, scrape: number): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  const present = Object.entries(pods).filter(([, { state }]) => state !== "absent");
  const replicas = present.filter(([, { state }]) => state === "replica").length;
  const hasPrimary = present.some(([, { state }]) => state === "primary");
  for (const [pod, moment] of present) {
    const labels = `job="redis-instance-manager",namespace="shop",cluster="orders",pod="${pod}",instance="${moment.ip}:8080"`;
    const isAnswering = moment.state !== "unreachable";
    samples.set(`up{${labels}}`, isAnswering ? 1 : 0);
    if (!isAnswering) continue;
    const own = { peers: present.length - 1, replicas, hasPrimary, seconds: scrape * intervalSeconds };
    for (const [name, value] of Object.entries(metricsOf(moment, own))) {
      const [metric, more = ""] = name.split("|");
      samples.set(`${metric}{${labels}${more === "" ? "" : `,${more}`}}`, value);
    }
  }
  return samples;
}

function metricsOf(
  { state, startedAt }: PodMoment,
  around: {
    readonly peers: number;
    readonly replicas: number;
    readonly hasPrimary: boolean;
    readonly seconds: number;
  },
): Readonly<Record<string, number>> {
  const { peers, replicas, hasPrimary, seconds } = around;
  const ofManager = {
    redis_fenced: 0,
    process_start_time_seconds: startedAt,
    instance_manager_peers: peers,
    instance_manager_primary_isolated: 0,
    instance_manager_writes_held: 0,
    instance_manager_redis_restarts_total: 0,
    instance_manager_cluster_observed_timestamp_seconds: seconds,
    instance_manager_data_volume_size_bytes: 10e9,
    instance_manager_data_volume_available_bytes: 8e9,
    instance_manager_rdb_file_size_bytes: 1e9,
    'instance_manager_scrape_errors_total|stage="info",code="REDIS_UNREACHABLE"': 0,
  };
  if (state === "redis-down") return { ...ofManager, redis_up: 0 };
  const role = state === "primary" ? 'role="master"' : 'role="slave"';
  return {
    ...ofManager,
    [`redis_up|${role}`]: 1,
    [`redis_instance_info|${role},maxmemory_policy="noeviction"`]: 1,
    [`redis_connected_replicas|${role}`]: state === "primary" ? replicas : 0,
    [`redis_sync_full_total|${role}`]: state === "primary" ? replicas : 0,
    [`redis_repl_backlog_size_bytes|${role}`]: 1_048_576,
    ...(state === "replica" && {
      [`redis_master_link_up|${role}`]: hasPrimary ? 1 : 0,
      [`redis_master_sync_in_progress|${role}`]: 0,
    }),
    redis_used_memory_bytes: 1e9,
    redis_used_memory_dataset_bytes: 9e8,
    redis_mem_not_counted_for_evict_bytes: 0,
    redis_maxmemory_bytes: 4e9,
    redis_connected_clients: 10,
    redis_maxclients: 10_000,
    redis_rejected_connections_total: 0,
    redis_rdb_last_bgsave_success: 1,
    redis_aof_last_write_success: 1,
    redis_aof_last_rewrite_success: 1,
    redis_unexpected_error_replies_total: 0,
  };
}
