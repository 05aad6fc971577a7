/** Objects that are fetched when a program first looks into one. */

interface Source {
  readonly fetch: () => object;
  readonly isFrozen: boolean;
}

const sources = new WeakMap<object, Source>();

function fill(target: object): void {
  const source = sources.get(target);
  if (source === undefined) return;
  sources.delete(target);
  Object.assign(target, source.fetch());
  if (source.isFrozen) Object.freeze(target);
}

/** Each trap looks into the target when it is filled. */
const handler: ProxyHandler<object> = {
  get(target, key, receiver) {
    // Whether it is a promise is asked of everything that is awaited or returned by an async function.
    if (key !== "then") fill(target);
    return Reflect.get(target, key, receiver) as unknown;
  },
  has(target, key) {
    fill(target);
    return Reflect.has(target, key);
  },
  ownKeys(target) {
    fill(target);
    return Reflect.ownKeys(target);
  },
  getOwnPropertyDescriptor(target, key) {
    fill(target);
    return Reflect.getOwnPropertyDescriptor(target, key);
  },
  set(target, key, value, receiver) {
    fill(target);
    return Reflect.set(target, key, value, receiver);
  },
  defineProperty(target, key, descriptor) {
    fill(target);
    return Reflect.defineProperty(target, key, descriptor);
  },
  deleteProperty(target, key) {
    fill(target);
    return Reflect.deleteProperty(target, key);
  },
  isExtensible(target) {
    fill(target);
    return Reflect.isExtensible(target);
  },
};

/** An object with the properties that `fetch` gives when somebody asks for the first one. */
export function lazyObject(fetch: () => object, isFrozen: boolean): object {
  const target = {};
  sources.set(target, { fetch, isFrozen });
  return new Proxy(target, handler);
}
