/** Reads of records by their ordinals, which queries lead to: what adapters make entities and repositories of. */
import { describeValue } from '../errors';
import type { EntityClass } from '../schema/class-description';
import type { EntityTables } from './entity-tables';
import { type FollowedRelation, type LinkedNode, nodeProxies } from './node-proxies';
import { type CopiedMember, recordCopierOf } from './record-copier';
import { type PresenceOptions, presenceReaderOf, type TargetsOptions, targetsReaderOf } from './record-facts';
import type { RelationTree } from './record-state';
import { valueReaderOf } from './value-reader';

/** Use `byOrdinal` of an opened snapshot. Ordinals are valid within their snapshot alone. */
export class ByOrdinal {
  /** @internal */
  constructor(private readonly tables: EntityTables) {}

  /** Proxies of given ordinals, as a query found them; `asked` are the relations to show in JSON and `materialize`. */
  proxiesOf(entity: string | EntityClass, ordinals: ArrayLike<number>, asked?: RelationTree): object[] {
    const table = this.tables.of(entity);
    return Array.from(ordinals, (ordinal) => {
      if (!Number.isInteger(ordinal) || ordinal < 0) {
        throw new TypeError(`proxiesOf: expected ordinals, found ${describeValue(ordinal)}.`);
      }
      return table.proxyOf(ordinal, asked);
    });
  }

  /**
   * Proxies of what a plan led to. The relations that its joins follow give what the nodes say: trimmed, in their order, or nothing; all
   * others lead wherever they do. `asked` are the relations to show in JSON and `materialize`; joins that it does not name are left out,
   * without it none is. Throws ENTITY_UNKNOWN, SNAPSHOT_CLOSED. Cost: 100–200 ns a record and join; elements of lists as they are read.
   */
  proxiesOfNodes(
    entity: string | EntityClass,
    nodes: readonly LinkedNode[],
    joins: readonly (FollowedRelation | undefined)[],
    asked?: RelationTree,
  ): object[] {
    return nodeProxies(this.tables.opened(entity), nodes, joins, asked);
  }

  /**
   * Reads a field, by its path ("address.city"), as proxies give it: for those who read one field of many records. What it gives back takes
   * ordinals and throws SNAPSHOT_CLOSED and FILE_CORRUPT as proxies do. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN. Cost of a value: as of a proxy's.
   */
  valueReader(entity: string | EntityClass, path: string): (ordinal: number) => unknown {
    return valueReaderOf(this.tables.of(entity), path);
  }

  /**
   * Copies fields of records into objects, as proxies give them: for those who make instances of their own of many records. Takes ordinals
   * and objects, and throws SNAPSHOT_CLOSED and FILE_CORRUPT as proxies do. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN. Cost: 15 ns a number or
   * boolean, else as of a proxy's.
   */
  recordCopier(
    entity: string | EntityClass,
    members: readonly CopiedMember[],
  ): (ordinal: number, target: Record<string, unknown>) => void {
    return recordCopierOf(this.tables.of(entity), members);
  }

  /** The ordinal of a key, or -1. Ordinals are valid within this snapshot alone. */
  ordinalOf(entity: string | EntityClass, key: unknown): number {
    const table = this.tables.opened(entity);
    const ordinal = table.records.keyLookup.ordinalOf(key);
    return ordinal < 0 || table.holds(ordinal) ? ordinal : -1;
  }

  /** Whether the record at an ordinal is marked deleted: relations pass over it. False where the entity marks none. Throws ENTITY_UNKNOWN. */
  isDeleted(entity: string | EntityClass, ordinal: number): boolean {
    return this.tables.opened(entity).isDeleted?.(ordinal) ?? false;
  }

  /**
   * Whether records hold a value in a field, by its path, whatever the snapshot was opened to give for none. What it gives back throws
   * SNAPSHOT_CLOSED and FILE_CORRUPT. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN. Cost of a record: 5 ns, and where JSON's own null is told from
   * other values, of reading its text.
   */
  presenceReader(entity: string | EntityClass, path: string, options?: PresenceOptions): (ordinal: number) => boolean {
    return presenceReaderOf(this.tables.of(entity), path, options);
  }

  /**
   * The ordinals that records refer to by a relation to one entity, named by its path: each once, one at most of a to-one relation. What
   * relations pass over is left out, but for what the options ask for. What it gives back throws SNAPSHOT_CLOSED and FILE_CORRUPT. Throws ENTITY_UNKNOWN,
   * FIELD_UNKNOWN. Cost of a target: 10–20 ns.
   */
  targetsReader(
    entity: string | EntityClass,
    relation: string,
    options: TargetsOptions = {},
  ): (ordinal: number) => readonly number[] {
    return targetsReaderOf(this.tables.of(entity), relation, options);
  }
}
