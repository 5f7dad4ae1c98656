/**
 * The most frequent read of all, of one record by its whole key, without planning: a plan costs tens of microseconds, this one or two.
 * Anything but plain key values is left to the planner, so that its answers and errors are the only ones.
 */
import type { PlanResult } from '@permafrost/core';
import type { EntityMetadata } from 'typeorm';
import type { FindPlan, FindPlanner } from '../find/find-plan';
import { snapshotNameOf } from '../mapping/mapped-entity';
import type { StoreContext } from '../store-context';

interface ByKey {
  /** Of a `find` without options. */
  readonly found: FindPlan;
  readonly entity: string;
  readonly key: readonly string[];
  /** Whether a value is one that the key field compares with as it is. */
  readonly isPlain: readonly ((value: unknown) => boolean)[];
}

export class KeyReads {
  readonly #entities = new Map<EntityMetadata, ByKey | undefined>();

  constructor(
    private readonly context: StoreContext,
    private readonly planner: FindPlanner,
  ) {}

  /** The answer to `where` if it is the whole key and nothing else; undefined where it takes a plan. */
  find(metadata: EntityMetadata, where: unknown): { found: FindPlan; result: PlanResult } | undefined {
    if (typeof where !== 'object' || where === null || Object.getPrototypeOf(where) !== Object.prototype)
      return undefined;
    let byKey = this.#entities.get(metadata);
    if (byKey === undefined && !this.#entities.has(metadata)) {
      byKey = this.#describe(metadata);
      this.#entities.set(metadata, byKey);
    }
    if (byKey === undefined) return undefined;
    const { key, isPlain, found, entity } = byKey;
    const values = where as Record<string, unknown>;
    let count = 0;
    for (const _ in values) count++;
    if (count !== key.length) return undefined;
    for (let part = 0; part < key.length; part++) if (!isPlain[part]!(values[key[part]!])) return undefined;
    const ordinal = this.context.snapshot.byOrdinal.ordinalOf(
      entity,
      key.length === 1 ? values[key[0]!] : key.map((name) => values[name]),
    );
    return { found, result: new KeyResult(ordinal) };
  }

  /** Undefined for entities whose records depend on more than their key: soft-deleted ones, eager relations, transformed keys. */
  #describe(metadata: EntityMetadata): ByKey | undefined {
    const entity = snapshotNameOf(metadata);
    const found = this.planner.plan(metadata, undefined, 'find');
    const { where, joins = [] } = found.plan;
    if (where || joins.length > 0 || found.plan.entity !== entity) return undefined;
    const { key, fields } = this.context.snapshot.entitySchema(entity);
    const columns = key.map((name) => metadata.primaryColumns.find((column) => column.propertyPath === name));
    if (key.length === 0 || columns.some((column) => !column || column.transformer || column.embeddedMetadata))
      return undefined;
    const isPlain = key.map((name) => plainValueOf(fields.find((field) => field.name === name)!.type));
    return isPlain.every((test) => test !== undefined) ? { found, entity, key, isPlain } : undefined;
  }
}

function plainValueOf(type: string): ((value: unknown) => boolean) | undefined {
  switch (type) {
    case 'int16':
      return isInteger(2 ** 15);
    case 'int32':
      return isInteger(2 ** 31);
    case 'int64':
      return isInteger(2 ** 53);
    case 'uuid':
      return (value) => typeof value === 'string' && UUID.test(value);
    default:
      return undefined;
  }
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function isInteger(limit: number): (value: unknown) => boolean {
  return (value) => typeof value === 'number' && Number.isInteger(value) && value >= -limit && value < limit;
}

/** One record or none; nodes are made where they are looked at. */
class KeyResult implements PlanResult {
  readonly isPlain = true;
  readonly ordinals: Uint32Array;

  constructor(ordinal: number) {
    this.ordinals = ordinal < 0 ? new Uint32Array(0) : Uint32Array.of(ordinal);
  }

  get nodes(): PlanResult['nodes'] {
    return Array.from(this.ordinals, (ordinal) => ({ ordinal, joined: {} }));
  }

  get explanation(): PlanResult['explanation'] {
    const { length } = this.ordinals;
    return { access: 'key', recordsExamined: length, rowsExamined: length, recordsReturned: length };
  }
}
