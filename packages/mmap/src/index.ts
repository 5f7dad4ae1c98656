/**
 * @permafrost/mmap: map a range of a file into memory read-only, with a fallback that reads it where no native
 * binary fits. Knows nothing of snapshots; the storage seam of @permafrost/core is its caller.
 */

export { MmapError, type MmapErrorDetails } from './errors';
export { MAX_MAPPING_SIZE } from './limits';
export { type MapOptions, mapFile } from './map-file';
export type { Advice, FileMapping, MapBackend, MappingShare } from './mapping';
export { isNativeBackendAvailable } from './native-region';
export { receiveMapping, shareMapping } from './share';
