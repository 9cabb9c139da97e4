// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Campaigns to measure with: the demo, and the demo with many newsletters more.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AT, demo, root, run, work } from '../lib/program.mjs';

export const HOST = 'baysideeducators.example';

// A folder with so many newsletters, ten references in each, and a docket of 45 allegations.
export function large(newsletters) {
    const dir = join(work, `large-${newsletters}`);

    cpSync(demo, dir, { recursive: true });
    execFileSync(resolve(root, process.env.BUILD ?? 'build', 'tests/generate'), [dir, String(newsletters), String(newsletters * 10)]);
    return dir;
}

// Into the data folder of that name, or with `--db` in `more` into a database.
export function load(dir, data, ...more) {
    const done = run(['load', dir, '--data', join(work, data), '--yes', '--at', AT, ...more]);

    assert.equal(done.status, 0, done.stderr);
}
