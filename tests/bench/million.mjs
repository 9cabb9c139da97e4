// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A mailing to a crowd (million.mjs small|full), with the real server, mailer and commands on SQLite and the recording sink:
// how long the list takes to be opened, every record of it, and what all processes of the server have in memory meanwhile
// and while letters go out; a tenth of the crowd beside it. The command that shows how it goes runs on as a person leaves it.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from '../lib/program.mjs';
import { finish, test } from '../lib/tap.mjs';
import { mailing, report, send, sink, sleep } from '../mail/house.mjs';
import { children, until } from '../serve/server.mjs';
import { crowd } from './crowd.mjs';
import { cpuSeconds, isFull, memory, row } from './row.mjs';

const KEY = 'adequate';
const [FEW, MANY] = isFull ? [100_000, 1_000_000] : [1000, 10_000];
const SENDING_MS = Number(process.env.SENDING_MS ?? (isFull ? 30_000 : 1000));
const EVERY_MS = isFull ? 100 : 20;
const NUMBER = new Intl.NumberFormat('en');

const all = (server) => [server.pid, ...children(server.pid)];
const cpuOf = (server) => all(server).map(cpuSeconds).reduce((a, b) => a + b);

// The largest of what is seen from now on, until it is asked for.
function watch(server) {
    let peak = { pss: 0, alone: 0 };
    let samples = 0;
    const look = () => {
        const now = memory(all(server));

        peak = { pss: Math.max(peak.pss, now.pss), alone: Math.max(peak.alone, now.alone) };
        samples += 1;
    };
    const timer = setInterval(look, EVERY_MS);

    look();
    return () => {
        clearInterval(timer);
        look();
        return { ...peak, samples };
    };
}

async function mail(people) {
    const house = await crowd(`crowd-${people}`, 0, people);
    const host = await sink();
    const server = await mailing(house, host.port);

    try {
        const rest = watch(server)();
        const begun = performance.now();
        const sending = send(house, KEY, ['--yes', String(house.wanted)]);
        const freezing = watch(server);
        const said = (event) => until(event, () => {
            assert.doesNotMatch(server.stderr, /freeze_ended/);
            return server.stderr.includes(event);
        }, 600);

        await Promise.race([said('sending.freeze '), sending.ended.then(({ stderr }) => assert.fail(stderr))]);
        const opened = performance.now();
        const before = cpuOf(server);

        await said('sending.frozen ');
        const frozen = performance.now();
        const cpu = cpuOf(server) - before;
        const atFreeze = freezing();
        const going = watch(server);

        await sleep(SENDING_MS);
        const atSending = going();
        const sent = host.letters().length;

        assert.equal(report(house, KEY).people, people, 'each of them once');
        sending.child.kill('SIGINT'); // whoever looks on may leave
        await sending.ended;
        return { house, rest, atFreeze, atSending, toOpen: opened - begun, freeze: frozen - opened, cpu, sent };
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
        await host.stop();
        rmSync(house.data, { recursive: true, force: true });
    }
}

// Records that one core unseals in a second, and nothing else.
function unsealed() {
    const [, opens] = execFileSync(resolve(root, process.env.BUILD ?? 'build', 'tests/bench_seal'), ['3000'], { encoding: 'utf8' }).split(' ');

    return Number(opens);
}

await test('a list is opened, and letters go out', async () => {
    const few = await mail(FEW);
    const many = await mail(MANY);
    const bare = many.house.records / unsealed();
    const seconds = many.freeze / 1000;
    const size = (what) => `${what.alone.toFixed(1)} MB alone on a machine, PSS here ${what.pss.toFixed(1)} MB`;

    row(`freeze of ${NUMBER.format(MANY)} recipients out of ${NUMBER.format(many.house.records)} records`, `${seconds.toFixed(1)} s, CPU ${many.cpu.toFixed(1)} s`,
        '< 60 s', seconds < 60, `unsealing alone: CPU ${bare.toFixed(1)} s; ${NUMBER.format(FEW)}: ${(few.freeze / 1000).toFixed(1)} s, CPU ${few.cpu.toFixed(1)} s`,
        `CPU ${(many.cpu / bare).toFixed(2)} ×`);
    for (const [what, of] of [['while it is frozen', 'atFreeze'], [`while letters go to them, the first ${NUMBER.format(many.sent)}`, 'atSending']])
        row(`memory ${what}, ${NUMBER.format(MANY)} recipients: the most that all processes have`, size(many[of]), '< 100 MB',
            many[of].alone < 100, `${NUMBER.format(FEW)}: ${size(few[of])}; at rest: ${many.rest.alone.toFixed(1)} MB`,
            `${(many[of].alone / few[of].alone).toFixed(2)} × a tenth's`);
});

finish();
