/** A heap that does not reach the file: keys of references wait in it until they are resolved. */
import type { FileMapping } from '@permafrost/mmap';
import type { WritableFile } from '../../file/storage';
import { HeapBuilder } from '../../structure/heap';

export class ScratchHeap {
  readonly builder: HeapBuilder;
  readonly #createScratch: () => WritableFile;
  #file: WritableFile | undefined;
  #mapping: FileMapping | undefined;

  constructor(createScratch: () => WritableFile) {
    this.#createScratch = createScratch;
    this.builder = new HeapBuilder({ write: (bytes) => this.#write(bytes) });
  }

  /** Ends writing and gives all bytes. Valid until {@link close}. */
  seal(): Buffer {
    if (this.builder.size === 0) return Buffer.alloc(0);
    this.builder.flush();
    this.#mapping = this.#file!.map();
    const { bytes } = this.#mapping;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  close(): void {
    this.#mapping?.close();
    this.#file?.close();
    this.#file = undefined;
  }

  #write(bytes: Uint8Array): void {
    this.#file ??= this.#createScratch();
    this.#file.write(bytes);
  }
}
