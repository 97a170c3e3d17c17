/** What costs time to load, and is loaded for whoever asks first. */
export interface Lazy<T> {
  /** Null while it is not loaded. */
  loaded(): T | null;
  /** Loads it once. A failure is that of whoever asked: the next one tries again. */
  load(): Promise<T>;
}

export function lazily<T>(load: () => Promise<T>): Lazy<T> {
  let value: T | null = null;
  let loading: Promise<T> | null = null;
  return {
    loaded: () => value,
    load: () => {
      loading ??= load().then(
        (loaded) => {
          value = loaded;
          return loaded;
        },
        (error: unknown) => {
          loading = null;
          throw error;
        },
      );
      return loading;
    },
  };
}
