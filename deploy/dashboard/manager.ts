import { ofPods, perPod, rateOf, type Row } from "./panel.ts";

/** What the managers do, and what they cost. */
export const manager: Row = {
  title: "Instance managers",
  panels: [
    {
      title: "CPU",
      description: "Cores in use by each manager; the process of a running backup is not counted.",
      unit: "short",
      queries: [{ expr: rateOf("process_cpu_seconds_total", { by: "pod" }), legend: "{{pod}}" }],
    },
    {
      title: "Memory",
      description: "Resident memory of each manager.",
      unit: "bytes",
      queries: [{ expr: perPod("process_resident_memory_bytes"), legend: "{{pod}}" }],
    },
    {
      title: "Event loop",
      description: "Share of the time in which the manager was busy.",
      unit: "percentunit",
      queries: [{ expr: rateOf("nodejs_eventloop_active_seconds_total", { by: "pod" }), legend: "{{pod}}" }],
    },
    {
      title: "Requests",
      description: "Requests to the API by route and status, probes and scrapes included.",
      unit: "reqps",
      queries: [
        {
          expr: rateOf("instance_manager_http_requests_total", { by: "route, method, status" }),
          legend: "{{method}} {{route}} {{status}}",
        },
      ],
    },
    {
      title: "Duration of requests, 99th percentile",
      description: "By route. A backup takes as long as it takes; a probe that takes 0.1 s is worth a look.",
      unit: "s",
      queries: [
        {
          expr: `histogram_quantile(0.99, ${rateOf("instance_manager_http_request_duration_seconds_bucket", { by: "route, le" })})`,
          legend: "{{route}}",
        },
      ],
    },
    {
      title: "Duration of a scrape",
      description:
        "What the last scrape took to read Redis, by stage. Prometheus adds the network: scrape_duration_seconds.",
      unit: "s",
      queries: [
        {
          expr: `max by (pod, stage) (instance_manager_scrape_duration_seconds{${ofPods}})`,
          legend: "{{pod}} {{stage}}",
        },
        {
          expr: `max by (pod) (scrape_duration_seconds{job="redis-instance-manager", ${ofPods}})`,
          legend: "{{pod}} as Prometheus sees it",
        },
      ],
    },
    {
      title: "Size of a scrape",
      description: "Series that Prometheus takes from each instance.",
      unit: "short",
      queries: [
        {
          expr: `max by (pod) (scrape_samples_scraped{job="redis-instance-manager", ${ofPods}})`,
          legend: "{{pod}}",
        },
      ],
    },
    {
      title: "Scrape errors",
      description: "Reads of Redis for metrics that failed, by stage and code.",
      unit: "ops",
      queries: [
        {
          expr: rateOf("instance_manager_scrape_errors_total", { by: "pod, stage, code" }),
          legend: "{{pod}} {{stage}} {{code}}",
          emptyInHealth: "no scrape fails",
        },
      ],
    },
    {
      title: "API server and peers",
      description:
        "Whether they answered the last isolation check. The API server is asked only when no peer answers.",
      unit: "none",
      kind: "state-timeline",
      queries: [
        { expr: perPod("instance_manager_peers_reachable"), legend: "{{pod}} peers" },
        {
          expr: perPod("instance_manager_api_server_reachable"),
          legend: "{{pod}} API server",
          emptyInHealth: "a peer answers first",
        },
      ],
      states: { 0: ["silent", "red"], 1: ["answers", "green"] },
    },
    {
      title: "Isolation checks",
      description: "Checks of a primary, by what they found.",
      unit: "ops",
      queries: [
        {
          expr: rateOf("instance_manager_isolation_checks_total", { by: "pod, outcome" }),
          legend: "{{pod}} {{outcome}}",
        },
      ],
    },
    {
      title: "Age of what is known of the RedisCluster",
      description: "Since the API server last confirmed it. Under 3 minutes while it answers.",
      unit: "s",
      queries: [
        {
          expr: `time() - ${perPod("instance_manager_cluster_observed_timestamp_seconds")}`,
          legend: "{{pod}}",
        },
      ],
    },
    {
      title: "Rotations",
      description: "Changed passwords, certificates and users, within the hour.",
      unit: "none",
      queries: [
        {
          expr: `sum by (pod, subject, outcome) (increase(instance_manager_rotations_total{${ofPods}}[1h]))`,
          legend: "{{pod}} {{subject}} {{outcome}}",
          emptyInHealth: "only where a password, TLS or ACL file is configured",
        },
      ],
    },
    {
      title: "Restarts of Redis",
      description:
        "Seen by a manager that stayed, within the hour: an attached Redis, or a fence that was lifted.",
      unit: "none",
      queries: [
        {
          expr: `sum by (pod) (increase(instance_manager_redis_restarts_total{${ofPods}}[1h]))`,
          legend: "{{pod}}",
        },
      ],
    },
    {
      title: "Open files",
      description: "Descriptors that the manager holds.",
      unit: "short",
      queries: [{ expr: perPod("process_open_fds"), legend: "{{pod}}" }],
    },
    {
      title: "Heap",
      description: "JavaScript heap in use by each manager.",
      unit: "bytes",
      queries: [{ expr: perPod("nodejs_heap_size_used_bytes"), legend: "{{pod}}" }],
    },
  ],
};
