// SPDX-License-Identifier: AGPL-3.0-or-later
//
// choices.mjs [long]: a mailing and those who look after it, with the real server, the real mailer and the sink: pauses,
// stops, hours, who leaves, unlocks, doubts that are settled by a choice; a smart host that says no, or nothing, at every
// point; and two servers on one PostgreSQL (TEST_POSTGRES). Afterwards everybody has it once, or it is said why not. Without
// `long` a few stand for the others.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { run, work } from '../lib/program.mjs';
import { machine } from '../faults/machine.mjs';
import { ask, killed, until } from '../serve/server.mjs';
import { copied, HOST, mailing, people, prepared, report, send, sink, sleep, story, unlock } from './house.mjs';

const isLong = process.argv[2] === 'long';
const longTest = isLong ? test : () => {};
const PEOPLE = 60;
const KEY = 'memo';
const template = await prepared(people(PEOPLE));
const yes = ['--yes', String(PEOPLE)];
const HALF_SLOW = ['dot * slow 40'];
const TWO = 'smtp_connections = 2\n';

// A house with its sink and server, and `body` with them. What was started is ended.
async function beside(rules, body, { house = copied(template), ini = '', sinkArgs = [], env, args } = {}) {
    const host = await sink([...rules.flatMap((rule) => ['--rule', rule]), ...sinkArgs]);
    const options = { ini, env, args };
    const t = { house, host, commands: [], server: await mailing(house, host.port, options) };

    t.send = (more = yes, key = KEY) => {
        t.commands.push(send(house, key, more));
        return t.commands.at(-1).ended;
    };
    t.unlock = () => {
        t.commands.push(unlock(house));
        return t.commands.at(-1).ended;
    };
    t.change = (...words) => run(['send', ...words, '--data', house.data]);
    t.list = () => t.change('--list').stdout;
    t.now = () => report(house, KEY);
    t.until = (what, look, seconds = 40) => until(what, look, seconds).catch((error) => {
        throw new Error(`${error.message}\n${t.list()}${t.server.stderr.slice(-3000)}`);
    });
    t.begun = () => t.until('that it is under way', () => run(['report', KEY, '--data', house.data]).status === 0);
    t.some = (n) => t.until(`${n} letters`, () => host.letters().length >= n);
    t.quiet = () => t.until('quiet', async () => {
        const before = host.letters().length;

        await sleep(700);
        return before === host.letters().length && t.now().claimed === 0;
    });
    t.restart = async () => {
        assert.equal(await t.server.stop(), 0, t.server.stderr);
        t.server = await mailing(house, host.port, options);
    };
    try {
        await body(t);
    } finally {
        await t.server.stop();
        await host.stop();
        t.commands.forEach(({ child }) => child.kill('SIGINT'));
        await Promise.all(t.commands.map(({ ended }) => ended));
    }
}

const done = (said) => assert.equal(said.status, 0, said.stderr);
const all_sent = (t) => {
    const told = story(t.house, KEY, t.host);

    assert.equal(told.sent, PEOPLE, JSON.stringify({ ...told, sites: undefined }));
};

// ---- what people change about it ----

await longTest('a pause holds over a restart, a resume waits for the unlock, and then it goes on', async () => {
    await beside(HALF_SLOW, async (t) => {
        t.send();
        await t.some(9);
        done(t.change('--pause'));
        await t.quiet();
        const paused = t.host.letters().length;

        assert.ok(paused < PEOPLE, 'nobody was left');
        assert.match(t.list(), /paused/);
        await t.restart();
        assert.match(t.list(), /paused/);
        done(await t.unlock());
        await sleep(1500);
        assert.equal(t.host.letters().length, paused, 'it went on by itself');
        await t.restart();
        done(t.change('--resume'));
        assert.match(t.list(), /waits for an unlock: “breakroom send --unlock”/);
        await sleep(1500);
        assert.equal(t.host.letters().length, paused, 'it went on without its key');
        done(await t.unlock());
        assert.match(t.list(), /done: 60 of 60 sent/);
        all_sent(t);
    }, { ini: TWO });
});

await test('paused and resumed without a restart, again and again: everybody once', async () => {
    await beside(HALF_SLOW, async (t) => {
        t.send();
        for (let i = 1; i <= 4; i++) {
            await t.some(i * 10);
            done(t.change('--pause'));
            if (i % 2)
                await t.quiet();
            done(t.change('--resume'));
        }
        await t.until('the end', () => /done/.test(t.list()));
        all_sent(t);
    }, { ini: TWO });
});

await longTest('a stop holds over a restart, the rest is let alone, and --again reaches the rest and nobody else', async () => {
    await beside(HALF_SLOW, async (t) => {
        t.send();
        await t.some(9);
        done(t.change('--stop'));
        await t.restart();
        await t.until('that it is over', () => t.now().claimed === 0);
        const first = t.host.letters().length;

        await sleep(1000);
        assert.equal(t.host.letters().length, first);
        assert.ok(first < PEOPLE);
        assert.match(t.list(), /stopped: .* let alone/);
        assert.match(t.change('--resume').stderr, /no mailing is under way|is over/);
        await t.host.tell('clear');
        await t.until('another', async () => (await t.send(['--again', '--yes', String(PEOPLE - first)])).status === 0);
        const got = t.host.taken();

        assert.equal(new Set(got).size, got.length, 'somebody has it twice');
        assert.equal(got.length, PEOPLE);
        assert.match(t.list(), /done: \d+ of \d+ sent[^]*stopped/);
    }, { ini: TWO });
});

await longTest('a restart in the middle of it waits for the unlock; a wrong one opens nothing', async () => {
    await beside(HALF_SLOW, async (t) => {
        t.send();
        await t.some(9);
        await t.restart();
        await t.until('that it waits', () => t.now().needs_unlock);
        const then = t.host.letters().length;

        const wrong = await unlock({ ...t.house, words: 'abacus zoom unlit clay ruby slush' }).ended;

        assert.equal(wrong.status, 1, wrong.stderr);
        await sleep(1000);
        assert.equal(t.host.letters().length, then);
        done(await t.unlock());
        all_sent(t);
    }, { ini: TWO });
});

await test('the secret is sealed to whom the mailer itself names, at each start anew, and to nobody where it names nobody', async () => {
    await beside([], async (t) => {
        const file = join(t.house.data, 'mailer.public');
        const own = readFileSync(file, 'utf8');
        const another = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
        const refused = async (words) => {
            const said = await t.send();

            assert.equal(said.status, 2, said.stderr);
            assert.match(said.stderr, words);
            assert.deepEqual(t.host.letters(), []);
        };

        writeFileSync(file, `${another.toString('hex')}\n`);
        await refused(/the mailer could not open the list/);
        for (const nonsense of ['', 'x'.repeat(64), '0'.repeat(64), own.trim().slice(1), `${own}0`]) {
            writeFileSync(file, nonsense);
            await refused(/mailer\.public is not what the mailer wrote: start the server anew; nothing was sent/);
        }
        rmSync(file);
        await refused(/mailer\.public.*No such file.*; nothing was sent/);
        writeFileSync(file, own);
        await t.restart();
        assert.notEqual(readFileSync(file, 'utf8'), own);
        done(await t.send());
        all_sent(t);
    });
});

await longTest('the hours of the day are kept, over midnight of the clock too', async () => {
    const m = machine();

    // It is four in the morning there.
    await beside([], async (t) => {
        t.send(['--hours', '08:00-20:00', ...yes]);
        await t.until('that it is under way', () => /under way/.test(t.list()));
        await sleep(1500);
        assert.equal(t.host.letters().length, 0);
        m.passes(3 * 3600);
        await sleep(1500);
        assert.equal(t.host.letters().length, 0, 'at seven');
        await t.host.tell('rule rcpt p1* 451 4.3.0 later');
        m.passes(3600 + 60);
        await t.until('the first', () => t.now().deferred === 11 && t.now().sent === PEOPLE - 11);
        await t.host.tell('clear');
        m.ahead(12 * 3600);
        await sleep(1500);
        assert.equal(t.now().sent, PEOPLE - 11, 'at eight in the evening');
        m.ahead(24 * 3600);
        await t.until('the end', () => /done/.test(t.list()));
        all_sent(t);
    }, { env: m.env });
});

await longTest('what is to begin later begins then, and not before', async () => {
    const m = machine();

    await beside([], async (t) => {
        t.send(['--at', '2026-12-01T18:00:00Z', ...yes]);
        await t.until('that it is under way', () => /under way/.test(t.list()));
        m.passes(5 * 3600);
        await sleep(1500);
        assert.equal(t.host.letters().length, 0);
        m.passes(3600);
        await t.until('the end', () => /done/.test(t.list()));
        all_sent(t);
    }, { env: m.env });
});

// ---- who leaves ----

await test('who leaves between the claim and the letter gets none, and is withdrawn', async () => {
    const dump = join(work, 'dumped');

    mkdirSync(dump);
    await beside([], async (t) => {
        done(await t.send(yes, 'adequate'));
        const links = new Map(readdirSync(dump).map((name) => readFileSync(join(dump, name), 'latin1'))
            .map((text) => [/^To: <?([^\s>]+)/m.exec(text)[1], /List-Unsubscribe: <https:\/\/[^/]+(\/leave\/[\w-]+)>/.exec(text)[1]]));
        const leave = async (address) => {
            const gone = await ask(t.server, links.get(address), {
                method: 'POST', host: HOST, body: 'List-Unsubscribe=One-Click', headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
            });

            assert.ok(gone.status < 400, String(gone.status));
        };
        const leavers = t.host.taken().slice(-5); // the last in line, this time too

        await t.host.tell('rule dot * slow 400');
        t.send();
        await t.some(PEOPLE + 2);
        assert.ok(t.now().claimed > 50, 'they were not claimed yet');
        for (const address of leavers)
            await leave(address);
        await t.until('that they are known', () => t.now().withdrawn === leavers.length);
        await t.host.tell('clear');
        await t.until('the end', () => /^ +2 .*done/m.test(t.list()));
        const got = t.host.letters().slice(PEOPLE).map(({ address }) => address);
        const told = t.now();

        assert.deepEqual([told.sent, told.withdrawn], [PEOPLE - leavers.length, leavers.length]);
        assert.equal(got.length, PEOPLE - leavers.length);
        assert.equal(new Set(got).size, got.length, 'somebody has it twice');
        assert.ok(leavers.every((address) => !got.includes(address)), 'who had left has it');
    }, { ini: 'smtp_connections = 1\n', sinkArgs: ['--dump', dump] });
});

// ---- doubts ----

for (const [choice, letters] of [['--leave', 1], ['--resend', 2]].slice(isLong ? 0 : 1)) {
    await test(`who is in doubt is shown, and ${choice} settles it, over a restart too`, async () => {
        await beside(['dot p2* cut'], async (t) => {
            t.send();
            await t.begun();
            await t.until('all others', () => t.now().waiting + t.now().claimed + t.now().deferred === 0);
            await t.host.tell('clear');
            let told = story(t.house, KEY, t.host);

            assert.deepEqual([told.sent, told.in_doubt, told.undecided], [PEOPLE - 11, 11, 11]);
            assert.match(run(['report', KEY, '--data', t.house.data]).stdout, /^11 may or may not have it: “breakroom send --resend 1” or “--leave 1” settles that$/m);
            assert.match(t.list(), /under way: 49 of 60 sent, 11 in doubt/);
            await t.restart();
            assert.match(t.list(), /49 of 60 sent, 11 in doubt/);
            done(t.change(choice));
            if (choice === '--resend') {
                await t.until('that it waits', () => t.now().needs_unlock);
                done(await t.unlock());
            }
            await t.until('the end', () => /done/.test(t.list()));
            told = t.now();
            assert.equal(told.undecided, 0);
            assert.deepEqual([told.sent, told.in_doubt], choice === '--leave' ? [49, 11] : [60, 0]);
            const got = t.host.letters().filter(({ address }) => /^p2/.test(address)).map(({ address }) => address);

            assert.equal(got.length, 11 * letters);
            assert.match(t.change('--leave').stderr, /nobody is in doubt/);
        });
    });
}

// ---- what a smart host says ----

await longTest('no, later and go away at every point, person by person: each has the outcome that was said', async () => {
    const m = machine();
    const rules = ['rcpt p10.* 550 5.1.1 nobody', 'rcpt p11.* 550 5.7.1 no', 'rcpt p12.* 451 4.3.0 later', 'rcpt p13.* 421 4.3.2 go away',
        'data p14.* 554 5.5.1 no', 'data p15.* 451 4.3.0 later', 'data p16.* 421 4.3.2 go away', 'dot p17.* 552 5.3.4 large', 'dot p18.* 451 4.3.0 later',
        'dot p19.* 421 4.3.2 go away', 'body p20.* cut', '354 p21.* cut', 'rcpt p22.* cut', 'done p23.* cut', 'mail #7 421 4.3.2 go away',
        'mail #12 451 4.3.0 later', 'mail #17 552 5.3.4 large', 'ehlo #2 421 4.3.2 go away', 'connect #3 554 5.3.2 no'];

    await beside(rules, async (t) => {
        t.send();
        await t.begun();
        // 10, 11, 14, 17 and the one of the seventeenth MAIL are told no.
        for (let i = 0; i < 40 && t.now().waiting + t.now().claimed > 0; i++) {
            await sleep(500);
            m.passes(20);
        }
        await t.until('that each was tried', () => t.now().waiting + t.now().claimed === 0);
        let told = story(t.house, KEY, t.host);

        // Who is cut off in a body may have been at its end: a letter fits into the kernel.
        const doubts = told.in_doubt;

        assert.ok(told.failed === 5 && doubts <= 2, JSON.stringify({ ...told, sites: undefined }));
        assert.equal(told.sent + told.deferred + doubts, PEOPLE - 5);
        assert.ok(told.deferred >= 3);
        await t.host.tell('clear');
        m.passes(3600);
        await t.until('the others', () => t.now().deferred + t.now().waiting + t.now().claimed === 0);
        told = story(t.house, KEY, t.host);
        assert.deepEqual([told.sent, told.failed, told.in_doubt], [PEOPLE - 5 - doubts, 5, doubts]);
    }, { ini: TWO, env: m.env });
});

await longTest('silence, and replies that never end, at every point: its patience ends, and only who was at a last dot is in doubt', async () => {
    const m = machine();
    const rules = ['rcpt p10.* silence', 'data p11.* silence', 'body p12.* silence', 'dot p13.* silence', 'mail #9 silence', 'ehlo #3 silence', 'connect #4 silence',
        'rcpt p20.* endless', 'data p21.* endless', 'dot p22.* endless', 'mail #21 endless', 'dot p23.* raw 2500 ok\\r\\n', 'rcpt p24.* long 100000'];

    await beside(rules, async (t) => {
        t.send();
        await t.begun();
        // All but 10, 11, 20, 21 and 24, whose letters never come to their dot.
        for (let i = 0; i < 120 && t.now().sent + t.now().in_doubt < PEOPLE - 5; i++) {
            await sleep(300);
            m.passes(120);
        }
        await t.host.tell('clear');
        for (let i = 0; i < 60 && t.now().waiting + t.now().claimed + t.now().deferred > 0; i++) {
            await sleep(300);
            m.passes(600);
        }
        const told = story(t.house, KEY, t.host);

        assert.equal(told.sent + told.in_doubt, PEOPLE, JSON.stringify({ ...told, sites: undefined }));
        assert.ok(told.in_doubt >= 3 && told.in_doubt <= 4, `${told.in_doubt} in doubt: 13, 22, 23, and perhaps 12`);
    }, { ini: TWO, env: m.env });
});

for (const [what, rules, code] of [
    ['denies to relay', ['rcpt * 554 5.7.1 relay access denied'], 554],
    ['knows nobody but its own people', ['rcpt * 550 5.1.1 user unknown'], 550],
    ['has no room for a letter of that size', ['mail * 552 5.3.4 too large'], 552],
    ['closes the account in the middle of it', ['dot #31-9999 550 5.7.1 account suspended'], 550],
].slice(isLong ? 0 : 3)) {
    await test(`a smart host that ${what}: the run pauses and says so, nobody fails for it, and a resume reaches all`, async () => {
        const m = machine();

        await beside(rules, async (t) => {
            const said = await t.send();

            assert.equal(said.status, 2, said.stdout);
            assert.match(said.stdout, new RegExp(`paused by itself, for the smart host refused \\d+ in a row \\(it answers ${code}\\)`));
            await t.quiet();
            const before = t.now();

            assert.equal(before.failed, 0, 'the administrator’s mistake is final');
            assert.ok(before.refused >= 20 && before.refused === before.deferred);
            assert.match(run(['status', '--data', t.house.data]).stdout, /paused, .*, THE SMART HOST REFUSES ITS LETTERS/);
            m.passes(3600);
            await sleep(1500);
            assert.equal(t.now().sent, before.sent, 'it went on by itself');
            await t.restart();
            assert.match(t.list(), /paused by itself/);
            await t.host.tell('clear');
            done(t.change('--resume'));
            m.passes(600);
            done(await t.unlock());
            await t.until('the end', () => /done/.test(t.list()));
            all_sent(t);
        }, { ini: TWO, env: m.env });
    });
}

await longTest('three people, all refused at their first letter: it pauses too; after a resume the second no is believed', async () => {
    const m = machine();
    const house = copied(await prepared(people(3)));

    await beside(['rcpt * 550 5.1.1 nobody'], async (t) => {
        const said = await t.send(['--yes', '3']);

        assert.match(said.stdout, /paused by itself/);
        assert.equal(t.now().deferred, 3);
        done(t.change('--resume'));
        m.passes(600);
        await t.until('the end', () => /done/.test(t.list()));
        assert.equal(story(house, KEY, t.host).failed, 3);
    }, { house, env: m.env });
});

await longTest('many who are refused each for themselves, with letters that are taken in between: no pause', async () => {
    // One connection, in their order: from the tenth on 18 are refused, one is taken, and 11 are refused.
    await beside(['rcpt p28.* 250 yes', 'rcpt p1* 550 5.1.1 nobody', 'rcpt p2* 550 5.7.1 no', 'rcpt p3* 550 5.1.1 nobody'], async (t) => {
        done(await t.send());
        const told = story(t.house, KEY, t.host);

        assert.deepEqual([told.sent, told.failed], [PEOPLE - 32, 32]);
    }, { ini: 'smtp_connections = 1\n' });
});

await longTest('a smart host that does not take our sender: nobody fails, it is said, and once it does all goes out', async () => {
    const m = machine();

    await beside(['mail * 550 5.7.1 not from you'], async (t) => {
        t.send();
        await t.until('a word about it', () => /the smart host turns us away \(it answers 550\)/.test(t.list()));
        assert.equal(t.now().failed + t.now().deferred, 0);
        await t.host.tell('clear');
        m.passes(120);
        await t.until('the end', () => /done/.test(t.list()));
        all_sent(t);
    }, { env: m.env });
});

// ---- two servers on one database ----

await longTest('two servers on one PostgreSQL: one sends, the other may pause it, takes it over when it dies, and nobody has it twice', async () => {
    if (!process.env.TEST_POSTGRES)
        skip('needs a PostgreSQL: TEST_POSTGRES');
    const MANY = 700; // more than one server claims at once
    const db = `${process.env.TEST_POSTGRES.replace('/postgres?', '/two_servers?')}`;
    const psql = (url, sql) => execFileSync('psql', ['-qtA', url, '-c', sql], { encoding: 'utf8' }).trim();

    psql(process.env.TEST_POSTGRES, "CREATE DATABASE two_servers TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
    const house = await prepared(people(MANY), { db });
    const second = { ...house, data: `${house.data}-second` };

    mkdirSync(second.data, { mode: 0o700 });
    cpSync(join(house.data, 'dkim'), join(second.data, 'dkim'), { recursive: true, verbatimSymlinks: true });
    await beside(['dot * slow 20'], async (t) => {
        const other = await mailing(second, t.host.port, { ini: `${TWO}db = ${db}\nserver_key = ${join(house.data, 'server.key')}\n` });
        const there = (...words) => run(['send', ...words, '--data', second.data]);

        try {
            t.send(['--yes', String(MANY)]);
            await t.some(9);
            done(there('--pause'));
            await t.quiet();
            const paused = t.host.letters().length;

            assert.ok(paused < MANY - 100, 'too few are left');
            assert.match((await unlock(second).ended).stderr, /another copy of the server has it|no mailing waits for an unlock/);
            await sleep(1000);
            assert.equal(t.host.letters().length, paused);
            done(there('--resume'));
            await t.some(paused + 5);
            await killed(t.server);
            const then = t.host.letters().length;

            assert.notEqual((await unlock(second).ended).status, 0, 'it took it while the lease was another\'s');
            psql(db, 'UPDATE run SET lease_until = lease_until - 60000000'); // a minute is over there
            await t.until('that it goes on', async () => (await unlock(second).ended).status === 0);
            await t.until('the end', () => {
                const now = report(second, KEY);

                return now.waiting + now.claimed === 0;
            });
            const told = story(second, KEY, t.host);

            // Who was claimed by the one that died is in doubt, for its journal is not to be had.
            assert.equal(told.sent + told.in_doubt, MANY, JSON.stringify({ ...told, sites: undefined }));
            assert.ok(told.in_doubt > 0 && told.undecided === told.in_doubt);
            console.log(`# ${then} letters from the first, ${t.host.letters().length - then} from the second, ${told.in_doubt} in doubt`);

            // It comes back, and its journal knows.
            t.server = await mailing(house, t.host.port, { ini: `${TWO}db = ${db}\n` });
            await t.until('what its journal knows', () => report(second, KEY).in_doubt < told.in_doubt || told.in_doubt <= 2);
            story(second, KEY, t.host);
            done(there('--resend'));
            await t.until('the end', () => /done: 700 of 700 sent/.test(there('--list').stdout));
            const got = new Set(t.host.letters().map(({ address }) => address));
            const twice = t.host.letters().length - got.size;

            assert.equal(got.size, MANY);
            assert.ok(twice <= 2, `${twice} have it twice: more than were at a last dot`);
        } finally {
            await other.stop();
        }
    }, { house, ini: `${TWO}db = ${db}\n` });
});

finish();
