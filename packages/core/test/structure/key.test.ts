import fc from 'fast-check';
import { murmur3 } from '../../src/bytes/murmur3';
import { encodeText } from '../../src/bytes/text';
import { slotKindOf, slotSizes } from '../../src/layout/layout';
import type { FieldType } from '../../src/schema/field-types';
import { compareRecord, equalsRecord, hashOfRecord, keyPartsOf, keyProbesOf } from '../../src/structure/key';
import { type BytesSource, type KeyPart } from '../../src/structure/key-parts';
import { makeSetter } from '../../src/writer/setters/make-setter';
import { compareValues, fieldOf, keyTypes, valuesOf } from '../support/fields';
import { heapSource } from '../support/one-slot';
import { anyText, holds, thrownBy } from '../support/property';

const key = fc.array(fc.constantFrom(...keyTypes), { minLength: 1, maxLength: 3 });
/** Two keys of the same types; often with equal parts. */
const twoKeys = key
  .chain((types) => {
    const one = fc.tuple(...types.map((type) => valuesOf[type]));
    return fc.record({
      types: fc.constant(types),
      a: one,
      b: one,
      share: fc.array(fc.boolean(), { minLength: types.length, maxLength: types.length }),
    });
  })
  .map(({ types, a, b, share }) => ({ types, a, b: b.map((value, part) => (share[part] ? a[part] : value)) }));

const fieldsOf = (types: readonly FieldType[]) => types.map((type, part) => fieldOf(`k${part}`, type));
function probes(types: readonly FieldType[], values: readonly unknown[]): KeyPart[] {
  const parts = keyProbesOf(fieldsOf(types), 'E');
  for (const [part, probe] of parts.entries()) probe.loadValue(values[part]);
  return parts;
}
const hashOf = (parts: readonly KeyPart[]) => parts.reduce((seed, part) => part.hash(seed), 0);

/** The key as a record in memory: slots of 16 bytes, values beside it in a heap. */
function recordOf(types: readonly FieldType[], values: readonly unknown[]): { parts: KeyPart[]; view: DataView } {
  const view = new DataView(new ArrayBuffer(16 * (types.length + 1)));
  const slots = fieldsOf(types).map((field, bit) => ({
    name: field.name,
    kind: slotKindOf(field, false),
    offset: 16 * bit,
    bit,
  }));
  let heap = Buffer.alloc(0);
  for (const [bit, field] of fieldsOf(types).entries()) {
    const target = { view, bytes: Buffer.from(view.buffer), base: 16, markValue() {}, markNull() {}, markAbsent() {} };
    makeSetter(field, slots[bit]!.kind, {
      target,
      slotOffset: 16 * bit,
      bit,
      place: { entity: 'E', field: field.name },
      heap: {
        append(record, slotAt, bytes, start, end) {
          record.setBigUint64(slotAt, BigInt(heap.length) | (BigInt(end - start) << 40n), true);
          heap = Buffer.concat([heap, bytes.subarray(start, end)]);
        },
      },
    }).setValue(values[bit]);
    expect(slots[bit]!.offset + slotSizes[slots[bit]!.kind]).toBeLessThanOrEqual(16 * (bit + 1));
  }
  const source = heapSource(heap);
  return { parts: keyPartsOf(fieldsOf(types), slots, 'E', () => source.heap as BytesSource, source), view };
}

const compareKeys = (types: readonly FieldType[], a: readonly unknown[], b: readonly unknown[]) =>
  types.map((type, part) => compareValues(type, a[part], b[part])).find((order) => order !== 0) ?? 0;

describe('keys', () => {
  it('of values: order and equality are the model’s, and equal keys have equal hashes', () =>
    holds(
      fc.property(twoKeys, ({ types, a, b }) => {
        const [x, y] = [probes(types, a), probes(types, b)];
        const expected = Math.sign(compareKeys(types, a, b));
        const order = x.map((part, place) => Math.sign(part.compare(y[place]!))).find((sign) => sign !== 0) ?? 0;
        expect(order).toBe(expected);
        const [p, q] = [probes(types, a), probes(types, b)];
        if (expected === 0) expect(hashOf(p)).toBe(hashOf(q));
        expect(p.every((part, place) => part.equals(q[place]!))).toBe(expected === 0);
      }),
      1500,
    ));

  it('of a record: the same as of the values it was made of', () =>
    holds(
      fc.property(twoKeys, ({ types, a, b }) => {
        const { parts, view } = recordOf(types, a);
        expect(hashOfRecord(parts, view, 16)).toBe(hashOf(probes(types, a)));
        const others = probes(types, b);
        hashOf(others);
        expect(equalsRecord(parts, view, 16, others)).toBe(compareKeys(types, a, b) === 0);
        expect(Math.sign(compareRecord(parts, view, 16, others))).toBe(Math.sign(compareKeys(types, a, b)));
        expect(equalsRecord(parts, view, 16, probes(types, a))).toBe(true);
      }),
      1500,
    ));

  it('of text are hashed by their bytes, whatever they are', () =>
    holds(
      fc.property(anyText, (text) => {
        const bytes = encodeText(text);
        expect(hashOf(probes(['text'], [text]))).toBe(murmur3(bytes, 0, bytes.length, 0));
      }),
      500,
    ));

  it.each<[FieldType, unknown, string]>([
    ['int32', '5', 'VALUE_TYPE'],
    ['int32', 1.5, 'VALUE_RANGE'],
    ['int32', 2 ** 31, 'VALUE_RANGE'],
    ['int64', 2 ** 53, 'VALUE_RANGE'],
    ['int64', 2n ** 63n, 'VALUE_RANGE'],
    ['int64', '12x', 'VALUE_TYPE'],
    ['uint64', -1, 'VALUE_RANGE'],
    ['uint8', 256n, 'VALUE_RANGE'],
    ['boolean', 1, 'VALUE_TYPE'],
    ['text', 5, 'VALUE_TYPE'],
    ['bytes', 'x', 'VALUE_TYPE'],
    ['uuid', 'x', 'VALUE_RANGE'],
    ['uuid', 5, 'VALUE_TYPE'],
    ['enum', 'nowhere', 'VALUE_RANGE'],
    ['enum', 1, 'VALUE_TYPE'],
    ['date', '2024-02-30', 'VALUE_RANGE'],
    ['date', new Date(), 'VALUE_TYPE'],
    ['timestamp', 5, 'VALUE_TYPE'],
    ['timestamp', new Date(Number.NaN), 'VALUE_RANGE'],
    ['timestamp', 2n ** 63n, 'VALUE_RANGE'],
    ['time', '24:00:01', 'VALUE_RANGE'],
    ['time', new Date(), 'VALUE_TYPE'],
    ['decimal', 'x', 'VALUE_TYPE'],
    ['decimal', null, 'VALUE_TYPE'],
    ['float64', '1', 'VALUE_TYPE'],
    ['float32', 1e300, 'VALUE_RANGE'],
  ])('%s does not take %p', (type, value, code) => {
    const error = thrownBy(() => probes([type], [value]));
    expect(error).toMatchObject({ code, details: { entity: 'E', field: 'k0', actual: value } });
    expect(error.message).toContain('E.k0');
  });
});
