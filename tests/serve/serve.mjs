// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `breakroom demo`, `serve` and `status` as people use them: the real program on a free port. Every address of the static
// build answers, in every encoding with the same bytes; what is not public is nowhere until its minute comes; a server
// that is killed comes back, one that is stopped answers what was begun.

import { strict as assert } from 'node:assert';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { finish, skip, test } from '../lib/tap.mjs';
import { AT, demo, folder, newsletter, run, tree, work } from '../lib/program.mjs';
import { ask, before, children, corePid, serve, start, text, until } from './server.mjs';

const HOST = 'baysideeducators.example';
const LOCAL = ['--listen', '127.0.0.1:0'];
const isRoot = process.getuid() === 0;

// A test with a server of its own, stopped whatever happens.
async function withServer(args, body) {
    const server = await serve(args);

    try {
        await body(server);
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
}

// A data folder with a campaign in it.
let folders = 0;
function data(dir = demo) {
    folders += 1;
    const d = join(work, `data-${folders}`);
    const loaded = run(['load', dir, '--data', d, '--yes', '--at', AT]);

    assert.equal(loaded.status, 0, loaded.stderr);
    return d;
}

// "faq/index.html" of a static build → "/faq/": the same page's address on a server.
function addressOf(file) {
    if (file.endsWith('index.html'))
        return `/${file.slice(0, -'index.html'.length)}`;
    return `/${file.endsWith('404.html') ? file : file.replace(/\.html$/, '')}`;
}

const escaped = (address) => address.split('/').map(encodeURIComponent).join('/');

// GET, and once more where a first answer says where to.
async function follow(server, path, options) {
    const first = await ask(server, path, options);

    return [301, 308].includes(first.status) ? ask(server, new URL(first.headers.location, 'http://x').pathname, options) : first;
}

async function fails(args, status, hint) {
    const server = await start(args);

    if (server.port)
        await server.stop();
    assert.ok(!server.port, `it started: ${server.stdout}`);
    assert.equal(server.status, status, server.stderr);
    const said = server.stderr.trimEnd().split('\n').filter((line) => line.startsWith('breakroom: '));

    assert.equal(said.length, 1, server.stderr);
    assert.match(said[0], hint);
}

// ---- pages ----

const site = join(work, 'site');

assert.equal(run(['build', demo, site, '--at', AT]).status, 0);
const files = [...tree(site).keys()].filter((name) => !name.startsWith('.'));

async function everyPage(args) {
    await withServer(args, async (server) => {
        for (const file of files) {
            const address = escaped(addressOf(file));
            const moved = /http-equiv="refresh"/.test(readFileSync(join(site, file), 'latin1'));
            const plain = await follow(server, address);
            const coded = { gzip: gunzipSync, br: brotliDecompressSync };

            assert.equal(plain.status, file.endsWith('404.html') ? 404 : 200, address);
            if (moved)
                assert.equal((await ask(server, address)).status, 301, address);
            if (/\.(jpg|png|pdf|webp)$/.test(file))
                assert.ok(plain.body.equals(readFileSync(join(site, file))), `${address}: other bytes than in the build`);
            for (const [coding, decode] of Object.entries(coded)) {
                const got = await follow(server, address, { headers: { 'Accept-Encoding': coding } });
                const body = got.headers['content-encoding'] ? decode(got.body) : got.body;

                assert.ok(Buffer.compare(body, plain.body) === 0, `${address}: ${coding} is something else`);
                if (/^text\/html/.test(got.headers['content-type']))
                    assert.equal(got.headers['content-encoding'], coding, address);
            }
        }
    });
}

await test('demo: every address of the static build answers, in every encoding with the same bytes',
    () => everyPage(['demo', demo, ...LOCAL, '--at', AT]));

await test('serve: the same from the store',
    () => everyPage(['serve', '--data', data(), '--preview', HOST, ...LOCAL, '--at', AT]));

await test('demo and serve give the same bytes', async () => {
    await withServer(['demo', demo, ...LOCAL, '--at', AT], async (one) => {
        await withServer(['serve', '--data', data(), '--preview', HOST, ...LOCAL, '--at', AT], async (two) => {
            for (const file of files) {
                const address = escaped(addressOf(file));
                const a = await follow(one, address);
                const b = await follow(two, address);

                assert.ok(Buffer.compare(a.body, b.body) === 0, address);
                assert.equal(a.headers.etag, b.headers.etag, address);
            }
        });
    });
});

await test('all links and pictures of all pages lead somewhere', async () => {
    await withServer(['demo', demo, ...LOCAL, '--at', AT], async (server) => {
        const seen = new Set();
        const waiting = ['/'];

        while (waiting.length > 0) {
            const address = waiting.pop();

            if (seen.has(address))
                continue;
            seen.add(address);
            const page = await follow(server, address);

            assert.equal(page.status, 200, address);
            if (!/^text\/html/.test(page.headers['content-type']))
                continue;
            for (const [, link] of page.body.toString('utf8').matchAll(/(?:href|src)="(\/[^"#?]*)/g))
                waiting.push(link);
        }
        assert.ok(seen.size > files.length / 2);
    });
});

await test('unchanged: 304 for each encoding, and the whole page when it is another', async () => {
    await withServer(['demo', demo, ...LOCAL], async (server) => {
        const tags = new Set();

        for (const coding of ['identity', 'gzip', 'br']) {
            const headers = { 'Accept-Encoding': coding };
            const { headers: { etag } } = await ask(server, '/', { headers });
            const again = await ask(server, '/', { headers: { ...headers, 'If-None-Match': etag } });

            assert.equal(again.status, 304);
            assert.equal(again.body.length, 0);
            assert.equal(again.headers.etag, etag);
            assert.equal((await ask(server, '/', { headers: { ...headers, 'If-None-Match': '"another"' } })).status, 200);
            tags.add(etag);
        }
        assert.equal(tags.size, 3);
    });
});

await test('HEAD has the headers of GET and no body', async () => {
    await withServer(['demo', demo, ...LOCAL], async (server) => {
        for (const path of ['/', '/style.css', '/photos/gate.jpg', '/nowhere']) {
            const get = await ask(server, path);
            const head = await ask(server, path, { method: 'HEAD' });

            assert.equal(head.status, get.status, path);
            assert.equal(head.body.length, 0);
            for (const name of ['content-type', 'content-length', 'etag', 'cache-control', 'content-security-policy'])
                assert.equal(head.headers[name], get.headers[name], `${path} ${name}`);
        }
    });
});

await test('a photo that only the store has comes, changes and goes with a load', async () => {
    const photo = (name) => readFileSync(join(demo, 'photos', name));
    const dir = folder(() => {});
    const extra = join(dir, 'photos/extra.jpg');
    const load = (d) => assert.equal(run(['load', dir, '--data', d, '--yes', '--at', AT]).status, 0);

    copyFileSync(join(demo, 'photos/gate.jpg'), extra);
    const d = data(dir);

    await withServer(['serve', '--data', d, '--preview', HOST, '--at', AT, ...LOCAL], async (server) => {
        const shown = async () => (await ask(server, '/photos/extra.jpg')).body;
        const [gate, other] = [(await ask(server, '/photos/gate.jpg')).body, readdirSync(join(demo, 'photos')).find((name) => name !== 'gate.jpg' && name.endsWith('.jpg'))];

        assert.ok(gate.length > 1000);
        assert.deepEqual(await shown(), gate);
        writeFileSync(extra, photo(other));
        load(d);
        await until('the other photo', async () => (await shown()).equals((await ask(server, `/photos/${other}`)).body));
        rmSync(extra);
        load(d);
        await until('no photo', async () => (await ask(server, '/photos/extra.jpg')).status === 404);
    });
});

await test('Range of a photo and of a file', async () => {
    await withServer(['demo', demo, ...LOCAL], async (server) => {
        for (const path of ['/photos/gate.jpg', '/files/public-meetings.ics']) {
            const whole = (await ask(server, path)).body;
            const part = await ask(server, path, { headers: { Range: 'bytes=10-29' } });
            const tail = await ask(server, path, { headers: { Range: 'bytes=-7' } });
            const beyond = await ask(server, path, { headers: { Range: `bytes=${whole.length}-` } });

            assert.equal(part.status, 206);
            assert.equal(part.headers['content-range'], `bytes 10-29/${whole.length}`);
            assert.deepEqual(part.body, whole.subarray(10, 30));
            assert.deepEqual(tail.body, whole.subarray(-7));
            assert.equal(beyond.status, 416);
        }
    });
});

await test('headers: policy, language, how long to keep', async () => {
    await withServer(['demo', demo, ...LOCAL], async (server) => {
        const page = await ask(server, '/es/');
        const lost = await ask(server, '/nowhere');

        assert.match(page.headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/);
        assert.equal(page.headers['content-language'], 'es');
        assert.equal(page.headers['referrer-policy'], 'same-origin');
        assert.equal(page.headers['x-content-type-options'], 'nosniff');
        assert.match(page.headers['cache-control'], /^public, max-age=60/);
        assert.match(lost.headers['cache-control'], /no-store/);
        assert.equal(page.headers['set-cookie'], undefined);
    });
});

await test('a wrong address: 404 in the language it speaks', async () => {
    await withServer(['demo', demo, ...LOCAL], async (server) => {
        for (const [path, lang] of [['/nowhere', 'en'], ['/news/2026-04-24-mem', 'en'], ['/es/nada', 'es'], ['/estate', 'en']]) {
            const lost = await ask(server, path);

            assert.equal(lost.status, 404);
            assert.match(lost.body.toString('utf8'), new RegExp(`<html lang="${lang}">`), path);
        }
        assert.equal((await ask(server, '/', { method: 'POST' })).status, 405);
    });
});

await test('who: the campaign, this machine under its three names; nobody else, and no name is told', async () => {
    await withServer(['demo', demo, ...LOCAL], async (server) => {
        for (const host of [HOST, HOST.toUpperCase(), `${HOST}:80`, '127.0.0.1', 'localhost', `localhost:${server.port}`, '[::1]'])
            assert.equal((await ask(server, '/', { host })).status, 200, host);
        for (const host of ['other.example', `x.${HOST}`, '127.0.0.2', '']) {
            const answer = await ask(server, '/', { host });

            assert.ok([400, 404].includes(answer.status), host);
            assert.doesNotMatch(answer.body.toString('utf8'), /bayside/i);
        }
    });
    await withServer(['serve', '--data', data(), ...LOCAL], async (server) => {
        assert.equal((await ask(server, '/', { host: 'localhost' })).status, 404);
        assert.equal((await ask(server, '/', { host: HOST })).status, 200);
    });
});

await test('two campaigns of one store keep apart', async () => {
    const other = folder((dir) => {
        const ini = join(dir, 'campaign.ini');

        writeFileSync(ini, readFileSync(ini, 'utf8').replaceAll(HOST, 'night.example').replaceAll('Bayside Educators United', 'Night Shift'));
    });
    const d = data();

    assert.equal(run(['load', other, '--data', d, '--yes', '--at', AT]).status, 0);
    await withServer(['serve', '--data', d, ...LOCAL], async (server) => {
        assert.match(await text(server, '/', { host: 'night.example' }), /<title>Night Shift/);
        assert.match(await text(server, '/', { host: HOST }), /<title>Bayside Educators United/);
    });
});

// ---- what is not public ----

const secret = /zanahoria|2026-12-05-draft|2026-12-05-later/;

await test('drafts and the future are nowhere, until their minute comes: page, list, feed and sitemap', async () => {
    const dir = folder((d) => {
        newsletter(d, '2026-12-05-draft', 'The words zanahoria uno.', 'draft: yes\n');
        newsletter(d, '2026-12-05-later', 'The words zanahoria dos.', 'time: 07:30\n');
    });
    const lists = ['/', '/news/', '/feed.xml', '/sitemap.xml'];

    for (const args of [['demo', dir], ['serve', '--data', data(dir), '--preview', HOST]]) {
        const then = async (server, isEarly) => {
            const pages = [];

            for (const path of [...lists, '/news/2026-12-05-later', '/news/2026-12-05-draft', '/news/2026-12-05-later.txt'])
                pages.push([path, await text(server, path)]);
            const unchanged = (await ask(server, '/news/2026-04-24-memo')).headers.etag;
            const { status } = await ask(server, '/news/2026-12-05-later');

            if (!isEarly())
                return false;
            pages.forEach(([path, page]) => assert.doesNotMatch(page, secret, path));
            assert.equal(status, 404);
            await until('the newsletter', async () => (await ask(server, '/news/2026-12-05-later')).status === 200, 600);
            for (const path of lists)
                assert.match(await text(server, path), /2026-12-05-later/, path);
            assert.equal((await ask(server, '/news/2026-12-05-draft')).status, 404);
            assert.equal((await ask(server, '/news/2026-04-24-memo')).headers.etag, unchanged);
            return true;
        };

        // 07:30 in Los Angeles is 15:30 UTC.
        await before('2026-12-05T15:30:00Z', async (at, isEarly) => {
            let isSeen = false;

            await withServer([...args, ...LOCAL, '--at', at], async (server) => { isSeen = await then(server, isEarly); });
            return isSeen;
        });
    }
});

// ---- processes ----

await test('core killed: it is started again, on the same port, and nobody is turned away', async () => {
    await withServer(['demo', demo, ...LOCAL], async (server) => {
        for (let round = 0; round < 3; round++) {
            const core = corePid(server);

            process.kill(core, 'SIGKILL');
            assert.equal((await ask(server, '/')).status, 200);
            assert.notEqual(corePid(server), core);
        }
        assert.match(server.stderr, /parent\.core_killed fault=ours signal=9/);
    });
});

await test('the parent killed: core ends too, and the folder is free', async () => {
    const d = data();
    const server = await serve(['serve', '--data', d, ...LOCAL]);
    const core = corePid(server);

    server.kill('SIGKILL');
    await until('the end of core', () => !existsSync(`/proc/${core}`) || /^State:\tZ/m.test(readFileSync(`/proc/${core}/status`, 'utf8')));
    await withServer(['serve', '--data', d, ...LOCAL], async (next) => {
        assert.equal((await ask(next, '/', { host: HOST })).status, 200);
        assert.equal(run(['status', '--data', d]).status, 0);
    });
});

for (const signal of ['SIGTERM', 'SIGINT']) {
    await test(`${signal}: what was begun is answered, then it ends with 0`, async () => {
        const server = await serve(['demo', demo, ...LOCAL]);
        const begun = connect(server.port, '127.0.0.1');
        let got = '';

        begun.on('data', (bytes) => { got += bytes.toString('latin1'); });
        const closed = new Promise((done) => { begun.on('close', done); });

        // A body that is half there: the request has begun and cannot be answered yet.
        await new Promise((done) => { begun.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabc', done); });
        await new Promise((done) => { setTimeout(done, 300); });
        server.kill(signal);
        await until('stopping', () => /parent\.stopping/.test(server.stderr));
        server.kill(signal); // in the same breath, as timeout(1) does: no reason to break off
        begun.write('def');
        await closed;
        assert.match(got, /^HTTP\/1\.1 405 /);
        await server.ended;
        assert.equal(server.status, 0, server.stderr);
        assert.match(server.stderr, /core\.stopped/);
    });
}

await test('nothing of it is left: no process, no control socket', async () => {
    const d = data();
    const server = await serve(['serve', '--data', d, ...LOCAL]);
    const core = corePid(server);

    assert.equal(statSync(join(d, 'control')).mode & 0o777, 0o600);
    await server.stop();
    assert.ok(!existsSync(`/proc/${core}`));
    assert.deepEqual([...tree(d).keys()].filter((name) => name.startsWith('control')), []);
});

// ---- status ----

await test('status says what runs, and counters are Prometheus text', async () => {
    const d = data();

    await withServer(['serve', '--data', d, ...LOCAL], async (server) => {
        await ask(server, '/', { host: HOST });
        const { status, stdout } = run(['status', '--data', d]);

        assert.equal(status, 0);
        assert.match(stdout, /^breakroom \d+\.\d+\.\d+, running since \d{4}-/);
        assert.match(stdout, new RegExp(`^campaign ${HOST}: revision 1, \\d+ addresses`, 'm'));
        assert.match(stdout, /^store: SQLite/m);
        assert.match(stdout, /^sandbox: .*Landlock on/m);
        assert.match(stdout, /^last faults:\n {2}none$/m);
        const counters = run(['status', '--data', d, '--counters']).stdout;

        for (const line of counters.trimEnd().split('\n'))
            assert.match(line, /^(# (HELP|TYPE) [a-z0-9_]+ .+|[a-z0-9_]+(\{[^}]*\})? [0-9.e+]+)$/);
        assert.match(counters, /^breakroom_pages_sent_total [1-9]/m);
        process.kill(corePid(server), 'SIGKILL');
        await until('core again', () => /started again 1 times/.test(run(['status', '--data', d]).stdout));
    });
    const none = run(['status', '--data', d]);

    assert.equal(none.status, 2);
    assert.match(none.stderr, /no server runs/);
});

await test('the control socket: what is no request is told so, and the next caller is served', async () => {
    const d = data();

    await withServer(['serve', '--data', d, ...LOCAL], async () => {
        for (const line of ['', ' ', 'status now +', 'status +5', 'nonsense', `status ${'x'.repeat(3000)}`, 'st\u0001', '+3', 'a  b']) {
            const said = await new Promise((done, failed) => {
                const socket = connect(join(d, 'control'));
                let answer = '';

                socket.on('data', (bytes) => { answer += bytes; });
                socket.on('error', failed);
                socket.on('close', () => done(answer));
                socket.write(`${line}\n`);
            }).catch(() => '');

            assert.match(said, /^(fault \d+\n|$)/, line);
        }
        assert.equal(run(['status', '--data', d]).status, 0);
    });
});

// ---- what keeps it from starting ----

await test('a port in use: one sentence, 2', async () => {
    const taken = createServer();

    await new Promise((done) => { taken.listen(0, '127.0.0.1', done); });
    await fails(['demo', demo, '--listen', `127.0.0.1:${taken.address().port}`], 2, /in use/);
    taken.close();
});

await test('two servers on one folder: one sentence, 2, and the first goes on', async () => {
    const d = data();

    await withServer(['serve', '--data', d, ...LOCAL], async (server) => {
        await fails(['serve', '--data', d, ...LOCAL], 2, /Another Breakroom/);
        assert.equal((await ask(server, '/', { host: HOST })).status, 200);
        assert.equal(run(['status', '--data', d]).status, 0);
        assert.equal(children(server.pid).length, 2);
    });
});

await test('another user\'s data folder, one others may write in, none at all', async () => {
    const open = data();

    chmodSync(open, 0o777);
    await fails(['serve', '--data', open, ...LOCAL], 2, /Other users may write/);
    await fails(['serve', '--data', join(work, 'no', 'such'), ...LOCAL], 2, /no\/such/);
    writeFileSync(join(work, 'plain'), 'x');
    await fails(['serve', '--data', join(work, 'plain'), ...LOCAL], 2, /plain/);
    if (!isRoot)
        skip('needs root to give a folder away');
    const theirs = data();

    chownSync(theirs, 12345, 12345);
    await fails(['serve', '--data', theirs, ...LOCAL], 2, /another user/);
});

await test('a store that is no store', async () => {
    const d = join(work, 'no-store');

    mkdirSync(d, { mode: 0o700 });
    mkdirSync(join(d, 'store'), { mode: 0o700 });
    writeFileSync(join(d, 'store/store.sqlite'), 'this is no database, whatever its name says '.repeat(50));
    await fails(['serve', '--data', d, ...LOCAL], 2, /store/);
});

await test('a folder with errors, or none: 1 and 2', async () => {
    const bad = folder((dir) => newsletter(dir, '2026-05-05-bad', 'See [the answer](faq:no-such-answer).'));

    await fails(['demo', bad, ...LOCAL], 1, /1 error; “breakroom check .*” lists them/);
    await fails(['demo', join(work, 'nowhere'), ...LOCAL], 2, /nowhere/);
});

await test('a preview and a clock of one\'s own are for this machine alone', async () => {
    const d = data();

    await fails(['demo', demo, '--listen', '0.0.0.0:0'], 2, /this machine alone/);
    await fails(['serve', '--data', d, '--listen', '0.0.0.0:0', '--preview', HOST], 2, /this machine alone/);
    await fails(['serve', '--data', d, '--listen', '[::]:0', '--at', AT], 2, /this machine alone/);
    await fails(['serve', '--data', d, ...LOCAL, '--preview', 'other.example'], 2, /other\.example/);
});

await test('server.ini: what it says is done; what it should not say is named with its line', async () => {
    const d = data();
    const ini = (content) => writeFileSync(join(d, 'server.ini'), content);

    ini('; ours\nlisten = 127.0.0.1:0\nlandlock = no\npage_memory = 0\n');
    await withServer(['serve', '--data', d], async (server) => {
        assert.equal((await ask(server, '/', { host: HOST })).status, 200);
        const { stdout } = run(['status', '--data', d]);

        assert.match(stdout, /Landlock OFF \(landlock = no/);
        assert.match(stdout, /^pages: 0 kept/m);
    });
    for (const [content, hint] of [
        ['lisen = 127.0.0.1:0', /line 1: .*lisen.*did you mean “listen”/],
        ['\nlandlock = maybe', /line 2: .*yes or no/],
        ['listen = everywhere', /line 1: .*127\.0\.0\.1:8080/],
        ['[server]\nlandlock = no', /line 2: .*without sections/],
        ['db = mysql://x', /postgres/],
        ['proxy = nginx', /line 1: .*proxy/],
        ['landlock = yes\nlandlock = no', /line 2: .*once/],
    ]) {
        ini(`${content}\n`);
        await fails(['serve', '--data', d, ...LOCAL], 2, hint);
    }
    rmSync(join(d, 'server.ini'));
    await fails(['serve', '--data', d, '--config', join(work, 'none.ini')], 2, /none\.ini/);
});

await test('words that are wrong: 2, and where to look', () => {
    for (const words of [['serve'], ['serve', '--data'], ['serve', '--data', 'x', 'y'], ['demo', 'a', 'b'], ['status'],
        ['demo', '--listen', 'here'], ['demo', '--at', 'soon'], ['demo', '--data', 'x'], ['serve', '--data', 'x', '--db', 'sqlite'],
        ['role-core']]) {
        const result = run(words);

        assert.equal(result.status, 2, words.join(' '));
        assert.match(result.stderr, /^breakroom: .*\.$/m, words.join(' '));
    }
});

finish();
