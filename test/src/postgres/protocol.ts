/**
 * What a test server's keeper and its clients say to each other: one line of JSON each way per connection, after a secret token.
 */
export type KeeperRequest =
  | { command: 'start' }
  | { command: 'create'; prefix: string }
  | { command: 'drop'; url: string };

export interface KeeperReply {
  url: string;
  source: 'DATABASE_URL' | 'embedded';
}

export interface KeeperAddress {
  port: number;
  token: string;
}

/** A test server that could not do what it was asked. `code` is stable, the message says what to do. */
export class PostgresServerError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'PostgresServerError';
  }
}
