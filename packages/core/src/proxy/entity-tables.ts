/** The proxy tables of one opened snapshot, found by what users name entities by: a name or a class. */
import { describeValue, PermafrostError } from '../errors';
import type { SnapshotReader } from '../reader/snapshot-reader';
import type { EntityClass } from '../schema/class-description';
import type { ProxyTable } from './proxy-table';
import type { OpenSnapshotOptions } from './snapshot';
import { proxyTablesOf } from './snapshot-tables';

export class EntityTables {
  readonly #reader: SnapshotReader;
  readonly #byName: ReadonlyMap<string, ProxyTable>;
  readonly #byClass: ReadonlyMap<EntityClass, ProxyTable>;
  #lastEntity: string | EntityClass | undefined;
  #lastTable: ProxyTable | undefined;

  constructor(reader: SnapshotReader, options: OpenSnapshotOptions) {
    const { byName, byClass } = proxyTablesOf(reader, options);
    this.#reader = reader;
    this.#byName = byName;
    this.#byClass = byClass;
  }

  /** Throws ENTITY_UNKNOWN, SNAPSHOT_CLOSED. */
  opened(entity: string | EntityClass): ProxyTable {
    const table = this.of(entity);
    if (this.#reader.closed) throw this.#reader.closedError(table.records.entity.name);
    return table;
  }

  /** Throws ENTITY_UNKNOWN. Programs ask for one entity many times in a row: the last one is not looked up again, which takes 50 ns. */
  of(entity: string | EntityClass): ProxyTable {
    if (entity === this.#lastEntity) return this.#lastTable!;
    this.#lastTable = this.#lookUpTable(entity);
    this.#lastEntity = entity;
    return this.#lastTable;
  }

  #lookUpTable(entity: string | EntityClass): ProxyTable {
    const table = typeof entity === 'string' ? this.#byName.get(entity) : this.#byClass.get(entity);
    if (table) return table;
    if (typeof entity === 'string') this.#reader.tableByName(entity); // throws with the nearest name
    const name = typeof entity === 'function' ? entity.name : describeValue(entity);
    throw new PermafrostError(
      'ENTITY_UNKNOWN',
      `The snapshot was opened without the class ${name}. Pass it to openSnapshot: { entities: [${name}] }.`,
      { entity: name },
    );
  }
}
