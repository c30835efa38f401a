import type { KubernetesApi } from "./api.ts";
import { type ObserverPace, spread } from "./observer-pace.ts";
import type { WatchEvent } from "./watch-event.ts";

/** From where a watch goes on; without a version it begins with the state at that moment. */
export interface WatchPosition {
  readonly resourceVersion: string | undefined;
}

/** What {@link watchResource} needs. */
export interface WatchResourceOptions {
  readonly from: WatchPosition;
  readonly path: (query: Readonly<Record<string, string>>) => string;
  readonly pace: ObserverPace;
  readonly signal: AbortSignal;
  readonly onOpen: () => void;
  readonly onEvent: (event: WatchEvent) => void;
}

/**
 * Watches a resource until the API server ends the watch (`ended`), or no event, bookmarks included, has come for so
 * long that it may never come (`silent`): the connection is half-open, or what answers doesn't tell of changes.
 *
 * @throws InstanceError as {@link KubernetesApi.watch}.
 */
export async function watchResource(
  api: KubernetesApi,
  { from, path, pace, signal, onOpen, onEvent }: WatchResourceOptions,
): Promise<"ended" | "silent"> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const watchMs = spread(pace.watchMs, Math.random());
  const query = {
    watch: "1",
    allowWatchBookmarks: "true",
    timeoutSeconds: String(Math.max(1, Math.round(watchMs / 1_000))),
    ...(from.resourceVersion !== undefined && { resourceVersion: from.resourceVersion }),
  };
  try {
    await api.watch(path(query), {
      timeoutMs: pace.requestTimeoutMs,
      // One that goes on beyond what was asked for ends here.
      bodyTimeoutMs: watchMs + pace.silenceMs,
      signal: AbortSignal.any([signal, silence.signal]),
      onOpen() {
        timer = setTimeout(() => silence.abort(), pace.silenceMs).unref();
        onOpen();
      },
      onEvent(event) {
        timer?.refresh();
        onEvent(event);
      },
    });
    return "ended";
  } catch (error) {
    if (silence.signal.aborted && !signal.aborted) return "silent";
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
