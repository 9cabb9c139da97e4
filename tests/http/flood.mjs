// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Too much of everything: connections that do nothing, bytes that trickle, POSTs without end, and a stop in the middle.
// Others are answered meanwhile. HOUSE names the program under test.
//
// Invariant: the flood runs in a program of its own (this file, with arguments), so that what is measured here is the
// server's delay and not ours.

import { strict as assert } from 'node:assert';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { finish, test } from '../lib/tap.mjs';
import { get, head, house, post, sleep, wire } from './wire.mjs';

const SANITIZED = /asan|sanitizers|tsan/.test(process.env.HOUSE);
const LATE_MS = SANITIZED ? 500 : 100;
const IDLE = Number(process.env.IDLE ?? 10000);

// ---- the flooding program ----

async function idle(port, count) {
    const open = [];
    let refused = 0;

    for (let i = 0; i < count; i++) {
        const w = wire(port, { from: `127.0.0.${2 + i % 100}` });
        w.socket.on('close', () => refused++);
        open.push(w);
        if (i % 100 === 99) await sleep(5);
    }
    await sleep(500);
    process.send({ open: open.length - refused });
}

async function posts(port, seconds) {
    const end = performance.now() + seconds * 1000;
    const counts = {};
    const bytes = head('POST /leave', { 'Content-Length': 3 }) + 'abc';
    const client = async () => {
        let w = wire(port, { from: '127.0.0.9' });

        while (performance.now() < end) {
            await w.send(bytes);
            const status = (await w.answer())?.status ?? 'closed';
            counts[status] = (counts[status] ?? 0) + 1;
            if (status === 'closed') w = wire(port, { from: '127.0.0.9' });
        }
        w.end();
    };

    await Promise.all(Array.from({ length: 20 }, client));
    process.send(counts);
}

if (process.argv[2] === 'idle') await idle(Number(process.argv[3]), Number(process.argv[4]));
if (process.argv[2] === 'posts') {
    await posts(Number(process.argv[3]), Number(process.argv[4]));
    process.exit(0);
}

function flood(...args) {
    const child = fork(fileURLToPath(import.meta.url), args.map(String));
    const said = new Promise((resolve) => child.once('message', resolve));

    return { said, kill: () => child.kill('SIGKILL') };
}

// GETs one after the other, each on a connection of its own, until `until` is settled. Gives the delays, sorted.
async function probe(port, until) {
    const delays = [];
    let over = false;

    until.then(() => { over = true; });
    while (!over) {
        const start = performance.now();
        const a = await get(port, '/');
        assert.equal(a?.status, 200);
        delays.push(performance.now() - start);
        await sleep(5);
    }
    return delays.sort((a, b) => a - b);
}

const inTime = (delays, what) => {
    const worst = delays.at(-1);
    const late = delays[Math.floor(delays.length * 0.99)];

    console.log(`# ${what}: ${delays.length} GETs, median ${delays[delays.length >> 1].toFixed(1)} ms, 99 % ${late.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`);
    assert.ok(late < LATE_MS, `99 % within ${late} ms`);
};

async function tests() {
    await test('1,000 POSTs a second from one address: it is told to wait, others are not', async () => {
        const h = await house();
        const f = flood('posts', h.port, 4);
        const delays = await probe(h.port, f.said);
        const counts = await f.said;
        const sent = Object.values(counts).reduce((a, b) => a + b, 0);

        console.log(`# ${JSON.stringify(counts)}`);
        assert.ok(sent > (SANITIZED ? 1000 : 4000), `${sent} POSTs`);
        assert.ok(counts[200] >= 100 && counts[200] <= 140, `${counts[200]} taken`);
        assert.equal(counts[429], sent - counts[200]);
        inTime(delays, 'beside the POSTs');
        const one = await post(h.port, '/leave', 'x', {}, { from: '127.0.0.10' });
        assert.equal(one.status, 200, 'another address may still post');
        let a;
        for (let i = 0; i < 20 && a?.status !== 429; i++) a = await post(h.port, '/leave', 'x', {}, { from: '127.0.0.9' }); // two a second come back
        assert.equal(a.status, 429);
        assert.equal(a.headers['retry-after'], '60');
        assert.equal((await get(h.port, '/', {}, { from: '127.0.0.9' })).status, 200, 'page views are never limited');
        await h.stop();
    });

    await test(`${IDLE} idle connections`, async () => {
        const h = await house('connections=14000');
        const f = flood('idle', h.port, IDLE);
        const until = f.said.then(() => sleep(2000));
        const delays = await probe(h.port, until);

        assert.equal((await f.said).open, IDLE);
        assert.ok(await h.counter('connections_open') >= IDLE);
        inTime(delays, `beside ${IDLE} connections`);
        f.kill();
        await sleep(1500);
        assert.equal((await get(h.port, '/')).status, 200);
        assert.ok(await h.counter('connections_open') < 10);
        await h.stop();
    });

    await test('connections run out: the idle ones go, and others get in', async () => {
        const h = await house('connections=200', 'a_peer=1000', 'threads=1');
        const hold = Array.from({ length: 250 }, () => wire(h.port));
        const delays = [];

        await sleep(300);
        for (let i = 0; i < 5; i++) {
            const start = performance.now();
            assert.equal((await get(h.port, '/memory'))?.status, 200);
            delays.push(performance.now() - start);
        }
        assert.ok(delays[0] < 4000, `${delays[0]} ms`);
        assert.ok(await h.counter('idle_cut_total') > 0);
        hold.forEach((w) => w.end());
        await h.stop();
    });

    await test('one address may have so many connections, its neighbour is not touched', async () => {
        const h = await house('a_peer=50');
        const mine = Array.from({ length: 80 }, () => wire(h.port, { from: '127.0.0.5' }));
        let closed = 0;

        mine.forEach((w) => w.closed.then(() => closed++));
        await sleep(500);
        assert.ok(closed >= 28 && closed <= 30, `${closed} refused`); // each thread may let one in too many
        assert.equal((await get(h.port, '/', {}, { from: '127.0.0.6' })).status, 200);
        assert.equal(await h.counter('refused_connections_total'), closed);
        mine.forEach((w) => w.end());
        await sleep(200);
        assert.equal((await get(h.port, '/', {}, { from: '127.0.0.5' })).status, 200, 'and may come again');
        await h.stop();
    });

    await test('a head, a body, an answer at a byte a second; and slow but fair ones', async () => {
        const h = await house('head=2', 'a_peer=1000');
        const start = performance.now();
        const ends = {};
        const drip = async (name, first, piece, ms) => {
            const w = wire(h.port);
            w.closed.then(() => { ends[name] = performance.now() - start; });
            await w.send(first);
            while (ends[name] === undefined && performance.now() - start < 30000) {
                await w.send(piece);
                await sleep(ms);
            }
            w.end();
        };
        const lazy = wire(h.port);

        lazy.socket.pause();
        await lazy.send(head('GET /file').repeat(20));
        lazy.closed.then(() => { ends.reader = performance.now() - start; });
        const second = wire(h.port);
        await second.send(head('GET /memory'));
        await second.answer();
        second.closed.then(() => { ends.second = performance.now() - start; });
        await second.send('GET /mem');
        const fair = wire(h.port);
        await fair.send(head('POST /upload', { 'Content-Length': 50000 }));
        const fairly = (async () => {
            for (let i = 0; i < 50; i++) {
                await fair.send('x'.repeat(1000));
                await sleep(400);
            }
            return fair.answer();
        })();
        await Promise.all([
            drip('head', 'GET / HTTP/1.1\r\nX-A: ', 'a', 500),
            drip('body', head('POST /upload', { 'Content-Length': 100000 }), 'x', 1000),
            drip('chunks', head('POST /upload', { 'Transfer-Encoding': 'chunked' }), '1\r\nx\r\n', 1000),
        ]);
        assert.equal((await fairly).text, '50000');
        console.log(`# cut after ${JSON.stringify(ends)}`);
        assert.ok(ends.head > 1500 && ends.head < 5000);
        assert.ok(ends.second > 1500 && ends.second < 6000, 'the second head on a connection');
        assert.ok(ends.body > 9000 && ends.body < 14000);
        assert.ok(ends.chunks > 9000 && ends.chunks < 14000);
        lazy.socket.resume();
        await sleep(300);
        assert.equal(await h.counter('slow_readers_total'), 1);
        assert.equal(await h.counter('slow_bodies_total'), 2);
        assert.equal(await h.counter('slow_heads_total'), 2);
        assert.equal((await get(h.port, '/')).status, 200);
        lazy.end();
        second.end();
        fair.end();
        await h.stop();
    });

    await test('X-Forwarded-For counts from our proxy alone, and its last entry', async () => {
        const h = await house('proxy=127.0.0.20', 'rate=2', 'a_peer=2');
        const leave = (from, xff) => post(h.port, '/leave', 'x', xff === null ? {} : { 'X-Forwarded-For': xff }, { from }).then((a) => a.status);

        for (const forged of ['192.0.2.1', '192.0.2.2']) assert.equal(await leave('127.0.0.21', forged), 200);
        assert.equal(await leave('127.0.0.21', '192.0.2.3'), 429, 'a header from elsewhere made a new client');
        for (let i = 0; i < 5; i++) assert.equal(await leave('127.0.0.20', `192.0.2.${10 + i}`), 200);
        assert.equal(await leave('127.0.0.20', '198.51.100.1, 192.0.2.99'), 200);
        assert.equal(await leave('127.0.0.20', '198.51.100.2, 192.0.2.99'), 200);
        assert.equal(await leave('127.0.0.20', '198.51.100.3, 192.0.2.99'), 429, 'the client can choose its address');
        assert.equal(await leave('127.0.0.20', '2001:db8::1'), 200);
        assert.equal(await leave('127.0.0.20', '2001:db8::ffff:2'), 200);
        assert.equal(await leave('127.0.0.20', '[2001:db8::3]:1234'), 429, 'a /64 is one');
        assert.equal(await leave('127.0.0.20', '2001:db8:0:1::3'), 200);
        for (const bad of [null, 'unknown', ''].slice(0, 2)) assert.equal(await leave('127.0.0.20', bad), 200);
        assert.equal(await leave('127.0.0.20', 'x'), 429, 'what is no address is the proxy itself');
        const many = Array.from({ length: 20 }, () => wire(h.port, { from: '127.0.0.20' }));
        await sleep(200);
        assert.ok(many.every((w) => !w.socket.destroyed), 'the proxy may have as many connections as it likes');
        many.forEach((w) => w.end());
        await h.stop();
    });

    await test('stop: what was begun is answered, what waits is resumed, the rest is closed', async () => {
        for (let round = 0; round < 5; round++) {
            const h = await house('workers=4');
            const idle = Array.from({ length: 20 }, () => wire(h.port));
            const begun = ['/parked?ms=600', '/slow?ms=300', '/handed?ms=400'].flatMap((path) => Array.from({ length: 4 }, () => get(h.port, path)));
            const half = wire(h.port);

            await half.send(head('POST /leave', { 'Content-Length': 10 }) + '12345');
            await sleep(150);
            const stopping = h.stop();
            await sleep(100);
            await half.send('67890');
            assert.equal((await half.answer())?.text, '10', 'a body that was on its way');
            for (const a of await Promise.all(begun)) assert.equal(a?.status, 200);
            const late = await get(h.port, '/');
            assert.ok(late === null || late === undefined, 'it still listens');
            assert.ok((await stopping) < (SANITIZED ? 6000 : 2500));
            await Promise.all(idle.map((w) => w.closed));
        }
    });

    await test('stop, under fire', async () => {
        for (let round = 0; round < 5; round++) {
            const h = await house();
            let over = false;
            const fire = Array.from({ length: 20 }, async (_, i) => {
                while (!over) {
                    await get(h.port, ['/', '/parked?ms=1', '/slow?ms=1', '/handed?ms=1', '/file'][i % 5]);
                    if (i % 5 === 4) await sleep(3);
                }
            });

            await sleep(200);
            const took = await h.stop();
            over = true;
            await Promise.all(fire);
            assert.ok(took < 6000, `${took} ms`);
        }
    });

    await test('stop with clients that never finish', async () => {
        const h = await house();
        const w = wire(h.port);

        await w.send(head('POST /leave', { 'Content-Length': 10 }) + '1');
        const lazy = wire(h.port);
        lazy.socket.pause();
        await lazy.send(head('GET /file').repeat(50));
        await sleep(200);
        const took = await h.stop();
        assert.ok(took > 4000 && took < 8000, `${took} ms`);
        lazy.end();
        w.end();
    });
}

if (process.argv.length === 2) {
    await tests();
    finish();
}
