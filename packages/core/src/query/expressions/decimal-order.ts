/** The order of decimals and intervals to one: exact, decimals mostly without a BigInt, since a slot holds a coefficient below 2^53 and a scale. */
import type { IntervalParts } from '../../bytes/interval';
import { canonicalInterval, wrongType } from '../../schema/canonical';
import { compareDecimals, type DecimalParts, decimalKind, INLINE, parseDecimal } from '../../structure/decimal';
import { slotReaderOf } from '../../structure/slot-value';
import type { SlotOrder } from './accepted';
import type { FieldPlace } from './operand';

const TWO_32 = 2 ** 32;
const MICROSECONDS_PER_DAY = 86_400_000_000n;

/** Throws VALUE_TYPE. */
export function decimalOrder({ table, field, slot }: FieldPlace, value: unknown): SlotOrder {
  const parts = decimalOf(value);
  if (!parts)
    throw wrongType({ entity: table.entity.name, field: field.name }, 'a decimal as a string, number or BigInt', value);
  const { view } = table;
  const read = slotReaderOf(field, slot.kind, slot.bit, {});
  const exact = (slotAt: number) => compareDecimals(parseDecimal(read(view, slotAt, table, 0) as string)!, parts);
  if (parts.kind !== INLINE) return exact;
  const byScale: (Step | undefined)[] = [];
  return (slotAt) => {
    if (decimalKind(view, slotAt) !== INLINE) return exact(slotAt);
    const high = view.getUint32(slotAt + 4, true);
    const magnitude = (high & 0x1fffff) * TWO_32 + view.getUint32(slotAt, true);
    const coefficient = (high & 0x200000) === 0 ? magnitude : -magnitude;
    const scale = (high >>> 22) & 0x7f;
    byScale[scale] ??= stepAt(parts, scale);
    const { floor, isExact } = byScale[scale]!;
    if (coefficient !== floor) return coefficient < floor ? -1 : 1;
    return isExact ? 0 : -1;
  };
}

/** A decimal as coefficients of a scale see it: the greatest coefficient not above it, and whether that is it. */
interface Step {
  readonly floor: number;
  readonly isExact: boolean;
}

/** Beyond all coefficients of slots the floor is an infinity: which one it is exactly makes no difference. */
function stepAt({ digits, scale, negative }: DecimalParts, wantedScale: number): Step {
  const cut = Math.max(0, scale - wantedScale);
  const whole = BigInt(
    digits.slice(0, Math.max(0, digits.length - cut)) + '0'.repeat(Math.max(0, wantedScale - scale)) || '0',
  );
  const isExact = !/[1-9]/.test(digits.slice(Math.max(0, digits.length - cut)));
  const floor = negative ? -whole - (isExact ? 0n : 1n) : whole;
  return {
    floor: Math.abs(Number(floor)) > Number.MAX_SAFE_INTEGER ? (negative ? -Infinity : Infinity) : Number(floor),
    isExact,
  };
}

export function decimalOf(value: unknown): DecimalParts | undefined {
  const isGiven = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  return isGiven ? parseDecimal(String(value)) : undefined;
}

/** Intervals by their length: months have 30 days and days 24 hours, as where PostgreSQL compares. Throws VALUE_TYPE and VALUE_RANGE. */
export function intervalOrder({ table, field, slot }: FieldPlace, value: unknown): SlotOrder {
  const wanted = microsecondsOf(canonicalInterval(value, { entity: table.entity.name, field: field.name }));
  const { view } = table;
  const read = slotReaderOf(field, slot.kind, slot.bit, {});
  return (slotAt) => {
    const found = microsecondsOf(read(view, slotAt, table, 0) as IntervalParts);
    return found < wanted ? -1 : found > wanted ? 1 : 0;
  };
}

export function microsecondsOf({ months, days, microseconds }: IntervalParts): bigint {
  return (BigInt(months) * 30n + BigInt(days)) * MICROSECONDS_PER_DAY + BigInt(microseconds);
}
