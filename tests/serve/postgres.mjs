// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Several copies of `serve` on one PostgreSQL (tests/lib/postgres.sh with node tests/serve/postgres.mjs): a load is seen by
// all within two seconds, pages go on without the database, and core's sandbox is wide enough for libpq and no wider.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { AT, demo, folder, newsletter, root, run, work } from '../lib/program.mjs';
import { ask, serve, text, until } from './server.mjs';

const url = process.env.TEST_POSTGRES;
const HOST = 'baysideeducators.example';
const COPIES = Number(process.env.COPIES ?? 8);
const host = HOST;

const load = (dir, d = join(work, 'loader'), ...more) => {
    const done = run(['load', dir, '--data', d, '--yes', '--at', AT, ...more]);

    assert.equal(done.status, 0, done.stderr);
    return done.stderr;
};
const loadAlone = (dir) => load(dir, join(work, 'loader'), '--db', url);

const fresh = [0, 1, 2].map((i) => folder((dir) => newsletter(dir, '2026-11-20-fresh', `The words zanahoria ${i}.`)));

await test('copies on one database: a load reaches all within two seconds, and only what changed changes', async () => {
    if (!url)
        skip('needs a PostgreSQL: TEST_POSTGRES');
    loadAlone(demo);
    const copies = [];

    try {
        for (let i = 0; i < COPIES; i++)
            copies.push(await serve(['serve', '--data', join(work, `copy-${i}`), '--db', url, '--listen', '127.0.0.1:0', '--at', AT]));
        const tags = new Map();

        for (const copy of copies) {
            for (const path of ['/', '/news/2026-04-24-memo', '/style.css']) {
                const { headers: { etag } } = await ask(copy, path, { host });

                assert.equal(etag, tags.get(path) ?? etag, `${path}: two copies, two tags`);
                tags.set(path, etag);
            }
        }
        // By a command of its own, through the socket of a copy, and through another's.
        const ways = [() => loadAlone(fresh[0]), () => load(fresh[1], join(work, 'copy-1')),
            () => load(fresh[2], join(work, `copy-${COPIES - 1}`), '--db', url)];

        for (const [i, way] of ways.entries()) {
            assert.equal(/the server writes/.test(way()), i > 0);
            await Promise.all(copies.map((copy) =>
                until('the newsletter', async () => (await text(copy, '/news/2026-11-20-fresh', { host })).includes(`zanahoria ${i}`), 2)));
        }
        for (const copy of copies) {
            assert.match(await text(copy, '/feed.xml', { host }), /zanahoria 2/);
            assert.notEqual((await ask(copy, '/', { host })).headers.etag, tags.get('/'));
            assert.equal((await ask(copy, '/style.css', { host })).headers.etag, tags.get('/style.css'));
            assert.match(run(['status', '--data', join(work, `copy-${copies.indexOf(copy)}`)]).stdout, /^store: PostgreSQL.*\n.*revision 4,/m);
        }
    } finally {
        for (const copy of copies)
            assert.equal(await copy.stop(), 0, copy.stderr);
    }
});

await test('the database goes and comes back: pages all the while, and what is loaded after is seen', async () => {
    if (!url)
        skip('needs a PostgreSQL: TEST_POSTGRES');
    const postgres = (what) => execFileSync(join(root, 'tests/lib/postgres.sh'), [what, process.env.TEST_POSTGRES_DIR]);
    const copy = await serve(['serve', '--data', join(work, 'alone'), '--db', url, '--listen', '127.0.0.1:0', '--at', AT]);

    try {
        postgres('stop');
        assert.equal((await ask(copy, '/', { host })).status, 200);
        await until('a word about it', () => /store\.lost|live\.not_listed/.test(copy.stderr), 20);
        assert.equal((await ask(copy, '/es/', { host })).status, 200);
        postgres('start');
        loadAlone(folder((dir) => newsletter(dir, '2026-11-21-back', 'The words zanahoria cuatro.')));
        await until('the newsletter', async () => (await ask(copy, '/news/2026-11-21-back', { host })).status === 200, 20);
        assert.doesNotMatch(copy.stderr, /parent\.core_/);
    } finally {
        assert.equal(await copy.stop(), 0, copy.stderr);
    }
});

await test('a database that is not there, or no address of one: one sentence, 2', () => {
    for (const wrong of ['postgres://nobody@127.0.0.1:1/none', 'postgres://user:pass word@@']) {
        const result = run(['serve', '--data', join(work, 'wrong'), '--db', wrong, '--listen', '127.0.0.1:0']);

        assert.equal(result.status, 2, result.stderr);
        assert.match(result.stderr, /^breakroom: .*\.$/m);
        assert.doesNotMatch(result.stderr, /pass word/);
    }
});

finish();
