// SPDX-License-Identifier: AGPL-3.0-or-later
//
// load.mjs ROUNDS: `load` killed at a moment of chance, ten times a round. However it ends, the store holds the whole old
// campaign or the whole new one, a server shows that one and no page of the other, and the next load works. The same
// through a server that is killed, or whose caller is. A dump that is
// killed leaves nothing, or the whole folder.

import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { AT, breakroom, demo, folder, newsletter, put, run, sameTree, tree, work } from '../lib/program.mjs';
import { ask, corePid, serve } from '../serve/server.mjs';

const rounds = Number(process.argv[2] ?? 5);
const data = join(work, 'data');
const out = join(work, 'out');
// Many pieces that differ, so that a half would show.
const other = folder((dir) => {
    for (let i = 0; i < 60; i++)
        newsletter(dir, `2026-05-05-other-${i}`, `Other words ${i}. ${'They stand here for their length. '.repeat(200)}`);
    put(dir, 'files/other.txt', 'Other.\n'.repeat(100_000));
    writeFileSync(join(dir, 'figures.csv'), 'other,5,people,personas,2026-04-01,A count,Un conteo,,,,,\n', { flag: 'a' });
});
const campaigns = [demo, other];

function dump() {
    rmSync(out, { recursive: true, force: true });
    const result = run(['dump', '--data', data, out, '--at', AT]);

    assert.equal(result.status, 0, result.stderr);
    return tree(out);
}

const load = (dir) => ['load', dir, '--data', data, '--yes', '--at', AT];
let duration = 0; // until the commit, as far as we know: it moves to where old and new are equally likely
const wholes = [];
const sites = [];
let seed = 20260424;

function chance() {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
}

// The tags of what a server shows: of all pages that either campaign has.
const HOST = 'baysideeducators.example';
const pages = ['/', '/news/', '/es/', '/feed.xml', '/sitemap.xml', '/news/2026-04-24-memo', '/files/other.txt',
    ...Array.from({ length: 60 }, (_, i) => `/news/2026-05-05-other-${i}`)];

async function shown() {
    const server = await serve(['serve', '--data', data, '--listen', '127.0.0.1:0', '--at', AT]);
    const tags = [];

    try {
        for (const path of pages) {
            const { status, headers } = await ask(server, path, { host: HOST });

            tags.push(status === 200 ? headers.etag : `${status}`);
        }
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
    return tags.join(' ');
}

function killed(args, ms) {
    const child = spawn(breakroom, args, { stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), ms);

    return new Promise((done) => child.on('close', (code) => {
        clearTimeout(timer);
        done(code);
    }));
}

for (const dir of campaigns) {
    const result = run(load(dir));

    assert.equal(result.status, 0, result.stderr);
    duration = Math.max(duration, result.wall);
    wholes.push(dump());
    sites.push(await shown());
}
assert.ok(!sameTree(wholes[0], wholes[1]) && sites[0] !== sites[1]);

let ends = [0, 0];
let last = 1; // which campaign the store holds
for (let round = 1; round <= rounds; round++) {
    await test(`round ${round}: a load killed ten times, and never half a campaign`, async () => {
        for (let i = 0; i < 10; i++) {
            const ms = duration * (0.85 + 0.3 * chance());
            const code = await killed(load(campaigns[1 - last]), ms);
            const now = dump();
            const found = wholes.findIndex((whole) => sameTree(whole, now));

            assert.notEqual(found, -1, `neither old nor new after ${ms.toFixed(1)} ms`);
            if (code === 0)
                assert.equal(found, 1 - last, 'it said that it was loaded');
            ends[found === last ? 0 : 1] += 1;
            duration *= found === last ? 1.25 : 0.8;
            last = found;
        }
        assert.equal(await shown(), sites[last], 'the server shows something else than the store holds');
    });
}

await test('some were killed before, some after', () => {
    console.log(`# ${ends[0]} left the old campaign, ${ends[1]} the new one`);
    assert.ok(rounds < 3 || (ends[0] > 0 && ends[1] > 0));
});

// ---- through a server ----

// One that is killed whole, or its caller is; what then is in the store is told with nobody there.
async function throughServer(dir, ms, kills) {
    const server = await serve(['serve', '--data', data, '--listen', '127.0.0.1:0', '--at', AT]);
    const core = corePid(server);
    let code;

    if (kills === 'caller') {
        code = await killed(load(dir), ms);
        assert.equal(await server.stop(), 0, server.stderr);
    } else {
        const loading = killed(load(dir), 120_000);

        await new Promise((done) => { setTimeout(done, ms); });
        server.kill('SIGKILL'); // first, or it starts another
        process.kill(core, 'SIGKILL');
        await server.ended;
        code = await loading;
    }
    return code;
}

ends = [0, 0];
duration *= 2; // two compiles
for (let round = 1; round <= rounds; round++) {
    for (const kills of ['server', 'caller']) {
        await test(`round ${round}: a load through a server, the ${kills} killed five times, and never half a campaign`, async () => {
            for (let i = 0; i < 5; i++) {
                const ms = duration * (0.7 + 0.6 * chance());
                const code = await throughServer(campaigns[1 - last], ms, kills);
                const now = dump();
                const found = wholes.findIndex((whole) => sameTree(whole, now));

                assert.notEqual(found, -1, `neither old nor new after ${ms.toFixed(1)} ms`);
                assert.ok([0, 2, null].includes(code), `it ended with ${code}`);
                if (code === 0)
                    assert.equal(found, 1 - last, 'it said that it was loaded');
                ends[found === last ? 0 : 1] += 1;
                duration *= found === last ? 1.25 : 0.8;
                last = found;
            }
        });
    }
}

await test('through a server, too, some were killed before, some after', () => {
    console.log(`# ${ends[0]} left the old campaign, ${ends[1]} the new one`);
    assert.ok(rounds < 3 || (ends[0] > 0 && ends[1] > 0));
});

for (let round = 1; round <= rounds; round++) {
    await test(`round ${round}: a dump killed leaves nothing or everything`, async () => {
        const place = join(work, `place-${round}`);

        mkdirSync(place);
        await killed(['dump', '--data', data, join(place, 'campaign'), '--at', AT], duration * chance());
        if (existsSync(join(place, 'campaign')))
            assert.ok(sameTree(tree(join(place, 'campaign')), wholes[last]));
        const again = run(['dump', '--data', data, join(place, 'again'), '--at', AT]);

        assert.equal(again.status, 0, again.stderr);
        rmSync(place, { recursive: true });
    });
}

await test('after all that a load works', () => {
    assert.equal(run(load(demo)).status, 0);
    assert.ok(sameTree(dump(), wholes[0]));
    assert.deepEqual(readdirSync(data).filter((name) => !/^(control|dkim|holder|lock|mailer\.journal|mailer\.public|server\.key|store)$/.test(name)), []);
    assert.deepEqual(readdirSync(join(data, 'store')).filter((name) => !/^store\.sqlite(-wal|-shm)?$/.test(name)), []);
});

finish();
