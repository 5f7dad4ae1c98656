/** Facts of records that proxies do not show: whether a field holds a value whatever is made of it, and what a relation refers to by itself. */
import { testBit } from '../bytes/bitmap';
import { pathTextOf } from '../schema/embedded';
import { unknownMember } from '../schema/unknown-member';
import { jsonReaderOf } from '../structure/json-value';
import type { ProxyTable } from './proxy-table';

/** What is taken for a value. */
export interface PresenceOptions {
  /** Whether JSON's own null is. Default true. */
  readonly jsonNull?: boolean;
}

/** Throws FIELD_UNKNOWN. */
export function presenceReaderOf(
  { records }: ProxyTable,
  path: string,
  { jsonNull = true }: PresenceOptions = {},
): (ordinal: number) => boolean {
  const { entity, layout, bytes, view, stride } = records;
  const number = entity.fields.findIndex((field) => pathTextOf(field) === path);
  if (number < 0) throw unknownMember(entity, path, 'field', entity.fields.map(pathTextOf));
  const { offset, bit } = layout.slots[number]!;
  const holds = (ordinal: number) => {
    records.checkRecord(ordinal);
    return testBit(bytes, ordinal * stride, bit);
  };
  const field = entity.fields[number]!;
  if (jsonNull || field.type !== 'json' || field.array) return holds;
  const read = jsonReaderOf(field, 'text');
  return (ordinal) => holds(ordinal) && (read(view, ordinal * stride + offset, records, 0) as string).trim() !== 'null';
}

/** Which of the records that a relation leads to are given. */
export interface TargetsOptions {
  /** Whether those that are deleted are. Default false. */
  readonly withDeleted?: boolean;
  /** Whether a relation that passes over records of other classes gives those of classes that extend its own. Default false. */
  readonly withSubclasses?: boolean;
  /** Whether those that a relation passes over for their class are. Default false. */
  readonly ofAnyClass?: boolean;
}

/** Throws FIELD_UNKNOWN. */
export function targetsReaderOf(
  { records, targets: tables }: ProxyTable,
  relation: string,
  { withDeleted = false, withSubclasses = false, ofAnyClass = false }: TargetsOptions,
): (ordinal: number) => readonly number[] {
  const { entity, bytes, view, stride } = records;
  const paths = entity.relations.map(pathTextOf);
  const number = paths.indexOf(relation);
  const { kind, targets, subtype, passesOver } = entity.relations[number] ?? {};
  if (number < 0 || targets) throw unknownMember(entity, relation, 'relation to one entity', paths);
  const [target] = tables[number]!;
  // A relation to a subtype leads past records that are not of it.
  const isOfClass = withSubclasses && passesOver ? target!.records.subtypes!.memberOf(subtype!) : target!.isMember;
  const isMember = ofAnyClass ? undefined : isOfClass;
  const isDeleted = withDeleted ? undefined : target!.isDeleted;
  const isLeftOut = (isMember || isDeleted) && ((at: number) => isMember?.(at) === false || isDeleted?.(at) === true);
  if (kind === 'to-one') {
    const { offset, bit } = records.slotOf(entity.relations[number]!.name);
    return (ordinal) => {
      records.checkRecord(ordinal);
      const base = ordinal * stride;
      if (!testBit(bytes, base, bit)) return NONE;
      const at = view.getUint32(base + offset, true);
      target!.records.checkRecord(at);
      return isLeftOut?.(at) ? NONE : [at];
    };
  }
  return (ordinal) => {
    records.checkRecord(ordinal);
    const { source, start, count } = records.adjacencyList(number).runOf(ordinal);
    if (count === 0) return NONE;
    const ordinals = new Array<number>(count);
    let kept = 0;
    let last = -1;
    let isRising = true;
    for (let place = start; place < start + count; place++) {
      const at = source.target(place);
      target!.records.checkRecord(at);
      if (isLeftOut?.(at)) continue;
      isRising &&= at > last;
      last = at;
      ordinals[kept++] = at;
    }
    if (kept < count) ordinals.length = kept;
    return isRising ? ordinals : [...new Set(ordinals)];
  };
}

const NONE: readonly number[] = Object.freeze([]);
