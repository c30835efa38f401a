import type { DataVolumeUsage } from "./data-volume.ts";
import type { StateGauge } from "./state-gauges.ts";

/** Gauges of the volume that Redis' data lies on; absent where it could not be looked at in time. */
export const dataVolumeGauges: readonly StateGauge<DataVolumeUsage | undefined>[] = [
  {
    name: "instance_manager_data_volume_size_bytes",
    help: "Size of the file system that holds Redis' working directory.",
    read: (usage) => usage?.sizeBytes,
  },
  {
    name: "instance_manager_data_volume_available_bytes",
    help: "Bytes that may still be written to the file system of Redis' working directory without being root.",
    read: (usage) => usage?.availableBytes,
  },
  {
    name: "instance_manager_rdb_file_size_bytes",
    help: "Size of Redis' RDB file as it stands; absent if there is none.",
    read: (usage) => usage?.snapshotSizeBytes,
  },
];
