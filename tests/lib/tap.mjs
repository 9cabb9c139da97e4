// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A test at a time, said as TAP. `test(what, body)` runs at once and awaits the body; a throw is a failure. `skip(why)`
// inside a body gives the test up. `finish()` ends the program with the right status.
//
// Invariant: tests run in the order in which they are written, one after the other; none can be lost.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let count = 0;
let failed = 0;

class Skip extends Error {}

export function skip(why) {
    throw new Skip(why);
}

const indented = (text) => String(text).split('\n').map((line) => `  ${line}`).join('\n');

const slow = (ms) => (ms < 2000 ? '' : ` (${(ms / 1000).toFixed(1)} s)`);

export async function test(what, body) {
    const start = performance.now();

    count += 1;
    try {
        await body();
        console.log(`ok ${count} - ${what}${slow(performance.now() - start)}`);
    } catch (error) {
        if (error instanceof Skip) {
            console.log(`ok ${count} - ${what} # SKIP ${error.message}`);
            return;
        }
        failed += 1;
        console.log(`not ok ${count} - ${what}\n${indented(error.code === 'ERR_ASSERTION' ? error.message : error.stack)}`);
    }
}

export function finish() {
    console.log(`1..${count}`);
    process.exit(failed > 0 || count === 0 ? 1 : 0);
}

// A directory of its own for this program, gone when it ends.
export function scratch() {
    const dir = mkdtempSync(join(process.env.SCRATCH ?? tmpdir(), 'breakroom-'));

    process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
    return dir;
}
