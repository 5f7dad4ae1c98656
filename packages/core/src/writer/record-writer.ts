/**
 * What a source of records writes through: one `RecordWriter` an entity, and a `LinkWriter` a stored to-many relation.
 * Records come in any order and refer by key to records that may come later. Nothing is resolved here.
 */
import { setBit } from '../bytes/bitmap';
import type { WritableFile } from '../file/storage';
import { type LayoutMember, slotKindOf } from '../layout/layout';
import { missingValue, type ValuePlace } from '../schema/canonical';
import { isCollection } from '../schema/collections';
import { mayBeEmpty, pathTextOf } from '../schema/embedded';
import { type EntitySchema, type FieldSchema, keyFields, type RelationSchema, targetNames } from '../schema/schema';
import { unknownMember } from '../schema/unknown-member';
import type { HeapBuilder } from '../structure/heap';
import type { StringTableBuilder } from '../structure/string-table';
import type { MemberPlace } from './member-copier';
import { checkChoice, type ReferenceChoice, referenceChoices } from './relations/polymorphic-references';
import type { ColumnSetter, SetterPlace } from './setters/column-setter';
import { TextSetter } from './setters/heap-setters';
import { makeSetter } from './setters/make-setter';
import { RankSetter, rankChecker } from './setters/rank-setter';
import { describeKeyBeingWritten } from './staging/staged-key';
import { StagingTable } from './staging/staging-table';
import { candidateTable, type KnownLayout, previousPlaces } from './text-places';

/** What all tables of one snapshot share while it is written. */
export interface WriterContext {
  /** A scratch file for what does not fit into memory. */
  readonly createScratch: () => WritableFile;
  /** Text and binary values: already in the file. */
  readonly heap: HeapBuilder;
  /** Keys of references: forgotten when they are resolved. */
  readonly scratchHeap: HeapBuilder;
  entityOf(name: string): EntitySchema;
  /** Of the generation before, whose choices are kept. */
  readonly previousLayouts: readonly KnownLayout[];
  /** Throws WRITER_STATE when the snapshot takes no more records. */
  requireOpen(): void;
}

/** The key fields of a reference among the staged members. */
export interface StagedReference {
  readonly relation: RelationSchema;
  readonly target: EntitySchema;
  /** Bits of the staged members that hold the target's key. */
  readonly bits: readonly number[];
  readonly setters: readonly ColumnSetter[];
}

/** A to-one relation that this side stores. */
function storesReference(relation: RelationSchema): boolean {
  return relation.kind === 'to-one' && relation.inverse === undefined;
}

/** Writes the records of one entity. */
export class RecordWriter {
  readonly staging: StagingTable;
  readonly references: readonly StagedReference[];
  readonly stringTables: readonly (StringTableBuilder | undefined)[];
  readonly #setters: readonly ColumnSetter[];
  readonly #byName: ReadonlyMap<string, ColumnSetter>;
  readonly #required: Uint8Array;
  readonly #choices: readonly ReferenceChoice[];
  readonly #heap: HeapBuilder;
  readonly #scratchHeap: HeapBuilder;
  readonly #requireOpen: () => void;
  readonly #checkRanks: () => void;
  #inRecord = false;

  constructor(
    readonly entity: EntitySchema,
    context: WriterContext,
  ) {
    this.#heap = context.heap;
    this.#scratchHeap = context.scratchHeap;
    this.#requireOpen = context.requireOpen;
    const stored = entity.relations.filter(storesReference);
    const members: LayoutMember[] = entity.fields.map((field) => ({
      name: field.name,
      kind: slotKindOf(field, false),
      ranked: field.ranked,
    }));
    const targets = stored.flatMap((relation) =>
      targetNames(relation).map((name) => ({ relation, target: context.entityOf(name) })),
    );
    for (const { relation, target } of targets) members.push(...referenceMembers(relation, target));
    this.staging = new StagingTable(entity.name, members, context.createScratch);
    const previous = previousPlaces(entity, context.previousLayouts);
    this.stringTables = entity.fields.map((field) =>
      field.type === 'text' &&
      !isCollection(field) &&
      !field.compressed &&
      !(entity.key.length === 1 && entity.key[0] === field.name)
        ? candidateTable(previous.get(field.name))
        : undefined,
    );
    this.#setters = entity.fields.map((field, bit) =>
      this.#setter(field, bit, context.heap, {
        stringTable: this.stringTables[bit],
        previous: previous.get(field.name),
      }),
    );
    this.#byName = new Map(this.#setters.map((setter) => [setter.field.name, setter]));
    let bit = entity.fields.length;
    this.references = targets.map(({ relation, target }) => {
      const bits = keyFields(target).map(() => bit++);
      const setters = keyFields(target).map((field, part) =>
        this.#setter(
          { ...field, nullable: true, name: stagedName(relation, target, field) },
          bits[part]!,
          context.scratchHeap,
        ),
      );
      return { relation, target, bits, setters };
    });
    this.#choices = referenceChoices(this.references);
    this.#checkRanks = rankChecker(entity.fields, this.staging, { entity: entity.name, key: () => this.currentKey() });
    this.#required = new Uint8Array(this.staging.bitmapSize);
    for (const [fieldBit, field] of entity.fields.entries())
      if (!mayBeEmpty(entity, field)) setBit(this.#required, 0, fieldBit);
    for (const reference of this.references)
      if (!reference.relation.nullable && !reference.relation.targets)
        for (const keyBit of reference.bits) setBit(this.#required, 0, keyBit);
  }

  get recordCount(): number {
    return this.staging.recordCount;
  }

  /** The references of relations to one of several entities. */
  get choices(): readonly ReferenceChoice[] {
    return this.#choices;
  }

  /** The setter of a field. Find it once, use it for every record. Throws FIELD_UNKNOWN. */
  column(name: string): ColumnSetter {
    const setter = this.#byName.get(name);
    if (!setter) throw unknownMember(this.entity, name, 'field', [...this.#byName.keys()]);
    return setter;
  }

  /**
   * The setter of the rank that a ranked field's value has in the database's order: whole numbers from 1 on, equal for equal values. Every
   * value needs one. Throws FIELD_UNKNOWN.
   */
  rank(name: string): ColumnSetter {
    const { field } = this.#byName.get(name) ?? {};
    if (!field?.ranked) {
      const ranked = this.entity.fields.filter((candidate) => candidate.ranked);
      throw unknownMember(
        this.entity,
        name,
        'ranked field',
        ranked.map((candidate) => candidate.name),
      );
    }
    const place = { entity: this.entity.name, field: pathTextOf(field), key: () => this.currentKey() };
    return new RankSetter(field, this.staging, this.entity.fields.indexOf(field), place);
  }

  /**
   * One setter for each key field of the relation's target; leave them unset, or set one to null, for no reference. A polymorphic
   * relation has setters for each of its targets: name the entity, and set those of one. Throws FIELD_UNKNOWN.
   */
  reference(name: string, target?: string): readonly ColumnSetter[] {
    const found = this.references.filter((candidate) => candidate.relation.name === name);
    if (found.length === 0) {
      throw unknownMember(
        this.entity,
        name,
        'stored to-one relation',
        this.references.map((candidate) => candidate.relation.name),
      );
    }
    if (target === undefined && found[0]!.relation.targets === undefined) return found[0]!.setters;
    const reference = found.find((candidate) => candidate.target.name === target);
    if (reference) return reference.setters;
    const targets = found.map((candidate) => candidate.target.name);
    throw unknownMember(this.entity, String(target), `"${name}" to an entity`, targets);
  }

  /** Where a field of the record being written lies, for copying it from another file. Throws FIELD_UNKNOWN. */
  fieldPlace(name: string): MemberPlace {
    const setter = this.column(name);
    return { staging: this.staging, bit: this.entity.fields.indexOf(setter.field), setter, heap: this.#heap };
  }

  /** The same for each key field of a relation's target; a polymorphic relation has several, `target` names one. Throws FIELD_UNKNOWN. */
  referencePlaces(name: string, target?: string): readonly MemberPlace[] {
    const setters = this.reference(name, target);
    const { bits } = this.references.find((candidate) => candidate.setters === setters)!;
    return setters.map((setter, part) => ({
      staging: this.staging,
      bit: bits[part]!,
      setter,
      heap: this.#scratchHeap,
    }));
  }

  /** Begins a record without any value; its setters follow, in any order, then {@link endRecord}. */
  beginRecord(): void {
    this.#requireOpen();
    if (this.#inRecord)
      throw new TypeError(`${this.entity.name}: a record begins inside a record; end or cancel it first.`);
    this.#inRecord = true;
    this.staging.begin();
  }

  /** Forgets the record being written. */
  cancelRecord(): void {
    this.#inRecord = false;
  }

  /** Throws VALUE_NULL when a field or relation that is not nullable was not set, RANK_MISSING when the rank of a value was not. */
  endRecord(): void {
    if (!this.#inRecord) throw new TypeError(`${this.entity.name}: a record ends that was not begun.`);
    const missing = this.staging.firstMissing(this.#required);
    if (missing >= 0) {
      const missed = this.entity.fields[missing];
      const field = missed ? pathTextOf(missed) : this.staging.layout.slots[missing]!.name;
      this.#inRecord = false;
      throw missingValue({ entity: this.entity.name, field, key: () => this.currentKey() }, undefined);
    }
    this.#inRecord = false;
    this.#checkRanks();
    for (const choice of this.#choices) {
      const place = { entity: this.entity.name, field: choice.relation.name, key: () => this.currentKey() };
      checkChoice(choice, this.staging, place);
    }
    this.staging.end();
  }

  /** The key of the record being written, as far as it is set: for messages. */
  currentKey(): unknown {
    const key = keyFields(this.entity);
    const bits = key.map((field) => this.entity.fields.indexOf(field));
    return describeKeyBeingWritten(key, bits, this.staging, this.stringTables, this.#heap);
  }

  /** Whether the text field with this bit goes to the string table. */
  suitsStringTable(bit: number): boolean {
    const setter = this.#setters[bit];
    return setter instanceof TextSetter && setter.textPlace === 'table';
  }

  #setter(
    field: FieldSchema,
    bit: number,
    heap: HeapBuilder,
    text: Pick<SetterPlace, 'stringTable' | 'previous'> = {},
  ): ColumnSetter {
    const slot = this.staging.layout.slots[bit]!;
    const place: ValuePlace = { entity: this.entity.name, field: pathTextOf(field), key: () => this.currentKey() };
    return makeSetter(field, slot.kind, {
      target: this.staging,
      slotOffset: slot.offset,
      bit,
      place,
      heap,
      ...text,
    });
  }
}

function referenceMembers(relation: RelationSchema, target: EntitySchema): LayoutMember[] {
  return keyFields(target).map((field) => ({
    name: stagedName(relation, target, field),
    kind: slotKindOf(field, false),
  }));
}

function stagedName(relation: RelationSchema, target: EntitySchema, field: FieldSchema): string {
  return relation.targets ? `${relation.name}.${target.name}.${field.name}` : `${relation.name}.${field.name}`;
}
