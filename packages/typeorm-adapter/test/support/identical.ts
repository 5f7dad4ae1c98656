/**
 * Whether two results could be told apart by a program: values, prototypes, own keys in their order, what kind of properties they are,
 * undefined and missing, and which objects occur twice. Accessors are not called.
 */

/** Says where two values first differ and how; undefined where nothing tells them apart. */
export function firstDifference(actual: unknown, expected: unknown): string | undefined {
  return difference(actual, expected, 'result', { actual: new Map(), expected: new Map() });
}

/** What each object of one side stands for on the other. */
interface Pairs {
  readonly actual: Map<object, object>;
  readonly expected: Map<object, object>;
}

function difference(actual: unknown, expected: unknown, path: string, pairs: Pairs): string | undefined {
  if (!isObject(actual) || !isObject(expected))
    return Object.is(actual, expected) ? undefined : `${path} is ${show(actual)}, expected ${show(expected)}`;
  const [known, twin] = [pairs.expected.get(expected), pairs.actual.get(actual)];
  if (known === actual) return undefined;
  if (twin !== undefined) return `${path} occurs elsewhere too, unlike what is expected`;
  // TypeORM gives all entities of one record the same list of ids, so that a change of one changes all: lists of ours are each its own.
  if (known !== undefined && !Array.isArray(expected)) return `${path} should be an object that occurs elsewhere too`;
  pairs.expected.set(expected, actual);
  pairs.actual.set(actual, expected);
  const [prototype, wanted] = [Object.getPrototypeOf(actual), Object.getPrototypeOf(expected)];
  if (prototype !== wanted)
    return `${path} is of class ${prototype?.constructor?.name}, expected ${wanted?.constructor?.name}`;
  if (typeof expected === 'function') return actual === expected ? undefined : `${path} is another function`;
  const inside = insideDifference(actual, expected, path);
  if (inside !== undefined) return inside;
  const [keys, wantedKeys] = [Reflect.ownKeys(actual), Reflect.ownKeys(expected)];
  if (keys.map(String).join() !== wantedKeys.map(String).join())
    return `${path} has the keys ${keys.map(String).join(', ')}, expected ${wantedKeys.map(String).join(', ')}`;
  if (Object.isExtensible(actual) !== Object.isExtensible(expected)) return `${path} differs in being extensible`;
  for (const key of keys) {
    const at = Array.isArray(expected) ? `${path}[${String(key)}]` : `${path}.${String(key)}`;
    const [own, other] = [actual, expected].map((object) => Object.getOwnPropertyDescriptor(object, key)!);
    for (const flag of ['enumerable', 'configurable', 'writable'] as const)
      if (own![flag] !== other![flag]) return `${at} has ${flag}: ${own![flag]}, expected ${other![flag]}`;
    if ('value' in other!) {
      const found = difference(own!.value, other.value, at, pairs);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** What objects hold elsewhere than in properties. */
function insideDifference(actual: object, expected: object, path: string): string | undefined {
  if (expected instanceof Date) {
    const [time, wanted] = [(actual as Date).getTime(), expected.getTime()];
    return Object.is(time, wanted) ? undefined : `${path} is ${show(actual)}, expected ${show(expected)}`;
  }
  if (expected instanceof Map || expected instanceof Set) {
    const found = firstDifference([...(actual as Set<unknown>)], [...expected]);
    return found && `${path} (${expected.constructor.name}): ${found}`;
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : value.toISOString();
  return typeof value === 'object' && value !== null ? `an object (${value.constructor?.name})` : String(value);
}
