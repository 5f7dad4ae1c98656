/**
 * CRC-32 of each 64 KiB block of the file, kept in the checksum table (u32 a block), whose own blocks are rooted in the directory.
 * A reader checks a block the first time it touches it: 15 µs, once in the life of a process. Nothing is checked at open.
 */
import { crc32 } from '../bytes/checksum';
import type { RangeGuard } from '../bytes/range-guard';
import { PermafrostError } from '../errors';
import { BLOCK_SIZE } from './header';

const CHECKSUM_SIZE = 4;
const BLOCKS_PER_BYTE = 1 / BLOCK_SIZE;

/** Follows the bytes of a file as they are written and keeps one checksum a block. */
export class BlockChecksumBuilder {
  readonly checksums: number[] = [];
  #current = 0;
  #filled = 0;

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + BLOCK_SIZE - this.#filled);
      this.#current = crc32(bytes.subarray(at, end), this.#current);
      this.#filled += end - at;
      at = end;
      if (this.#filled === BLOCK_SIZE) this.#endBlock();
    }
  }

  /** The checksum table. Nothing may be written after. */
  finish(): Buffer {
    if (this.#filled > 0) this.#endBlock();
    const table = Buffer.alloc(CHECKSUM_SIZE * this.checksums.length);
    for (const [block, checksum] of this.checksums.entries()) table.writeUInt32LE(checksum, CHECKSUM_SIZE * block);
    return table;
  }

  #endBlock(): void {
    this.checksums.push(this.#current);
    this.#current = 0;
    this.#filled = 0;
  }
}

/** The CRC-32 of each 64 KiB of a checksum table. */
export function rootsOf(table: Uint8Array): number[] {
  const builder = new BlockChecksumBuilder();
  builder.update(table);
  builder.finish();
  return builder.checksums;
}

/** Where the checksum table lies and what it covers. */
export interface CheckedRange {
  readonly path: string;
  readonly checkedSize: number;
  readonly tableOffset: number;
  readonly tableSize: number;
  readonly roots: readonly number[];
}

/** Checks blocks of a mapped file at first use. Memory: 2 bytes a MiB of the file. */
export class BlockChecksums implements RangeGuard {
  readonly #bytes: Buffer;
  readonly #range: CheckedRange;
  /** A bit a block: 1 where it has been checked. */
  readonly #checked: Uint32Array;
  readonly #checkedTableBlocks: Uint8Array;
  readonly blockCount: number;

  /** `enabled: false` trusts the file: for one that has just been verified. */
  constructor(bytes: Buffer, range: CheckedRange, enabled: boolean) {
    this.#bytes = bytes;
    this.#range = range;
    const blockCount = Math.ceil(range.checkedSize / BLOCK_SIZE);
    if (
      range.tableSize !== CHECKSUM_SIZE * blockCount ||
      range.roots.length !== Math.ceil(range.tableSize / BLOCK_SIZE)
    ) {
      throw new PermafrostError(
        'FILE_CORRUPT',
        `${range.path}: ${blockCount} blocks need ${CHECKSUM_SIZE * blockCount} bytes of checksums; the table has ${range.tableSize}. Publish again.`,
        {
          path: range.path,
          expected: CHECKSUM_SIZE * blockCount,
          actual: range.tableSize,
        },
      );
    }
    this.blockCount = blockCount;
    this.#checked = new Uint32Array(Math.ceil(blockCount / 32));
    if (!enabled) this.#checked.fill(0xffffffff);
    this.#checkedTableBlocks = new Uint8Array(range.roots.length);
  }

  /** Checks the blocks of [offset, offset + size) that have not been. Throws FILE_CORRUPT. Cost when they have: 1–2 ns. */
  ensure(offset: number, size: number): void {
    const first = (offset * BLOCKS_PER_BYTE) | 0;
    const last = size === 0 ? first : ((offset + size - 1) * BLOCKS_PER_BYTE) | 0;
    for (let block = first; block <= last; block++)
      if ((this.#checked[block >>> 5]! & (1 << (block & 31))) === 0) this.#check(block);
  }

  /** Checks one block whatever was checked before; undefined when it is whole. For verify. */
  damageOf(block: number): PermafrostError | undefined {
    const { path, tableOffset, tableSize, roots } = this.#range;
    const tableBlock = Math.floor((block * CHECKSUM_SIZE) / BLOCK_SIZE);
    if (this.#checkedTableBlocks[tableBlock] !== 1) {
      const start = tableOffset + tableBlock * BLOCK_SIZE;
      const actual = crc32(this.#bytes.subarray(start, Math.min(start + BLOCK_SIZE, tableOffset + tableSize)));
      if (actual !== roots[tableBlock])
        return this.#damaged(path, 'the checksum table', start, roots[tableBlock]!, actual);
      this.#checkedTableBlocks[tableBlock] = 1;
    }
    const expected = this.#bytes.readUInt32LE(tableOffset + block * CHECKSUM_SIZE);
    const start = block * BLOCK_SIZE;
    const actual = crc32(this.#bytes.subarray(start, Math.min(start + BLOCK_SIZE, this.#range.checkedSize)));
    return actual === expected ? undefined : this.#damaged(path, `block ${block}`, start, expected, actual);
  }

  #check(block: number): void {
    if (block >= this.blockCount) return; // the checksum table, directory and footer: checked otherwise
    const damage = this.damageOf(block);
    if (damage) throw damage;
    this.#checked[block >>> 5]! |= 1 << (block & 31);
  }

  #damaged(path: string, what: string, offset: number, expected: number, actual: number): PermafrostError {
    return new PermafrostError(
      'FILE_CORRUPT',
      `${path}: ${what} (from byte ${offset}) does not match its checksum. Publish again or restore the file; "permafrost verify" lists all damage.`,
      {
        path,
        offset,
        expected,
        actual,
      },
    );
  }
}
