/** What a process has of memory, by proc(5). Linux only. */
import { readFileSync } from 'node:fs';

/** RssAnon, in bytes: what is not backed by a file, whose pages the kernel takes back when it needs them. */
export function anonymousMemory(): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
}
