/** What takes the rows of a SELECT: the column setters of its table, or of its links, wherever the rows come from. */
import type { ColumnSetter, SnapshotWriter } from '@permafrost/core';
import type { TableCopy } from './export-plan';

/** Where the columns of a copy go: for each column one setter, or one for each use of it. */
export interface CopyTarget {
  readonly setters: readonly (readonly ColumnSetter[])[];
  /** The same for the ranks behind them. */
  readonly rankSetters: readonly (readonly ColumnSetter[])[];
  readonly begin: () => void;
  readonly end: () => void;
}

type Copied = Pick<TableCopy, 'entity' | 'links' | 'columns' | 'ranked'>;

export function copyTarget(writer: SnapshotWriter, copy: Copied): CopyTarget {
  return copy.links ? linkTarget(writer, copy) : recordTarget(writer, copy);
}

function recordTarget(writer: SnapshotWriter, { entity, columns, ranked }: Copied): CopyTarget {
  const table = writer.table(entity.name);
  const setters = columns.map(({ uses }) =>
    uses.map((use) => {
      if (use.kind === 'field') return table.column(use.field.definition.name);
      return table.reference((use as typeof use & { kind: 'reference' }).relation.definition.name)[use.part]!;
    }),
  );
  const rankSetters = ranked.map((position) =>
    columns[position]!.uses.flatMap((use) => {
      if (use.kind !== 'field') return [];
      const { name } = use.field.definition;
      return table.entity.fields.find((field) => field.name === name)!.ranked ? [table.rank(name)] : [];
    }),
  );
  return { setters, rankSetters, begin: () => table.beginRecord(), end: () => table.endRecord() };
}

function linkTarget(writer: SnapshotWriter, { entity, links, columns }: Copied): CopyTarget {
  const pairs = writer.links(entity.name, links!.definition.name);
  const setters = columns.map(({ uses }) =>
    uses.flatMap((use) => (use.kind === 'link' ? [pairs[use.side][use.part]!] : [])),
  );
  return { setters, rankSetters: [], begin: () => pairs.beginLink(), end: () => pairs.endLink() };
}
