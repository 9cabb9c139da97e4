// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A machine that fails the programs on it (shim.c, by LD_PRELOAD, which release builds alone have): its clock jumps, time
// passes in a moment, its disk is full or does not keep what it was given.

import { closeSync, existsSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root, work } from '../lib/program.mjs';
import { skip } from '../lib/tap.mjs';

const shim = join(resolve(root, process.env.BUILD ?? 'build'), 'tests/faults/faults_shim.so');
export const hasMachine = existsSync(shim);
let machines = 0;

// What goes wrong, in the file that shim.c looks at; `env` is for a program that is to suffer from it.
export function machine() {
    machines += 1;
    const path = join(work, `machine-${machines}.faults`);
    let passed = 0;
    const set = (at, value) => {
        const bytes = Buffer.alloc(8);
        const fd = openSync(path, 'r+');

        bytes.writeBigInt64LE(BigInt(value));
        writeSync(fd, bytes, 0, 8, at * 8);
        closeSync(fd);
    };

    if (!hasMachine)
        skip('a build with a sanitizer has no shim');
    writeFileSync(path, Buffer.alloc(32));
    return {
        env: { LD_PRELOAD: shim, FAULTS_CONTROL: path },
        // The clock that people see is so many seconds off.
        ahead: (seconds) => set(0, seconds),
        syncs: (well) => set(1, well ? 0 : 1),
        full: (is) => set(2, is ? 1 : 0),
        // So much more time is over, by every clock.
        passes: (seconds) => {
            passed += seconds;
            set(3, passed);
        },
    };
}
