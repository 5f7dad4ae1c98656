/**
 * Which class a record is of, told by its discriminator alone: an enum's code, a string's id, or text in the heap. Chosen once a table;
 * nothing is decoded but text in the heap. Holds as much as there are subtypes.
 */
import { testBit } from '../bytes/bitmap';
import type { Slot } from '../layout/layout';
import { withinSubtype } from '../schema/subtypes';
import type { StringTableView } from '../structure/string-table';
import type { RecordTable } from './record-table';
import type { SnapshotReader } from './snapshot-reader';

/** The number of records of the entity itself. */
export const BASE = 0;

export class SubtypeReader {
  readonly #table: RecordTable;
  readonly #slot: Slot;
  readonly #read: (slotAt: number) => number;

  constructor(table: RecordTable) {
    this.#table = table;
    this.#slot = table.slotOf(table.entity.subtypes!.field);
    this.#read = subtypeSlotReader(table, this.#slot);
  }

  /**
   * 1 + the place of the record's subtype among the entity's, {@link BASE} for a discriminator that no subtype claims, or none. The
   * record's block must have been checked. Cost: about 10 ns; 60 for text in the heap.
   */
  numberAt(ordinal: number): number {
    const base = ordinal * this.#table.stride;
    return testBit(this.#table.bytes, base, this.#slot.bit) ? this.#read(base + this.#slot.offset) : BASE;
  }

  /** Whether the record at an ordinal is of the subtype called `name`, or of one that extends it. */
  memberOf(name: string): (ordinal: number) => boolean {
    const within = [false, ...withinSubtype(this.#table.entity, name)];
    return (ordinal) => within[this.numberAt(ordinal)]!;
  }
}

/** The table of an entity or subtype, and for a subtype which records are of it. Throws ENTITY_UNKNOWN. */
export function recordsNamed(
  reader: SnapshotReader,
  name: string,
): { readonly table: RecordTable; readonly isMember?: (ordinal: number) => boolean } {
  for (const table of reader.tables) {
    if (table.entity.subtypes?.classes.some((subtype) => subtype.name === name))
      return { table, isMember: table.subtypes!.memberOf(name) };
  }
  return { table: reader.tableByName(name) };
}

function subtypeSlotReader(table: RecordTable, slot: Slot): (slotAt: number) => number {
  const { view, entity } = table;
  const { classes } = entity.subtypes!;
  const numbers = new Map(classes.map(({ value }, place) => [value, place + 1]));
  switch (slot.kind) {
    case 'enum8':
    case 'enum16': {
      const byCode = entity.fields[slot.bit]!.values!.map((label) => numbers.get(label) ?? BASE);
      return slot.kind === 'enum8'
        ? (slotAt) => byCode[view.getUint8(slotAt)] ?? BASE
        : (slotAt) => byCode[view.getUint16(slotAt, true)] ?? BASE;
    }
    case 'table-text': {
      let byId: number[] | undefined;
      return (slotAt) => {
        byId ??= numbersById(table.stringTable(slot.bit), numbers);
        return byId[view.getUint32(slotAt, true)] ?? BASE;
      };
    }
    default:
      return (slotAt) => numbers.get(table.heap.text(view, slotAt, 0)) ?? BASE;
  }
}

function numbersById(strings: StringTableView, numbers: ReadonlyMap<string, number>): number[] {
  const byId: number[] = [];
  for (const [value, number] of numbers) {
    const id = strings.find(value);
    if (id >= 0) byId[id] = number;
  }
  return byId;
}
