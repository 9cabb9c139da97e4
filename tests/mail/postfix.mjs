// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The SMTP client and Debian's Postfix as a smart host: STARTTLS with a verified certificate, AUTH against Cyrus SASL, what it
// says of people, its limit on connections, and that it stops half-way. It relays to the recording sink. BUILD names the
// build; needs root, since Postfix does.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { selfSigned } from '../lib/certificate.mjs';
import { finish, skip, test } from '../lib/tap.mjs';
import { freePort } from '../bench/row.mjs';
import { Client, Sink, eventually } from './sink.mjs';

const isRoot = process.getuid() === 0;
const home = mkdtempSync('/tmp/breakroom-postfix.');
const out = join(home, 'relayed');
const postfix = (...args) => execFileSync('tests/lib/postfix.sh', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const RIGHT = ['--user', 'news@house.example', '--password', 'open sesame'];
let sink;
let port;

process.on('exit', () => {
    if (port)
        postfix('stop', home); /* a test that threw must not leave it behind */
    rmSync(home, { recursive: true, force: true });
});

const client = (...args) => new Client(port, '--host', 'localhost', '--tls', 'start', '--ca', join(home, 'cert.pem'), ...args);

// What Postfix handed on, once there are so many.
const relayed = (count, look = (e) => e.what === 'taken') => eventually(() => {
    const found = sink.events().filter(look);

    return found.length >= count ? found : null;
}, `${count} letters handed on`);

async function start() {
    port = await freePort();
    mkdirSync(out);
    sink = await Sink.start('--dump', out);
    selfSigned(home, 'localhost');
    postfix('start', home, String(port), sink.port);
    postfix('user', home, 'news', 'open sesame');
}

const needsRoot = () => isRoot || skip('Postfix is started by root');

await test('Postfix starts', async () => {
    needsRoot();
    await start();
});

await test('200 letters go through it, each once, over no more connections than it likes', async () => {
    needsRoot();
    const before = client(...RIGHT, '--count', '200', '--size', '30000', '--again');

    await before.line(/^end$/);
    assert.ok(before.done.filter((d) => d.outcome !== 'unsent').every((d) => d.outcome === 'sent' && d.code === 250));
    assert.deepEqual(before.states, ['working 0']);
    await before.close();
    const events = await relayed(200);

    assert.equal(events.length, 200);
    assert.equal(new Set(events.map((e) => e.to)).size, 200);
    assert.ok(events.every((e) => e.id === `<${/^p(\d+)@/.exec(e.to)[1]}@try.example>`));
});

await test('what it hands on is what we gave it, behind its own Received', async () => {
    needsRoot();
    const message = `From: <news@try.example>\r\nTo: <p1@example.test>\r\nDate: Fri, 24 Apr 2026 14:30:00 +0000\r\n` +
        `Message-ID: <exact@try.example>\r\nSubject: As it is\r\n\r\n${'A line = with .. dots . and spaces in it\r\n'.repeat(500)}`;
    const eml = join(home, 'exact.eml');

    writeFileSync(eml, message);
    const exact = client(...RIGHT, '--count', '1', '--eml', eml);

    assert.equal((await exact.became(1)).outcome, 'sent');
    await exact.close();
    await relayed(1, (e) => e.id === '<exact@try.example>');
    const seen = readdirSync(out).map((file) => readFileSync(join(out, file), 'latin1')).find((text) => text.includes('<exact@try.example>'));

    assert.ok(seen.startsWith('Received: from '));
    assert.ok(seen.endsWith(message));
});

await test('it says no to a wrong password, and we do not go on', async () => {
    needsRoot();
    const wrong = client('--user', 'news@house.example', '--password', 'open sesam', '--count', '2');

    await wrong.state('refused 535');
    assert.equal((await wrong.became(2)).outcome, 'unsent');
    await wrong.close();
});

await test('a certificate that nobody vouches for is refused', async () => {
    needsRoot();
    const stranger = new Client(port, '--host', 'localhost', '--tls', 'start', ...RIGHT, '--count', '1');
    const byAddress = new Client(port, '--tls', 'start', '--ca', join(home, 'cert.pem'), ...RIGHT, '--count', '1');

    await stranger.state('refused 7');
    await byAddress.state('refused 7'); /* the certificate is for “localhost” */
    await stranger.close();
    await byAddress.close();
});

await test('who is not there and who comes later, and everybody else', async () => {
    needsRoot();
    const before = sink.events('taken').length;
    const mixed = client(...RIGHT, '--count', '12', '--connections', '1', '--named', '3=nobody', '--named', '5=later');

    await mixed.line(/^end$/);
    assert.deepEqual(mixed.done.find((d) => d.id === 3), { id: 3, outcome: 'failed', why: 1, code: 550 });
    assert.deepEqual(mixed.done.find((d) => d.id === 5), { id: 5, outcome: 'deferred', why: 4, code: 450 });
    assert.equal(mixed.done.filter((d) => d.outcome === 'sent').length, 10);
    await mixed.close();
    assert.equal((await relayed(before + 10)).length, before + 10);
});

await test('a letter that is larger than it takes is refused, and the others are taken as before', async () => {
    needsRoot();
    const large = client(...RIGHT, '--count', '1', '--size', '11000000');

    assert.deepEqual(await large.became(1), { id: 1, outcome: 'failed', why: 5, code: 552 });
    assert.ok(!large.states.some((s) => s.startsWith('refused')));
    await large.close();
});

await test('it stops half-way and comes back: nobody is lost, and twice only who was in doubt', async () => {
    needsRoot();
    const before = sink.events('taken').length;
    const half = client(...RIGHT, '--count', '600', '--size', '20000', '--again', '--connections', '3');

    await half.became(100);
    postfix('stop', home);
    await half.until(() => half.states.some((s) => s.startsWith('away')), 'that it is away');
    postfix('start', home, String(port), sink.port);
    await half.toTheEnd();
    const final = half.done.filter((d) => d.outcome !== 'unsent');
    const doubts = final.filter((d) => d.outcome !== 'sent').length;

    assert.equal(final.length, 600);
    assert.ok(final.every((d) => ['sent', 'in-doubt', 'deferred'].includes(d.outcome)));
    assert.ok(doubts <= 6, `${doubts}`);
    await half.close();
    await eventually(() => {
        const arrived = new Set(sink.events('taken').slice(before).map((e) => e.to));

        return final.every((d) => d.outcome !== 'sent' || arrived.has(`p${d.id}@example.test`));
    }, 'everybody’s letter');

    /* A relay that is stopped may hand on the same letter again: how often it took it from us is how many numbers it gave it. */
    const taken = new Map();

    for (const file of readdirSync(out).filter((name) => Number(name) > before)) {
        const text = readFileSync(join(out, file), 'latin1');
        const id = Number(/^Message-ID: <(\d+)@/m.exec(text)?.[1]);

        taken.set(id, (taken.get(id) ?? new Set()).add(/\sid ([0-9A-Za-z]+)/.exec(text)[1]));
    }
    for (const { id, outcome } of final) {
        const times = taken.get(id)?.size ?? 0;

        assert.ok(times === 1 || (times === 0 && outcome !== 'sent'), `${id} was ${outcome} and taken ${times} times`);
    }
});

await test('Postfix stops', async () => {
    needsRoot();
    postfix('stop', home);
    await sink.ends();
});

finish();
