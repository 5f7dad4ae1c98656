/**
 * FindOperators as a caller gave them. Planning a `where` transforms the values of operators on columns with a transformer, in the operators
 * themselves, as TypeORM does; whoever asks the database after that has to ask with the values that were given.
 */
import { isRecord } from '@permafrost/core';
import { type FindOperator, InstanceChecker } from 'typeorm';

/** Remembers the value of every operator in find options or conditions. What it gives back puts the values back. */
export function rememberOperators(given: unknown): () => void {
  const operators = new Map<HasValue, unknown>();
  collect(given, operators, new Set());
  return () => {
    for (const [operator, value] of operators) operator._value = value;
  };
}

/** TypeORM declares it private; its getter gives the innermost value of operators in one another. */
interface HasValue {
  _value: unknown;
}

function collect(given: unknown, operators: Map<HasValue, unknown>, seen: Set<object>): void {
  if (typeof given !== 'object' || given === null || seen.has(given)) return;
  if (given instanceof Date || ArrayBuffer.isView(given) || isRecord(given)) return;
  seen.add(given);
  if (InstanceChecker.isFindOperator(given)) {
    const operator = given as FindOperator<unknown> as unknown as HasValue;
    operators.set(operator, operator._value);
    collect(operator._value, operators, seen);
  } else for (const value of Object.values(given)) collect(value, operators, seen);
}
