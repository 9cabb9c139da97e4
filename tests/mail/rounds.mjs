// SPDX-License-Identifier: AGPL-3.0-or-later
//
// rounds.mjs ROUNDS: mailer, core or both are killed at random moments of a mailing to 2,000 people, and the sink hangs up
// at random points too. Whatever happens: nobody is lost, nobody gets a letter twice but those who were reported in
// doubt and sent to again by choice, and no death leaves more in doubt than there were connections.
//
// What the sink wrote down before each answer is the truth; what the report says is compared with it. SEED repeats a run.

import { strict as assert } from 'node:assert';
import { finish, test } from '../lib/tap.mjs';
import { run } from '../lib/program.mjs';
import { children } from '../serve/server.mjs';
import { readFileSync } from 'node:fs';
import { copied, mailing, people, prepared, send, sink, sleep, withWords } from './house.mjs';

const ROUNDS = Number(process.argv[2] ?? 3);
const PEOPLE = 2000;
const CONNECTIONS = 8;
const SEED = Number(process.env.SEED ?? Date.now() % 1e6);
const KEY = 'adequate';
let state = SEED;
const random = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
};

const template = await prepared(people(PEOPLE));
const named = (server, name) => children(server.pid).filter((pid) => {
    try {
        return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name;
    } catch {
        return false;
    }
});
// False: it has just died, and the next has no name yet.
const kill = (server, name) => named(server, name).map((pid) => {
    try {
        return process.kill(pid, 'SIGKILL');
    } catch { /* it was quicker */
        return false;
    }
}).includes(true);

// { sent, failed, 'in doubt', withdrawn, waiting … } of the newest mailing.
export const report = (house) => {
    const said = run(['report', KEY, '--data', house.data, '--json']);

    assert.equal(said.status, 0, said.stderr);
    return JSON.parse(said.stdout);
};

const POINTS = ['mail', 'rcpt', 'data', '354', 'body', 'dot', 'done'];

for (let round = 1; round <= ROUNDS; round++) {
    const who = ['mailer', 'core', 'both'][round % 3];
    const hangsUp = round % 2 === 0;

    await test(`round ${round} (seed ${SEED}): ${who} killed${hangsUp ? ', the host hangs up too' : ''}`, async () => {
        const house = copied(template);
        const host = await sink(hangsUp ? POINTS.flatMap((point) => ['--rule', `${point} ?0.1% cut`]) : []);
        const server = await mailing(house, host.port, { ini: `smtp_connections = ${CONNECTIONS}\n` });
        let deaths = 0;

        try {
            const sending = send(house, KEY, ['--yes', String(PEOPLE)]);
            const end = Date.now() + 120_000;
            const kills = 1 + Math.floor(random() * 3);

            for (let i = 0; i < kills; i++) {
                await sleep(200 + random() * 1200);
                if (who !== 'core')
                    kill(server, 'breakroom-mail');
                if (who !== 'mailer')
                    kill(server, 'breakroom-core');
                deaths += 1;
            }
            // Killed before the list was opened, nothing was sent to anybody, and the command says so.
            for (let said = await sending.ended; !/^mailing \d+:/m.test(said.stdout) && run(['report', KEY, '--data', house.data]).status !== 0;) {
                assert.ok(Date.now() < end, said.stderr);
                assert.equal(host.letters().length, 0, 'letters of no mailing');
                await sleep(300);
                said = await send(house, KEY, ['--yes', String(PEOPLE)]).ended;
            }
            for (let now = report(house); now.waiting + now.deferred + now.claimed > 0; now = report(house)) {
                assert.ok(Date.now() < end, `it stands still: ${JSON.stringify(now)}\n${server.stderr.slice(-3000)}`);
                if (now.needs_unlock)
                    await withWords(['send', '--unlock', '--data', house.data, '--passphrase-from', '4'], house.words).ended;
                await sleep(200);
            }
            const told = report(house);
            const got = new Map();

            for (const { what, address } of host.letters())
                if (what !== 'refused')
                    got.set(address, (got.get(address) ?? 0) + 1);
            const twice = [...got.values()].filter((n) => n > 1).length;
            const missing = house.list.filter((p) => !got.has(p.address)).length;

            assert.equal(told.sent + told.in_doubt, PEOPLE, JSON.stringify(told));
            assert.equal(twice, 0, `${twice} got it twice`);
            assert.ok(missing <= told.in_doubt, `${missing} did not get it, ${told.in_doubt} are in doubt`);
            assert.ok(hangsUp || told.in_doubt <= CONNECTIONS * deaths, `${told.in_doubt} in doubt after ${deaths} deaths`);
        } finally {
            await server.stop();
            await host.stop();
        }
    });
}

finish();
