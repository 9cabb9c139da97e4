// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Copies on one PostgreSQL (postgres.sh with node copies.mjs small|full): how long after a load has ended each of them
// answers with the new revision.

import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { AT, demo, folder, newsletter, work } from '../lib/program.mjs';
import { finish, test } from '../lib/tap.mjs';
import { ask, serve } from '../serve/server.mjs';
import { HOST, load } from './campaign.mjs';
import { isFull, median, row } from './row.mjs';

const url = process.env.TEST_POSTGRES;
const COPIES = isFull ? 8 : 2;
const LOADS = isFull ? 15 : 1;
const TARGET = 2000;
const LONGEST = 20_000;

// Milliseconds from now until `copy` has the page.
async function until(copy, path) {
    const begun = performance.now();

    for (;;) {
        const { status } = await ask(copy, path, { host: HOST });
        const ms = performance.now() - begun;

        if (status === 200)
            return ms;
        assert.ok(ms < LONGEST, `${path} never came`);
        await new Promise((done) => { setTimeout(done, 5); });
    }
}

await test('a load is seen by all copies', async () => {
    assert.ok(url, 'TEST_POSTGRES names no database');
    load(demo, 'loader', '--db', url);
    const copies = [];
    const found = [];

    try {
        for (let i = 0; i < COPIES; i++)
            copies.push(await serve(['serve', '--data', join(work, `copy-${i}`), '--db', url, '--listen', '127.0.0.1:0', '--at', AT]));
        for (let i = 0; i < LOADS; i++) {
            const name = `2026-11-${String(i + 10).padStart(2, '0')}-bench-${i}`;

            load(folder((dir) => newsletter(dir, name, 'News of the week.')), 'loader', '--db', url);
            found.push(...await Promise.all(copies.map((copy) => until(copy, `/news/${name}`))));
        }
    } finally {
        for (const copy of copies)
            assert.equal(await copy.stop(), 0, copy.stderr);
    }
    const worst = Math.max(...found);

    row(`${COPIES} copies on one PostgreSQL after each of ${LOADS} loads: the new revision is served`,
        `${median(found).toFixed(0)} ms, at worst ${worst.toFixed(0)} ms`, '< 2000 ms', worst < TARGET, '',
        `${(worst / TARGET).toFixed(2)} × the target`);
});

finish();
