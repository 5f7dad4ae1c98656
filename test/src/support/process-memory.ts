/** What a process has of memory, by proc(5). Linux only. */
import { readFileSync } from 'node:fs';

/** RssAnon, in bytes: what is not backed by a file, whose pages the kernel takes back when it needs them. */
export function anonymousMemory(): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
}

/** Bytes of a process that are in memory now. */
export interface ResidentMemory {
  /** Not backed by a file. */
  readonly anonymous: number;
  /** All but the mappings of files whose names contain `mapped`. */
  readonly besidesMapped: number;
}

/** By smaps, which the kernel takes some ms to make; undefined when the process has ended. */
export function residentMemory(pid: number, mapped: string): ResidentMemory | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/smaps`, 'latin1');
  } catch {
    return undefined;
  }
  let anonymous = 0;
  let besidesMapped = 0;
  let isMapped = false;
  for (const line of text.split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isMapped = line.includes(mapped);
    const [, name, size] = /^(Rss|Anonymous):\s+(\d+) kB$/.exec(line) ?? [];
    if (name === 'Anonymous') anonymous += Number(size) * 1024;
    else if (name === 'Rss' && !isMapped) besidesMapped += Number(size) * 1024;
  }
  return { anonymous, besidesMapped };
}
