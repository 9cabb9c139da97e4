// SPDX-License-Identifier: AGPL-3.0-or-later
//
// load and dump through a running server, and everything that can go wrong at its control socket: whoever speaks nonsense
// there, too slowly or not at all, keeps nobody else waiting; what comes is checked again; and a core killed in the middle
// leaves the old site or the new one. (That a load does the same with and without a server is tests/cli/store.mjs, LIVE=1.)

import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { AT, breakroom, demo, folder, newsletter, run, runBeside, sameTree, tree, work } from '../lib/program.mjs';
import { ask, corePid, serve, text, until } from './server.mjs';

const HOST = 'baysideeducators.example';
const host = HOST;
// With a sanitizer everything takes ten times as long, and so do the moments in which a kill can meet a load.
const LARGE = /san/.test(process.env.BUILD ?? '') ? 40 : 120;
const VERSION = spawnSync(breakroom, ['--version'], { encoding: 'utf8' }).stdout.trim().split(' ').at(-1);
const LONG = 60; // seconds for what comes at once, on a machine that is busy with other things
let made = 0;

const place = (what) => {
    made += 1;
    return join(work, `${what}-${made}`);
};
const load = (dir, d, ...more) => ['load', dir, '--data', d, '--at', AT, '--yes', ...more];
const fresh = (word) => folder((dir) => newsletter(dir, '2026-11-20-fresh', `The words zanahoria ${word}.`));
const large = (word) => folder((dir) => {
    for (let i = 0; i < LARGE; i++)
        newsletter(dir, `2026-05-05-other-${i}`, `Other words ${word}. ${'They stand here for their length. '.repeat(200)}`);
});

async function withServer(body, d = place('data'), ...more) {
    const server = await serve(['serve', '--data', d, '--listen', '127.0.0.1:0', '--at', AT, ...more]);

    try {
        await body(server, d);
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
}

// A command while it runs: `said` so far, and how it ended.
function begun(args) {
    const child = spawn(breakroom, args, { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] });
    const it = { said: '', status: null };

    child.stderr.setEncoding('utf8').on('data', (bytes) => { it.said += bytes; });
    it.ended = new Promise((done) => {
        child.on('close', (code, signal) => {
            it.status = code ?? signal;
            done(it);
        });
    });
    return it;
}

const page = async (server, path) => (await ask(server, path, { host })).status;
const status = (d) => run(['status', '--data', d]);

function loaded(dir, d, ...more) {
    const result = run(load(dir, d, ...more));

    assert.equal(result.status, 0, result.stderr);
    return result;
}

function dumped(d) {
    const dir = place('out');
    const result = run(['dump', '--data', d, dir, '--at', AT]);

    assert.equal(result.status, 0, result.stderr);
    return tree(dir);
}

// ---- the wire, as src/main/exchange_wire.c has it ----

const number = (n) => {
    const bytes = Buffer.alloc(8);

    bytes.writeBigUInt64LE(BigInt(n));
    return bytes;
};
const words = (s) => Buffer.concat([number(Buffer.byteLength(s)), Buffer.from(s)]);
const OUTCOMES = ['done', 'busy', 'conflicts', 'refused', 'changed', 'unknown', 'trouble'];

function callRead(bytes) {
    let at = 'breakroom call 1\n'.length;
    const num = () => Number(bytes.readBigUInt64LE((at += 8) - 8));
    const str = () => {
        const n = num();

        return bytes.subarray(at, at += n);
    };
    const call = { at: num(), revision: num(), host: str(), url: str(), base: str(), takes: [], pieces: [] };

    for (let n = num(); n > 0; n--)
        call.takes.push([num(), str()]);
    call.withBytes = num();
    for (let n = num(); n > 0; n--) {
        const piece = { path: str().toString(), position: num() };

        if (call.withBytes)
            piece.length = num();
        else
            piece.hash = bytes.subarray(at, at += 32);
        call.pieces.push(piece);
    }
    for (const piece of call.pieces)
        piece.bytes = bytes.subarray(at, at += piece.length ?? 0);
    return call;
}

const callPut = (c) => Buffer.concat([
    Buffer.from('breakroom call 1\n'), number(c.at), number(c.revision), words(c.host), words(c.url), words(c.base),
    number(c.takes.length), ...c.takes.map(([which, key]) => Buffer.concat([number(which), words(key)])),
    number(c.withBytes), number(c.pieces.length),
    ...c.pieces.map((p) => Buffer.concat([words(p.path), number(p.position), c.withBytes ? number(p.bytes.length) : p.hash])),
    ...(c.withBytes ? c.pieces.map((p) => p.bytes) : []),
]);

// What a server tells: so much of it as a test wants.
const toldPut = (outcome, changes) => Buffer.concat([
    Buffer.from('breakroom told 1\n'), number(OUTCOMES.indexOf(outcome)), number(0), number(0), number(0), words(''), words(''),
    words(''), words(''), number(0), number(changes.length), ...changes.map((path) => Buffer.concat([words(path), number(0)])),
]);

// Says it at a socket, and what came back until the end: { outcome, fault, raw }.
function say(d, line, body = Buffer.alloc(0), { seconds = 60 } = {}) {
    return new Promise((done, failed) => {
        const socket = connect(join(d, 'control'));
        const pieces = [];
        const timer = setTimeout(() => socket.destroy(new Error(`${line}: no answer`)), seconds * 1000);

        socket.on('data', (bytes) => pieces.push(bytes));
        socket.on('error', (error) => (['EPIPE', 'ECONNRESET'].includes(error.code) ? 0 : failed(error)));
        socket.on('close', () => {
            const raw = Buffer.concat(pieces);
            const told = raw.indexOf('breakroom told 1\n');

            clearTimeout(timer);
            done({
                raw,
                fault: raw.toString().match(/^fault \d+\n(.*)/ms)?.[1],
                outcome: told === -1 ? undefined : OUTCOMES[Number(raw.readBigUInt64LE(told + 17))],
            });
        });
        socket.write(line + (body.length ? ` +${body.length}` : '') + '\n');
        if (body.length)
            socket.write(body);
    });
}

const write = (d, call) => say(d, `load-write ${VERSION}`, callPut(call));

// What `load` sends to write a folder: a server that is none hears it.
async function recorded(dir) {
    const d = place('false-server');
    let call;

    mkdirSync(d, { mode: 0o700 });
    const listener = createServer((socket) => {
        let got = Buffer.alloc(0);

        socket.on('error', () => {});
        socket.on('data', (bytes) => {
            got = Buffer.concat([got, bytes]);
            const end = got.indexOf('\n');
            const [, verb, length] = got.subarray(0, end).toString().match(/^(\S+) \S+ \+(\d+)$/) ?? [];

            if (end === -1 || got.length < end + 1 + Number(length))
                return;
            if (verb === 'load-write')
                call = callRead(got.subarray(end + 1));
            const told = toldPut('done', ['campaign.ini']);

            socket.end(Buffer.concat([Buffer.from(`ok ${told.length}\n`), told]));
        });
    });

    await new Promise((done) => { listener.listen(join(d, 'control'), done); });
    const result = await runBeside(load(dir, d));

    listener.close();
    assert.equal(result.status, 0, result.stderr);
    return call;
}

const good = await recorded(demo);

assert.equal(Buffer.compare(callPut(good), callPut(callRead(callPut(good)))), 0);

// ---- pages ----

await test('a load through the server: the pages before, and right after; a dump; what status says of it', async () => {
    await withServer(async (server, d) => {
        const first = loaded(demo, d);

        assert.match(first.stderr, /^the server checks \d+ entries\nthe server writes$/m);
        assert.match(first.stderr, /loaded, revision 1$/m);
        await until('the site', async () => await page(server, '/') === 200, LONG);
        assert.equal(await page(server, '/news/2026-11-20-fresh'), 404);
        const before = dumped(d);

        loaded(fresh('uno'), d);
        await until('the newsletter', async () => await page(server, '/news/2026-11-20-fresh') === 200, LONG);
        assert.match(await text(server, '/feed.xml', { host }), /zanahoria uno/);
        loaded(fresh('dos'), d);
        await until('the new words', async () => /zanahoria dos/.test(await text(server, '/news/2026-11-20-fresh', { host })), LONG);
        loaded(demo, d);
        await until('that it is gone', async () => await page(server, '/news/2026-11-20-fresh') === 404, LONG);
        assert.ok(sameTree(before, dumped(d)));
        const { stdout } = status(d);

        assert.match(stdout, /^in progress: none$/m);
        assert.match(stdout, /^loads: 4 since this core started, the last at \d{4}-/m);
        assert.match(stdout, /running since/);
        assert.match(stdout, /^store: SQLite, schema \d+, /m);
        assert.match(stdout, /^pages: \d+ kept/m);
        assert.match(stdout, /^last faults:\n {2}none$/m);
        assert.equal(corePid(server), Number(stdout.match(/^core: process (\d+)/m)[1]));
    });
});

await test('a folder with an error is refused, by the command and by the server; the pages stay', async () => {
    await withServer(async (server, d) => {
        loaded(demo, d);
        const before = dumped(d);
        const bad = folder((dir) => newsletter(dir, '2026-11-20-fresh', 'See [the answer](faq:no-such-answer).'));
        const result = run(load(bad, d));

        assert.equal(result.status, 1, result.stderr);
        assert.match(result.stderr, /1 error; nothing was loaded/);
        assert.doesNotMatch(result.stderr, /the server/);
        const changed = (change) => {
            const call = callRead(callPut(good));

            call.revision = 1;
            change(call);
            call.pieces.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
            return call;
        };
        const memo = (call) => call.pieces.find((p) => p.path === 'news/2026-04-24-memo.md');
        const row = (call) => call.pieces.find((p) => p.path.startsWith('figures.csv#'));
        const add = (path, bytes = 'x') => (call) => call.pieces.push({ path, position: 0, bytes: Buffer.from(bytes) });
        const refused = await write(d, changed((call) => {
            memo(call).bytes = Buffer.concat([memo(call).bytes, Buffer.from('\nSee [it](faq:no-such-answer).\n')]);
        }));

        assert.equal(refused.outcome, 'refused');
        assert.match(refused.raw.toString(), /the server finds 1 error in the folder/);
        for (const [why, change] of Object.entries({
            'a hidden file': add('.hidden'),
            'a file that is not read': add('README.md'),
            'another register': add('letters.csv#one/two', 'key,one\n'),
            'another host': (call) => { call.host = Buffer.from('another.example'); },
            'a row that says another key than its name': (call) => { row(call).path += 'x'; },
            'a row with a column of nobody\'s': (call) => { row(call).bytes = Buffer.concat([row(call).bytes, Buffer.from('other,1\n')]); },
            'a row at another place': (call) => { row(call).position = 4000; },
            'a photo with more in it than a photo': (call) => {
                const photo = call.pieces.find((p) => p.path.endsWith('.jpg') || p.path.endsWith('.png'));

                photo.bytes = Buffer.concat([photo.bytes, Buffer.from('and an address')]);
            },
        })) {
            const { outcome } = await write(d, changed(change));

            assert.ok(['trouble', 'refused'].includes(outcome), `${why}: ${outcome}`);
        }
        for (const [why, change] of Object.entries({
            'a way out': add('news/../../out'),
            'from the root': add('/etc/x'),
            'no name': add(''),
            'a line end': add('news/a\nb.md'),
            'a moment beyond all years': (call) => { call.at = 2n ** 63n; },
            'without bytes': (call) => { call.withBytes = 0; call.pieces.forEach((p) => { p.hash = Buffer.alloc(32); }); },
        })) {
            const { outcome, raw } = await write(d, changed(change));

            assert.equal(outcome, 'trouble', why);
            assert.match(raw.toString(), /does not understand what came/, why);
        }
        const twice = changed(add('campaign.ini'));

        assert.equal((await write(d, twice)).outcome, 'trouble', 'one path twice');
        assert.equal((await write(d, changed((call) => { call.revision = 7; memo(call).bytes = Buffer.concat([memo(call).bytes, Buffer.from('\nMore.\n')]); }))).outcome,
            'changed', 'another revision');
        assert.ok(sameTree(before, dumped(d)));
        assert.equal((await write(d, changed(() => {}))).outcome, 'done');
        assert.match(run(load(demo, d)).stderr, /nothing to change, revision 1$/m);
        assert.equal(await page(server, '/'), 200);
        assert.doesNotMatch(server.stderr, /parent\.core_/);
    });
});

// ---- whoever else comes to the socket ----

await test('garbage, a body larger than allowed, another version: told so, and the next is served', async () => {
    await withServer(async (server, d) => {
        loaded(demo, d);
        assert.match((await say(d, `load-write ${VERSION} +2000000000`)).fault, /^that is too large/);
        assert.match((await say(d, 'status +5')).fault, /^that is too large/);
        assert.match((await say(d, 'load-write 99.1 +5')).fault, new RegExp(`^it is breakroom ${VERSION}, this command is 99\\.1`));
        assert.match((await say(d, 'load-write +5')).fault, /this command is another/);
        assert.match((await say(d, 'load-everything')).fault, /does not know that request/);
        const whole = callPut(good);
        let seed = 7;
        const chance = (n) => {
            seed = (seed * 1103515245 + 12345) % 2147483648;
            return seed % n;
        };

        for (let i = 0; i < 40; i++) { // cut short, and with a byte of the head changed
            const cut = Buffer.from(whole.subarray(0, i % 2 ? whole.length : chance(whole.length)));

            if (cut.length)
                cut[chance(Math.min(cut.length, 3000))] ^= 1 << chance(8);
            const { outcome } = await say(d, `load-look ${VERSION}`, cut.length ? cut : Buffer.from('x'));

            assert.ok(['trouble', 'done', 'conflicts'].includes(outcome), outcome);
        }
        assert.match((await say(d, `load-look ${VERSION}`)).raw.toString(), /does not understand/); // no body at all
        assert.equal(status(d).status, 0);
        assert.doesNotMatch(server.stderr, /parent\.core_/);
    });
});

// Says what is to come, sends `length` bytes of it, and then no more, or a byte now and then.
async function holding(d, length, trickles) {
    const socket = connect(join(d, 'control'));

    socket.on('error', () => {});
    socket.write(`load-write ${VERSION} +8000000\nbreakroom`);
    socket.write(Buffer.alloc(length));
    if (trickles) {
        const timer = setInterval(() => socket.write('x'), 500);

        socket.on('close', () => clearInterval(timer));
    }
    await until('that it holds', async () => /^in progress: a load that writes, 8\.0 MB, since /m.test((await runBeside(['status', '--data', d])).stdout));
    return socket;
}

const isOver = (socket) => socket.destroyed || socket.readableEnded || socket.closed;

await test('a hundred who connect and say nothing, or a byte now and then, and one who sends nothing of what it says that comes', async () => {
    await withServer(async (server, d) => {
        const holder = await holding(d, 0, false);
        const idle = Array.from({ length: 100 }, (_, i) => {
            const socket = connect(join(d, 'control'));

            socket.on('error', () => {});
            if (i % 2)
                socket.write('stat');
            return socket;
        });
        const waiting = runBeside(load(demo, d));

        assert.equal((await runBeside(['status', '--data', d])).status, 0);
        idle.forEach((socket) => socket.write('u', () => {}));
        assert.equal((await runBeside(['status', '--data', d])).status, 0);
        assert.equal((await waiting).status, 0);
        await until('that they are sent away', () => [holder, ...idle].every(isOver), LONG);
        await until('the site', async () => await page(server, '/') === 200, LONG);
        await holding(d, 0, false); // and it keeps no server from stopping
    });
});

await test('one at a time: the second says that it waits, and then is served', async () => {
    const waits = /^the server is busy with another load or dump: waiting for it$/m;

    await withServer(async (server, d) => {
        const socket = await holding(d, 6_000_000, true); // enough to be borne with for a minute and a half
        const second = begun(load(demo, d));
        const third = begun(['dump', '--data', d, place('out')]);

        await until('that both wait', () => waits.test(second.said) && waits.test(third.said), LONG);
        assert.match((await runBeside(['status', '--data', d])).stdout, /^in progress: a load that writes/m);
        assert.equal((await say(d, `load-look ${VERSION} +5000`)).outcome, 'busy'); // told before it has sent anything
        assert.deepEqual([second.status, third.status], [null, null]);
        socket.destroy();
        await Promise.all([second.ended, third.ended]);
        assert.equal(second.status, 0, second.said);
        assert.ok(third.status === 0 || /no campaign in the store yet/.test(third.said), third.said);
    });
});

await test('six loads of two folders at once: each ends well or says why, and the store holds one of them', async () => {
    await withServer(async (server, d) => {
        const folders = [fresh('uno'), large('uno')];

        loaded(demo, d);
        const results = await Promise.all(Array.from({ length: 6 }, (_, i) => runBeside(load(folders[i % 2], d))));

        for (const { status: code, stderr } of results)
            assert.ok(code === 0 || (code === 1 && /changes faster/.test(stderr)), stderr);
        const found = dumped(d);
        const wholes = folders.map((dir) => {
            loaded(dir, d);
            return dumped(d);
        });

        assert.ok(wholes.some((whole) => sameTree(whole, found)));
        assert.doesNotMatch(server.stderr, /parent\.core_/);
    });
});

// ---- killed ----

await test('kill -9 of core in the middle: the command says that it does not know, and loading again settles it', async () => {
    await withServer(async (server, d) => {
        loaded(demo, d);
        const before = dumped(d);

        for (const [what, when] of [['checks', /the server checks/], ['writes', /the server writes/]]) {
            const child = spawn(breakroom, load(large(what), d), { stdio: ['ignore', 'ignore', 'pipe'] });
            let said = '';
            let hasKilled = false;
            const core = corePid(server);

            child.stderr.setEncoding('utf8').on('data', (bytes) => {
                said += bytes;
                if (!hasKilled && when.test(said)) {
                    hasKilled = true;
                    process.kill(core, 'SIGKILL');
                }
            });
            const code = await new Promise((done) => { child.on('close', done); });

            assert.ok(hasKilled, said);
            console.log(`# killed while it ${what}: ${code === 0 ? 'it was faster' : 'in the middle'}`);
            if (code !== 0) { // it may have been faster
                assert.equal(code, 2, said);
                assert.match(said, /it is not known whether .* was loaded\. “breakroom status --data .*loading again changes nothing if it was\.$/m);
            }
            await until('another core', () => status(d).status === 0, LONG);
            const now = dumped(d);
            const dir = large(what);

            if (!sameTree(before, now)) // then it is the whole new one
                assert.match(run(load(dir, d)).stderr, /nothing to change/);
            else
                assert.match(loaded(dir, d).stderr, /loaded, revision/);
            await until('its pages', async () => await page(server, '/news/2026-05-05-other-7') === 200, LONG);
            loaded(demo, d);
        }
    });
});

await test('a server that is stopped in the middle, and one that is gone: the next load does it alone', async () => {
    const d = place('data');
    let loading;

    await withServer(async () => {
        loaded(demo, d);
        loading = begun(load(large('stop'), d));
        await until('the middle', () => /the server checks/.test(loading.said) || loading.status !== null, LONG);
    }, d);
    await loading.ended;
    assert.ok([0, 2].includes(loading.status), loading.said);
    const after = run(load(large('stop'), d));

    assert.equal(after.status, 0, after.stderr);
    assert.doesNotMatch(after.stderr, /the server/);
    await withServer(async (server) => assert.equal(await page(server, '/news/2026-05-05-other-7'), 200), d);
});

// ---- what is no server of ours ----

async function falseServer(answer) {
    const d = place('false-server');
    const listener = createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', () => socket.end(answer));
    });

    mkdirSync(d, { mode: 0o700 });
    await new Promise((done) => { listener.listen(join(d, 'control'), done); });
    const results = [await runBeside(load(demo, d)), await runBeside(['dump', '--data', d, place('out')])];

    listener.close();
    return results;
}

await test('a server of another version, or one that answers nonsense: a sentence, 2, and nothing is done', async () => {
    const unknown = 'this server does not know that request';

    for (const result of await falseServer(`fault ${unknown.length}\n${unknown}`)) {
        assert.equal(result.status, 2);
        assert.match(result.stderr, /is another version of breakroom than this command: start it anew/);
    }
    for (const nonsense of ['', 'ok', 'ok 4\nnone', 'ok 99999999999\n', 'ok 10\nshort', 'what 3\nabc', 'note 2\nXYok 0\n',
        'note 15\nF\u0006\0\0\0\0\0\0\0../../ok 0\n', `${'x'.repeat(200)}\n`]) {
        for (const result of await falseServer(nonsense)) {
            assert.equal(result.status, 2, nonsense);
            assert.match(result.stderr, /^breakroom: the server that has .* went away before it answered.*\.$/m, nonsense);
        }
    }
});

await test('another user\'s socket is not spoken to, and another user is not heard', async () => {
    if (process.getuid() !== 0)
        skip('needs root, to be two users');
    const other = (script, ...args) => spawn('runuser', ['-u', 'nobody', '--', process.execPath, '-e', script, ...args],
        { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/' });
    const d = place('theirs');

    chmodSync(work, 0o755);
    mkdirSync(d);
    chmodSync(d, 0o777);
    const listener = other('require("net").createServer((s) => s.on("error", () => {}).end("ok 0\\n")).listen(process.argv[1], () => console.log("up"))', join(d, 'control'));

    await new Promise((done) => { listener.stdout.on('data', done); });
    for (const args of [load(demo, d), ['dump', '--data', d, place('out')], ['status', '--data', d]]) {
        const result = run(args);

        assert.equal(result.status, 2);
        assert.match(result.stderr, /belongs to another user/);
    }
    listener.kill();
    await withServer(async (server, ours) => {
        chmodSync(ours, 0o755);
        chmodSync(join(ours, 'control'), 0o666);
        const caller = other('const s = require("net").connect(process.argv[1], () => s.write("status\\n")); ' +
            's.on("data", (b) => process.stdout.write(b)); s.on("error", () => {}); s.on("close", () => process.stdout.write("end"))',
        join(ours, 'control'));
        let said = '';

        caller.stdout.on('data', (bytes) => { said += bytes; });
        await new Promise((done) => { caller.on('close', done); });
        assert.equal(said, 'end');
        chmodSync(ours, 0o700);
    });
});

await test('a control socket without a server behind it: the command takes the lock', async () => {
    const d = place('data');

    await withServer(async (server) => {
        loaded(demo, d);
        const core = corePid(server);

        server.kill('SIGKILL');
        process.kill(core, 'SIGKILL');
        await server.ended;
        server.stop = async () => 0;
    }, d);
    assert.ok(existsSync(join(d, 'control')));
    await until('the lock', () => run(load(demo, d)).status === 0, LONG);
    assert.match(run(load(demo, d)).stderr, /nothing to change, revision 1$/m);
});

finish();
