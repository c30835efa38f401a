import * as z from "zod";

const variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }) }).optional(),
});

const probe = z.object({
  httpGet: z.object({ path: z.string() }),
  periodSeconds: z.number(),
  timeoutSeconds: z.number(),
  failureThreshold: z.number().default(3),
});

const container = z.object({
  name: z.string(),
  livenessProbe: probe,
  readinessProbe: probe,
  env: z.array(variable),
  volumeMounts: z.array(
    z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().default(false) }),
  ),
});

const volume = z.object({
  name: z.string(),
  configMap: z.object({ name: z.string() }).optional(),
  secret: z.object({ secretName: z.string(), optional: z.boolean().default(false) }).optional(),
});

/** As much of a StatefulSet as it takes to run its pods as processes. */
export const statefulSet = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    replicas: z.number(),
    serviceName: z.string(),
    template: z.object({
      spec: z.object({
        terminationGracePeriodSeconds: z.number(),
        containers: z.array(container),
        volumes: z.array(volume),
      }),
    }),
  }),
});

/** A StatefulSet, see {@link statefulSet}. */
export type StatefulSet = z.output<typeof statefulSet>;
/** One of its containers. */
export type Container = z.output<typeof container>;
/** How the kubelet asks a container. */
export type HttpProbe = z.output<typeof probe>;
/** One of its volumes; a claim of `volumeClaimTemplates` is none of these. */
export type Volume = z.output<typeof volume>;

/** A ConfigMap. */
export const configMap = z.object({
  metadata: z.object({ name: z.string() }),
  data: z.record(z.string(), z.string()),
});
