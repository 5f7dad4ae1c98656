/**
 * What a query fetches and shows, as its expression map says, and how the snapshot is read for it. TypeORM fetches more than it shows: keys,
 * so that rows can be grouped; what was not fetched does not exist for it.
 */
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import { fieldNameOf, snapshotNameOf } from '../mapping/mapped-entity';
import type { LazyRelations } from './lazy-relations';
import type { RecordReaders } from './record-readers';

export class Hydration {
  /** Names of aliases that are selected whole, and "alias.propertyPath" of single columns. */
  readonly #selections: ReadonlySet<string>;
  readonly #fetched = new Map<string, ReadonlySet<string>>();

  constructor(
    readonly map: QueryExpressionMap,
    private readonly sources: ReadonlyMap<string, number>,
    readonly readers: RecordReaders,
    readonly lazyRelations: LazyRelations,
  ) {
    this.#selections = new Set(map.selects.map(({ selection }) => selection));
  }

  /** The number of an alias's row source. */
  sourceOf(aliasName: string): number {
    return this.sources.get(aliasName)!;
  }

  /** Whether entities of an alias show a column, if it was fetched. */
  isShown(aliasName: string, { propertyPath }: ColumnMetadata): boolean {
    return this.#selections.has(aliasName) || this.#selections.has(`${aliasName}.${propertyPath}`);
  }

  /** Whether SQL would select a column; `metadata` is that of the alias, the column may be of a child. */
  isFetched(aliasName: string, metadata: EntityMetadata, { databaseName }: ColumnMetadata): boolean {
    let fetched = this.#fetched.get(aliasName);
    if (fetched === undefined) {
      fetched = this.#fetchedOf(aliasName, metadata);
      this.#fetched.set(aliasName, fetched);
    }
    return fetched.has(databaseName);
  }

  #fetchedOf(aliasName: string, { columns, primaryColumns }: EntityMetadata): ReadonlySet<string> {
    const isWhole = this.#selections.has(aliasName);
    const chosen = columns.filter(
      ({ isSelect, propertyPath }) => (isWhole && isSelect) || this.#selections.has(`${aliasName}.${propertyPath}`),
    );
    const all = chosen.length === 0 ? [] : [...chosen, ...primaryColumns];
    return new Set(all.map(({ databaseName }) => databaseName));
  }

  /** Whether the snapshot holds a column: one that was left out of it is missing from entities. */
  isStored(metadata: EntityMetadata, column: ColumnMetadata): boolean {
    return this.readers.has(snapshotNameOf(metadata), fieldNameOf(column)) || this.#isReference(metadata, column);
  }

  /** What a column's values come from: a field by its name, or a reader. */
  valueOf(metadata: EntityMetadata, column: ColumnMetadata): string | ((ordinal: number) => unknown) {
    return this.#isReference(metadata, column) ? this.reader(metadata, column) : fieldNameOf(column);
  }

  reader(metadata: EntityMetadata, column: ColumnMetadata): (ordinal: number) => unknown {
    if (!this.#isReference(metadata, column)) return this.readers.value(snapshotNameOf(metadata), fieldNameOf(column));
    const follow = this.#reference(metadata, column);
    const { inverseEntityMetadata } = column.relationMetadata!;
    const read = this.reader(inverseEntityMetadata, column.referencedColumn!);
    return (ordinal) => {
      const [target] = follow(ordinal);
      return target === undefined ? null : read(target);
    };
  }

  presence(metadata: EntityMetadata, column: ColumnMetadata): (ordinal: number) => boolean {
    if (!this.#isReference(metadata, column)) {
      const [entity, field] = [snapshotNameOf(metadata), fieldNameOf(column)];
      // What a transformer makes of a value does not count: JSON's own null is null to the driver.
      if (column.transformer) return this.readers.presence(entity, field, { jsonNull: false });
      const holds = this.readers.presence(entity, field);
      if (column.isArray || (column.type !== 'json' && column.type !== 'jsonb')) return holds;
      // To the driver as the application has set it.
      const read = this.reader(metadata, column);
      return (ordinal) => holds(ordinal) && read(ordinal) !== null;
    }
    const follow = this.#reference(metadata, column);
    return (ordinal) => follow(ordinal).length > 0;
  }

  /** Whether a column is that of a relation with the same property, and no field: the reference says what it holds. */
  #isReference(metadata: EntityMetadata, column: ColumnMetadata): boolean {
    const { relationMetadata: relation, propertyPath, referencedColumn } = column;
    const name = snapshotNameOf(metadata);
    if (relation?.propertyPath !== propertyPath || this.readers.has(name, fieldNameOf(column))) return false;
    return referencedColumn !== undefined && this.readers.hasRelation(name, propertyPath);
  }

  #reference(metadata: EntityMetadata, { propertyPath }: ColumnMetadata): (ordinal: number) => readonly number[] {
    return this.readers.targets(snapshotNameOf(metadata), propertyPath, { withDeleted: true });
  }

  /** Leads from a record to the targets of a relation that are not deleted. */
  follower(metadata: EntityMetadata, relation: RelationMetadata): (ordinal: number) => readonly number[] {
    return this.readers.targets(snapshotNameOf(metadata), relation.propertyPath, { withDeleted: false });
  }

  discriminatorReader(metadata: EntityMetadata): (ordinal: number) => unknown {
    return this.readers.discriminator(snapshotNameOf(metadata));
  }
}
