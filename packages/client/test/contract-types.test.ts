import { expectTypeOf, it } from "vitest";
import type * as z from "zod";
import type * as contract from "../src/contract/index.ts";

type Output<Schema extends keyof typeof contract> = z.output<(typeof contract)[Schema]>;
type Input<Schema extends keyof typeof contract> = z.input<(typeof contract)[Schema]>;

// What runs here proves nothing: tsc does.
it("has types that are what its schemas read", () => {
  expectTypeOf<contract.InstanceStatus>().toExtend<Output<"instanceStatusSchema">>();
  expectTypeOf<Output<"instanceStatusSchema">>().toExtend<contract.InstanceStatus>();
  expectTypeOf<contract.LivenessReport>().toExtend<Output<"livenessReportSchema">>();
  expectTypeOf<Output<"livenessReportSchema">>().toExtend<contract.LivenessReport>();
  expectTypeOf<contract.FailsafeView>().toExtend<Output<"failsafeViewSchema">>();
  expectTypeOf<Output<"failsafeViewSchema">>().toExtend<contract.FailsafeView>();
  expectTypeOf<Input<"backupRequestSchema">>().toExtend<contract.BackupRequest>();
  expectTypeOf<contract.BackupResult>().toExtend<Output<"backupResultSchema">>();
  expectTypeOf<Output<"backupResultSchema">>().toExtend<contract.BackupResult>();
  expectTypeOf<contract.BackupJob>().toExtend<Output<"backupJobSchema">>();
  expectTypeOf<Output<"backupJobSchema">>().toExtend<contract.BackupJob>();
  expectTypeOf<Input<"pruneRequestSchema">>().toExtend<contract.PruneRequest>();
  expectTypeOf<contract.PruneResult>().toExtend<Output<"pruneResultSchema">>();
  expectTypeOf<Output<"pruneResultSchema">>().toExtend<contract.PruneResult>();
  expectTypeOf<contract.PromoteRequest>().toExtend<Output<"promoteQuerySchema">>();
  expectTypeOf<Output<"promoteQuerySchema">>().toExtend<contract.PromoteRequest>();
  expectTypeOf<contract.DemoteRequest>().toExtend<Output<"demoteQuerySchema">>();
  expectTypeOf<Output<"demoteQuerySchema">>().toExtend<contract.DemoteRequest>();
  expectTypeOf<contract.ErrorBody>().toExtend<Output<"errorBodySchema">>();
  expectTypeOf<Output<"errorBodySchema">>().toExtend<contract.ErrorBody>();
});
