import {
  backupJobListSchema,
  backupJobSchema,
  backupRequestSchema,
  backupResultSchema,
  errorBodySchema,
  failsafeViewSchema,
  instanceStatusSchema,
  livenessReportSchema,
  pruneRequestSchema,
  pruneResultSchema,
  s3DestinationSchema,
} from "@redis-operator/client/contract";
import * as z from "zod";
import { describeFields, type JsonSchema, toOpenSchema } from "./json-schema.ts";
import type { Docstrings } from "./docstrings.ts";

/** A schema of the contract under a name of its own. */
interface Component {
  readonly schema: z.ZodType;
  /** The constant whose docstrings describe it. */
  readonly constant: string;
}

const [primaryStatus, replicaStatus] = instanceStatusSchema.options;
const [running, succeeded, failed, cancelled] = backupJobSchema.options;

/** What a manager reads. */
const requestComponents = {
  BackupRequest: { schema: backupRequestSchema, constant: "backupRequestSchema" },
  PruneRequest: { schema: pruneRequestSchema, constant: "pruneRequestSchema" },
  Destination: { schema: backupRequestSchema.shape.destination, constant: "destinationSchema" },
  S3Destination: { schema: s3DestinationSchema, constant: "s3Fields" },
} as const satisfies Readonly<Record<string, Component>>;

/** What a manager answers. */
const replyComponents = {
  InstanceStatus: { schema: instanceStatusSchema, constant: "instanceStatusSchema" },
  PrimaryStatus: { schema: primaryStatus, constant: "primaryStatusSchema" },
  ReplicaStatus: { schema: replicaStatus, constant: "replicaStatusSchema" },
  Replica: { schema: primaryStatus.shape.replicas.unwrap().element, constant: "replicaSchema" },
  LivenessReport: { schema: livenessReportSchema, constant: "livenessReportSchema" },
  LivenessCheck: { schema: livenessReportSchema.shape.checks.element, constant: "livenessCheckSchema" },
  FailsafeView: { schema: failsafeViewSchema, constant: "failsafeViewSchema" },
  BackupResult: { schema: backupResultSchema, constant: "backupResultSchema" },
  BackupJob: { schema: backupJobSchema, constant: "backupJobSchema" },
  RunningBackupJob: { schema: running, constant: "runningJobSchema" },
  SucceededBackupJob: { schema: succeeded, constant: "succeededJobSchema" },
  FailedBackupJob: { schema: failed, constant: "failedJobSchema" },
  CancelledBackupJob: { schema: cancelled, constant: "cancelledJobSchema" },
  BackupProgress: { schema: running.shape.progress, constant: "progressSchema" },
  BackupJobList: { schema: backupJobListSchema, constant: "backupJobListSchema" },
  PruneResult: { schema: pruneResultSchema, constant: "pruneResultSchema" },
  Error: { schema: errorBodySchema, constant: "errorBodySchema" },
  ErrorDetail: { schema: errorBodySchema.shape.error, constant: "errorBodySchema.error" },
} as const satisfies Readonly<Record<string, Component>>;

/** Whether a component is part of a request's body. */
export function isOfRequest(name: string): boolean {
  return Object.hasOwn(requestComponents, name);
}

/** A name under `#/components/schemas`. */
export type ComponentName = keyof typeof requestComponents | keyof typeof replyComponents;

/** The reference to a component. */
export function refTo(name: ComponentName): { readonly $ref: string } {
  return { $ref: toUri(name) };
}

/** Every schema of the contract's bodies as JSON Schema 2020-12, described by its docstrings. */
export function toComponents(docstrings: Docstrings): Readonly<Record<string, JsonSchema>> {
  return {
    ...toSchemas(requestComponents, { io: "input", docstrings }),
    ...toSchemas(replyComponents, { io: "output", docstrings }),
  };
}

function toSchemas(
  components: Readonly<Record<string, Component>>,
  { io, docstrings }: { readonly io: "input" | "output"; readonly docstrings: Docstrings },
): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ readonly id: string }>();
  for (const [id, { schema }] of Object.entries(components)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io, uri: toUri, unrepresentable: "any" });
  return Object.fromEntries(
    Object.entries(components).map(([id, { schema, constant }]) => {
      const described = describeFields(toOpenSchema(schemas[id]), { constant, docstrings });
      return [id, { ...described, ...toDiscriminator(schema, components) }];
    }),
  );
}

/** Which variant a value is of: what generators of clients go by. */
function toDiscriminator(schema: z.ZodType, components: Readonly<Record<string, Component>>) {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return {};
  const propertyName = schema.def.discriminator;
  const variants = Object.entries(components).flatMap(([id, component]) => {
    if (!schema.options.includes(component.schema) || !(component.schema instanceof z.ZodObject)) return [];
    const literal: unknown = component.schema.shape[propertyName];
    return literal instanceof z.ZodLiteral ? [[String(literal.value), toUri(id)] as const] : [];
  });
  return { discriminator: { propertyName, mapping: Object.fromEntries(variants) } };
}

function toUri(name: string): string {
  return `#/components/schemas/${name}`;
}
