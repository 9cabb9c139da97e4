// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The SMTP client against the recording sink, which is silent, hangs up, says no or talks nonsense at each point of the
// dialogue. Asserted is what became of each letter, exactly once, what is said of the host, and what the sink holds. Time is
// moved by the tests. BUILD names the build.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync, readdirSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { Client, Sink, dir, eventually, together } from './sink.mjs';

const CLASS = { none: 0, person: 1, full: 2, policy: 3, busy: 4, large: 5, other: 6 };
const LONG = 20_000_000; // more than the kernel takes before somebody reads it: its dot is not out when it is broken off
const fake = ['--fake-clock'];
const one = [...fake, '--count', '1'];
const WAYS = [['pipelined', []], ['in lockstep', ['--no-pipelining']]];

// ---- everyone once ----

for (const [way, args] of WAYS) {
    await test(`letters arrive as they are, each once, ${way}`, async () => {
        const out = join(dir, `dump-${way}`);

        mkdirSync(out);
        await together([...args, '--dump', out], ['--count', '60', '--connections', '4', '--size', '70000'], async (client, sink) => {
            await client.line(/^end$/);
            assert.deepEqual(client.done.map((d) => `${d.id} ${d.outcome} ${d.code}`).sort(),
                Array.from({ length: 60 }, (_, i) => `${i + 1} sent 250`).sort());
            assert.equal(new Set(sink.events('taken').map((e) => e.to)).size, 60);
            assert.equal(sink.events('taken').length, 60);
            for (const event of sink.events('taken'))
                assert.equal(`<${/^p(\d+)@/.exec(event.to)[1]}@try.example>`, event.id, 'a letter went to somebody else');
        });
        for (const file of readdirSync(out))
            assert.match(readFileSync(join(out, file), 'latin1'), /^From: <news@try\.example>\r\n[^]*\r\n$/);
    });
}

await test('what is sent is byte for byte what was given', async () => {
    const message = Buffer.from(`Subject: dots\r\nMessage-ID: <exact@try.example>\r\n\r\n${'=2E and .. and . .\r\n x.\r\n'.repeat(4000)}end.\r\n`);
    const eml = join(dir, 'exact.eml');
    const out = join(dir, 'exact');

    mkdirSync(out);
    writeFileSync(eml, message);
    await together(['--dump', out], ['--count', '3', '--connections', '1', '--eml', eml], async (client) => {
        await client.line(/^end$/);
    });
    for (const file of ['1', '2', '3'])
        assert.equal(Buffer.compare(readFileSync(join(out, file)), message), 0);
});

for (const [what, middle] of [['a dot begins a line', '\r\n.\r\nMAIL FROM:<x@y.example>'], ['a bare LF', 'a\n.\nb'], ['a bare CR', 'a\rb'],
    ['no line end at its end', null]]) {
    await test(`a letter that could be read as two is no letter: ${what}`, async () => {
        const eml = join(dir, 'smuggled.eml');

        writeFileSync(eml, middle === null ? 'Subject: x\r\n\r\nbody' : `Subject: x\r\n\r\n${middle}\r\n`);
        const sink = await Sink.start();
        const client = new Client(sink.port, '--count', '1', '--eml', eml);

        await client.ended;
        assert.match(client.stderr, /is_line_ends/);
        await sink.ends();
        assert.deepEqual(sink.events(), []);
    });
}

// A server of the test's own: sees what comes in one piece, and answers when the test likes.
async function bare(hear) {
    const sockets = new Set();
    const server = createServer((socket) => {
        sockets.add(socket);
        socket.setEncoding('latin1').on('error', () => {});
        socket.write('220 bare.example ESMTP\r\n');
        socket.on('data', (text) => hear(text, (reply) => socket.write(reply)));
    });

    await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
    return {
        port: server.address().port,
        stop: () => new Promise((done) => {
            sockets.forEach((socket) => socket.destroy());
            server.close(done);
        }),
    };
}

await test('the end of a letter and the next envelope come before either is answered', async () => {
    let heard = '';
    let letters = 0;
    const server = await bare((text, say) => {
        heard += text;
        if (/^EHLO .*\r\n$/.test(heard)) {
            heard = '';
            say('250-bare.example\r\n250 PIPELINING\r\n');
        } else if (/^MAIL .*\r\nRCPT .*\r\nDATA\r\n$/.test(heard)) { /* the first: all three at once */
            heard = '';
            say('250 a\r\n250 b\r\n354 c\r\n');
        } else if (/\r\n\.\r\nMAIL .*\r\nRCPT .*\r\nDATA\r\n$/.test(heard)) { /* nothing was said to the dot yet */
            heard = '';
            letters += 1;
            say('250 took it\r\n250 a\r\n250 b\r\n354 c\r\n');
        } else if (letters === 3 && heard.endsWith('\r\n.\r\n')) {
            heard = '';
            say('250 took the last\r\n');
        }
    });
    const client = new Client(server.port, '--count', '4', '--connections', '1', '--size', '5000');

    await client.line(/^end$/);
    assert.equal(client.done.filter((d) => d.outcome === 'sent').length, 4);
    await client.close();
    await server.stop();
});

await test('without PIPELINING no command is said before the last is answered', async () => {
    const pieces = [];
    let inBody = false;
    const server = await bare((text, say) => {
        if (inBody) {
            inBody = !text.endsWith('\r\n.\r\n');
            if (!inBody)
                say('250 ok\r\n');
            return;
        }
        pieces.push(text);
        inBody = text === 'DATA\r\n';
        say(inBody ? '354 go\r\n' : '250 ok\r\n');
    });
    const client = new Client(server.port, '--count', '2', '--connections', '1');

    await client.line(/^end$/);
    assert.deepEqual(pieces.map((p) => p.replace(/[ :].*/s, '')), ['EHLO', 'MAIL', 'RCPT', 'DATA\r\n', 'MAIL', 'RCPT', 'DATA\r\n']);
    assert.ok(pieces.every((p) => p.split('\r\n').length === 2));
    await client.close();
    await server.stop();
});

await test('a host without EHLO is spoken to in HELO', async () => {
    await together(['--no-ehlo', '--all'], ['--count', '3'], async (client, sink) => {
        await client.line(/^end$/);
        assert.equal(client.done.filter((d) => d.outcome === 'sent').length, 3);
        assert.ok(sink.commands().includes('HELO try.example'));
        assert.ok(!sink.commands().some((c) => c.includes('SIZE=')));
    });
});

await test('a connection carries so many letters, and then another one is opened', async () => {
    await together(['--all'], ['--count', '10', '--connections', '1', '--letters', '3'], async (client, sink) => {
        await client.line(/^end$/);
        const each = [1, 2, 3, 4].map((n) => sink.events('taken').filter((e) => e.connection === n).length);

        assert.deepEqual(each, [3, 3, 3, 1]);
        assert.equal(sink.commands().filter((c) => c === 'QUIT').length, 3);
    });
});

await test('a connection without work is closed with QUIT, and the host is at rest', async () => {
    await together(['--all'], [...one], async (client, sink) => {
        await client.became(1);
        await client.forward(4999);
        assert.deepEqual(client.states, ['working 0']);
        await client.forward(2);
        await client.state('idle 0');
        assert.equal(sink.commands().at(-1), 'QUIT');
        await client.say('add 1');
        assert.equal((await client.became(2)).outcome, 'sent');
        assert.equal(sink.events('connect').length, 2);
    });
});

await test('as many connections as there is work for, and one until it is known to be taken', async () => {
    await together(['--all'], ['--count', '1', '--connections', '8'], async (client, sink) => {
        await client.line(/^end$/);
        assert.equal(sink.events('connect').length, 1);
    });
});

// ---- what is said of a person ----

const answers = [
    ['rcpt', '550 5.1.1 nobody', 'failed', CLASS.person, 550],
    ['rcpt', '550 no', 'failed', CLASS.other, 550],
    ['rcpt', '552 5.2.2 full', 'failed', CLASS.full, 552],
    ['rcpt', '450 4.2.2 full', 'deferred', CLASS.full, 450],
    ['rcpt', '450 4.2.1 later', 'deferred', CLASS.busy, 450],
    ['rcpt', '554 5.7.1 policy', 'failed', CLASS.policy, 554],
    ['data', '451 4.3.0 later', 'deferred', CLASS.busy, 451],
    ['data', '554 5.5.1 no', 'failed', CLASS.other, 554],
    ['dot', '451 4.7.1 later', 'deferred', CLASS.policy, 451],
    ['dot', '452 4.3.1 later', 'deferred', CLASS.busy, 452],
    ['dot', '552 5.3.4 too much', 'failed', CLASS.large, 552],
    ['dot', '550 5.1.1 nobody after all', 'failed', CLASS.person, 550],
    ['rcpt', '250-one\\r\\n250-two\\r\\n250 three', 'sent', CLASS.none, 250],
    ['dot', '550-5.7.1 first\\r\\n550 5.1.1 second', 'failed', CLASS.policy, 550],
];

for (const [way, args] of WAYS) {
    await test(`what is said of a person decides about that person alone, ${way}`, async () => {
        const rules = answers.flatMap(([point, reply], i) => ['--rule', `${point} p${i + 1}@* ${reply}`]);
        const count = answers.length + 5;

        await together([...args, ...rules, '--all'], ['--count', String(count), '--connections', '1'], async (client, sink) => {
            await client.line(/^end$/);
            for (const [i, [point, reply, outcome, why, code]] of answers.entries())
                assert.deepEqual(client.done.find((d) => d.id === i + 1), { id: i + 1, outcome, why, code }, `${point} ${reply}`);
            for (let id = answers.length + 1; id <= count; id += 1)
                assert.equal(client.done.find((d) => d.id === id).outcome, 'sent');
            assert.equal(client.done.length, count);
            assert.equal(sink.events('connect').length, 1, 'it did not need another connection');
            assert.ok(!sink.commands().includes('502'));
            assert.deepEqual(client.states, ['working 0']);
        });
    });
}

for (const [way, args] of WAYS) {
    await test(`a letter too large for MAIL fails alone, and the others go over the same connection, ${way}`, async () => {
        await together([...args, '--rule', 'mail #2 552 5.3.4 too large', '--rule', 'mail #3 550 5.3.4 too large' /* the fourth: the second was not counted */, '--all'],
            ['--count', '6', '--connections', '1'], async (client, sink) => {
                await client.line(/^end$/);
                assert.deepEqual(client.done.sort((a, b) => a.id - b.id).map((d) => d.outcome), ['sent', 'failed', 'sent', 'failed', 'sent', 'sent']);
                assert.equal(client.done[1].why, CLASS.large);
                assert.equal(sink.events('connect').length, 1);
                assert.deepEqual(client.states, ['working 0']);
            });
    });
}

for (const [way, args] of WAYS) {
    await test(`354 though the recipient was refused: an empty end, and the next letter, ${way}`, async () => {
        await together([...args, '--data-always', '--rule', 'rcpt p2@* 550 5.1.1 nobody', '--all'],
            ['--count', '4', '--connections', '1'], async (client, sink) => {
                await client.line(/^end$/);
                assert.deepEqual(client.done.map((d) => d.outcome).sort(), ['failed', 'sent', 'sent', 'sent']);
                assert.deepEqual(sink.events('taken').map((e) => e.to).sort(), ['p1@example.test', 'p3@example.test', 'p4@example.test']);
                for (const event of sink.events('nobody'))
                    assert.equal(event.bytes, 0);
                assert.equal(sink.events('nobody').length, args.length ? 0 : 1);
                assert.equal(client.dots(2), 0);
            });
    });
}

// ---- what goes wrong, at each point ----

// [point, what the sink does, what becomes of the letter, the state, what else]
const AWAY = { nothing: 1, connection: 2, silent: 3, hungUp: 4, nonsense: 5 };
const incidents = [
    ['connect', '421 4.3.2 not now', 'unsent', 'away 421'],
    ['connect', '554 5.3.2 not you', 'unsent', 'away 554'],
    ['connect', 'silence', 'unsent', `away ${AWAY.silent}`],
    ['connect', 'cut', 'unsent', `away ${AWAY.hungUp}`],
    ['ehlo', '421 4.3.2 not now', 'unsent', 'away 421'],
    ['ehlo', '451 4.3.0 later', 'unsent', 'away 451'],
    ['ehlo', '550 who', 'unsent', 'away 550'],
    ['ehlo', 'silence', 'unsent', `away ${AWAY.silent}`],
    ['ehlo', 'cut', 'unsent', `away ${AWAY.hungUp}`],
    ['mail', '421 4.3.2 not now', 'unsent', 'away 421'],
    ['mail', '452 4.3.1 no room', 'unsent', 'away 452'],
    ['mail', '550 5.7.1 not from you', 'unsent', 'refused 550'],
    ['mail', '552 5.3.4 too large', 'failed', null],
    ['mail', 'silence', 'unsent', `away ${AWAY.silent}`],
    ['mail', 'cut', 'unsent', `away ${AWAY.hungUp}`],
    ['rcpt', '421 4.3.2 not now', 'unsent', 'away 421'],
    ['rcpt', 'silence', 'unsent', `away ${AWAY.silent}`],
    ['rcpt', 'cut', 'unsent', `away ${AWAY.hungUp}`],
    ['data', '421 4.3.2 not now', 'unsent', 'away 421'],
    ['data', 'silence', 'unsent', `away ${AWAY.silent}`],
    ['data', 'cut', 'unsent', `away ${AWAY.hungUp}`],
    ['data', '250 strange', 'unsent', `away ${AWAY.nonsense}`],
    ['354', 'cut', 'unsent', `away ${AWAY.hungUp}`, { size: LONG }],
    ['body', 'cut', 'unsent', `away ${AWAY.hungUp}`, { size: LONG }],
    ['body', '552 5.3.4 I will not read all that', 'failed', null, { size: LONG }],
    ['body', 'raw 421 4.3.2 not now\\r\\n', 'unsent', 'away 421', { size: LONG }],
    ['body', 'raw 250 strange\\r\\n', 'unsent', `away ${AWAY.nonsense}`, { size: LONG }],
    ['body', 'silence', 'unsent', `away ${AWAY.silent}`, { size: LONG }],
    ['dot', '421 4.3.2 not now', 'unsent', 'away 421', { dots: 1 }],
    ['dot', 'silence', 'in-doubt', `away ${AWAY.silent}`, { dots: 1 }],
    ['dot', 'cut', 'in-doubt', `away ${AWAY.hungUp}`, { dots: 1 }],
    ['dot', '354 strange', 'in-doubt', `away ${AWAY.nonsense}`, { dots: 1 }],
    ['done', 'cut', 'sent', null, { dots: 1 }],
];
const nonsense = [
    ['NUL', 'raw 250 ok\\0ok\\r\\n'], ['a bare LF', 'raw 250 ok\\n250 ok\\r\\n'], ['a bare CR', 'raw 250 o\\rk\\r\\n'],
    ['no code', 'raw hello there\\r\\n'], ['a code of four', 'raw 2500 ok\\r\\n'], ['a code of 1', 'raw 150 ok\\r\\n'],
    ['an empty line', 'raw \\r\\n'], ['two codes in one reply', 'raw 250-ok\\r\\n550 no\\r\\n'],
    ['100 kB in a line', 'long 100000'], ['a reply that never ends', 'endless'],
];

for (const point of ['connect', 'ehlo', 'mail', 'rcpt', 'data', 'dot'])
    for (const [what, action] of nonsense)
        incidents.push([point, action, point === 'dot' ? 'in-doubt' : 'unsent', `away ${AWAY.nonsense}`, { what, dots: point === 'dot' ? 1 : 0 }]);

const taken = new Set(['sent', 'in-doubt']);

for (const [way, args] of WAYS) {
    for (const [point, action, outcome, state, { size = 2000, dots = 0, what = action } = {}] of incidents) {
        await test(`${point}: ${what}, ${way}`, async () => {
            await together([...args, '--rule', `${point} * ${action}`], [...one, '--size', String(size)], async (client, sink) => {
                if (action === 'silence') {
                    await sink.event(/^silent/);
                    await client.forward(point === 'dot' ? 599_000 : point === 'data' ? 119_000 : point === 'body' ? 170_000 : 299_000);
                    assert.equal(client.done.length, 0, 'it had no patience');
                    /* what was said before the silence may have come later than the word of it */
                    await eventually(async () => (await client.forward(12_000)) && client.done.length, 'the end of its patience');
                }
                assert.equal((await client.became(1)).outcome, outcome);
                if (state)
                    await client.state(state);
                assert.equal(client.done.length, 1);
                assert.equal(client.dots(1), dots);
                if (!taken.has(outcome))
                    assert.deepEqual(sink.events('taken'), []);
            });
        });
    }
}

await test('a reply that drips does not buy time', async () => {
    await together(['--no-pipelining', '--rule', 'rcpt * raw 250-a\\r\\n250-b\\r\\n'], one, async (client, sink) => {
        await sink.event(/^hostile/);
        await client.forward(299_000);
        assert.equal(client.done.length, 0);
        await client.forward(2000);
        assert.equal((await client.became(1)).outcome, 'unsent');
        await client.state(`away ${AWAY.silent}`);
    });
});

await test('the second letter is unsent when the host hangs up between two, and the first is in doubt alone', async () => {
    await together(['--rule', 'dot p1@* cut'], [...fake, '--count', '2', '--connections', '1'], async (client) => {
        assert.equal((await client.became(1)).outcome, 'in-doubt');
        assert.equal((await client.became(2)).outcome, 'unsent');
        assert.equal(client.dots(2), 0);
    });
});

await test('a letter under way is in doubt or unsent if its connection goes, and never both or neither', async () => {
    for (const point of ['354', 'body', 'dot']) {
        await together(['--rule', `${point} * cut`], one, async (client, sink) => {
            const { outcome } = await client.became(1);

            assert.ok(outcome === 'unsent' || (outcome === 'in-doubt' && client.dots(1) === 1), outcome);
            assert.ok(outcome === 'in-doubt' || sink.events('held').length === 0);
        });
    }
});

// ---- a host that is away ----

await test('who listens nowhere is away; tried after pauses that grow to ten minutes; and found when back', async () => {
    await together([], [...one, '--connections', '4', '--reply', '23'], async (client, sink) => {
        await client.became(1);
        await sink.say('refuse');
        await client.forward(6000); /* the connection without work ends */
        await client.state('idle 0');
        await client.say('add 3');
        await client.state(`away ${AWAY.connection}`);
        await client.became(4);
        assert.deepEqual(client.done.slice(1).map((d) => `${d.id} ${d.outcome} ${d.code}`).sort(), ['2 unsent 0', '3 unsent 0', '4 unsent 0']);
        for (let n = 0; n < 13; n += 1) {
            const pause = Math.min(1000 * 2 ** n, 600_000);

            /* until the attempt came to nothing, it is as long as that may take: 23 s, which is no pause */
            await client.forward(await eventually(async () => {
                const wait = await client.wait();

                return wait > 0.75 * pause - 2 && wait <= pause ? wait : 0;
            }, `a pause of ${pause} ms`));
        }
        await client.say('add 2'); /* no room: they stay with who added them */
        assert.equal(client.done.length, 4);
        await sink.say('accept');
        await client.forward(600_000);
        await client.became(6);
        assert.equal(client.done.filter((d) => d.outcome === 'sent').length, 3);
    });
});

await test('“try” does not wait for the end of a pause', async () => {
    await together(['--rule', 'connect #1 421 4.3.2 later'], [...one, '--again'], async (client) => {
        await client.state('away 421');
        await client.say('try');
        assert.equal((await client.became(1, 2)).outcome, 'sent');
    });
});

await test('a host that likes only two connections is not away, is left alone with others, and keeps its two', async () => {
    await together(['--most', '2', '--all'], [...fake, '--connections', '6', '--letters', '10', '--again'], async (client, sink) => {
        await client.say('add 300');
        await client.until(() => client.done.length === 300, 'all of them');
        assert.ok(client.done.every((d) => d.outcome === 'sent'));
        assert.ok(!client.states.some((s) => s.startsWith('away')));
        const taken = sink.events('taken');
        const last = Math.max(...taken.map((e) => e.connection));

        assert.ok(sink.events('connect').length < 30 + 10, 'four were turned away at once, and hardly another');
        /* one that came late, and was not done before another one began */
        assert.ok(taken.some((e, i) => e.connection > last / 2 && taken.slice(i + 1).some((later) => later.connection < e.connection)));
        await client.forward(1001);
        await sink.say('rule connect * 220 hello');
        await client.say('add 60');
        await client.until(() => client.done.length === 360, 'all of them');
    });
});

await test('who hangs up after each letter gets the others by new connections, without a pause', async () => {
    await together(['--rule', 'done * cut', '--all'], [...fake, '--count', '20', '--connections', '2', '--again'], async (client, sink) => {
        await client.line(/^end$/);
        assert.ok(client.done.every((d) => ['sent', 'unsent'].includes(d.outcome)));
        assert.equal(sink.events('taken').length, 20);
        assert.ok(!client.states.some((s) => s.startsWith('away')));
    });
});

for (const [what, action] of [['says 421', '421 4.3.2 no'], ['hangs up', 'cut'], ['talks nonsense', 'raw \\0\\r\\n']]) {
    await test(`one person about whom the host ${what} does not hold up the others`, async () => {
        await together(['--rule', `rcpt p3@* ${action}`], [...fake, '--count', '12', '--connections', '2', '--again'], async (client, sink) => {
            await client.toTheEnd();
            const of3 = client.done.filter((d) => d.id === 3).map((d) => d.outcome);

            assert.deepEqual(of3, ['unsent', 'deferred']);
            assert.equal(client.done.filter((d) => d.outcome === 'sent').length, 11);
            assert.equal(sink.events('taken').length, 11);
        });
    });
}

await test('what is queued for a host that goes away comes back at once', async () => {
    await together(['--rule', 'mail * 451 4.3.0 later'], [...fake, '--count', '16', '--connections', '8'], async (client) => {
        await client.state('away 451');
        await client.until(() => client.done.length === 16, 'all of them');
        assert.ok(client.done.every((d) => d.outcome === 'unsent'));
    });
});

// ---- many, with everything going wrong at random ----

for (const seed of [1, 2, 3]) {
    await test(`2,000 letters, hung up on anywhere, told 421, 450 and 550 (seed ${seed}): each one outcome, nobody twice`, async () => {
        const rules = ['connect ?5% 421 4.3.2 later', 'connect ?2% cut', 'mail ?1% cut', 'rcpt ?1% cut', 'data ?1% cut', '354 ?1% cut',
            'body ?1% cut', 'dot ?1% cut', 'done ?1% cut', 'dot ?1% 421 4.3.2 later', 'rcpt 5% 550 5.1.1 nobody', 'rcpt ?3% 450 4.2.1 later',
            'dot 4% 451 4.3.0 later'].flatMap((rule) => ['--rule', rule]);

        await together([...rules, '--seed', String(seed)], [...fake, '--count', '2000', '--connections', '8', '--again', '--letters', '50'],
            async (client, sink) => {
                await client.toTheEnd();
                const final = new Map(client.done.filter((d) => d.outcome !== 'unsent').map((d) => [d.id, d.outcome]));
                const arrived = new Map();

                for (const event of sink.events().filter((e) => e.what === 'taken' || e.what === 'held'))
                    arrived.set(Number(/^p(\d+)@/.exec(event.to)[1]), (arrived.get(Number(/^p(\d+)@/.exec(event.to)[1])) ?? 0) + 1);
                assert.equal(client.done.filter((d) => d.outcome !== 'unsent').length, 2000, 'one outcome each');
                assert.equal(final.size, 2000);
                for (const [id, outcome] of final) {
                    const times = arrived.get(id) ?? 0;

                    assert.ok(times <= 1, `${id} arrived ${times} times`);
                    if (outcome === 'sent')
                        assert.equal(times, 1, `${id} was lost`);
                    if (outcome === 'deferred' || outcome === 'failed')
                        assert.equal(times, 0, `${id} was said to be ${outcome} and arrived`);
                }
                const doubts = [...final.values()].filter((o) => o === 'in-doubt').length;

                assert.ok(doubts > 0 && doubts < 200, `${doubts} in doubt`);
            });
    });
}

// ---- giving back ----

await test('withdrawn is what has not reached its last dot, at once; what has goes on', async () => {
    await together(['--rule', 'dot p1@* silence', '--all'], [...fake, '--count', '3', '--connections', '1'], async (client, sink) => {
        await sink.event(/^silent dot/);
        await client.say('withdraw'); /* the envelope of 2 is on its way, 3 is queued */
        assert.deepEqual(client.done.map((d) => `${d.id} ${d.outcome}`).sort(), ['2 unsent', '3 unsent']);
        await client.forward(601_000);
        assert.equal((await client.became(1)).outcome, 'in-doubt');
    });
});

await test('a withdrawn letter does not arrive, nor does an empty one in its place', async () => {
    await together(['--rule', 'dot p1@* hold', '--all'], ['--count', '2', '--connections', '1'], async (client, sink) => {
        await sink.event(/^held back/);
        await client.say('withdraw');
        assert.equal((await client.became(2)).outcome, 'unsent');
        await sink.say('release');
        assert.equal((await client.became(1)).outcome, 'sent');
        await client.say('add 1');
        assert.equal((await client.became(3)).outcome, 'sent');
        assert.deepEqual(sink.events('taken').map((e) => e.to), ['p1@example.test', 'p3@example.test']);
    });
});

await test('a body that is withdrawn half-way is not ended', async () => {
    await together(['--rule', 'body * silence'], [...one, '--size', String(LONG)], async (client, sink) => {
        await sink.event(/^silent body/);
        await client.say('withdraw');
        assert.deepEqual(client.done, [{ id: 1, outcome: 'unsent', why: 0, code: 0 }]);
        assert.equal(client.dots(1), 0);
    });
});

await test('what could not be written down is not sent', async () => {
    await together([], fake, async (client, sink) => {
        await client.say('block');
        await client.say('add 1');
        assert.equal((await client.became(1)).outcome, 'unsent');
        assert.equal(client.dots(1), 1);
        await client.say('unblock');
        await client.say('add 1');
        assert.equal((await client.became(2)).outcome, 'sent');
        assert.deepEqual(sink.events('taken').map((e) => e.to), ['p2@example.test']);
    });
});

await test('closing gives everything back: in doubt what has its dot out, unsent the rest', async () => {
    await together(['--rule', 'dot * silence'], [...fake, '--count', '6', '--connections', '3'], async (client, sink) => {
        await client.until(() => sink.events().filter((e) => e.what === 'silent dot').length >= 1 && client.lines.some((l) => l.startsWith('dot')), 'a dot');
        const dots = client.lines.filter((l) => l.startsWith('dot ')).map((l) => Number(l.slice(4)));

        await client.close();
        assert.deepEqual(client.done.map((d) => d.id).sort(), [1, 2, 3, 4, 5, 6]);
        for (const { id, outcome } of client.done)
            assert.equal(outcome, dots.includes(id) || client.dots(id) ? 'in-doubt' : 'unsent');
    });
});

// ---- TLS ----

const pem = (name) => join(dir, `${name}.pem`);
const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

function authority(name) {
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', pem(`${name}-key`), '-out', pem(name), '-days', '2',
        '-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE');
}

// A certificate for `names`, good from `from` days from now to `to`.
function certificate(name, by, names, from = -1, to = 1) {
    const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().replace(/[-:T]/g, '').replace(/\..*/, 'Z');
    const config = join(dir, `${name}.cnf`);

    writeFileSync(config, `[ca]\ndefault_ca=d\n[d]\ndatabase=${dir}/${name}.db\nnew_certs_dir=${dir}\nserial=${dir}/${name}.serial\n` +
        `default_md=sha256\npolicy=p\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=${names}\n`);
    writeFileSync(join(dir, `${name}.db`), '');
    writeFileSync(join(dir, `${name}.serial`), '01\n');
    openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', pem(`${name}-key`), '-out', pem(`${name}-csr`), '-subj', `/CN=${name}`);
    openssl('ca', '-batch', '-notext', '-config', config, '-cert', pem(by), '-keyfile', pem(`${by}-key`), '-in', pem(`${name}-csr`),
        '-out', pem(name), '-startdate', day(from), '-enddate', day(to));
}

authority('ca');
authority('stranger');
const NAMES = 'DNS:localhost,IP:127.0.0.1,DNS:mail.host.example';
certificate('good', 'ca', NAMES);
certificate('expired', 'ca', NAMES, -3, -1);
certificate('early', 'ca', NAMES, 1, 3);
certificate('other', 'ca', 'DNS:elsewhere.example,IP:127.0.0.9');
certificate('forged', 'stranger', NAMES);

const tls = (mode, name = 'good') => ['--tls', mode, '--cert', pem(name), '--key', pem(`${name}-key`), '--all'];
const trust = (mode, ...args) => ['--tls', mode, '--ca', pem('ca'), ...args];

for (const mode of ['start', 'now']) {
    await test(`TLS (${mode}): letters arrive, by 1.3, said again after it`, async () => {
        await together(tls(mode), trust(mode, '--count', '40', '--connections', '2', '--size', '50000'), async (client, sink) => {
            await client.line(/^end$/);
            assert.ok(client.done.every((d) => d.outcome === 'sent'));
            assert.equal(sink.events('taken').length, 40);
            assert.ok(sink.events('taken').every((e) => e.bytes === 50000));
            assert.equal(sink.events('tls')[0].to, 'TLSv1.3');
            const ehlos = sink.commands().filter((c) => c.startsWith('EHLO')).length;

            assert.equal(ehlos, sink.events('connect').length * (mode === 'start' ? 2 : 1));
        });
    });
    await test(`TLS (${mode}): the name counts, where there is one`, async () => {
        await together(tls(mode), trust(mode, '--host', 'localhost', '--count', '1'), async (client) => {
            assert.equal((await client.became(1)).outcome, 'sent');
        });
    });
    for (const [name, what] of [['expired', 'expired'], ['early', 'not good yet'], ['other', 'for another name'], ['forged', 'by somebody we do not know']]) {
        await test(`TLS (${mode}): a certificate ${what} is refused, and nothing was said under it`, async () => {
            for (const host of ['127.0.0.1', 'localhost']) {
                await together(tls(mode, name), trust(mode, ...one, '--host', host, '--user', 'u', '--password', 'p'), async (client, sink) => {
                    assert.equal((await client.became(1)).outcome, 'unsent');
                    await client.state('refused 7');
                    assert.ok(!sink.commands().some((c) => /^(AUTH|MAIL)/.test(c)));
                });
            }
        });
    }
    await test(`TLS (${mode}): silence and hanging up while hands are shaken`, async () => {
        const server = await bare((text, say) => {
            if (text.startsWith('EHLO'))
                say('250-x\r\n250 STARTTLS\r\n');
            else if (text.startsWith('STARTTLS'))
                say('220 go\r\n');
        });
        const client = new Client(server.port, ...trust(mode, ...one));

        if (mode === 'start') {
            await client.line(/^state working/);
            await new Promise((done) => { setTimeout(done, 100); });
            await client.forward(301_000);
            await client.state(`away ${AWAY.silent}`);
        } else {
            await client.state('refused 6'); /* "220 …" is no TLS */
        }
        await client.close();
        await server.stop();
    });
    await test(`TLS (${mode}): a dot without an answer is in doubt`, async () => {
        await together([...tls(mode), '--rule', 'dot p1@* cut'], trust(mode, ...fake, '--count', '2', '--connections', '1'), async (client) => {
            assert.equal((await client.became(1)).outcome, 'in-doubt');
            assert.equal((await client.became(2)).outcome, 'unsent');
        });
    });
    await test(`TLS (${mode}): a body that is cut is unsent`, async () => {
        await together([...tls(mode), '--rule', 'body * cut'], trust(mode, ...one, '--size', String(LONG)), async (client) => {
            assert.equal((await client.became(1)).outcome, 'unsent');
            assert.equal(client.dots(1), 0);
        });
    });
    await test(`TLS (${mode}): nonsense under it is nonsense`, async () => {
        for (const [, action] of nonsense) {
            await together([...tls(mode), '--rule', `rcpt * ${action}`], trust(mode, ...one), async (client) => {
                assert.equal((await client.became(1)).outcome, 'unsent');
                await client.state(`away ${AWAY.nonsense}`);
            });
        }
    });
}

await test('a host without STARTTLS gets nothing', async () => {
    await together(['--all'], trust('start', ...one), async (client, sink) => {
        assert.equal((await client.became(1)).outcome, 'unsent');
        await client.state('refused 6');
        assert.deepEqual(sink.commands(), ['EHLO try.example']);
    });
});

await test('STARTTLS that is put off, refused, silent, cut', async () => {
    for (const [action, state] of [['454 4.7.0 later', 'away 454'], ['502 5.5.1 no', 'refused 502'], ['cut', 'away 4'], ['421 4.3.2 no', 'away 421']]) {
        await together([...tls('start'), '--rule', `starttls * ${action}`], trust('start', ...one), async (client) => {
            await client.state(state);
            assert.equal((await client.became(1)).outcome, 'unsent');
        });
    }
});

await test('what is said in the clear behind 220 is not believed (CVE-2011-0411)', async () => {
    const evil = '220 go\\r\\n250-sink.example\\r\\n250 AUTH PLAIN\\r\\n235 welcome\\r\\n';

    await together([...tls('start'), '--rule', `starttls * raw ${evil}`], trust('start', ...one, '--user', 'u', '--password', 'p'), async (client, sink) => {
        assert.equal((await client.became(1)).outcome, 'unsent');
        await client.state('refused 6');
        assert.deepEqual(sink.commands(), ['EHLO try.example', 'STARTTLS']);
    });
});

await test('what was offered before TLS counts for nothing after it', async () => {
    const after = ['--rule', 'ehlo #2 250 sink.example'];

    await together([...tls('start'), ...after], trust('start', ...one), async (client, sink) => {
        assert.equal((await client.became(1)).outcome, 'sent');
        assert.ok(!sink.commands().some((c) => c.includes('SIZE=')));
    });
    await together([...tls('start'), ...after, '--auth', 'u:p'], trust('start', ...one, '--user', 'u', '--password', 'p'), async (client, sink) => {
        await client.state('refused 8');
        assert.ok(!sink.commands().some((c) => c.startsWith('AUTH')));
    });
});

// ---- AUTH ----

const auth = (password = 'open sesame') => ['--user', 'news@try.example', '--password', password];

for (const [mechanisms, said] of [['PLAIN LOGIN', /^AUTH PLAIN \S+$/], ['LOGIN', /^AUTH LOGIN$/], ['CRAM-MD5 plain', /^AUTH PLAIN \S+$/]]) {
    await test(`AUTH by ${mechanisms}: the right password, and a wrong one`, async () => {
        const args = [...tls('start'), '--auth', 'news@try.example:open sesame', '--mechanisms', mechanisms];

        await together(args, trust('start', ...one, ...auth()), async (client, sink) => {
            assert.equal((await client.became(1)).outcome, 'sent');
            assert.equal(sink.events('auth').length, 1);
            assert.equal(sink.commands().filter((c) => said.test(c)).length, 1);
            assert.ok(sink.commands().findIndex((c) => c === 'STARTTLS') < sink.commands().findIndex((c) => c.startsWith('AUTH')));
        });
        await together(args, trust('start', ...one, ...auth('open sesam')), async (client, sink) => {
            assert.equal((await client.became(1)).outcome, 'unsent');
            await client.state('refused 535');
            assert.equal(sink.events('auth').length, 0);
            /* not tried a second time soon: that locks accounts */
            const wait = await client.wait();

            assert.ok(wait > 44_000 && wait <= 60_000, `${wait}`);
            assert.ok(!client.lines.join('\n').includes('sesam') && !client.stderr.includes('sesam'));
        });
    });
}

await test('a password that is longer than a command line', async () => {
    for (const mechanisms of ['PLAIN', 'LOGIN']) {
        const long = 'x'.repeat(480);

        await together([...tls('now'), '--auth', `news@try.example:${long}`, '--mechanisms', mechanisms], trust('now', ...one, ...auth(long)),
            async (client) => {
                assert.equal((await client.became(1)).outcome, 'sent');
            });
    }
});

await test('AUTH that is not offered, or put off', async () => {
    await together([...tls('start'), '--auth', 'a:b', '--mechanisms', 'CRAM-MD5'], trust('start', ...one, ...auth()), async (client, sink) => {
        await client.state('refused 8');
        assert.ok(!sink.commands().some((c) => c.startsWith('AUTH')));
    });
    await together([...tls('start'), '--auth', 'news@try.example:open sesame', '--rule', 'auth * 454 4.7.0 later'], trust('start', ...one, ...auth()),
        async (client) => {
            await client.state('away 454');
            assert.equal((await client.became(1)).outcome, 'unsent');
        });
});

await test('a password goes without TLS to this machine alone', async () => {
    await together(['--auth', 'news@try.example:open sesame'], [...one, ...auth()], async (client) => {
        assert.equal((await client.became(1)).outcome, 'sent');
    });
});

await test('options that cannot be are told in a sentence', async () => {
    const faults = [
        [['--host', '192.0.2.1', ...auth()], /without TLS to this machine alone/], [['--host', 'a b'], /neither a name nor an address/],
        [['--host', ''], /neither a name/], [['--hello', 'x\r\nMAIL'], /no host name/], [['--hello', '[127.0.0.1'], /no host name/],
        [['--user', 'u'], /one is missing/], [['--tls', 'start', '--ca', '/dev/null'], /certificate authorities/],
        [['--tls', 'now', '--ca', '/nowhere'], /certificate authorities/], [['--user', 'u', '--password', 'x'.repeat(600)], /cannot be sent/],
        [['--reply', '99999'], /use for/],
    ];

    for (const [args, said] of faults) {
        const client = new Client(25, ...args);

        assert.match(await client.line(/^fault /), said);
        await client.ends(1);
    }
    for (const hello of ['[127.0.0.1]', '[IPv6:::1]', 'a-b.example']) {
        const client = new Client(25, '--hello', hello);

        await client.say('wait');
        await client.close();
    }
});

// ---- names ----

// A name server that answers A with `addresses`, and AAAA with nothing; `null`: it never answers.
async function nameServer(addresses) {
    const socket = createSocket('udp4');
    const asked = [];

    socket.on('message', (query, from) => {
        const end = query.indexOf(0, 12) + 5;
        const isA = query.readUInt16BE(end - 4) === 1;
        const found = isA && addresses ? addresses : [];
        const answer = Buffer.concat([query.subarray(0, end), ...found.map((a) => Buffer.concat([
            Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]), Buffer.from(a.split('.').map(Number))]))]);

        asked.push(query.subarray(13, 13 + query[12]).toString());
        answer.writeUInt16BE(addresses?.length === 0 ? 0x8183 : 0x8180, 2);
        answer.writeUInt16BE(found.length, 6);
        answer.writeUInt16BE(0, 8);
        answer.writeUInt16BE(0, 10);
        if (addresses)
            socket.send(answer, from.port, from.address);
    });
    await new Promise((done) => { socket.bind(0, '127.0.0.1', done); });
    return { asked, args: ['--host', 'mail.host.example', '--name-servers', `127.0.0.1:${socket.address().port}`], stop: () => socket.close() };
}

await test('a host by its name, which its certificate has to bear', async () => {
    const names = await nameServer(['127.0.0.1']);

    await together(tls('start'), trust('start', ...names.args, '--count', '3'), async (client) => {
        await client.line(/^end$/);
        assert.ok(client.done.every((d) => d.outcome === 'sent'));
    });
    await together(tls('start', 'other'), trust('start', ...names.args, ...one), async (client) => {
        await client.state('refused 7');
    });
    assert.ok(names.asked.includes('mail'));
    names.stop();
});

await test('of several addresses the next is tried at once', async () => {
    const names = await nameServer(['127.0.0.3', '127.0.0.1']);

    await together([], [...names.args, ...one], async (client) => {
        assert.equal((await client.became(1)).outcome, 'sent');
        assert.deepEqual(client.states, ['working 0']);
    });
    names.stop();
});

await test('a name that leads nowhere: away, and asked again', async () => {
    const names = await nameServer([]);

    await together([], [...names.args, ...one], async (client) => {
        await client.state('away 1');
        assert.equal((await client.became(1)).outcome, 'unsent');
        const before = names.asked.length;

        await client.forward(1001);
        await eventually(() => names.asked.length > before, 'another question');
    });
    names.stop();
});

await test('a name server that never answers keeps nobody waiting', async () => {
    const names = await nameServer(null);

    await together([], [...names.args, ...one], async (client) => {
        await eventually(() => names.asked.length > 0, 'a question');
        for (let i = 0; i < 50; i += 1)
            await client.say('wait'); /* each is a turn */
        assert.equal(client.done.length, 0);
        await client.say('withdraw');
        assert.equal((await client.became(1)).outcome, 'unsent');
    });
    names.stop();
});

finish();
