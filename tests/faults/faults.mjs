// SPDX-License-Identifier: AGPL-3.0-or-later
//
// faults.mjs ROUNDS: `build` killed at a moment of chance, and out of disk at a size of chance. However it ends, OUT is
// the whole old site or the whole new one, and the next build works.

import { strict as assert } from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { AT, breakroom, demo, folder, newsletter, run, sameTree, tree, work } from '../lib/program.mjs';

const rounds = Number(process.argv[2] ?? 5);
const other = folder((dir) => newsletter(dir, '2026-05-05-other', 'Other words.'));
const campaigns = [demo, other];
const trees = campaigns.map((dir, i) => {
    const out = join(work, `whole-${i}`);

    assert.equal(run(['build', dir, out, '--at', AT]).status, 0);
    return tree(out);
});
const out = join(work, 'killed', 'site');

mkdirSync(join(work, 'killed'));
const duration = run(['build', campaigns[0], out, '--at', AT]).wall;
let seed = 20260424;

function chance() {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
}

function killed(dir, ms) {
    const child = spawn(breakroom, ['build', dir, out, '--at', AT], { stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), ms);

    return new Promise((done) => child.on('close', (code) => {
        clearTimeout(timer);
        done(code);
    }));
}

for (let round = 1; round <= rounds; round++) {
    await test(`round ${round}: killed ten times, and never half a site`, async () => {
        for (let i = 0; i < 10; i++) {
            const ms = chance() * duration * 1.3;

            await killed(campaigns[(round + i) % 2], ms);
            const now = tree(out);

            assert.ok(trees.some((whole) => sameTree(whole, now)), `neither old nor new after ${ms.toFixed(1)} ms`);
        }
    });
}

await test('after all that a build works, and clears away what the dead left', () => {
    assert.equal(run(['build', other, out, '--at', AT]).status, 0);
    assert.ok(sameTree(tree(out), trees[1]));
    assert.deepEqual(readdirSync(join(work, 'killed')), ['site']);
});

const size = [...trees[0].values()].reduce((sum, bytes) => sum + Math.ceil(bytes.length / 4096) * 4, 64);
for (let round = 1; round <= rounds; round++) {
    await test(`round ${round}: a disk too small for two sites`, () => {
        const disk = join(work, `disk-${round}`);
        const kb = Math.floor(size * (1.05 + chance() * 0.85));

        mkdirSync(disk);
        try {
            execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kb}k`, 'tmpfs', disk], { stdio: 'ignore' });
        } catch {
            skip('needs root to mount a small disk');
        }
        try {
            const site = join(disk, 'site');

            assert.equal(run(['build', demo, site, '--at', AT]).status, 0);
            const again = run(['build', other, site, '--at', AT]);

            assert.equal(again.status, 2, `${kb} KB: ${again.stderr}`);
            assert.match(again.stderr, /^breakroom: .*(space|full)/im);
            assert.ok(sameTree(tree(site), trees[0]), 'the old site was touched');
            assert.deepEqual(readdirSync(disk), ['site']);
        } finally {
            execFileSync('umount', [disk]);
        }
    });
}

finish();
