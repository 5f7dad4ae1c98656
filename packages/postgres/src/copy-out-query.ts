/**
 * A COPY … TO STDOUT as a query of node-postgres, whose own parser makes an object of every record: until the copy is done we take the
 * socket's bytes ourselves, strip the framing of the CopyData messages and hand over the payload where it lies, without a copy of it.
 * Every other message still goes to node-postgres's parser, so that errors, notices and the end of the query take their usual ways.
 *
 *   message  u8 type   i32 size, itself included   payload
 */
import type { Connection, Submittable } from 'pg';
import { readInt32 } from './wire';

const MESSAGE_HEADER_SIZE = 5;
const COPY_DATA = 0x64; // d
const COPY_OUT_RESPONSE = 0x48; // H
const NOTICE_RESPONSE = 0x4e; // N
const NOTIFICATION_RESPONSE = 0x41; // A
const PARAMETER_STATUS = 0x53; // S

type DataListener = (chunk: Buffer) => void;

export interface CopyOutSink {
  /** The next piece of the copy is bytes[start, end); they are valid during the call only. */
  push(bytes: Buffer, start: number, end: number): void;
  /** `push` threw this; it is not called again. */
  failed(error: unknown): void;
}

export class CopyOutQuery implements Submittable {
  /** Settles when the connection can take the next query. Rejects with the server's error or the loss of the connection. */
  readonly finished: Promise<void>;
  /** `query_timeout` of the client is about answers one waits for; its timer can be stretched, and ends with `callback`. */
  readonly query_timeout = 2 ** 31 - 1;
  callback: (error?: unknown) => void = () => {};
  #resolve!: () => void;
  #reject!: (error: unknown) => void;
  readonly #text: string;
  #sink: CopyOutSink | undefined;
  #connection: Connection | undefined;
  #parserListeners: DataListener[] = [];
  /** The header of a message that the end of a chunk cut off: bytes [0, #headSize). */
  readonly #head = Buffer.alloc(MESSAGE_HEADER_SIZE);
  #headSize = 0;
  /** Bytes of the current message still to come, and what to do with them. */
  #remaining = 0;
  #messageType = 0;
  #copiedRecords: number | undefined;

  constructor(text: string, sink: CopyOutSink) {
    this.#text = text;
    this.#sink = sink;
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits sees the rejection; until then it is not unhandled.
    this.finished.catch(() => {});
  }

  /** How many records the server says it has copied. */
  get copiedRecords(): number | undefined {
    return this.#copiedRecords;
  }

  /** From now on what arrives is dropped. */
  discard(): void {
    this.#sink = undefined;
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    const { stream } = connection;
    this.#parserListeners = stream.listeners('data') as DataListener[];
    stream.on('data', this.#onData);
    for (const listener of this.#parserListeners) stream.removeListener('data', listener);
    connection.query(this.#text);
  }

  handleCommandComplete(message: { text?: string }): void {
    const match = /^COPY (\d+)$/.exec(message.text ?? '');
    if (match) this.#copiedRecords = Number(match[1]);
  }

  handleReadyForQuery(): void {
    this.#detach();
    this.callback();
    this.#resolve();
  }

  handleError(error: unknown): void {
    this.#detach();
    this.callback();
    this.#reject(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    let at = 0;
    while (at < chunk.length) {
      if (this.#remaining > 0) {
        const end = Math.min(at + this.#remaining, chunk.length);
        this.#remaining -= end - at;
        if (this.#messageType === COPY_DATA) this.#deliver(chunk, at, end);
        else if (this.#messageType !== COPY_OUT_RESPONSE) this.#forward(chunk.subarray(at, end));
        at = end;
        continue;
      }
      let head = chunk;
      let headStart = at;
      if (this.#headSize > 0 || chunk.length - at < MESSAGE_HEADER_SIZE) {
        const end = Math.min(at + MESSAGE_HEADER_SIZE - this.#headSize, chunk.length);
        this.#headSize += chunk.copy(this.#head, this.#headSize, at, end);
        at = end;
        if (this.#headSize < MESSAGE_HEADER_SIZE) return;
        this.#headSize = 0;
        head = this.#head;
        headStart = 0;
      } else at += MESSAGE_HEADER_SIZE;
      this.#messageType = head[headStart]!;
      this.#remaining = readInt32(head, headStart + 1) - 4;
      if (this.#messageType === COPY_DATA || this.#messageType === COPY_OUT_RESPONSE) continue;
      const header = Buffer.from(head.subarray(headStart, headStart + MESSAGE_HEADER_SIZE));
      if (
        this.#messageType !== NOTICE_RESPONSE &&
        this.#messageType !== NOTIFICATION_RESPONSE &&
        this.#messageType !== PARAMETER_STATUS
      ) {
        // CopyDone or an error: the rest of this query is as of any other.
        this.#detach();
        this.#forward(Buffer.concat([header, chunk.subarray(at)]));
        return;
      }
      this.#forward(header);
    }
  };

  #deliver(chunk: Buffer, start: number, end: number): void {
    const sink = this.#sink;
    if (!sink) return;
    try {
      sink.push(chunk, start, end);
    } catch (error) {
      this.#sink = undefined;
      sink.failed(error);
    }
  }

  #forward(bytes: Buffer): void {
    for (const listener of this.#parserListeners) listener(bytes);
  }

  /** Gives the socket back to its parser. */
  #detach(): void {
    const stream = this.#connection?.stream;
    if (!stream?.listeners('data').includes(this.#onData)) return;
    stream.removeListener('data', this.#onData);
    for (const listener of this.#parserListeners) stream.on('data', listener);
  }
}
