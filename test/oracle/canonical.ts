/**
 * One text for each answer, so that comparing is `===`: types, prototypes, members with their order and attributes, holes, NaN, -0,
 * undefined against missing. Lists whose order nobody asked for come out sorted, so that they compare as multisets.
 */

export interface CanonicalOptions {
  /** Whether the list at a path of properties ("", "books", "books.tags") has an order of its own. Default: every list has. */
  readonly isOrdered?: (path: string) => boolean;
  /** Members that do not count, by the name of the class. */
  readonly isLeftOut?: (kind: string, member: string) => boolean;
  /** Only what `Object.keys` shows counts, in whatever order. */
  readonly isShownOnly?: boolean;
  /** Digits after which numbers are cut, where sums of floats depend on the order of rows. */
  readonly significantDigits?: number;
}

/** Getters and promises are not read, only noted. Cycles come out as such. */
export function canonical(value: unknown, options: CanonicalOptions = {}): string {
  const open = new Set<object>();
  const { isOrdered = () => true, isLeftOut = () => false, isShownOnly, significantDigits } = options;

  const text = (item: unknown, path: string): string => {
    if (typeof item === 'string') return JSON.stringify(item);
    if (typeof item === 'number') {
      if (Object.is(item, -0)) return '-0';
      return significantDigits === undefined ? String(item) : Number(item).toPrecision(significantDigits);
    }
    if (typeof item === 'bigint') return `${item}n`;
    if (typeof item !== 'object' || item === null)
      return typeof item === 'function' ? `function ${item.name}` : String(item);
    if (open.has(item)) return '(cycle)';
    open.add(item);
    const result = ofObject(item, path);
    open.delete(item);
    return result;
  };

  const ofObject = (item: object, path: string): string => {
    const kind = kindOf(item);
    if (item instanceof Date) return `${kind}(${Number.isNaN(item.getTime()) ? 'invalid' : item.toISOString()})`;
    if (ArrayBuffer.isView(item))
      return `${kind}(${Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('hex')})`;
    if (item instanceof Promise) return 'Promise';
    if (Array.isArray(item)) {
      const elements = Array.from(item, (element, place) => (place in item ? text(element, path) : '(hole)'));
      if (!isOrdered(path)) elements.sort();
      return `${kind === 'Array' ? '' : kind}[${elements.join(', ')}]`;
    }
    const keys = (isShownOnly ? Object.keys(item) : Reflect.ownKeys(item)).filter(
      (key) => !isLeftOut(kind, String(key)),
    );
    // Where only what is shown counts, a lazy relation is known by its own name.
    const nameOf = (key: string | symbol) => (isShownOnly ? inside('', key) : String(key));
    const members = keys.map((key) => `${nameOf(key)}${member(item, key, inside(path, key))}`);
    if (isShownOnly) members.sort();
    return `${kind === 'Object' ? '' : kind}{${members.join(', ')}}`;
  };

  const member = (item: object, key: string | symbol, path: string): string => {
    const { enumerable, writable, configurable, get, value: held } = Object.getOwnPropertyDescriptor(item, key)!;
    const unusual = `${enumerable ? '' : ' hidden'}${configurable ? '' : ' fixed'}`;
    if (get) return `${unusual} getter`;
    return `${unusual}${writable ? '' : ' readonly'}: ${text(held, path)}`;
  };

  return text(value, '');
}

/** Two prototypes of one name are two kinds. */
const kinds = new WeakMap<object, string>();
const namesakes = new Map<string, number>();

function kindOf(item: object): string {
  const prototype = Object.getPrototypeOf(item);
  if (prototype === null) return '(null)';
  if (prototype === Object.prototype) return 'Object';
  const known = kinds.get(prototype);
  if (known !== undefined) return known;
  const name: string = prototype.constructor?.name || '(anonymous)';
  const count = (namesakes.get(name) ?? 0) + 1;
  namesakes.set(name, count);
  const kind = count === 1 ? name : `${name}#${count}`;
  kinds.set(prototype, kind);
  return kind;
}

/** What TypeORM keeps of the lazy relation `tags` in `__tags__` lies at the path of `tags`. */
function inside(path: string, key: string | symbol): string {
  const name = String(key).replace(/^__(.+)__$/, '$1');
  return path === '' ? name : `${path}.${name}`;
}
