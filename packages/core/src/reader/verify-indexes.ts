/** The part of the deep check that looks at secondary indexes: they hold each record that has values once, where its hash says. */
import { bitmapSize, setBit, testBit, testBits } from '../bytes/bitmap';
import { indexFields } from '../schema/schema';
import { equalsRecord, hashOfRecord } from '../structure/key';
import type { KeyPart } from '../structure/key-parts';
import type { RecordTable } from './record-table';
import type { Findings } from './verify-findings';

/** Cost: about 0.3 µs a record and index. Memory: a bit a record. */
export function verifyIndexes(table: RecordTable, findings: Findings): void {
  for (let number = 0; number < table.entity.indexes.length && !findings.full; number++)
    findings.collect(table, undefined, undefined, () => verifyIndex(table, number, findings));
}

function verifyIndex(table: RecordTable, indexNumber: number, findings: Findings): void {
  const { entity, recordCount, bytes, view, stride } = table;
  const index = entity.indexes[indexNumber]!;
  const name = `the index on ${index.fields.join(', ')}`;
  const fields = indexFields(entity, index);
  const bits = fields.map((field) => entity.fields.indexOf(field));
  const parts = table.partsOf(fields);
  const entries = table.secondaryIndex(indexNumber);
  const seen = new Uint8Array(bitmapSize(recordCount));
  entries.forEach((ordinal, lies) => {
    if (findings.full) return;
    findings.collect(table, undefined, ordinal, () => {
      table.checkRecord(ordinal);
      if (testBit(seen, 0, ordinal)) findings.say(table, `${name} holds it twice.`, undefined, ordinal);
      setBit(seen, 0, ordinal);
      const base = ordinal * stride;
      if (!testBits(bytes, base, bits))
        findings.say(table, `${name} holds it, but it has no such values.`, undefined, ordinal);
      else if (!lies(hashOfRecord(parts, view, base)))
        findings.say(table, `${name} holds it where its values would not be looked for.`, undefined, ordinal);
    });
  });
  const wanted = table.partsOf(fields);
  const twin = {
    matches: (ordinal: number, probe: readonly KeyPart[]) => {
      table.checkRecord(ordinal);
      return equalsRecord(parts, view, ordinal * stride, probe);
    },
  };
  for (let ordinal = 0; ordinal < recordCount && !findings.full; ordinal++) {
    findings.collect(table, undefined, ordinal, () => {
      table.checkRecord(ordinal);
      const base = ordinal * stride;
      if (!testBits(bytes, base, bits)) return;
      if (!testBit(seen, 0, ordinal)) findings.say(table, `${name} does not hold it.`, undefined, ordinal);
      if (!index.unique) return;
      const hash = hashOfRecord(wanted, view, base);
      const first = entries.find(hash, twin, wanted);
      if (first >= 0 && first !== ordinal)
        findings.say(table, `it has the same values as record ${first}, but ${name} is unique.`, undefined, ordinal);
    });
  }
}
