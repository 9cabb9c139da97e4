// SPDX-License-Identifier: AGPL-3.0-or-later
//
// canary.mjs [PEOPLE]: people who can be told from everything else subscribe through the form, others come from a sheet, a
// newsletter goes to all of them, and then their addresses are looked for where nobody may find them: in every file below
// the data folder while it is in use and after, in what the server says, in the temporary folder, and in the memory of its
// processes, which is what a core file would be made of. No core file comes of a process that is aborted.
//
// Looked for are the name before the @, the domains that fewer than five people have, and what was typed as a workplace,
// as they are and as base64, hexadecimal, percent signs and UTF-16. That the look finds what is there is tested first.

import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { selfSigned } from '../lib/certificate.mjs';
import { memoryOf } from '../lib/memory.mjs';
import { AT, demo, run, work } from '../lib/program.mjs';
import { finish, skip, test } from '../lib/tap.mjs';
import { ask, corePid, mailerPid, serve, until } from '../serve/server.mjs';
import { makeKeys, readLetter } from '../serve/subscribers.mjs';
import { HOST, send, sink, sleep, unlock } from './house.mjs';

const PEOPLE = Number(process.argv[2] ?? 1000); // through the form
const SHEET = Math.ceil(PEOPLE / 4); // from a list on paper
const AT_ONCE = 12;
const KEY = 'adequate';
const MARKS = { name: 'canary7q', workplace: 'Zephyrine', alone: 'lonesome-qz', few: 'quartet-qz' };

// ---- looking ----

const percent = (bytes, digits) => [...bytes].map((byte) => `%${digits(byte.toString(16))}`).join('');
const wide = (text, swap) => {
    const bytes = Buffer.from(text, 'utf16le');

    return swap ? bytes.swap16() : bytes;
};
// Of the letters that `text` has in base64 at this offset, those that its neighbours do not change.
const base64 = (text, offset, alphabet) => {
    const whole = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);

    return whole.toString(alphabet).slice(Math.ceil(offset * 8 / 6), Math.floor(whole.length * 8 / 6));
};

// Every shape of a mark: [what it is, bytes].
function shapes(mark) {
    const found = new Map();

    for (const text of new Set([mark, mark.toLowerCase(), mark.toUpperCase()])) {
        const bytes = Buffer.from(text);

        for (const [what, shape] of [
            ['plain', bytes], ['hex', bytes.toString('hex')], ['HEX', bytes.toString('hex').toUpperCase()],
            ['percent', percent(bytes, (hex) => hex)], ['PERCENT', percent(bytes, (hex) => hex.toUpperCase())],
            ['utf-16le', wide(text, false)], ['utf-16be', wide(text, true)],
            ...[0, 1, 2].map((offset) => [`base64+${offset}`, base64(text, offset, 'base64')]),
        ])
            found.set(Buffer.from(shape).toString('latin1'), `${text} as ${what}`);
    }
    return [...found].map(([shape, what]) => [what, Buffer.from(shape, 'latin1')]);
}
const looked = Object.values(MARKS).flatMap(shapes);

// "where: what, … the bytes around it" for each shape of a mark that `bytes` has.
function findings(where, bytes) {
    return looked.filter(([, shape]) => bytes.includes(shape)).map(([what, shape]) => {
        const at = bytes.indexOf(shape);
        const around = bytes.subarray(Math.max(0, at - 60), at + 100).toString('latin1').replace(/[^\x20-\x7e]/g, '.');

        return `${where}: ${what}: ${around}`;
    });
}

function inFolder(dir) {
    return readdirSync(dir, { recursive: true }).map((name) => join(dir, name)).filter((path) => existsSync(path) && statSync(path).isFile())
        .flatMap((path) => findings(path, readFileSync(path)));
}

// Everything that the process could have written to.
function inMemory(what, pid) {
    const found = [];
    let total = 0;

    for (const { name, from, bytes } of memoryOf(pid)) {
        total += bytes.length;
        found.push(...findings(`${what} ${pid}, ${name || 'memory'} at ${from.toString(16)}`, bytes));
    }
    assert.ok(total > 1 << 16, `no memory of ${what} was read`);
    return found;
}

// The same, or the test is given up where the machine does not let us look.
function memories(server) {
    try {
        return [['core', corePid(server)], ['mailer', mailerPid(server)], ['parent', server.pid]]
            .flatMap(([what, pid]) => inMemory(what, pid));
    } catch (error) {
        if (['EACCES', 'EPERM'].includes(error.code))
            skip(`the memory of another process cannot be read here: ${error.code}`);
        throw error;
    }
}

// What an answer was made of goes when the answer has gone: once more, if it is still there.
async function noneInMemory(server) {
    let found = memories(server);

    if (found.length > 0) {
        await sleep(2000);
        found = memories(server);
    }
    assert.deepEqual(found, []);
}

// ---- people ----

const form = 'application/x-www-form-urlencoded';
const keeping = Array.from({ length: 8 }, (_, i) => new Agent({ keepAlive: true, maxSockets: 1, localAddress: `127.3.0.${i + 1}` }));
let calls = 0;

// One request. Every second one on a connection that others use too; the rest each on one of its own, from an address of
// its own, for how often one may ask is another suite's business.
async function call(server, method, path, body, headers = {}) {
    calls += 1;
    const place = calls % 2 && method === 'GET' ? { agent: keeping[calls % keeping.length] }
        : { localAddress: `127.${4 + (calls >> 12)}.${(calls >> 6) & 63}.${1 + (calls & 63)}` };
    const answer = await ask(server, path, { method, body, host: HOST, headers: { 'Sec-Fetch-Site': 'same-origin', ...headers }, ...place });

    return { ...answer, text: answer.body.toString('utf8') };
}
const post = (server, path, fields, headers) => call(server, 'POST', path, new URLSearchParams(fields).toString(), { 'Content-Type': form, ...headers });

const domainOf = (i) => (i === 0 ? `${MARKS.alone}.example` : i < 5 ? `${MARKS.few}.example` : i % 3 ? 'post.example' : 'correo.example');
const nameOf = (i) => (i % 5 === 1 ? MARKS.name.toUpperCase() : MARKS.name) + i;
const person = (i) => ({ address: `${nameOf(i)}@${domainOf(i)}`, audience: 'educators', workplace: `${MARKS.workplace} Hall ${i}`, lang: i % 3 ? 'en' : 'es' });

// Gives the letter to an address, as soon as the sink has it whole.
function mailbox(host, dir) {
    const letters = new Map();
    let size = 0;
    let count = 0;
    const look = () => {
        const now = statSync(host.record).size; // a line is there once the letter is

        for (const there = now === size ? count : host.letters().length; count < there; count++) {
            const letter = readLetter(readFileSync(join(dir, String(count + 1)), 'latin1'));

            letters.set(letter.to, letter);
        }
        size = now;
    };

    return async (address) => {
        for (const end = Date.now() + 20_000; !letters.has(address); look()) {
            assert.ok(Date.now() < end, `no letter to ${address}`);
            await sleep(10);
        }
        return letters.get(address);
    };
}

// From the form to the list, as a person does it.
async function subscribe(server, letterTo, one) {
    const sent = await post(server, one.lang === 'es' ? '/es/subscribe' : '/subscribe', one);

    assert.equal(sent.status, 303, `${one.address}: ${sent.status}`);
    const { paths: [path] } = await letterTo(one.address);
    const page = await call(server, 'GET', path);

    assert.equal(page.status, 200);
    assert.match(page.text, /<form[^>]*method="post"/);
    assert.equal((await post(server, path, {})).status, 303);
}

// What goes wrong carries addresses too, and so does what nobody reads to its end.
async function stumble(server) {
    const canary = { ...person(7), address: `${MARKS.name}@${MARKS.alone}.example` };
    const body = new URLSearchParams(canary).toString();
    const multipart = Object.entries(canary).map(([name, value]) => `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join('');

    for (const [status, fields] of [
        [422, { ...canary, address: `${MARKS.name}@baysidecharter.example` }],
        [422, { ...canary, address: `${MARKS.name}@baysidecharter-${MARKS.alone}.example@` }],
        [422, { ...canary, address: `${MARKS.name} at ${MARKS.alone}.example` }],
        [422, { ...canary, address: `josé.${MARKS.name}@${MARKS.alone}.example` }],
        [422, { ...canary, workplace: `${MARKS.workplace} `.repeat(20) }],
        [422, { ...canary, audience: 'nobody' }],
        [303, { ...canary, address: `${MARKS.name}@bücher.${MARKS.alone}.example` }],
        [303, { ...canary, audience: 'parents' }],
    ])
        assert.equal((await post(server, '/subscribe', fields, { 'Accept-Encoding': 'gzip, br' })).status, status, JSON.stringify(fields));
    assert.equal((await call(server, 'POST', '/subscribe', `${multipart}--edge--\r\n`, { 'Content-Type': 'multipart/form-data; boundary=edge' })).status, 303);
    assert.equal((await call(server, 'POST', '/subscribe', body, { 'Content-Type': form, 'Sec-Fetch-Site': 'cross-site' })).status, 403);
    assert.equal((await call(server, 'POST', '/subscribe', `${body}&x=${MARKS.name.repeat(4000)}`, { 'Content-Type': form })).status, 413);
    assert.equal((await call(server, 'POST', '/subscribe', multipart, { 'Content-Type': 'multipart/form-data; boundary=other' })).status, 400);
    assert.equal((await call(server, 'POST', '/nowhere', body, { 'Content-Type': form })).status, 405);
    await hangUp(server, body, (socket) => socket.destroy());
    await hangUp(server, body, (socket) => socket.resetAndDestroy());
}

// Half a form, and then the connection is gone.
const hangUp = (server, body, away) => new Promise((done) => {
    const socket = connect({ port: server.port, host: '127.0.0.1' }, () => {
        socket.write(half(body), () => setTimeout(() => away(socket), 200));
    });

    socket.on('error', () => {});
    socket.on('close', done);
});
const half = (body) => `POST /subscribe HTTP/1.1\r\nHost: ${HOST}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: ${form}\r\nContent-Length: ${body.length + 400}\r\n\r\n${body}`;

// ---- the house ----

const data = join(work, 'canary');
const tmp = join(work, 'tmp');
const letters = join(work, 'letters');
const said = [];
const tls = selfSigned(work);

mkdirSync(tmp);
mkdirSync(letters);
process.env.TMPDIR = tmp; // of every program that is started from here on

const done = (args) => {
    const result = run(args, { env: { TMPDIR: tmp } });

    assert.equal(result.status, 0, `breakroom ${args.join(' ')}\n${result.stdout}${result.stderr}`);
    said.push(result.stdout, result.stderr);
};

done(['load', demo, '--data', data, '--at', AT, '--yes']);
const words = await makeKeys(data);
const house = { data, words };

done(['dkim', 'new', HOST, '--data', data]);
const sheet = join(work, 'sheet.csv');

writeFileSync(sheet, `email,workplace,language\n${Array.from({ length: SHEET }, (_, i) => person(PEOPLE + i)).map((one) => `${one.address},${one.workplace},${one.lang}\n`).join('')}`);
const host = await sink(['--dump', letters, '--tls', 'start', '--cert', tls[0], '--key', tls[1]]);
const start = async (at, way) => {
    writeFileSync(join(data, 'server.ini'), `smart_host = 127.0.0.1:${host.port}\n${way}site_rate = 0\nconfirmations_a_campaign = 50000\nconfirmations_a_person = 12\n`, { mode: 0o600 });
    return serve(['serve', '--data', data, '--listen', '127.0.0.1:0', '--at', at], { env: { TMPDIR: tmp } });
};
const stop = async (server) => {
    assert.equal(await server.stop(), 0, server.stderr);
    said.push(server.stdout, server.stderr);
};
const report = () => {
    const told = run(['report', KEY, '--data', data, '--json'], { env: { TMPDIR: tmp } });

    assert.equal(told.status, 0, told.stderr);
    said.push(told.stdout);
    return JSON.parse(told.stdout);
};
const settled = (look) => until('an outcome for everybody', () => look(report()), 60);

await test('the look finds a mark in every shape', () => {
    for (const [what, shape] of looked)
        assert.ok(findings('here', Buffer.concat([Buffer.from('before'), shape, Buffer.from('after')])).length > 0, what);
    for (const pad of ['', 'x', 'xy'])
        assert.notDeepEqual(findings('here', Buffer.from(Buffer.from(`${pad}${MARKS.name}1@post.example`).toString('base64'))), []);
    assert.deepEqual(findings('here', readFileSync(join(demo, 'campaign.ini'))), []);
});

// To a host elsewhere letters go encrypted, and its replies name the person; the second half goes in clear, as it may on
// one machine.
let server = await start(AT, `smtp_tls = starttls\nsmtp_ca = ${tls[0]}\n`);

await test('it finds what is there: a form that is not at its end is in the memory of core', async () => {
    const body = new URLSearchParams(person(3)).toString();
    const socket = connect({ port: server.port, host: '127.0.0.1' });

    await new Promise((written) => { socket.write(half(body), written); });
    await until('the form', () => memories(server).some((line) => line.startsWith('core')));
    socket.destroy();
});

await test(`${PEOPLE} people subscribe through the form, ${SHEET} come from a sheet, many a thing goes wrong`, async () => {
    const letterTo = mailbox(host, letters);
    const waiting = Array.from({ length: PEOPLE }, (_, i) => person(i));

    done(['import', sheet, '--data', data, '--audience', 'educators', '--source', 'paper lists of May', '--yes', String(SHEET)]);
    await stumble(server);
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        for (let one = waiting.pop(); one; one = waiting.pop())
            await subscribe(server, letterTo, one);
    }));
    await stumble(server);
    assert.equal(run(['mail', 'preview', '--data', data, KEY, '--to', `${MARKS.name}.preview@${MARKS.alone}.example`], { env: { TMPDIR: tmp } }).status, 0);
    await letterTo(`${MARKS.name}.preview@${MARKS.alone}.example`);
});

await test('nothing of them is in memory once they have subscribed', () => noneInMemory(server));

await test('nor in a byte below the data folder, the temporary folder, or what was said', () => {
    assert.deepEqual([...inFolder(data), ...inFolder(tmp), ...said.concat(server.stdout, server.stderr).flatMap((text) => findings('said', Buffer.from(text)))], []);
});

await test('a newsletter goes to all of them, some later and some never', async () => {
    const all = PEOPLE + SHEET;

    for (const rule of [`rcpt ${MARKS.name}0@* 450 4.2.1 <${person(0).address}> is away`, `rcpt ${nameOf(2)}@* 550 5.1.1 <${person(2).address}> unknown`,
        `rcpt 3% 550 5.1.1 <${person(5).address}> unknown`, `dot 5% 451 4.3.0 <${person(8).address}> later`, `dot 2% 554 5.7.1 <${person(9).address}> no`])
        await host.tell(`rule ${rule}`);
    const { status, stdout, stderr } = await send(house, KEY, ['--yes', String(all)]).ended;

    assert.equal(status, 0, stderr);
    said.push(stdout, stderr);
    await settled((now) => now.waiting + now.claimed === 0);
    const now = report();

    assert.equal(now.sent + now.deferred + now.failed, all, JSON.stringify(now));
    assert.ok(now.deferred > 0 && now.failed > 0, JSON.stringify(now));
});

await test('nothing of them is in memory when each was sent, refused or put off', () => noneInMemory(server));

await test('nor in a file, nor in what was said', () => {
    assert.deepEqual([...inFolder(data), ...inFolder(tmp), ...said.concat(server.stdout, server.stderr).flatMap((text) => findings('said', Buffer.from(text)))], []);
});

await test('whoever was put off gets theirs after a restart, and nothing of them is left', async () => {
    await stop(server);
    assert.deepEqual(inFolder(data), []);
    await host.tell('clear');
    server = await start(new Date(Date.parse(AT) + 7_200_000).toISOString().replace('.000', ''), 'smtp_tls = none\n');
    const { status, stdout, stderr } = await unlock(house).ended;

    assert.equal(status, 0, `${stderr}\n${server.stderr}`);
    said.push(stdout, stderr);
    await settled((now) => now.waiting + now.claimed + now.deferred === 0);
    await noneInMemory(server);
    assert.deepEqual([...inFolder(data), ...inFolder(tmp)], []);
});

await test('core and mailer leave no core file when they are aborted', async () => {
    const places = [work, data, tmp, ...[server.pid, corePid(server), mailerPid(server)].map((pid) => realpathSync(`/proc/${pid}/cwd`))];

    for (const which of [mailerPid, corePid]) {
        const pid = which(server);

        assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max core file size +0 +0/m);
        process.kill(pid, 'SIGABRT');
        await until('another in its place', () => which(server) && which(server) !== pid, 60);
        assert.deepEqual(places.flatMap((dir) => readdirSync(dir)).filter((name) => /^core|\.core/.test(name)), []);
    }
});

await stop(server);
await host.stop();
await test('nothing is left when all has ended', () => {
    assert.deepEqual([...inFolder(data), ...inFolder(tmp), ...said.flatMap((text) => findings('said', Buffer.from(text)))], []);
    assert.ok(readFileSync(join(data, 'store/store.sqlite')).includes('BRS1'), 'they were stored');
});

finish();
