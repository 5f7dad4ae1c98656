/** The limits of a mapping, each with its reason. */
import { constants } from 'node:buffer';

/** Bytes: the largest ArrayBuffer this runtime makes. 4 GiB on Node 20, 2^53 - 1 from Node 22.13. */
export const MAX_MAPPING_SIZE: number = constants.MAX_LENGTH;

/** Bytes per read call of the fallback: below the 2^31 - 1 that one read(2) returns, large enough to cost nothing. */
export const READ_CHUNK_SIZE: number = 64 * 1024 * 1024;

/** Bytes from the start of the file: where the 32-bit sizes and offsets of mmap-io end. */
export const MAX_MMAP_IO_SIZE: number = 2 ** 31 - 1;
