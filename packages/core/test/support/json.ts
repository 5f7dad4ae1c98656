/** JSON texts that strain a reader: duplicate and hostile keys, keys that are indices, escapes, lone surrogates, numbers at the limits of doubles. */
import fc from 'fast-check';
import { anyText } from './property';

const space = fc.constantFrom('', '', '', ' ', '\n', '\t \r\n');
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? '-0' : String(value))),
  fc.constantFrom(
    ...['0', '-0', '-0.0', '1.0', '1.50', '1e400', '-1E+400', '5e-324', '1e-400', '2147483648', '-2147483649'],
    ...['9007199254740993', '123456789012345678901234567890.12345678901234567890', '0.1', '1E2'],
  ),
);
/** The same character spelled out or escaped, in any mixture; raw where JSON allows it. */
const stringOf = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.nat(3)).map(([value, way]) => {
    if (way === 0) return JSON.stringify(value);
    let inner = '';
    for (let at = 0; at < value.length; at++) {
      const unit = value.charCodeAt(at);
      const mustEscape = unit < 0x20 || unit === 0x22 || unit === 0x5c;
      const escapes = way === 1 || (way === 2 && at % 2 === 1);
      inner += mustEscape || escapes ? `\\u${unit.toString(16).padStart(4, '0')}` : value[at];
    }
    return `"${inner}"`;
  });
const key = stringOf(
  fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'toJSON', 'then', 'length', 'hasOwnProperty', 'toString', 'valueOf'),
    fc.constantFrom('', '0', '1', '2', '10', '01', '-1', '1.5', '4294967294', '4294967295', '4294967296'),
    fc.constantFrom('a', 'b', 'ab', 'é', '\ud800', '😀', '"', '\\', '\\"'),
    anyText,
  ),
);
const { value } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  list: fc
    .array(fc.tuple(space, tie('value'), space), { maxLength: 6 })
    .map((elements) => `[${elements.map((parts) => parts.join('')).join(',') || ' '}]`),
  object: fc
    .array(fc.tuple(space, key, space, fc.constant(':'), space, tie('value'), space), { maxLength: 8 })
    .map((members) => `{${members.map((parts) => parts.join('')).join(',') || '\n'}}`),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.constantFrom('null', 'true', 'false'), number, stringOf(anyText)),
    tie('list'),
    tie('object'),
  ),
}));

/** Any JSON text. */
export const anyJsonText: fc.Arbitrary<string> = fc.tuple(space, value, space).map((parts) => parts.join(''));

/** Any JSON text of an object or list. */
export const anyContainerText: fc.Arbitrary<string> = fc
  .tuple(space, fc.array(value, { maxLength: 4 }), fc.array(fc.tuple(key, value), { maxLength: 8 }), fc.boolean())
  .map(([before, elements, members, isList]) =>
    isList
      ? `${before}[${elements.join(',')}]`
      : `${before}{${members.map(([name, member]) => `${name}:${member}`).join(' ,')}}`,
  );

/** What is different about two JSON values, own keys and their order, -0 and prototypes included; undefined when nothing is. */
export function differenceOf(actual: unknown, expected: unknown, path = '$'): string | undefined {
  if (typeof expected !== 'object' || expected === null)
    return Object.is(actual, expected) ? undefined : `${path}: ${String(actual)} instead of ${String(expected)}`;
  if (typeof actual !== 'object' || actual === null) return `${path}: ${String(actual)} instead of an object`;
  if (Array.isArray(actual) !== Array.isArray(expected)) return `${path}: one is a list`;
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return `${path}: another prototype`;
  const [found, wanted] = [Reflect.ownKeys(actual), Reflect.ownKeys(expected)];
  if (found.length !== wanted.length || found.some((name, place) => name !== wanted[place]))
    return `${path}: keys ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`;
  for (const name of wanted as string[]) {
    const valueAt = (from: object) => (from as Record<string, unknown>)[name];
    const difference = differenceOf(valueAt(actual), valueAt(expected), `${path}[${JSON.stringify(name)}]`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
