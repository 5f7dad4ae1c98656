/**
 * Running sums as PostgreSQL's aggregates hold them: exact for integers and decimals, whose averages have the digits that its numeric
 * division gives; doubles for floats.
 */
import { PermafrostError } from '../errors';
import {
  decimalText,
  INLINE,
  NEGATIVE_INFINITY,
  NOT_A_NUMBER,
  POSITIVE_INFINITY,
  parseDecimal,
} from '../structure/decimal';

export interface RunningSum {
  /** Adds the value of a record; null and -1, no record, add nothing. */
  add(ordinal: number): void;
  /** Null where nothing was added, as {@link average}. */
  sum(): string | number | null;
  average(): string | number | null;
}

export class IntegerSum implements RunningSum {
  #count = 0;
  #sum = 0n;
  /** What was added lately, as long as it is exact. */
  #recent = 0;

  constructor(private readonly valueAt: (ordinal: number) => number | bigint | null) {}

  add(ordinal: number): void {
    const value = this.valueAt(ordinal);
    if (value === null) return;
    this.#count++;
    if (typeof value === 'bigint') this.#sum += value;
    else {
      this.#recent += value;
      if (!Number.isSafeInteger(this.#recent + 2 ** 52) || !Number.isSafeInteger(this.#recent - 2 ** 52))
        this.#settle();
    }
  }

  sum(): string | null {
    this.#settle();
    return this.#count === 0 ? null : String(this.#sum);
  }

  average(): string | null {
    this.#settle();
    return this.#count === 0 ? null : quotientText(this.#sum, 0, this.#count);
  }

  #settle(): void {
    this.#sum += BigInt(this.#recent);
    this.#recent = 0;
  }
}

export class DecimalSum implements RunningSum {
  #count = 0;
  /** Times 10 to the {@link #scale}, which is the largest of the values'. */
  #sum = 0n;
  #scale = 0;
  readonly #special = new Set<number>();

  constructor(private readonly valueAt: (ordinal: number) => string | null) {}

  add(ordinal: number): void {
    const text = this.valueAt(ordinal);
    if (text === null) return;
    const { kind, digits, negative, scale } = parseDecimal(text)!;
    this.#count++;
    if (kind !== INLINE) {
      this.#special.add(kind);
      return;
    }
    if (scale > this.#scale) {
      this.#sum *= 10n ** BigInt(scale - this.#scale);
      this.#scale = scale;
    }
    const magnitude = BigInt(digits) * 10n ** BigInt(this.#scale - scale);
    this.#sum += negative ? -magnitude : magnitude;
  }

  sum(): string | null {
    if (this.#count === 0) return null;
    return this.#specialText() ?? scaledText(this.#sum, this.#scale);
  }

  average(): string | null {
    if (this.#count === 0) return null;
    return this.#specialText() ?? quotientText(this.#sum, this.#scale, this.#count);
  }

  #specialText(): string | undefined {
    if (this.#special.size === 0) return undefined;
    const isBoth = this.#special.has(POSITIVE_INFINITY) && this.#special.has(NEGATIVE_INFINITY);
    if (isBoth || this.#special.has(NOT_A_NUMBER)) return 'NaN';
    return this.#special.has(POSITIVE_INFINITY) ? 'Infinity' : '-Infinity';
  }
}

/** Sums of 32-bit floats are 32-bit floats; averages are doubles. Finite values that leave the range on the way are an error, as in PostgreSQL. */
export class FloatSum implements RunningSum {
  #count = 0;
  #sum = 0;
  /** The same, rounded to 32 bits at each step. */
  #rounded = 0;
  /** Of the squared distances from the average: PostgreSQL keeps it for variances, and fails for averages too where it overflows. */
  #squares = 0;
  #sumOverflows = false;
  #averageOverflows = false;

  constructor(
    private readonly valueAt: (ordinal: number) => number | null,
    private readonly is32Bit: boolean,
    private readonly place: string,
  ) {}

  add(ordinal: number): void {
    const value = this.valueAt(ordinal);
    if (value === null) return;
    const [before, roundedBefore] = [this.#sum, this.#rounded];
    this.#sum += value;
    this.#rounded = Math.fround(roundedBefore + value);
    const [total, totalBefore] = this.is32Bit ? [this.#rounded, roundedBefore] : [this.#sum, before];
    this.#sumOverflows ||= isInfinite(total) && !isInfinite(totalBefore) && !isInfinite(value);
    this.#addSquare(value, before);
    this.#count++;
  }

  sum(): number | null {
    if (this.#count === 0) return null;
    if (this.#sumOverflows) throw this.#outOfRange();
    return this.is32Bit ? shortestOf32Bits(this.#rounded) : this.#sum;
  }

  average(): number | null {
    if (this.#count === 0) return null;
    if (this.#averageOverflows) throw this.#outOfRange();
    return this.#sum / this.#count;
  }

  #addSquare(value: number, sumBefore: number): void {
    const count = this.#count + 1;
    if (this.#count === 0) {
      if (!Number.isFinite(value)) this.#squares = Number.NaN;
      return;
    }
    const distance = value * count - this.#sum;
    this.#squares += (distance * distance) / (count * this.#count);
    if (!isInfinite(this.#sum) && !isInfinite(this.#squares)) return;
    this.#averageOverflows ||= !isInfinite(sumBefore) && !isInfinite(value);
    this.#squares = Number.NaN;
  }

  #outOfRange(): PermafrostError {
    return new PermafrostError(
      'VALUE_RANGE',
      `${this.place}: its values leave the range of floats as they are added up, an error in PostgreSQL too. Sum up fewer records.`,
      { actual: this.#sum },
    );
  }
}

function isInfinite(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

/** The number whose digits are the fewest that tell a 32-bit float from its neighbours: what databases print. */
function shortestOf32Bits(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number.isFinite(value) ? Number(value.toPrecision(9)) : value;
}

function scaledText(scaled: bigint, scale: number): string {
  const negative = scaled < 0n;
  return decimalText({ kind: INLINE, negative, digits: String(negative ? -scaled : scaled), scale });
}

/** PostgreSQL's numeric division of scaled · 10^-scale by a count: 16 significant digits or more, rounded half away from zero. */
function quotientText(scaled: bigint, scale: number, count: number): string {
  const resultScale = quotientScale(scaled < 0n ? -scaled : scaled, scale, BigInt(count));
  const negative = scaled < 0n;
  const numerator = (negative ? -scaled : scaled) * 10n ** BigInt(resultScale);
  const denominator = BigInt(count) * 10n ** BigInt(scale);
  const quotient = (2n * numerator + denominator) / (2n * denominator);
  return scaledText(negative ? -quotient : quotient, resultScale);
}

/** Digits behind the point, by the first digits to the base 10,000 and their places, as its `select_div_scale` chooses them. */
function quotientScale(magnitude: bigint, scale: number, count: bigint): number {
  const dividend = firstDigit(magnitude, scale);
  const divisor = firstDigit(count, 0);
  const weight = dividend.weight - divisor.weight - (dividend.digit <= divisor.digit ? 1 : 0);
  return Math.min(1000, Math.max(16 - 4 * weight, scale, 0));
}

function firstDigit(magnitude: bigint, scale: number): { readonly digit: number; readonly weight: number } {
  if (magnitude === 0n) return { digit: 0, weight: 0 };
  // Groups of four digits are counted from the point.
  const padding = (4 - (scale % 4)) % 4;
  const digits = String(magnitude * 10n ** BigInt(padding));
  const groups = Math.ceil(digits.length / 4);
  return {
    digit: Number(digits.slice(0, digits.length - 4 * (groups - 1))),
    weight: groups - 1 - (scale + padding) / 4,
  };
}
