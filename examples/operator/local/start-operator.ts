import { fileURLToPath } from "node:url";
import { type RedisClusterOnHost, type RunningProcess, startProcess } from "@redis-operator/testbed";
import * as z from "zod";

/** An operator as a process of its own. */
export interface OperatorProcess extends AsyncDisposable {
  readonly process: RunningProcess;
  /** Its log so far. */
  log(): readonly LogLine[];
}

const logLineSchema = z.looseObject({ level: z.string(), time: z.string(), message: z.string() });

/** A line of its log. */
export type LogLine = z.infer<typeof logLineSchema>;

/** What an operator is started with. */
export interface OperatorOptions {
  /** The variables of its README. */
  readonly env?: Readonly<Record<string, string>>;
  /** What stands in the place of a pod's manager, by the pod's name. */
  readonly places?: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
}

/** Starts the operator of a cluster on this machine. */
export async function startOperator(
  { name, api, pods }: RedisClusterOnHost,
  options: OperatorOptions = {},
): Promise<OperatorProcess> {
  const places = pods.map(({ name: pod, host, port, redisPort }) => [
    pod,
    { host, port, redisPort, ...options.places?.[pod] },
  ]);
  const running = await startProcess({
    command: process.execPath,
    args: [fileURLToPath(new URL("./main.ts", import.meta.url))],
    env: {
      PATH: process.env["PATH"],
      CLUSTER_NAME: name,
      KUBERNETES_SERVICE_HOST: api.host,
      KUBERNETES_SERVICE_PORT: String(api.port),
      SERVICE_ACCOUNT_DIR: api.serviceAccountDir,
      NODE_EXTRA_CA_CERTS: api.caFile,
      LOCAL_PODS: JSON.stringify(Object.fromEntries(places)),
      ...options.env,
    },
  });
  return {
    process: running,
    log: () =>
      running
        .output()
        .split("\n")
        .flatMap((line) => (line.startsWith("{") ? [logLineSchema.parse(JSON.parse(line))] : [])),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
