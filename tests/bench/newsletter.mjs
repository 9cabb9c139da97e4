// SPDX-License-Identifier: AGPL-3.0-or-later
//
// newsletter.mjs small|full: a newsletter of 30 KB to everybody on a list, by the whole server: claimed, composed, signed,
// handed to the recording sink, each outcome durable in SQLite. Beside it, by turns: bare signatures, nodemailer's pool with
// as many connections to the same sink, and the same letters of ours handed to a Postfix on this machine that relays them
// to it. Our command watches the mailing as a person would, and that is counted with the rest.
//
// Everything here shares all cores, as it does on a small server. Who else uses the machine distorts the rates, for the
// scheduler gives more of it to whoever has more threads; what a letter costs the processor is disturbed much less.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { AT, demo, root, run, work } from '../lib/program.mjs';
import { finish, skip, test } from '../lib/tap.mjs';
import { children, corePid, mailerPid, until } from '../serve/server.mjs';
import { readLetter } from '../serve/subscribers.mjs';
import { eventually } from '../mail/sink.mjs';
import { copied, HOST, mailing, people, prepared, report, send, sink } from '../mail/house.mjs';
import { cpuSeconds, freePort, isFull, median, pairs, row, times } from './row.mjs';

const MANY = isFull ? 20_000 : 200; // to the sink
const FEWER = isFull ? 5000 : MANY; // through Postfix, and once more without
const NODEMAILER = isFull ? 1500 : 50;
const WARM = isFull ? 300 : 10;
const SPEED_SECONDS = isFull ? 2 : 1;
const CONNECTIONS = 8;
const KEY = 'long-letter';
const TOKEN = 'preview-leads-nowhere'; // that a preview has in place of a person's own
const LONGEST_SECONDS = 600;
const CORES = cpus().length;
const isRoot = process.getuid() === 0;

// ---- the newsletter ----

// The demo's campaign with one newsletter alone, whose letter has about 30 KB.
function campaign() {
    const dir = join(work, 'campaign');
    const page = (title) => `---\ntitle: ${title}\nversion: 2026-08-22\n---\nWords.\n`;
    const paragraph = 'The law lets colleagues talk, meet and sign together, and nobody may be asked by a supervisor what they said there '
        + 'or how they mean to choose. Whoever has a question can bring it to a colleague on the committee, who will find the answer '
        + 'or say that it is not known.\n\n';

    mkdirSync(join(dir, 'news'), { recursive: true });
    mkdirSync(join(dir, 'pages'));
    copyFileSync(join(demo, 'campaign.ini'), join(dir, 'campaign.ini'));
    writeFileSync(join(dir, 'platform.md'), page('What we want'));
    for (const name of ['about', 'join', 'privacy'])
        writeFileSync(join(dir, `pages/${name}.md`), page(name).replace(/version.*\n/, ''));
    writeFileSync(join(dir, `news/2026-11-19-${KEY}.md`), '---\ntitle: What we may say to each other at work\n'
        + `summary: A long letter about short questions.\nevent: 2026-11-18\n---\n${paragraph.repeat(40)}`);
    return dir;
}

// What nodemailer is to write: the bodies of one of ours, decoded; it encodes and signs them itself.
function letterFor(folder) {
    const file = join(work, 'letter.eml');
    const done = run(['mail', 'preview', folder, KEY, '--to', file, '--at', AT]);

    assert.equal(done.status, 0, done.stderr);
    const { raw, subject, text, html } = readLetter(readFileSync(file, 'latin1'));

    assert.ok([text, html].every((body) => body.length > 1000 && body.includes(TOKEN)), raw.slice(0, 2000));
    return { from: `news@${HOST}`, subject, text, html, token: TOKEN };
}

const folder = campaign();
const everybody = people(MANY).map((p) => ({ ...p, lang: 'en' }));
const template = await prepared(everybody, { folder });
const fewer = isFull && isRoot ? await prepared(everybody.slice(0, FEWER), { folder }) : template;
const letter = join(work, 'letter.json');
const key = join(work, 'nodemailer.pem');

writeFileSync(letter, JSON.stringify(letterFor(folder)));
writeFileSync(key, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }));

// ---- ours ----

const taken = (host) => host.letters().filter((one) => one.what === 'taken');
const logged = (server, event) => eventually(() => {
    assert.equal(server.status, null, server.stderr);
    return server.stderr.includes(event);
}, event, LONGEST_SECONDS * 1000);

// The whole of a mailing, from the frozen list on: `rate` to the last durable outcome, `out` to the last letter at `host`;
// microseconds of processor time a letter.
async function newsletter(from, host, port = host.port) {
    const house = copied(from);
    const count = from.list.length;
    const server = await mailing(house, port, { ini: `smtp_connections = ${CONNECTIONS}\n` });
    const now = () => ({
        at: Date.now(), core: cpuSeconds(corePid(server)), mailer: cpuSeconds(mailerPid(server)), sink: cpuSeconds(host.pid),
    });

    try {
        await until('both', () => /^smart host: idle/m.test(run(['status', '--data', house.data]).stdout));
        const sending = send(house, KEY, ['--yes', String(count)]);

        await logged(server, 'sending.frozen');
        const start = now();

        await logged(server, 'sending.ended');
        const end = now();
        const us = (who) => (end[who] - start[who]) * 1e6 / count;

        assert.equal((await sending.ended).status, 0);
        await until('every letter', () => taken(host).length === count, LONGEST_SECONDS);
        const told = report(house, KEY);

        assert.equal(told.sent, count, JSON.stringify(told));
        assert.equal(new Set(taken(host).map((one) => one.address)).size, count);
        return {
            rate: count / (end.at - start.at) * 1000, out: count / (statSync(host.record).mtimeMs - start.at) * 1000,
            core: us('core'), mailer: us('mailer'), us: us('core') + us('mailer'), sink: us('sink'),
            bytes: median(taken(host).map((one) => one.bytes)),
        };
    } finally {
        await server.stop();
        rmSync(house.data, { recursive: true });
    }
}

// A sink for one of those who are measured. The small size looks at what they say, too: a signature on each letter, and
// links that are no one else's.
async function withSink(body) {
    const letters = mkdtempSync(join(work, 'letters-'));
    const host = await sink(isFull ? [] : ['--dump', letters]);

    try {
        const done = await body(host);
        const links = readdirSync(letters).map((name) => {
            const [head] = readFileSync(join(letters, name), 'latin1').split('\r\n\r\n', 1);

            assert.match(head, /^DKIM-Signature: v=1; a=rsa-sha256;/m);
            return /^List-Unsubscribe:\s+<([^>]+)>/m.exec(head)[1];
        });

        assert.equal(new Set(links).size, isFull ? 0 : taken(host).length);
        return done;
    } finally {
        await host.stop();
        rmSync(letters, { recursive: true });
    }
}

const ours = () => withSink((host) => newsletter(template, host));

// ---- beside it ----

const output = (command, args) => new Promise((done, failed) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';

    child.stdout.setEncoding('utf8').on('data', (more) => { text += more; });
    child.on('close', (status) => (status === 0 ? done(text) : failed(new Error(`${command} ${args.join(' ')}: ${status}`))));
});

// Bare signatures by the library's own measure: how many on all cores a second of the clock, and what one costs while all
// are at it.
async function signatures() {
    const speed = async (...more) => Number(/^rsa 2048 bits +[\d.]+s +[\d.]+s +([\d.]+)/m.exec(
        await output('openssl', ['speed', ...more, '-seconds', String(SPEED_SECONDS), 'rsa2048']))[1]);
    const rate = await speed('-elapsed', '-multi', String(CORES));
    const alone = await Promise.all(cpus().map(() => speed()));

    return { rate, us: 1e6 / median(alone) };
}

const nodemailer = () => withSink(async (host) => {
    const done = JSON.parse(await output(process.execPath, [join(root, 'tests/bench/nodemailer.mjs'),
        ...[host.port, NODEMAILER, WARM, CONNECTIONS].map(String), letter, key]));
    const letters = taken(host);

    assert.equal(letters.length, NODEMAILER + WARM);
    return { version: done.version, rate: NODEMAILER / done.seconds, us: done.us, bytes: median(letters.map((one) => one.bytes)) };
});

const both = async () => ({ bare: await signatures(), node: await nodemailer() });

await test('a newsletter beside bare signatures and nodemailer', async () => {
    const found = await pairs(ours, both, (p) => p.ours.us / p.other.bare.us);
    const of = (what) => median(found.map(what)).toFixed(0);
    const kb = (what) => (median(found.map(what)) / 1024).toFixed(0);
    const rates = found.map((p) => p.ours.rate / p.other.bare.rate);
    const costs = found.map((p) => p.ours.us / p.other.bare.us);
    const all = found.map((p) => (p.ours.us + p.ours.sink) / p.other.bare.us);
    const nodes = found.map((p) => p.ours.rate / p.other.node.rate);
    const nodeCosts = found.map((p) => p.other.node.us / p.ours.us);
    const mine = `${of((p) => p.ours.rate)}/s, CPU ${of((p) => p.ours.us)} µs`;

    row(`a newsletter of ${kb((p) => p.ours.bytes)} KB to ${MANY} people: claimed, written, signed, handed to a sink on the same cores, `
        + 'outcome durable',
        `${mine} (core ${of((p) => p.ours.core)}, mailer ${of((p) => p.ours.mailer)}; the sink ${of((p) => p.ours.sink)} more)`,
        '≥ 0.70 × the signatures, CPU ≤ 1.35 of one', median(rates) >= 0.7 && median(costs) <= 1.35,
        `openssl speed rsa2048 on ${CORES} cores: ${of((p) => p.other.bare.rate)}/s, CPU ${of((p) => p.other.bare.us)} µs`,
        `${times(rates)}, CPU ${times(costs)}, with the sink ${times(all)}`);
    row('the same beside a pool of nodemailer, with DKIM', mine, '≥ 8 ×', median(nodes) >= 8,
        `nodemailer ${found[0].other.node.version}, letters of ${kb((p) => p.other.node.bytes)} KB, as many connections, nothing durable: `
        + `${of((p) => p.other.node.rate)}/s, CPU ${of((p) => p.other.node.us)} µs`,
        `${times(nodes)}, its CPU ${times(nodeCosts)} ours`);
});

// ---- through Postfix ----

// All that a process and its children took, those that have ended too.
function familySeconds(pid) {
    const ticks = (of, from, to) => readFileSync(`/proc/${of}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ').slice(from, to)
        .map(Number).reduce((a, b) => a + b, 0);

    return (ticks(pid, 11, 15) + children(pid).map((child) => {
        try {
            return ticks(child, 11, 13);
        } catch {
            return 0; /* it ended meanwhile */
        }
    }).reduce((a, b) => a + b, 0)) / 100;
}

const postfixes = new Set();
const postfix = (...args) => execFileSync(join(root, 'tests/lib/postfix.sh'), args, { stdio: ['ignore', 'ignore', 'inherit'] });

const end = (dir) => {
    postfix('stop', dir);
    rmSync(dir, { recursive: true });
    postfixes.delete(dir);
};

process.on('exit', () => postfixes.forEach(end)); /* it must not be left behind */

// Each time another, with an empty queue.
const relayed = () => withSink(async (host) => {
    const port = await freePort();
    const dir = mkdtempSync('/tmp/breakroom-postfix.');

    postfixes.add(dir);
    try {
        postfix('start', dir, String(port), String(host.port), 'open');
        const master = Number(readFileSync(join(dir, 'queue/pid/master.pid'), 'utf8'));
        const before = familySeconds(master);
        const done = await newsletter(fewer, host, port);

        return { ...done, postfix: (familySeconds(master) - before) * 1e6 / fewer.list.length };
    } finally {
        end(dir);
    }
});
const direct = () => withSink((host) => newsletter(fewer, host));

await test('a newsletter to its host, and through a Postfix on this machine', async () => {
    isRoot || skip('Postfix is started by root');
    const found = await pairs(direct, relayed, (p) => (p.other.us + p.other.postfix) / p.ours.us);
    const of = (side, what) => median(found.map((p) => p[side][what])).toFixed(0);
    const rates = found.map((p) => p.ours.out / p.other.out);
    const costs = found.map((p) => (p.other.us + p.other.postfix) / p.ours.us);

    row(`the same to ${fewer.list.length} people, to the last letter at the sink`,
        `${of('ours', 'out')}/s, CPU ${of('ours', 'us')} µs`, '≥ 3 ×', median(rates) >= 3,
        'through a Postfix on this machine that hands them on to the sink, as ours wrote and signed them: '
        + `${of('other', 'out')}/s, CPU ${of('other', 'us')} µs and ${of('other', 'postfix')} µs of Postfix`,
        `${times(rates)}, CPU that way ${times(costs)} ours`);
});

finish();
