// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What a process could have written to: its heap, its stacks, what libraries keep. Throws EACCES or EPERM where the machine
// does not let us look.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const PAGE = 4096;

// The pages that it has of [start, end): [from, to) of each stretch.
function* present(pagemap, start, end) {
    const entries = Buffer.alloc((end - start) / PAGE * 8);
    let from;

    readSync(pagemap, entries, 0, entries.length, start / PAGE * 8);
    for (let at = start; at <= end; at += PAGE) {
        const has = at < end && entries[(at - start) / PAGE * 8 + 7] & 0xc0; // in memory, or swapped out

        if (has)
            from ??= at;
        else if (from !== undefined) {
            yield [from, at];
            from = undefined;
        }
    }
}

// Each stretch of it: { name, from, bytes }.
export function* memoryOf(pid) {
    const [mem, pagemap] = ['mem', 'pagemap'].map((name) => openSync(`/proc/${pid}/${name}`, 'r'));

    try {
        for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
            const [, start, end, name] = /^([0-9a-f]+)-([0-9a-f]+) rw\S+ \S+ \S+ \S+ *(.*)/.exec(line) ?? [];

            for (const [from, to] of start ? present(pagemap, parseInt(start, 16), parseInt(end, 16)) : []) {
                const bytes = Buffer.alloc(to - from);

                try {
                    readSync(mem, bytes, 0, bytes.length, from);
                } catch (error) {
                    if (error.code === 'EIO')
                        continue; // it was given back in between
                    throw error;
                }
                yield { name, from, bytes };
            }
        }
    } finally {
        closeSync(mem);
        closeSync(pagemap);
    }
}
