/**
 * What becomes of references to records that the snapshot does not hold, and how often it did: a policy never works in silence.
 * A dangling reference is a to-one relation, or one link of a to-many relation, whose target's key no record has.
 */
import { describeValue, nearestName, PermafrostError } from '../../errors';
import type { EntitySchema, RelationSchema } from '../../schema/schema';

export const danglingPolicies = ['error', 'null', 'skip'] as const;

/**
 * `'error'`: the snapshot is not written. `'null'`: a to-one relation becomes null (one that is not nullable is an error still).
 * `'skip'`: the record that holds the reference is left out, and so is every record that then refers to nothing, until all that is left
 * holds together. Under both of the latter, links of to-many relations to or from a record that is not there are left out.
 */
export type DanglingPolicy = (typeof danglingPolicies)[number];

/** What a policy did to one relation. */
export interface DanglingCount {
  readonly entity: string;
  readonly relation: string;
  /** To-one references that became null. */
  readonly nulled: number;
  /** Records that were left out for this relation; one with several such relations counts for the first that was found. */
  readonly skipped: number;
  /** Links of a to-many relation that were left out, those of records left out included. */
  readonly unlinked: number;
}

/** Throws TypeError for what is no policy. */
export function checkDanglingPolicy(where: string, policy: unknown): DanglingPolicy {
  if ((danglingPolicies as readonly unknown[]).includes(policy)) return policy as DanglingPolicy;
  const near = nearestName(String(policy), danglingPolicies);
  throw new TypeError(
    `${where}: the option \`dangling\` is 'error', 'null' or 'skip', found ${describeValue(policy)}.${near ? ` Did you mean '${near}'?` : ''}`,
  );
}

/** The policy of one snapshot and the counts of what it did. */
export class DanglingReferences {
  readonly #counts = new Map<RelationSchema, { entity: string; nulled: number; skipped: number; unlinked: number }>();

  constructor(readonly policy: DanglingPolicy) {}

  add(entity: EntitySchema, relation: RelationSchema, what: 'nulled' | 'skipped' | 'unlinked', count = 1): void {
    if (count === 0) return;
    let counts = this.#counts.get(relation);
    if (!counts) {
      counts = { entity: entity.name, nulled: 0, skipped: 0, unlinked: 0 };
      this.#counts.set(relation, counts);
    }
    counts[what] += count;
  }

  /** Relations that something was done to, in the order of the schema. */
  counts(entities: readonly EntitySchema[]): DanglingCount[] {
    return entities.flatMap((entity) =>
      entity.relations.flatMap((relation) => {
        const counts = this.#counts.get(relation);
        return counts ? [{ ...counts, entity: entity.name, relation: relation.name }] : [];
      }),
    );
  }

  /** REFERENCE_DANGLING for the record with `key`, which refers to `wanted`, a key of `target`. */
  refuse(
    entity: EntitySchema,
    relation: RelationSchema,
    key: unknown,
    target: { readonly entity: EntitySchema; readonly recordCount: number },
    wanted: unknown,
  ): PermafrostError {
    const wayOut =
      this.policy === 'null'
        ? "The relation is not nullable, so dangling: 'null' cannot empty it. Export the record too, or choose 'skip'."
        : "Export it too, clear the reference, or choose what becomes of it: dangling: 'null' or 'skip'.";
    return new PermafrostError(
      'REFERENCE_DANGLING',
      `${entity.name}.${relation.name}: record ${describeValue(key)} refers to ${target.entity.name} ${describeValue(wanted)}, but none of the ${target.recordCount} records has that key. ${wayOut}`,
      {
        entity: entity.name,
        field: relation.name,
        key,
        expected: `a ${target.entity.name} with this key`,
        actual: wanted,
      },
    );
  }
}
