/** How a field is given back: read from its slot as the snapshot was opened to give it, then converted as an adapter asks. */
import type { Slot } from '../layout/layout';
import type { FieldSchema } from '../schema/schema';
import { type Representations, type SlotReader, slotReaderOf } from '../structure/slot-value';

/** What an adapter does to a value before it is given back. */
export type Converter = (value: unknown) => unknown;

/** A converter that asks for more than the values of its field as the snapshot gives them. */
export interface Conversion {
  readonly convert: Converter;
  /** Whether null is converted too. */
  readonly takesNull?: boolean;
  /** How `convert` gets the values, where that is not as the snapshot was opened to give them. */
  readonly representations?: Representations;
}

export interface FieldReading {
  readonly slot: Slot;
  /** What the slot holds, before it is converted. */
  readonly read: SlotReader;
  readonly convert: Converter | undefined;
  readonly takesNull: boolean;
}

export function fieldReading(
  field: FieldSchema,
  slot: Slot,
  values: Representations,
  conversion: Converter | Conversion | undefined,
): FieldReading {
  const asked: Conversion | undefined = typeof conversion === 'function' ? { convert: conversion } : conversion;
  const representations = asked?.representations ? { ...values, ...asked.representations } : values;
  return {
    slot,
    read: slotReaderOf(field, slot.kind, slot.bit, representations),
    convert: asked?.convert,
    takesNull: asked?.takesNull ?? false,
  };
}
