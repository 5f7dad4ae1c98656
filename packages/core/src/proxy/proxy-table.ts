/** A record table as proxies see it: with the class that shows its records and the tables its relations lead to. One a table and snapshot. */
import { testBit } from '../bytes/bitmap';
import { type IndexLookup, indexNumberOf } from '../reader/index-lookup';
import type { RecordTable } from '../reader/record-table';
import type { TargetRun } from '../structure/adjacency-list';
import type { ProxyClass } from './proxy-class';
import { type RelationTree, stateOf } from './record-state';
import type { Family } from './subtype-tables';

/** Chains of references longer than this go through {@link ProxyTable.recent}. */
const MAX_OWNED_DEPTH = 64;
/** How many proxies of one entity long chains share. */
const MAX_RECENT_COUNT = 4096;

export class ProxyTable {
  readonly view: DataView;
  readonly stride: number;
  /** True for what stands in for the table of a cursor that the scan has left behind, in development mode. */
  readonly isStale: boolean = false;
  /** By relation number, filled when all tables are there: one table, or several for a polymorphic relation. */
  readonly targets: (readonly ProxyTable[])[];
  /** All tables of an entity with subtypes. */
  family: Family | undefined;
  /** Of a subtype: whether a record is of it, or of one that extends it. */
  readonly isMember: ((ordinal: number) => boolean) | undefined;
  /** Whether a record is marked deleted; undefined where none can be. Throws SNAPSHOT_CLOSED and FILE_CORRUPT. */
  readonly isDeleted: ((ordinal: number) => boolean) | undefined;
  /** Whether relations to this table pass over a record: a deleted one, and of a subtype's table one that is not of it. Throws as `isDeleted`. */
  readonly isPassedOver: ((ordinal: number) => boolean) | undefined;
  /**
   * The latest proxies of long chains, oldest first. A proxy holds the targets it has handed out; without this a walk around
   * a cycle would lengthen the chain with every step for as long as its first proxy is held. One that leaves this map lets go of
   * its targets, so a walk of any length holds no more than these.
   */
  readonly #recent = new Map<number, object>();
  /** The proxies of {@link #recent} in the order they came; the next one takes the place of the oldest. */
  readonly #ring: object[] = [];
  /** Indexes on one field, by its name. */
  readonly #indexes = new Map<string, IndexLookup>();
  #ringPlace = 0;

  constructor(
    readonly records: RecordTable,
    readonly proxyClass: ProxyClass,
    { family, isMember, targets = [] }: Partial<Pick<ProxyTable, 'family' | 'isMember' | 'targets'>> = {},
  ) {
    this.family = family;
    this.isMember = isMember;
    this.targets = targets;
    this.view = records.view;
    this.stride = records.stride;
    this.isDeleted = deletionTest(records);
    this.isPassedOver =
      isMember === undefined
        ? this.isDeleted
        : (ordinal) => !this.holds(ordinal) || (this.isDeleted?.(ordinal) ?? false);
  }

  /** The index on a field or a group of fields. Throws INDEX_UNKNOWN. */
  indexOn(fields: string | readonly string[]): IndexLookup {
    if (typeof fields !== 'string') return this.records.indexLookup(indexNumberOf(this.records, fields));
    let index = this.#indexes.get(fields);
    if (index === undefined) {
      index = this.records.indexLookup(indexNumberOf(this.records, [fields]));
      this.#indexes.set(fields, index);
    }
    return index;
  }

  /** How many records there are of this class. Cost: nothing, but 5–60 ns a record of the entity for a subtype. */
  get count(): number {
    const { recordCount } = this.records;
    if (this.isMember === undefined) return recordCount;
    let count = 0;
    for (let ordinal = 0; ordinal < recordCount; ordinal++) if (this.holds(ordinal)) count++;
    return count;
  }

  /** Whether the record at an ordinal is of this class. Throws SNAPSHOT_CLOSED and FILE_CORRUPT for a subtype. */
  holds(ordinal: number): boolean {
    if (this.isMember === undefined) return true;
    this.records.checkRecord(ordinal);
    return this.isMember(ordinal);
  }

  /** A proxy of a record whose block has been checked, of the class that the record is of. */
  create(ordinal: number, depth: number, asked: RelationTree | undefined): object {
    const shown = this.family === undefined ? this : this.family.tableAt(ordinal);
    return shown.proxyClass.create(shown, ordinal, depth, asked);
  }

  /** A proxy of a record. Throws SNAPSHOT_CLOSED and FILE_CORRUPT. Cost: 20–40 ns. */
  proxyOf(ordinal: number, asked?: RelationTree): object {
    this.records.checkRecord(ordinal);
    return this.create(ordinal, 0, asked);
  }

  /** A proxy reached from another: at depth 1 a new one, deep in a chain the one that shows the record already. */
  proxyReached(ordinal: number, depth: number, asked: RelationTree | undefined): object {
    this.records.checkRecord(ordinal);
    if (depth <= MAX_OWNED_DEPTH || asked !== undefined) return this.create(ordinal, depth, asked);
    let proxy = this.#recent.get(ordinal);
    if (proxy === undefined) {
      proxy = this.create(ordinal, depth, undefined);
      this.#remember(ordinal, proxy);
    }
    return proxy;
  }

  /** A run of this table's records without those that relations pass over. Cost: 5–20 ns a record where there can be any, else nothing. */
  withoutPassedOver(run: TargetRun): TargetRun {
    const { isPassedOver } = this;
    if (isPassedOver === undefined) return run;
    const kept: number[] = [];
    for (let place = run.start; place < run.start + run.count; place++) {
      const ordinal = run.source.target(place);
      if (!isPassedOver(ordinal)) kept.push(ordinal);
    }
    if (kept.length === run.count) return run;
    return { source: { target: (place) => kept[place]! }, start: 0, count: kept.length };
  }

  /** A proxy for every record, in key order. */
  *all(): IterableIterator<object> {
    for (let ordinal = 0; ordinal < this.records.recordCount; ordinal++)
      if (this.holds(ordinal)) yield this.proxyOf(ordinal);
  }

  #remember(ordinal: number, proxy: object): void {
    const oldest = this.#ring[this.#ringPlace];
    if (oldest !== undefined) {
      const state = stateOf(oldest)!;
      state.links = undefined;
      this.#recent.delete(state.ordinal);
    }
    this.#recent.set(ordinal, proxy);
    this.#ring[this.#ringPlace] = proxy;
    this.#ringPlace = (this.#ringPlace + 1) % MAX_RECENT_COUNT;
  }
}

function deletionTest(records: RecordTable): ((ordinal: number) => boolean) | undefined {
  const { deletedBy } = records.entity;
  if (deletedBy === undefined) return undefined;
  const { bit } = records.slotOf(deletedBy);
  return (ordinal) => {
    records.checkRecord(ordinal);
    return testBit(records.bytes, ordinal * records.stride, bit);
  };
}
