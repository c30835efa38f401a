import { ofCluster, ofPods, type Panel, perPod, type Row } from "./panel.ts";

const figures: readonly Panel[] = [
  {
    title: "Primary",
    description:
      "The instances that call themselves primary: one. Two for longer than a switchover are a split brain.",
    unit: "none",
    kind: "stat",
    width: 6,
    queries: [{ expr: `max by (pod) (redis_up{${ofCluster}, role="master"} == 1)`, legend: "{{pod}}" }],
    states: { 1: ["primary", "blue"] },
  },
  {
    title: "Instances up",
    description: "Instances whose Redis answers.",
    unit: "none",
    kind: "stat",
    width: 3,
    queries: [{ expr: `count(max by (pod) (redis_up{${ofCluster}}) == 1) or vector(0)`, legend: "up" }],
  },
  {
    title: "Instances scraped",
    description: "Instances whose manager answers Prometheus.",
    unit: "none",
    kind: "stat",
    width: 3,
    queries: [
      {
        expr: `count(up{job="redis-instance-manager", ${ofCluster}} == 1) or vector(0)`,
        legend: "scraped",
      },
    ],
  },
  {
    title: "Fenced",
    description: "Instances that the annotation redis.io/fencedInstances keeps down.",
    unit: "none",
    kind: "stat",
    width: 3,
    queries: [{ expr: `sum(max by (pod) (redis_fenced{${ofCluster}}))`, legend: "fenced" }],
  },
  {
    title: "Isolated",
    description: "Primaries that reach neither the API server nor any peer.",
    unit: "none",
    kind: "stat",
    width: 3,
    queries: [
      { expr: `sum(max by (pod) (instance_manager_primary_isolated{${ofCluster}}))`, legend: "isolated" },
    ],
  },
  {
    title: "Alerts firing",
    description: "Alerts of this cluster.",
    unit: "none",
    kind: "stat",
    width: 3,
    queries: [{ expr: `count(ALERTS{alertstate="firing", ${ofCluster}}) or vector(0)`, legend: "firing" }],
  },
  {
    title: "Data",
    description: "Keys of the primary, all databases together.",
    unit: "short",
    kind: "stat",
    width: 3,
    queries: [
      {
        expr: `sum(redis_db_keys{${ofCluster}} and on (namespace, cluster, pod) redis_up{role="master"} == 1)`,
        legend: "keys",
      },
    ],
  },
];

const histories: readonly Panel[] = [
  {
    title: "Roles",
    description:
      "What each instance was, and when that changed. Down: Redis did not answer. A gap: the manager was not scraped.",
    unit: "none",
    kind: "state-timeline",
    width: 12,
    queries: [
      {
        expr: `2 * max by (pod) (redis_up{${ofPods}, role="master"}) or max by (pod) (redis_up{${ofPods}})`,
        legend: "{{pod}}",
      },
    ],
    states: { 0: ["down", "red"], 1: ["replica", "green"], 2: ["primary", "blue"] },
  },
  {
    title: "Fenced, isolated, writes held",
    description: "States in which an instance takes no writes, or should not.",
    unit: "none",
    kind: "state-timeline",
    width: 12,
    queries: [
      { expr: perPod("redis_fenced"), legend: "{{pod}} fenced" },
      { expr: perPod("instance_manager_primary_isolated"), legend: "{{pod}} isolated" },
      {
        expr: perPod("instance_manager_writes_held"),
        legend: "{{pod}} holds writes",
        emptyInHealth: "only with SELF_FENCING_ENABLED",
      },
    ],
    states: { 0: ["no", "green"], 1: ["yes", "red"] },
  },
  {
    title: "Role changes",
    description:
      "Changes of role within 5 minutes, whoever made them: the operator, a Sentinel, the manager.",
    unit: "none",
    queries: [
      {
        expr: `sum by (pod, to) (increase(instance_manager_role_changes_total{${ofPods}}[5m]))`,
        legend: "{{pod}} to {{to}}",
      },
    ],
  },
  {
    title: "Uptime of Redis",
    description: "A line that falls to zero is a restart.",
    unit: "s",
    queries: [{ expr: perPod("redis_uptime_seconds"), legend: "{{pod}}" }],
  },
  {
    title: "Versions of Redis",
    description: "Which server runs in each pod, and what it evicts when it is full.",
    unit: "none",
    kind: "table",
    width: 4,
    queries: [
      {
        expr: `group by (pod, server, version, maxmemory_policy) (redis_instance_info{${ofPods}})`,
        legend: "",
      },
    ],
  },
  {
    title: "Versions of the managers",
    description: "Which manager runs in each pod, on which Node.js.",
    unit: "none",
    kind: "table",
    width: 4,
    queries: [{ expr: `group by (pod, version, node) (instance_manager_build_info{${ofPods}})`, legend: "" }],
  },
];

/** What the cluster is at this moment, and what it was. */
export const overview: Row = { title: "Overview", panels: [...figures, ...histories] };
