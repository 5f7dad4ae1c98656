/** Header, footer, directory and checksums: what is encoded is decoded, and these are the bytes. */
import fc from 'fast-check';
import { crc32 } from '../../src/bytes/checksum';
import { BlockChecksumBuilder, BlockChecksums, rootsOf } from '../../src/file/block-checksums';
import { contentHashOf, decodeDirectory, encodeDirectory, findSection, type Section } from '../../src/file/directory';
import { decodeFooter, encodeFooter, type Footer } from '../../src/file/footer';
import { BLOCK_SIZE, decodeHeader, encodeHeader } from '../../src/file/header';
import { readableKinds, sectionKinds } from '../../src/file/section-kinds';
import { holds, thrownBy } from '../support/property';

const rows = (bytes: Buffer) => bytes.toString('hex').match(/.{1,32}/g);

describe('the header', () => {
  it('has these bytes', () => {
    const bytes = encodeHeader(1_700_000_000_000);
    expect(rows(bytes)).toMatchInlineSnapshot(`
[
  "895046524f53540a0100010004030201",
  "00000100400000000068e5cf8b010000",
  "00000000000000000000000000000000",
  "000000000000000000000000393b81e6",
]
`);
    expect(decodeHeader(bytes, 'x')).toEqual({ formatVersion: 1, minReaderVersion: 1, createdAt: 1_700_000_000_000 });
  });

  it('damaged is refused, whichever bit it is', () => {
    const bytes = encodeHeader(5);
    for (let bit = 0; bit < 512; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(thrownBy(() => decodeHeader(bytes, 'x'))).toMatchObject({
        code: bit < 64 ? 'NOT_A_SNAPSHOT' : 'FILE_CORRUPT',
        details: { path: 'x' },
      });
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  });
});

describe('the footer', () => {
  const footer: Footer = {
    fileSize: 2 ** 40,
    directoryOffset: 2 ** 40 - 64 - 272,
    directorySize: 272,
    directoryChecksum: 0xdeadbeef,
    contentHash: 'ab'.repeat(32),
  };

  it('has these bytes', () => {
    const bytes = encodeFooter(footer);
    expect(rows(bytes)).toMatchInlineSnapshot(`
[
  "0000000000010000b0feffffff000000",
  "10010000efbeaddeabababababababab",
  "abababababababababababababababab",
  "ababababababababd5b9378446525354",
]
`);
    expect(decodeFooter(bytes, 2 ** 40, 'x')).toEqual(footer);
  });

  it.each<[string, Partial<Footer>, number, string]>([
    ['of a file that was cut', {}, 2 ** 40 - 1, 'FILE_TRUNCATED'],
    ['of a file that grew', {}, 2 ** 41, 'FILE_TRUNCATED'],
    ['with a directory in the header', { directoryOffset: 63 }, 2 ** 40, 'FILE_CORRUPT'],
    ['with a directory that does not reach it', { directorySize: 271 }, 2 ** 40, 'FILE_CORRUPT'],
    [
      'with a directory of 17 MiB',
      { directorySize: 17 * 2 ** 20, directoryOffset: 2 ** 40 - 64 - 17 * 2 ** 20 },
      2 ** 40,
      'FILE_CORRUPT',
    ],
  ])('%s is refused', (_, change, fileSize, code) => {
    expect(thrownBy(() => decodeFooter(encodeFooter({ ...footer, ...change }), fileSize, 'x'))).toMatchObject({
      code,
      details: { path: 'x' },
    });
  });

  it('damaged is refused, whichever bit it is', () => {
    const bytes = encodeFooter(footer);
    for (let bit = 0; bit < 512; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(thrownBy(() => decodeFooter(bytes, 2 ** 40, 'x')).code).toMatch(/^FILE_(TRUNCATED|CORRUPT)$/);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  });
});

describe('the directory', () => {
  const word = fc.integer().map((value) => value >>> 0);
  /** Sections one behind the other from byte 64, the checksum table last. */
  const directories = fc
    .tuple(
      fc.array(
        fc.record({
          kind: fc.constantFrom(...readableKinds.keys()).filter((kind) => kind !== sectionKinds.checksumTable),
          entityId: word,
          memberId: word,
          size: fc.nat(1e9),
          gap: fc.nat(63),
          itemCount: fc.nat(1e9),
        }),
      ),
      fc.array(word),
      word,
    )
    .map(([list, roots, schemaChecksum]) => {
      let position = 64;
      const sections = list.map(({ gap, ...section }): Section => {
        const offset = position + gap;
        position = offset + section.size;
        return { ...section, version: 1, flags: 1, offset };
      });
      sections.push({
        kind: sectionKinds.checksumTable,
        version: 1,
        flags: 1,
        entityId: 0xffffffff,
        memberId: 0xffffffff,
        offset: position,
        size: 8,
        itemCount: 2,
      });
      return { sections, roots, schemaChecksum, checkedSize: position };
    });
  const footerOf = (bytes: Buffer, checkedSize: number): Footer => ({
    fileSize: checkedSize + 8 + bytes.length + 64,
    directoryOffset: checkedSize + 8,
    directorySize: bytes.length,
    directoryChecksum: crc32(bytes),
    contentHash: contentHashOf(bytes),
  });

  it('comes back', () =>
    holds(
      fc.property(directories, (directory) => {
        const bytes = encodeDirectory(directory);
        expect(decodeDirectory(bytes, footerOf(bytes, directory.checkedSize), 'x')).toEqual(directory);
        for (const section of directory.sections) {
          const { kind, entityId, memberId } = section;
          expect(findSection(directory.sections, kind, entityId, memberId)).toMatchObject({ kind, entityId, memberId });
        }
      }),
    ));

  it('has these bytes', () => {
    const bytes = encodeDirectory({
      sections: [
        { kind: 4, version: 1, flags: 1, entityId: 2, memberId: 0xffffffff, offset: 64, size: 2 ** 40, itemCount: 3 },
      ],
      roots: [0xcafe],
      schemaChecksum: 0x12345678,
      checkedSize: 2 ** 40 + 64,
    });
    expect(rows(bytes)).toMatchInlineSnapshot(`
[
  "01000000010000007856341200000000",
  "40000000000100000000000000000000",
  "040001000100000002000000ffffffff",
  "40000000000000000000000000010000",
  "03000000000000000000000000000000",
  "feca0000",
]
`);
  });

  it('with bytes changed and its checksums right gives a coded error or sections within the file', () =>
    holds(
      fc.property(
        directories,
        fc.array(fc.record({ at: fc.nat(1e6), value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff) }), {
          minLength: 1,
          maxLength: 4,
        }),
        (directory, changes) => {
          const bytes = encodeDirectory(directory);
          for (const { at, value } of changes) bytes[at % bytes.length] = value;
          const footer = footerOf(bytes, directory.checkedSize);
          try {
            for (const { offset, size } of decodeDirectory(bytes, footer, 'x').sections) {
              expect(offset).toBeGreaterThanOrEqual(64);
              expect(offset + size).toBeLessThanOrEqual(footer.directoryOffset);
            }
          } catch (error) {
            expect(['FILE_CORRUPT', 'FORMAT_UNSUPPORTED']).toContain((error as { code: string }).code);
          }
        },
      ),
      2000,
    ));
});

describe('checksums of blocks', () => {
  /** A file of `size` bytes with its checksum table behind it. */
  function fileOf(size: number): { bytes: Buffer; range: ConstructorParameters<typeof BlockChecksums>[1] } {
    const data = Buffer.from(Array.from({ length: size }, (_, at) => (at * 7) & 0xff));
    const builder = new BlockChecksumBuilder();
    for (let at = 0; at < size; at += 50_000) builder.update(data.subarray(at, at + 50_000));
    const table = builder.finish();
    return {
      bytes: Buffer.concat([data, table]),
      range: { path: 'x', checkedSize: size, tableOffset: size, tableSize: table.length, roots: rootsOf(table) },
    };
  }

  it.each([0, 1, BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, 3 * BLOCK_SIZE])(
    'of %d bytes are those of each block',
    (size) => {
      const { bytes, range } = fileOf(size);
      const checksums = new BlockChecksums(bytes, range, true);
      expect(checksums.blockCount).toBe(Math.ceil(size / BLOCK_SIZE));
      for (let block = 0; block < checksums.blockCount; block++) {
        expect(bytes.readUInt32LE(size + 4 * block)).toBe(
          crc32(bytes.subarray(block * BLOCK_SIZE, Math.min(size, (block + 1) * BLOCK_SIZE))),
        );
        expect(checksums.damageOf(block)).toBeUndefined();
      }
      checksums.ensure(0, size);
    },
  );

  it('find damage in the blocks of a range, at first use, and again', () => {
    const { bytes, range } = fileOf(4 * BLOCK_SIZE);
    bytes[2 * BLOCK_SIZE + 5]! ^= 1;
    const checksums = new BlockChecksums(bytes, range, true);
    checksums.ensure(0, 2 * BLOCK_SIZE);
    checksums.ensure(3 * BLOCK_SIZE, BLOCK_SIZE);
    for (const [offset, size] of [
      [2 * BLOCK_SIZE, 1],
      [2 * BLOCK_SIZE - 1, 2],
      [0, 4 * BLOCK_SIZE],
      [3 * BLOCK_SIZE - 1, 1],
    ] as const) {
      expect(thrownBy(() => checksums.ensure(offset, size))).toMatchObject({
        code: 'FILE_CORRUPT',
        details: { path: 'x', offset: 2 * BLOCK_SIZE },
      });
    }
    // A block that was whole is not checked again: files do not change.
    bytes[5]! ^= 1;
    checksums.ensure(0, 10);
    expect(checksums.damageOf(0)).toMatchObject({ code: 'FILE_CORRUPT' });
    new BlockChecksums(bytes, range, false).ensure(0, 4 * BLOCK_SIZE);
  });

  it('find damage in their own table', () => {
    const { bytes, range } = fileOf(2 * BLOCK_SIZE);
    bytes[range.tableOffset + 1]! ^= 1;
    const error = thrownBy(() => new BlockChecksums(bytes, range, true).ensure(BLOCK_SIZE, 1));
    expect(error).toMatchObject({ code: 'FILE_CORRUPT', details: { offset: range.tableOffset } });
    expect(error.message).toContain('the checksum table');
  });

  it('refuse a table of another size', () => {
    const { bytes, range } = fileOf(2 * BLOCK_SIZE);
    for (const change of [{ tableSize: 12 }, { roots: [] }, { checkedSize: 3 * BLOCK_SIZE }]) {
      expect(thrownBy(() => new BlockChecksums(bytes, { ...range, ...change }, true))).toMatchObject({
        code: 'FILE_CORRUPT',
      });
    }
  });
});
