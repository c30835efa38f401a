import type { ServerResponse } from "node:http";

/** An object as the API server sends it. */
export type ApiObject = Readonly<Record<string, unknown>>;

/** A collection of objects in which each has a name. */
export type Collection = "pods" | "redisclusters";

/** Which objects of a collection: all whose name or labels the selectors ask for. */
export interface Selection {
  readonly collection: Collection;
  readonly labelSelector?: string | null;
  readonly fieldSelector?: string | null;
}

/** Where a watch begins, and whether it is told how far it has come. */
interface WatchStart {
  readonly from: string | null;
  readonly hasBookmarks: boolean;
}

/** Objects with resource versions, and the watches on them. */
export interface KubernetesStore {
  /** The version of the last change. */
  version(): string;
  find(collection: Collection, name: string): ApiObject | undefined;
  list(selection: Selection): readonly ApiObject[];
  /** Puts these objects in place of all others of the collection; each that differs is an event. */
  replaceAll(collection: Collection, objects: ReadonlyMap<string, StoredObject>): void;
  /** Puts one object in place of the one of its name, which has to exist. */
  replace(collection: Collection, name: string, body: ApiObject): void;
  /**
   * Answers with the events from a version on, or with the present objects first and then what follows. A version that
   * was expired is answered with an `ERROR` event of 410.
   */
  watch(response: ServerResponse, selection: Selection & WatchStart): void;
  /** Forgets the changes so far: no watch can go on from before now. */
  expireVersions(): void;
  /** A silent store delivers nothing on open watches until it speaks again. */
  setSilent(isSilent: boolean): void;
  sendBookmarks(): void;
  /** Ends all watches as their timeout does, or without a word. */
  endWatches(how: "end" | "destroy"): void;
  watches(): number;
}

/** An object before it has a version. */
export interface StoredObject {
  readonly labels: string;
  readonly body: ApiObject;
}

interface StoreEvent {
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly collection: Collection;
  readonly name: string;
  readonly labels: string;
  readonly object: ApiObject;
}

interface Watch {
  readonly response: ServerResponse;
  readonly selection: Selection;
  seen: number;
}

/** Creates an empty store. */
export function createKubernetesStore(): KubernetesStore {
  const present = new Map<string, StoreEvent>();
  const watches = new Set<Watch>();
  let log: StoreEvent[] = [];
  let version = 1_000;
  let oldest = version;
  let isSilent = false;

  const ofCollection = (collection: Collection) =>
    [...present.values()].filter((event) => event.collection === collection);

  function record(event: Omit<StoreEvent, "version" | "object"> & { readonly body: ApiObject }): void {
    version += 1;
    const { body, ...rest } = event;
    const recorded = { ...rest, version, object: withVersion(body, { name: event.name, version }) };
    log.push(recorded);
    const key = `${event.collection}/${event.name}`;
    if (event.type === "DELETED") present.delete(key);
    else present.set(key, recorded);
  }

  const bookmark = (metadata: ApiObject = {}) => ({
    metadata: { ...metadata, resourceVersion: String(version) },
  });

  function deliver(): void {
    if (isSilent) return;
    for (const watch of watches) {
      const { seen, selection, response } = watch;
      watch.seen = version;
      for (const event of log) {
        if (event.version > seen && matches(event, selection)) send(response, event.type, event.object);
      }
    }
  }

  return {
    version: () => String(version),
    find: (collection, name) => present.get(`${collection}/${name}`)?.object,
    list: (selection) =>
      ofCollection(selection.collection)
        .filter((event) => matches(event, selection))
        .map(({ object }) => object),

    replaceAll(collection, objects) {
      for (const { name, labels, object } of ofCollection(collection)) {
        if (!objects.has(name)) record({ type: "DELETED", collection, name, labels, body: object });
      }
      for (const [name, { labels, body }] of objects) {
        const known = present.get(`${collection}/${name}`);
        const isSame =
          known !== undefined &&
          known.labels === labels &&
          JSON.stringify(known.object) ===
            JSON.stringify(withVersion(body, { name, version: known.version }));
        const type = known === undefined ? "ADDED" : "MODIFIED";
        if (!isSame) record({ type, collection, name, labels, body });
      }
      deliver();
    },

    replace(collection, name, body) {
      const labels = present.get(`${collection}/${name}`)?.labels ?? "";
      record({ type: "MODIFIED", collection, name, labels, body });
      deliver();
    },

    watch(response, { from, hasBookmarks, ...selection }) {
      response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
      const isFromNow = from === null || from === "0";
      if (!isFromNow && Number(from) < oldest) {
        const gone = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };
        send(response, "ERROR", gone);
        response.end();
        return;
      }
      if (isFromNow) {
        for (const event of ofCollection(selection.collection)) {
          if (matches(event, selection)) send(response, "ADDED", event.object);
        }
        const annotations = { "k8s.io/initial-events-end": "true" };
        if (hasBookmarks) send(response, "BOOKMARK", bookmark({ annotations }));
      }
      const watch = { response, selection, seen: isFromNow ? version : Number(from) };
      watches.add(watch);
      response.once("close", () => watches.delete(watch));
      deliver();
    },

    expireVersions() {
      log = [];
      version += 1;
      oldest = version;
    },
    setSilent(next) {
      isSilent = next;
      deliver();
    },
    sendBookmarks() {
      for (const { response } of watches) {
        send(response, "BOOKMARK", bookmark());
      }
    },
    endWatches(how) {
      for (const { response } of watches) {
        if (how === "end") response.end();
        else response.destroy();
      }
    },
    watches: () => watches.size,
  };
}

function matches(event: StoreEvent, { collection, labelSelector, fieldSelector }: Selection): boolean {
  const isNamed = !fieldSelector || fieldSelector === `metadata.name=${event.name}`;
  return event.collection === collection && isNamed && (!labelSelector || labelSelector === event.labels);
}

function withVersion(body: ApiObject, { name, version }: { name: string; version: number }): ApiObject {
  const metadata = typeof body["metadata"] === "object" ? body["metadata"] : {};
  return { ...body, metadata: { ...metadata, name, resourceVersion: String(version) } };
}

function send(response: ServerResponse, type: string, object: ApiObject): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}
