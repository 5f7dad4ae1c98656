/** 64-bit integers as two 32-bit halves: exact, and without BigInt wherever the value is a safe integer. */

const TWO_32 = 2 ** 32;

/** The signed integer as a double: exact within ±2^53, rounded beyond. */
export function int64ToNumber(low: number, high: number): number {
  return high * TWO_32 + (low >>> 0);
}

export function int64ToBigInt(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** The low half (unsigned) of a safe integer's two's complement. */
export function lowHalf(value: number): number {
  return (value % TWO_32) >>> 0;
}

/** The high half (signed) of a safe integer's two's complement. */
export function highHalf(value: number): number {
  return Math.floor(value / TWO_32) | 0;
}
