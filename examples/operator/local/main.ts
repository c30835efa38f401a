// The operator beside pods that share one machine: LOCAL_PODS says where each is, which in a cluster their addresses do.
import * as z from "zod";
import { locatePod } from "../src/kubernetes/pods.ts";
import { runOperator } from "../src/operator.ts";
import { readSettings } from "../src/settings.ts";

const places = z
  .record(z.string(), z.object({ host: z.string(), port: z.number(), redisPort: z.number() }))
  .parse(JSON.parse(process.env["LOCAL_PODS"] ?? "{}"));

await runOperator(readSettings(process.env), {
  locate(pod) {
    const { name } = pod.metadata;
    const place = places[name];
    if (place === undefined) return locatePod(pod);
    const { host, port, redisPort } = place;
    return { name, host, port, redis: { host, port: redisPort } };
  },
});
