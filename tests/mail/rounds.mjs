// SPDX-License-Identifier: AGPL-3.0-or-later
//
// rounds.mjs ROUNDS: mailer, core or both are killed at random moments of a mailing to 2,000 people, mostly while letters
// go out, and the sink hangs up at random points too. Whatever happens: nobody is lost, nobody gets a letter twice, and no
// death leaves more in doubt than there were connections.
//
// What the sink wrote down before each answer is the truth; what the report says is compared with it. SEED repeats a run.

import { strict as assert } from 'node:assert';
import { finish, test } from '../lib/tap.mjs';
import { run } from '../lib/program.mjs';
import { corePid, mailerPid } from '../serve/server.mjs';
import { copied, mailing, people, prepared, report, send, sink, sleep, story, unlock } from './house.mjs';

const ROUNDS = Number(process.argv[2] ?? 3);
const PEOPLE = 2000;
const CONNECTIONS = 8;
const SEED = Number(process.env.SEED ?? Date.now() % 1e6);
const KEY = 'adequate';
const FREEZING = 1; // as the report says it: the list is being opened, and nobody counted yet
const POINTS = ['mail', 'rcpt', 'data', '354', 'body', 'dot', 'done'];
let state = SEED;
let deathsWhileSending = 0;
const random = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
};

const template = await prepared(people(PEOPLE));
const isSent = (house) => run(['report', KEY, '--data', house.data]).status === 0;

// How many were there to be killed: one that died a moment ago may still have its name.
const kill = (pids) => pids.filter((pid) => {
    try {
        return process.kill(pid, 'SIGKILL');
    } catch (error) {
        assert.equal(error.code, 'ESRCH');
        return false;
    }
}).length;

// Killed before the list was opened, nothing was sent to anybody, and the command says so: once more.
async function begun(house, host, commands, end) {
    while (!isSent(house)) {
        const said = await Promise.race([commands.at(-1).ended, sleep(50)]);

        if (!said || isSent(house))
            continue;
        assert.ok(Date.now() < end, said.stderr);
        assert.equal(host.letters().length, 0, 'letters of no mailing');
        await sleep(300);
        commands.push(send(house, KEY, ['--yes', String(PEOPLE)]));
        await sleep(1000);
    }
}

// Until letters go out, or all did: false.
async function goesOn(house, host, commands, server, end) {
    const before = host.letters().length;

    await begun(house, host, commands, end);
    for (;;) {
        const now = report(house, KEY);

        if (now.state !== FREEZING && now.waiting + now.claimed === 0)
            return false;
        if (host.letters().length > before)
            return true;
        assert.ok(Date.now() < end, `it stands still: ${JSON.stringify(now)}\n${server.stderr.slice(-3000)}`);
        if (now.needs_unlock && (await Promise.race([commands.at(-1).ended, sleep(50)])))
            commands.push(unlock(house));
        await sleep(20);
    }
}

for (let round = 1; round <= ROUNDS; round++) {
    const who = ['mailer', 'core', 'both'][round % 3];
    const hangsUp = round % 2 === 0;

    await test(`round ${round} (seed ${SEED}): ${who} killed${hangsUp ? ', the host hangs up too' : ''}`, async () => {
        const house = copied(template);
        const host = await sink(hangsUp ? POINTS.flatMap((point) => ['--rule', `${point} ?0.1% cut`]) : []);
        const server = await mailing(house, host.port, { ini: `smtp_connections = ${CONNECTIONS}\n` });
        const commands = [send(house, KEY, ['--yes', String(PEOPLE)])];
        const end = Date.now() + 120_000;
        let deaths = 0;

        try {
            for (let kills = 1 + Math.floor(random() * 3); kills > 0; kills--) {
                const isSending = random() < 0.75;

                if (!isSending)
                    await sleep(1000 * random()); // perhaps while the list is opened
                else if (!(await goesOn(house, host, commands, server, end)))
                    break;
                else
                    await sleep(250 * random());
                const killed = kill([who !== 'core' && mailerPid(server), who !== 'mailer' && corePid(server)].filter(Boolean));

                deaths += killed;
                deathsWhileSending += isSending ? killed : 0;
            }
            while (await goesOn(house, host, commands, server, end))
                ;
            const told = story(house, KEY, host);

            assert.equal(told.sent + told.in_doubt + (hangsUp ? told.deferred : 0), PEOPLE, JSON.stringify(told));
            assert.ok(hangsUp || told.in_doubt <= CONNECTIONS * deaths, `${told.in_doubt} in doubt after ${deaths} deaths`);
        } finally {
            await server.stop();
            await host.stop();
            await Promise.all(commands.map(({ ended }) => ended));
        }
    });
}

await test('most of those deaths were in the middle of it', () => {
    console.log(`# ${deathsWhileSending} deaths while letters went out`);
    assert.ok(deathsWhileSending >= ROUNDS / 2);
});

finish();
