// SPDX-License-Identifier: AGPL-3.0-or-later
//
// faults.mjs [long]: a mailing whose machine fails it, with the real server, the real mailer and the sink. Processes stand
// still, the disk is full, the clock jumps, the power goes, the smart host is away for a day or two. Afterwards everybody
// has it once, or is reported in doubt, or it is said why not; what the sink holds decides.
//
// Days, and the patience of minutes, pass in a moment: machine.mjs. Without `long` a few stand for the others.

import { strict as assert } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { run, work } from '../lib/program.mjs';
import { machine } from '../faults/machine.mjs';
import { corePid, killed, mailerPid, stopped, until } from '../serve/server.mjs';
import { copied, mailing, people, prepared, report, send, sink, sleep, story, unlock } from './house.mjs';

const isLong = process.argv[2] === 'long';
const longTest = isLong ? test : () => {};
const PEOPLE = 160;
const CONNECTIONS = 4;
const KEY = 'adequate';
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const template = await prepared(people(PEOPLE));
const FEW = 40;
const few = await prepared(people(FEW));

// A house with its sink, machine and server, a mailing begun, and `body` with all of it. What was started is ended.
async function sending(rules, body, { house = copied(template), ini = '', slow = 30 } = {}) {
    const m = machine();
    const host = await sink([...rules, ...(slow ? [`dot * slow ${slow}`] : [])].flatMap((rule) => ['--rule', rule]));
    const options = { ini: `smtp_connections = ${CONNECTIONS}\n${ini}`, env: m.env };
    const t = { house, host, m, commands: [], server: await mailing(house, host.port, options) };

    t.now = () => report(house, KEY);
    t.until = (what, look, seconds = 40) => until(what, look, seconds).catch((error) => {
        throw new Error(`${error.message}\n${JSON.stringify({ ...t.now(), sites: undefined })}\n${t.server.stderr.slice(-3000)}`);
    });
    t.some = (n) => t.until(`${n} letters`, () => host.letters().length >= n);
    t.unlocked = () => t.until('it goes on', async () => {
        if (!t.now().needs_unlock)
            return true;
        t.commands.push(unlock(house));
        await Promise.race([t.commands.at(-1).ended, sleep(2000)]);
        return !t.now().needs_unlock;
    });
    t.over = () => t.until('the end', () => {
        const now = t.now();

        return now.waiting + now.claimed + now.deferred === 0;
    });
    t.started = async (more = {}) => { t.server = await mailing(house, host.port, { ...options, ...more }); };
    try {
        t.commands.push(send(house, KEY, ['--yes', String(house.list.length)]));
        await until('that it is under way', () => run(['report', KEY, '--data', house.data]).status === 0);
        await body(t);
    } finally {
        await t.server.stop();
        await host.stop();
        await Promise.all(t.commands.map(({ ended }) => ended));
    }
}

const is_all_sent = (t, doubts = 0) => {
    const told = story(t.house, KEY, t.host);

    assert.equal(told.sent + told.in_doubt, PEOPLE, JSON.stringify({ ...told, sites: undefined }));
    assert.ok(told.in_doubt <= doubts, `${told.in_doubt} are in doubt`);
    return told;
};

// ---- processes that stand still ----

const both = (server) => [mailerPid(server), corePid(server)];

for (const [what, which] of [
    ['the mailer', (server) => [mailerPid(server)]],
    ['core', (server) => [corePid(server)]],
    ['the whole server', (server) => [server.pid, ...both(server)]],
].slice(isLong ? 0 : 2)) {
    await test(`${what} stands still, longer than its lease, and goes on: everybody once, nobody in doubt`, async () => {
        await sending([], async (t) => {
            for (let i = 1; i <= 3; i++) {
                await t.some(PEOPLE * i / 5);
                const pids = which(t.server);

                pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
                await sleep(300);
                t.m.passes(5 * MINUTE);
                pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
            }
            await t.over();
            is_all_sent(t);
            assert.doesNotMatch(t.server.stderr, /_killed|_hangs/);
        });
    });
}

for (const [what, which] of [['the mailer', mailerPid], ['core', corePid]]) {
    await longTest(`${what} stands still until it is ended for it: the others go on, the next settles what it left`, async () => {
        await sending([], async (t) => {
            await t.some(PEOPLE / 3);
            await stopped(which(t.server));
            await t.until('another in its place', () => /_hangs[^]*\.ready .*restarts=1/.test(t.server.stderr));
            await t.unlocked();
            await t.over();
            is_all_sent(t, CONNECTIONS);
        });
    });
}

// ---- the disk ----

await longTest('the disk fills up in the middle of it and has room again: nothing is lost, nothing done twice', async () => {
    const disk = join(work, 'small-disk');

    mkdirSync(disk);
    try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
        skip('needs root to mount a small disk');
    }
    try {
        const house = { ...template, data: join(disk, 'data') };

        execFileSync('cp', ['-a', template.data, house.data]);
        await sending([], async (t) => {
            await t.some(PEOPLE / 5);
            spawnSync('sh', ['-c', `cat /dev/zero >'${disk}/filler'`], { stdio: 'ignore' });
            const before = t.host.letters().length;

            await t.until('a word about it', () => /mailer\.no_intent|sending\.not_written/.test(t.server.stderr));
            await sleep(1500);
            const meanwhile = t.host.letters().length;

            console.log(`# ${meanwhile - before} letters after the disk was full`);
            assert.ok(meanwhile < PEOPLE, 'nothing was in its way');
            rmSync(join(disk, 'filler'));
            await t.over();
            is_all_sent(t, CONNECTIONS);
            assert.doesNotMatch(t.server.stderr, /_killed|_hangs/);
        }, { house });
    } finally {
        execFileSync('umount', [disk]);
    }
});

await test('no byte can be written anywhere for a while: the letters wait', async () => {
    await sending([], async (t) => {
        for (let i = 1; i <= 2; i++) {
            await t.some(PEOPLE * i / 4);
            t.m.full(true);
            await sleep(500);
            const before = t.host.letters().length;

            await sleep(1000);
            assert.equal(t.host.letters().length, before, 'a letter went out that could not be written down');
            t.m.full(false);
            t.m.passes(15);
        }
        await t.over();
        is_all_sent(t, 2 * CONNECTIONS);
    });
});

// ---- the clock ----

await longTest('the clock jumps a day ahead and back, and a day back and ahead, in the middle of it: nobody waits, nobody has it twice', async () => {
    await sending(['rcpt p2* 451 4.3.0 later'], async (t) => {
        for (const [i, days] of [1, 0, -1, 0].entries()) {
            await t.some(PEOPLE * (i + 1) / 6);
            t.m.ahead(days * DAY);
        }
        await t.until('all but those put off', () => t.now().waiting + t.now().claimed === 0);
        await t.host.tell('clear');
        t.m.ahead(0);
        t.m.passes(2 * HOUR);
        await t.over();
        is_all_sent(t);
    });
});

// ---- the power ----

const journal = (t) => join(t.house.data, 'mailer.journal');
const CELL = 44;
const cells = (t) => readFileSync(journal(t));
const LOST = [
    ['is gone', (t) => rmSync(journal(t))],
    ['is empty', (t) => truncateSync(journal(t))],
    ['ends in the middle of its head', (t) => truncateSync(journal(t), 20)],
    ['has a hole in it', (t) => {
        const bytes = cells(t);

        bytes.fill(0, 3 * CELL, 5 * CELL);
        writeFileSync(journal(t), bytes);
    }],
    ['is of another boot', (t) => {
        const bytes = cells(t);

        bytes.write('00000000-0000-4000-8000-000000000000', 4, 'latin1');
        writeFileSync(journal(t), bytes);
    }],
];

for (const [what, lose] of isLong ? LOST : LOST.slice(0, 1)) {
    await test(`the power goes and the journal ${what}: who may have it is in doubt, nobody gets it twice`, async () => {
        await sending([], async (t) => {
            await t.some(PEOPLE / 3);
            const before = t.now();

            await killed(t.server);
            const got = new Set(t.host.letters().map(({ address }) => address)).size;

            lose(t);
            await t.started();
            await t.unlocked();
            await t.over();
            const told = is_all_sent(t, PEOPLE - before.sent);

            assert.ok(told.in_doubt >= got - before.sent - PEOPLE / 3, 'they are not in doubt');
            assert.ok(told.undecided === told.in_doubt && told.in_doubt > 0);
        });
    });
}

await longTest('the power goes in the middle of a record: that one was not sent, the others are known', async () => {
    await sending([], async (t) => {
        for (let i = 1; i <= 2; i++) {
            await t.some(PEOPLE * i / 4);
            await killed(t.server);
            const bytes = cells(t);

            // What follows is the beginning of the next intent: it was on its way to the disk, its last dot was not.
            writeFileSync(journal(t), Buffer.concat([bytes, bytes.subarray(CELL, CELL + 20)]));
            await t.started();
            await t.unlocked();
        }
        await t.over();
        is_all_sent(t, 2 * CONNECTIONS);
    });
});

await longTest('everything is killed again and again, and nothing else is wrong: in doubt is who was at a last dot', async () => {
    await sending([], async (t) => {
        for (let i = 1; i <= 3; i++) {
            await t.some(PEOPLE * i / 5);
            await killed(t.server);
            await t.started();
            await t.unlocked();
        }
        await t.over();
        is_all_sent(t, 3 * CONNECTIONS);
    });
});

// ---- the smart host ----

await longTest('the smart host is away for a day: nobody loses an attempt, and when it is back all goes out', async () => {
    await sending([], async (t) => {
        await t.some(PEOPLE / 4);
        await t.host.tell('refuse');
        await t.host.tell('rule mail * cut');
        await t.host.tell('rule dot * cut');
        await t.until('that it is away', () => /host_away/.test(t.server.stderr));
        const then = t.host.letters().length;

        for (let i = 0; i < 24; i++) {
            t.m.passes(HOUR);
            await sleep(50);
        }
        await sleep(3000);
        assert.equal(t.now().failed, 0);
        assert.ok(t.host.letters().length <= then + CONNECTIONS);
        await t.host.tell('clear');
        await t.host.tell('accept');
        t.m.passes(HOUR);
        await t.over();
        is_all_sent(t, CONNECTIONS);
    });
});

await longTest('the smart host says “later” for a day: after 5, 15 and 60 minutes and then every four hours, the same letter', async () => {
    await sending(['dot * 451 4.3.0 later'], async (t) => {
        const attempts = () => t.host.letters().filter(({ what }) => what === 'refused').length / FEW;

        await t.until('the first attempts', () => attempts() === 1 && t.now().deferred === FEW);
        for (const [i, minutes] of [5, 15, 60, 240, 240, 240, 240, 240].entries()) {
            t.m.passes(minutes * MINUTE - 30);
            await sleep(1300);
            assert.equal(attempts(), i + 1, `attempt ${i + 2} came too early`);
            t.m.passes(45);
            await t.until(`attempt ${i + 2}`, () => attempts() === i + 2 && t.now().deferred === FEW);
        }
        const ids = new Map();

        for (const { id, address } of t.host.letters())
            ids.set(address, new Set([...(ids.get(address) ?? []), id]));
        assert.ok([...ids.values()].every((set) => set.size === 1), 'a letter changed its Message-ID');
        await t.host.tell('clear');
        t.m.passes(4 * HOUR);
        await t.over();
        assert.equal(story(t.house, KEY, t.host).sent, FEW);
    }, { house: copied(few), slow: 0 });
});

await test('the smart host says “later” for two days: then it is given up, and said', async () => {
    await sending(['dot p1* 250 2.0.0 taken', 'dot * 451 4.3.0 later'], async (t) => {
        await t.until('the first attempts', () => t.now().deferred === FEW - 11);
        t.m.passes(49 * HOUR);
        await t.over();
        const told = story(t.house, KEY, t.host);

        assert.deepEqual([told.sent, told.failed], [11, FEW - 11]);
    }, { house: copied(few), slow: 0 });
});

finish();
