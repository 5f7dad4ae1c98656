/**
 * Records in the assertions of a test: to show how two objects differ, Jest makes a copy with the record's prototype and what its getters
 * give. Left to itself it would follow relations into the whole graph, and read the state of a proxy through a copy of its DataView, which throws.
 */
import type { RecordLayout } from '../layout/layout';
import type { EntitySchema } from '../schema/schema';
import { STATE } from './record-state';

/** Which properties Jest copies: jest-matcher-utils, deepCyclicCopyReplaceable. */
const JEST_COPIES = Symbol.for('@jest/serializableProperties');

/** Lets copies have the members with these names; members that a copy lacks read as undefined, relations as null. */
export function prepareForCopies(
  prototype: object,
  names: readonly string[],
  entity: EntitySchema,
  layout: RecordLayout,
): void {
  Object.defineProperty(prototype, JEST_COPIES, { value: names });
  // Writable, so that a proxy can have a state of its own.
  Object.defineProperty(prototype, STATE, { value: nothingOf(entity, layout), writable: true });
}

/** The state of what has a proxy's prototype and is none: it holds no value, and leads nowhere. */
function nothingOf(entity: EntitySchema, layout: RecordLayout): unknown {
  const bytes = new Uint8Array(layout.stride);
  const records = { checkRecord() {}, bytes, stride: layout.stride, layout };
  const links = entity.relations.map(() => null);
  return { view: new DataView(bytes.buffer), ordinal: 0, links, depth: 0, asked: undefined, table: { records } };
}
