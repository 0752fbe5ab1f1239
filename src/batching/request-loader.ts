import DataLoader from 'dataloader';

/** Told which store answered the statement that brought a key's value, where several could have. */
export type OnServed = (store: string, keyText: string) => void;

/** Something that answers many keys at once: a coalescer, or a cache in front of one. */
export interface BatchSource<Key, Value> {
  /**
   * Values in the order of the keys; undefined where there is none, an Error where that key failed. `onServed` is told
   * of the keys that waited for a statement, be it their own or one that was under way already.
   */
  loadMany(keys: readonly Key[], onServed?: OnServed): Promise<(Value | undefined | Error)[]>;
}

/** A loader of one request: remembers what this request has already asked for. */
export type RequestLoader<Key, Value> = DataLoader<Key, Value | null, string>;

/** Creates the loader of one request over a process-wide source; a key without a value answers null. */
export function createRequestLoader<Key, Value>(
  name: string,
  source: BatchSource<Key, Value>,
  keyText: (key: Key) => string,
  onServed?: OnServed,
): RequestLoader<Key, Value> {
  return new DataLoader<Key, Value | null, string>(
    async (keys) => (await source.loadMany(keys, onServed)).map((value) => value ?? null),
    { name, cacheKeyFn: keyText },
  );
}
