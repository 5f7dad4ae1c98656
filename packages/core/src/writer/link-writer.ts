/** What a source of records writes the pairs of a stored to-many relation through: the keys of both sides, resolved when all records are there. */
import { slotKindOf } from '../layout/layout';
import { missingValue, type ValuePlace } from '../schema/canonical';
import { type EntitySchema, keyFields, type RelationSchema } from '../schema/schema';
import type { MemberPlace } from './member-copier';
import type { WriterContext } from './record-writer';
import type { ColumnSetter } from './setters/column-setter';
import { makeSetter } from './setters/make-setter';
import { describeKeyBeingWritten } from './staging/staged-key';
import { StagingTable } from './staging/staging-table';

/** A to-many relation that this side stores. */
export function storesLinks(relation: RelationSchema): boolean {
  return relation.kind === 'to-many' && relation.inverse === undefined;
}

/** Writes the pairs of one stored to-many relation. */
export class LinkWriter {
  readonly staging: StagingTable;
  /** One setter for each key field of the owner. */
  readonly owner: readonly ColumnSetter[];
  /** One setter for each key field of the target. */
  readonly target: readonly ColumnSetter[];
  /** The same for copying from another file: first the owner's key, then the target's. */
  readonly places: readonly MemberPlace[];
  readonly #requireOpen: () => void;
  readonly #place: ValuePlace;

  constructor(
    readonly ownerEntity: EntitySchema,
    readonly relation: RelationSchema,
    readonly targetEntity: EntitySchema,
    context: WriterContext,
  ) {
    this.#requireOpen = context.requireOpen;
    const ownerKey = keyFields(ownerEntity);
    const targetKey = keyFields(targetEntity);
    const name = `${ownerEntity.name}.${relation.name}`;
    const fields = [...ownerKey, ...targetKey];
    this.staging = new StagingTable(
      name,
      fields.map((field) => ({ name: field.name, kind: slotKindOf(field, false) })),
      context.createScratch,
    );
    const place: ValuePlace = {
      entity: ownerEntity.name,
      field: relation.name,
      key: () => describeKeyBeingWritten(ownerKey, [...ownerKey.keys()], this.staging, [], context.scratchHeap),
    };
    this.#place = place;
    const setters = fields.map((field, bit) => {
      const slot = this.staging.layout.slots[bit]!;
      return makeSetter(field, slot.kind, {
        target: this.staging,
        slotOffset: slot.offset,
        bit,
        place,
        heap: context.scratchHeap,
      });
    });
    this.places = setters.map((setter, bit) => ({ staging: this.staging, bit, setter, heap: context.scratchHeap }));
    this.owner = setters.slice(0, ownerKey.length);
    this.target = setters.slice(ownerKey.length);
  }

  /** Begins one pair; its setters follow, then {@link endLink}. */
  beginLink(): void {
    this.#requireOpen();
    this.staging.begin();
  }

  /** Ends the pair. Whether both sides are there is checked when the snapshot is finished. */
  endLink(): void {
    for (let bit = 0; bit < this.staging.layout.slots.length; bit++) {
      if (!this.staging.holdsValue(bit)) throw missingValue(this.#place, undefined);
    }
    this.staging.end();
  }
}
