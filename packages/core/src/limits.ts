/** Limits of format 1. Each is a constant with a reason; passing one is LIMIT_EXCEEDED, and the message prints it. */

/** Ordinals are u32 slots, but stay small integers in V8 and leave one bit for later formats. */
export const MAX_RECORD_COUNT = 2 ** 31 - 1;
/** The heap offset of a slot has 40 bits: 1 TiB. */
export const MAX_HEAP_SIZE = 2 ** 40;
/** A longer text could not become one V8 string (its limit is 2^29 - 24 characters). */
export const MAX_VALUE_SIZE = 2 ** 29 - 24;
/** Adjacency lists hold u32 positions into their targets. */
export const MAX_TARGET_COUNT = 2 ** 32 - 1;
/** Sizes of values up to this fit a slot; larger ones lie in the heap in front of the bytes. */
export const MAX_INLINE_SIZE = 2 ** 22 - 2;
/** Longer strings leave the string table for the heap: they are not what it is for. Bytes. */
export const MAX_TABLE_STRING_SIZE = 2 ** 16;
/** All strings of one string table together, in bytes; they are read whole at first use. */
export const MAX_STRING_TABLE_SIZE = 2 ** 26;
/** Elements of one array value; its count and offsets are u32. */
export const MAX_ARRAY_COUNT = 2 ** 28;
/** More distinct values than this and a text field leaves the string table for the heap. */
export const MAX_STRING_TABLE_COUNT = 2 ** 16;
/** A record wider than this is a mistake in the schema; ordinal × stride must stay an exact double. */
export const MAX_STRIDE = 2 ** 20;
/** Fields of one key; as many as PostgreSQL has in an index. */
export const MAX_KEY_PARTS = 32;
/** Subtypes of one entity. Each has a proxy class, made at open. */
export const MAX_SUBTYPE_COUNT = 2 ** 10;
/** Subtypes × members of one entity: what making the proxy classes takes. A hostile schema must not cost more. */
export const MAX_SUBTYPE_MEMBERS = 2 ** 20;
/** Embedded values within each other: a class that embeds itself would have no end. */
export const MAX_EMBEDDED_DEPTH = 2 ** 4;
/** The schema section is read whole at open. */
export const MAX_SCHEMA_SIZE = 2 ** 26;
/** The directory is read whole at open: 48 bytes a section. */
export const MAX_DIRECTORY_SIZE = 2 ** 24;
/** Text form of a decimal that does not fit its slot. PostgreSQL allows 131,072 + 16,383 digits. */
export const MAX_DECIMAL_SIZE = 2 ** 21 - 1;
