// SPDX-License-Identifier: AGPL-3.0-or-later
//
// serve.mjs ROUNDS: a server whose machine fails it. The disk is full or does not keep what it was given, the clock jumps
// a day, PostgreSQL goes, freezes and comes back, processes are killed or stand still, and it is stopped in the middle of
// everything. Pages are answered all the while as far as they can be, nothing is promised that cannot be kept, and what
// was acknowledged is there afterwards.
//
// Clock and disk are those of machine.mjs.

import { strict as assert } from 'node:assert';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { AT, breakroom, demo, folder, newsletter, root, run, runBeside, sameTree, tree, work } from '../lib/program.mjs';
import { head, sleep, wire } from '../http/wire.mjs';
import { machine } from './machine.mjs';
import { ask, children, corePid, serve, start, stopped, text, until } from '../serve/server.mjs';

const rounds = Number(process.argv[2] ?? 1);
const HOST = 'baysideeducators.example';
const host = HOST;
const LOCAL = ['--listen', '127.0.0.1:0'];
const url = process.env.TEST_POSTGRES;
const DAY = 86_400;

// ---- what a test needs ----

let folders = 0;
const fresh = () => {
    folders += 1;
    return join(work, `data-${folders}`);
};

function load(dir, data, ...more) {
    const result = run(['load', dir, '--data', data, '--yes', '--at', AT, ...more]);

    assert.equal(result.status, 0, result.stderr);
    return data;
}

const loaded = (dir = demo) => load(dir, fresh());

function dumped(data) {
    const dir = join(fresh(), 'dump');

    mkdirSync(join(dir, '..'), { recursive: true });
    const result = run(['dump', '--data', data, dir, '--at', AT]);

    assert.equal(result.status, 0, result.stderr);
    return tree(dir);
}

async function beside(args, body, options) {
    const server = await serve(args, options);

    try {
        await body(server);
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
}

// GETs without a pause until `over()`; each has to be a whole page, or a 503, or nothing because the server is gone.
async function browse(server, over, { gone = () => false } = {}) {
    const seen = { 200: 0, 503: 0, none: 0 };
    const client = async () => {
        while (!over()) {
            const w = wire(server.port);

            await w.send(head('GET /', { Host: HOST }) + head('GET /news/2026-04-24-memo', { Host: HOST }));
            for (let i = 0; i < 2; i++) {
                const a = await w.answer();

                if (a === null) {
                    assert.ok(gone(), 'a connection ended without an answer');
                    seen.none += 1;
                    break;
                }
                assert.ok(a.status in seen, `status ${a.status}`);
                assert.equal(a.body.length, Number(a.headers['content-length']), 'half an answer');
                seen[a.status] += 1;
            }
            w.end();
            await sleep(2);
        }
    };

    await Promise.all(Array.from({ length: 8 }, client));
    return seen;
}

// The same beside a test that may fail first: then that is what is told.
function browsing(...args) {
    const seen = browse(...args);

    seen.catch(() => {});
    return seen;
}

const other = folder((dir) => newsletter(dir, '2026-05-05-other', 'The words zanahoria seis. '.repeat(3000)));
const kept = folder((dir) => newsletter(dir, '2026-05-04-kept', 'The words zanahoria siete.'));

// ---- the disk ----

await test('a full disk: pages go on, a load is refused whole, and goes well once there is room', async () => {
    const m = machine();
    const data = loaded();
    const old = dumped(data);

    await beside(['serve', '--data', data, ...LOCAL, '--at', AT], async (server) => {
        m.full(true);
        assert.equal((await ask(server, '/', { host })).status, 200);
        assert.equal((await ask(server, '/es/news/', { host })).status, 200);
        assert.equal(run(['status', '--data', data]).status, 0);
    }, { env: m.env });
    const refused = run(['load', other, '--data', data, '--yes', '--at', AT], { env: m.env });

    assert.equal(refused.status, 2, refused.stderr);
    assert.match(refused.stderr, /^breakroom: .*(full|space).*\.$/im);
    assert.ok(sameTree(dumped(data), old), 'the old campaign was touched');
    m.full(false);
    assert.equal(run(['load', other, '--data', data, '--yes', '--at', AT], { env: m.env }).status, 0);
    await beside(['serve', '--data', data, ...LOCAL, '--at', AT], async (server) => {
        assert.match(await text(server, '/news/2026-05-05-other', { host }), /zanahoria/);
    });
});

await test('a small disk that fills up while it is loaded: the old campaign stays, and is served from there', async () => {
    const disk = fresh();

    mkdirSync(disk);
    try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=26m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
        skip('needs root to mount a small disk');
    }
    try {
        const data = join(disk, 'data');

        load(demo, data);
        // It was served before, and has its key. With leaflets it is eleven megabytes.
        await beside(['serve', '--data', data, ...LOCAL, '--at', AT], async (server) => {
            assert.equal((await ask(server, '/', { host })).status, 200);
        });
        const old = dumped(data);
        const big = folder((dir) => {
            for (let i = 0; i < 200; i++)
                newsletter(dir, `2026-05-05-big-${i}`, `Words ${i}. ${'They stand here for their length. '.repeat(1000)}`);
        });
        const refused = run(['load', big, '--data', data, '--yes', '--at', AT]);

        assert.equal(refused.status, 2, refused.stderr);
        assert.match(refused.stderr, /^breakroom: .*(full|space).*\.$/im);
        spawnSync('sh', ['-c', `cat /dev/zero >'${disk}/filler'`], { stdio: 'ignore' });
        const server = await start(['serve', '--data', data, ...LOCAL, '--at', AT]);

        // With no byte left SQLite may be unable to make its log; then that is said, and nothing else happens.
        if (server.port) {
            assert.equal((await ask(server, '/', { host })).status, 200);
            assert.equal(await server.stop(), 0, server.stderr);
        } else {
            assert.equal(server.status, 2, server.stderr);
            assert.match(server.stderr, /^breakroom: .*\.$/m);
        }
        rmSync(join(disk, 'filler'));
        await beside(['serve', '--data', data, ...LOCAL, '--at', AT], async (again) => {
            assert.equal((await ask(again, '/', { host })).status, 200);
        });
        assert.ok(sameTree(dumped(data), old), 'the old campaign was touched');
    } finally {
        execFileSync('umount', [disk]);
    }
});

await test('a sync that fails: a load promises nothing, a server that would have to write does not start', async () => {
    const m = machine();
    const data = loaded();
    const old = dumped(data);
    const whole = dumped(loaded(other));

    m.syncs(false);
    const refused = run(['load', other, '--data', data, '--yes', '--at', AT], { env: m.env });

    assert.equal(refused.status, 2, refused.stderr);
    assert.match(refused.stderr, /^breakroom: .*disk.*\.$/m);
    const made = await start(['serve', '--data', fresh(), ...LOCAL], { env: m.env });

    assert.ok(!made.port, 'it started on a disk that keeps nothing');
    assert.equal(made.status, 2, made.stderr);
    assert.match(made.stderr, /^breakroom: .*\.$/m);
    m.syncs(true);
    const now = dumped(data);

    assert.ok(sameTree(now, old) || sameTree(now, whole), 'neither the old campaign nor the new one');
    load(other, data);
    assert.ok(sameTree(dumped(data), whole));
});

// The command is well, the server's machine is not: what is acknowledged, and what the store holds, is the server's word.
// The command runs beside this program, which browses meanwhile.
const loadBeside = (dir, data) => runBeside(['load', dir, '--data', data, '--yes', '--at', AT]);

const LOADING_AGAIN = /it is not known whether .* was loaded\. .*loading again changes nothing if it was\.$/m;

await test('a full disk under a load through the server: it says so, pages go on, and once there is room it goes well', async () => {
    const m = machine();
    const data = loaded();

    await beside(['serve', '--data', data, ...LOCAL, '--at', AT], async (server) => {
        let over = false;
        const visitors = browsing(server, () => over);

        assert.equal((await loadBeside(kept, data)).status, 0);
        const old = dumped(data);

        m.full(true);
        for (let i = 0; i < 2 + rounds; i++) {
            const refused = await loadBeside(other, data);

            assert.equal(refused.status, 2, refused.stderr);
            assert.match(refused.stderr, /^the server writes$/m);
            assert.match(refused.stderr, /^breakroom: the store failed: the disk is full /m);
            assert.match(refused.stderr, LOADING_AGAIN);
            assert.equal((await ask(server, '/news/2026-05-05-other', { host })).status, 404);
            assert.match(await text(server, '/news/2026-05-04-kept', { host }), /zanahoria siete/);
            assert.match(run(['status', '--data', data]).stdout, /^in progress: none$/m);
        }
        assert.ok(sameTree(dumped(data), old), 'what was acknowledged was touched');
        m.full(false);
        assert.equal((await loadBeside(other, data)).status, 0);
        await until('the newsletter', async () => (await ask(server, '/news/2026-05-05-other', { host })).status === 200);
        over = true;
        const seen = await visitors;

        assert.equal(seen[503], 0);
        assert.doesNotMatch(server.stderr, /parent\.core_/);
    }, { env: m.env });
    await beside(['serve', '--data', data, ...LOCAL, '--at', AT], async (server) => {
        assert.match(await text(server, '/news/2026-05-05-other', { host }), /zanahoria seis/);
    });
});

await test('a sync that fails under a load through the server: nothing is promised, core ends and another serves', async () => {
    const m = machine();
    const data = loaded();
    const whole = dumped(loaded(other));

    await beside(['serve', '--data', data, ...LOCAL, '--at', AT], async (server) => {
        assert.equal((await loadBeside(kept, data)).status, 0);
        const old = dumped(data);

        for (let i = 0; i < 1 + rounds; i++) {
            const core = corePid(server);
            const words = () => server.stderr.split('store.sync_failed').length;
            const before = words();

            m.syncs(false); // the load's own, or that of the log which is moved into the file while the load is checked
            const refused = await loadBeside(other, data);

            m.syncs(true);
            assert.equal(refused.status, 2, refused.stderr);
            const isUnknown = LOADING_AGAIN.test(refused.stderr); // it was being written

            if (!isUnknown)
                assert.match(refused.stderr, /went away before it answered; nothing was loaded; try again\.$/m);
            await until('a word about it', () => words() > before);
            assert.equal((await ask(server, '/', { host })).status, 200);
            assert.notEqual(corePid(server), core);
            const now = dumped(data);
            const isLoaded = sameTree(now, whole);

            assert.ok(isLoaded || sameTree(now, old), 'neither what was acknowledged nor the new campaign');
            assert.ok(isUnknown || !isLoaded, refused.stderr);
            assert.equal((await ask(server, '/news/2026-05-05-other', { host })).status, isLoaded ? 200 : 404);
            assert.equal(run(['load', kept, '--data', data, '--yes', '--at', AT]).status, 0);
            assert.ok(sameTree(dumped(data), old), 'what was acknowledged is not there');
        }
        assert.equal((await loadBeside(other, data)).status, 0);
        assert.ok(sameTree(dumped(data), whole));
    }, { env: m.env });
});

await test('a sync that fails under a server that only reads: pages go on, and it stops in order', async () => {
    const m = machine();
    const data = loaded();

    await beside(['serve', '--data', data, ...LOCAL, '--at', AT], async (server) => {
        m.syncs(false);
        assert.equal((await ask(server, '/', { host })).status, 200);
    }, { env: m.env });
});

// ---- the clock ----

await test('a clock that jumps a day, there and back: what is public follows it, and nobody waits', async () => {
    const m = machine();
    const later = '/news/2026-12-05-later';
    const data = loaded(folder((dir) => newsletter(dir, '2026-12-05-later', 'The words zanahoria dos.', 'time: 07:30\n')));

    // 07:30 in Los Angeles is 15:30 UTC; ten hours before that.
    await beside(['serve', '--data', data, ...LOCAL, '--at', '2026-12-05T05:30:00Z'], async (server) => {
        const is = (status) => async () => (await ask(server, later, { host })).status === status;
        const slowest = { ms: 0 };
        let over = false;
        const asking = (async () => {
            while (!over) {
                const begun = performance.now();

                assert.equal((await ask(server, '/', { host })).status, 200);
                slowest.ms = Math.max(slowest.ms, performance.now() - begun);
                await sleep(20);
            }
        })();

        assert.equal((await ask(server, later, { host })).status, 404);
        m.ahead(DAY);
        await until('the newsletter', is(200), 20);
        assert.match(await text(server, '/feed.xml', { host }), /2026-12-05-later/);
        m.ahead(0);
        await until('that it is gone again', is(404), 20);
        assert.doesNotMatch(await text(server, '/feed.xml', { host }), /2026-12-05-later/);
        m.ahead(-400 * DAY);
        await until('pages of another year', async () => !/2026-04-24-memo/.test(await text(server, '/news/', { host })), 20);
        m.ahead(0);
        await until('this year again', async () => /2026-04-24-memo/.test(await text(server, '/news/', { host })), 20);
        over = true;
        await asking;
        assert.ok(slowest.ms < 5000, `${slowest.ms} ms`);
        assert.doesNotMatch(server.stderr, /parent\.core_/, 'a clock that jumps is no reason to die');
    }, { env: m.env });
});

// ---- processes ----

await test('core killed again and again: it comes back, each time after a longer wait, and answers', async () => {
    const data = loaded();

    await beside(['serve', '--data', data, ...LOCAL], async (server) => {
        for (let i = 0; i < 4 + rounds; i++) {
            const core = corePid(server);

            process.kill(core, 'SIGKILL');
            assert.equal((await ask(server, '/', { host })).status, 200);
            assert.notEqual(corePid(server), core);
        }
        const waits = [...server.stderr.matchAll(/parent\.core_killed .*signal=9 again_ms=(\d+)/g)].map((m) => Number(m[1]));

        assert.deepEqual(waits.slice(0, 5), [0, 100, 200, 400, 800]);
        assert.match(run(['status', '--data', data]).stdout, new RegExp(`started again ${waits.length} times`));
    });
});

await test('core stands still: it is noticed, ended and started again; who asked meanwhile is answered', async () => {
    await beside(['demo', demo, ...LOCAL], async (server) => {
        const core = corePid(server);

        await stopped(core);
        const begun = performance.now();

        assert.equal((await ask(server, '/', { timeout: 60_000 })).status, 200);
        console.log(`# answered after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
        assert.match(server.stderr, new RegExp(`parent\\.core_hangs .*pid=${core}`));
        assert.notEqual(corePid(server), core);
    });
});

await test('parent and core stand still together, as in a machine put to rest: nobody is blamed for it', async () => {
    await beside(['demo', demo, ...LOCAL], async (server) => {
        const core = corePid(server);

        server.kill('SIGSTOP');
        process.kill(core, 'SIGSTOP');
        await sleep(20_000);
        server.kill('SIGCONT');
        await sleep(1000);
        process.kill(core, 'SIGCONT');
        await sleep(4000);
        assert.equal((await ask(server, '/')).status, 200);
        assert.equal(corePid(server), core, server.stderr);
    });
});

for (let round = 1; round <= rounds; round++) {
    await test(`round ${round}: the parent killed under traffic: core ends, the folder is free, the next one serves`, async () => {
        const data = loaded();
        const server = await serve(['serve', '--data', data, ...LOCAL]);
        const core = corePid(server);
        let killed = false;
        const visitors = browsing(server, () => killed, { gone: () => killed });

        await sleep(100 + 50 * (round % 7));
        killed = true;
        server.kill('SIGKILL');
        await visitors;
        await until('the end of core', () => !existsSync(`/proc/${core}`) || /^State:\tZ/m.test(readFileSync(`/proc/${core}/status`, 'utf8')));
        await beside(['serve', '--data', data, ...LOCAL], async (next) => {
            assert.equal((await ask(next, '/', { host })).status, 200);
        });
    });

    await test(`round ${round}: SIGTERM under traffic: whole pages, or 503, or a closed door, never half of one`, async () => {
        const server = await serve(['serve', '--data', loaded(), ...LOCAL]);
        let over = false;
        let stopping = false;
        const visitors = browsing(server, () => over, { gone: () => stopping });

        await sleep(100 + 50 * (round % 5));
        stopping = true;
        const begun = performance.now();

        assert.equal(await server.stop(), 0, server.stderr);
        over = true;
        const seen = await visitors;

        console.log(`# ${JSON.stringify(seen)}, stopped after ${(performance.now() - begun).toFixed(0)} ms`);
        assert.ok(seen[200] > 0);
        assert.ok(performance.now() - begun < 12_000);
    });
}

// ---- the database ----

const postgres = (what) => execFileSync(join(root, 'tests/lib/postgres.sh'), [what, process.env.TEST_POSTGRES_DIR]);
const onDatabase = (data) => ['serve', '--data', data, '--db', url, ...LOCAL, '--at', AT];
const publish = (key) => {
    const done = run(['load', folder((dir) => newsletter(dir, key, 'The words zanahoria uno.')), '--data', fresh(), '--db', url, '--yes', '--at', AT]);

    return done.status;
};

for (const [gone, back, what] of [['kill', 'start', 'dies'], ['freeze', 'thaw', 'freezes']]) {
    await test(`PostgreSQL ${what} and comes back: pages all the while, nothing promised meanwhile, then all goes on`, async () => {
        if (!url)
            skip('needs a PostgreSQL: TEST_POSTGRES');
        assert.equal(publish('2026-11-01-first'), 0);
        const data = fresh();

        await beside(onDatabase(data), async (server) => {
            let over = false;
            const visitors = browsing(server, () => over);

            postgres(gone);
            try {
                const key = `2026-11-02-${gone}`;
                const begun = performance.now();
                const refused = run(['load', folder((dir) => newsletter(dir, key, 'The words zanahoria dos.')), '--data', fresh(), '--db', url, '--yes', '--at', AT]);

                console.log(`# refused after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
                assert.equal(refused.status, 2, refused.stderr);
                assert.match(refused.stderr, /^breakroom: .*\.$/m);
                await until('a word about it', () => /store\.lost|live\.not_listed/.test(server.stderr), 40);
                assert.equal(run(['status', '--data', data]).status, 0);
                assert.equal((await ask(server, `/news/${key}`, { host })).status, 404);
            } finally {
                postgres(back);
            }
            const after = `2026-11-03-${back}`;

            await until('that it takes a load', () => publish(after) === 0, 60);
            await until('the newsletter', async () => (await ask(server, `/news/${after}`, { host })).status === 200, 30);
            over = true;
            const seen = await visitors;

            assert.ok(seen[200] > 100, JSON.stringify(seen));
            assert.equal(seen[503] + seen.none, 0, JSON.stringify(seen));
            assert.doesNotMatch(server.stderr, /parent\.core_/);
        });
    });
}

for (const [gone, back, what] of [['kill', 'start', 'is dead'], ['freeze', 'thaw', 'is frozen']]) {
    await test(`search while PostgreSQL ${what}: 503 with its page and soon, other pages at once, found again by itself`, async () => {
        if (!url)
            skip('needs a PostgreSQL: TEST_POSTGRES');
        assert.equal(publish('2026-11-01-first'), 0);

        await beside(onDatabase(fresh()), async (server) => {
            const search = async () => {
                const begun = performance.now();
                const { status, headers, body } = await ask(server, '/search?q=zanahoria', { host, timeout: 60_000 });

                return { status, headers, html: body.toString('utf8'), ms: performance.now() - begun };
            };
            const found = async () => {
                const { status, html } = await search();

                return status === 200 && /<mark>zanahoria<\/mark>/.test(html);
            };
            let over = false;

            await Promise.all(Array.from({ length: 12 }, search)); // connections that lie idle
            assert.ok(await found());
            const visitors = browsing(server, () => over);

            postgres(gone);
            try {
                for (let wave = 0; wave < 3; wave++) {
                    const answers = await Promise.all(Array.from({ length: 20 }, search));

                    for (const { status, headers, html } of answers) {
                        assert.equal(status, 503);
                        assert.match(headers['cache-control'], /no-store/);
                        assert.match(html, /<input type="search" id="Q" name="q" value="zanahoria"/);
                        assert.match(html, /<\/html>/);
                    }
                    const times = answers.map(({ ms }) => ms).sort((x, y) => x - y);
                    const begun = performance.now();

                    assert.equal((await ask(server, '/search', { host })).status, 200);
                    console.log(`# 20 searches, ${times.map((ms) => ms.toFixed(0)).join(' ')} ms; then the field alone ${(performance.now() - begun).toFixed(0)} ms`);
                    // Three seconds of silence; and one, no more, knocks for five to see whether it is back.
                    assert.ok(times.at(-1) < 12_000, 'somebody waited too long');
                    assert.ok(times.at(-2) < 7000, 'more than one knocked');
                }
                const begun = performance.now();

                assert.equal((await ask(server, '/es/', { host })).status, 200);
                assert.ok(performance.now() - begun < 2000);
            } finally {
                postgres(back);
            }
            await until('that it finds again', found, 30);
            over = true;
            const seen = await visitors;

            assert.equal(seen[503], 0);
            assert.doesNotMatch(server.stderr, /parent\.core_/);
        });
    });
}

await test('PostgreSQL freezes and the server is stopped: it ends in order, and in time', async () => {
    if (!url)
        skip('needs a PostgreSQL: TEST_POSTGRES');
    const server = await serve(onDatabase(fresh()));

    postgres('freeze');
    try {
        await sleep(11_000); // until it looks at the database, as it does each ten seconds, and waits
        const begun = performance.now();

        assert.equal(await server.stop(), 0, server.stderr);
        console.log(`# stopped after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
        assert.doesNotMatch(server.stderr, /parent\.core_hangs/);
    } finally {
        postgres('thaw');
    }
});

await test('PostgreSQL dies while a load is on its way, again and again: what was acknowledged is there, and no half', async () => {
    if (!url)
        skip('needs a PostgreSQL: TEST_POSTGRES');
    const trees = [demo, other].map((dir) => dumped(loaded(dir)));
    const data = fresh();
    const now = () => {
        const dir = join(fresh(), 'dump');

        mkdirSync(join(dir, '..'), { recursive: true });
        const result = run(['dump', '--data', data, '--db', url, dir, '--at', AT]);

        assert.equal(result.status, 0, result.stderr);
        return tree(dir);
    };
    let duration = 0;

    for (const dir of [demo, other])
        duration = run(['load', dir, '--data', data, '--db', url, '--yes', '--at', AT]).wall;
    let last = 1;
    const ends = [0, 0];

    for (let i = 0; i < 2 + rounds; i++) {
        const next = 1 - last;
        const child = spawn(breakroom, ['load', [demo, other][next], '--data', data, '--db', url, '--yes', '--at', AT], { stdio: 'ignore' });
        const ended = new Promise((done) => { child.on('close', done); });

        await sleep(duration * 0.7);
        postgres('kill');
        const code = await ended;

        postgres('start');
        const found = trees.findIndex((whole) => sameTree(whole, now()));

        assert.notEqual(found, -1, 'neither old nor new');
        if (code === 0)
            assert.equal(found, next, 'it said that it was loaded');
        ends[code === 0 ? 1 : 0] += 1;
        duration *= code === 0 ? 0.6 : 1.3;
        last = found;
    }
    console.log(`# ${ends[0]} loads were refused, ${ends[1]} acknowledged`);
});

await test('nothing is left behind: no process, no socket', () => {
    assert.deepEqual(children(process.pid).filter((pid) => {
        try {
            return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('breakroom');
        } catch {
            return false;
        }
    }), []);
    for (let i = 1; i <= folders; i++) {
        const dir = join(work, `data-${i}`);

        if (existsSync(dir))
            assert.deepEqual(readdirSync(dir).filter((name) => /^control\.\d/.test(name)), []);
    }
});

finish();
