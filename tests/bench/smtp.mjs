// SPDX-License-Identifier: AGPL-3.0-or-later
//
// smtp.mjs small|full: unsigned letters of 30 KB to the recording sink, ours and Postfix' smtp-source by turns, over as many
// connections. smtp-source writes no journal, hears no enhanced code and speaks in lockstep: what it does is the floor.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { finish, scratch, test } from '../lib/tap.mjs';
import { isFull, median, pairs, row, spread, times } from './row.mjs';

const build = resolve(process.env.BUILD);
const dir = scratch();
const letters = isFull ? 60_000 : 3000;
const CONNECTIONS = 8;
const KB = 30;

const sink = spawn(join(build, 'tests/mail/sink'), ['--record', join(dir, 'record'), '--commands'], { stdio: ['pipe', 'pipe', 'inherit'] });
const port = await new Promise((done) => {
    sink.stdout.setEncoding('utf8').once('data', (text) => done(/^port (\d+)/.exec(text)[1]));
});

// Letters a second, and microseconds of processor time a letter.
function run(...command) {
    const cost = join(dir, 'cost');

    assert.equal(spawnSync(join(build, 'tests/measure'), [cost, ...command], { stdio: ['ignore', 'ignore', 'inherit'] }).status, 0);
    const [status, wall, cpu] = readFileSync(cost, 'utf8').trim().split(' ').map(Number);

    assert.equal(status, 0, command.join(' '));
    return { rate: letters / (wall / 1000), us: cpu * 1000 / letters };
}

const ours = () => run(join(build, 'tests/bench_smtp'), port, String(letters), String(KB), String(CONNECTIONS));
const source = () => run('/usr/sbin/smtp-source', '-d', '-s', String(CONNECTIONS), '-l', String(KB * 1024), '-m', String(letters),
    '-f', 'b+token@bayside.example', '-t', 'person@reader.example', `127.0.0.1:${port}`);

await test('letters to the sink, beside smtp-source', async () => {
    ours(); /* what both need is warm */
    const runs = await pairs(ours, source, (pair) => pair.ours.rate / pair.other.rate);
    const ratios = runs.map((pair) => pair.ours.rate / pair.other.rate);
    const cpu = runs.map((pair) => pair.ours.us / pair.other.us);

    row(`unsigned letters of ${KB} KB handed over a second`,
        `${Math.round(median(runs.map((pair) => pair.ours.rate)))}, CPU ${median(runs.map((pair) => pair.ours.us)).toFixed(0)} µs`, '≥ 1×',
        median(ratios) >= 1,
        `smtp-source: ${Math.round(median(runs.map((pair) => pair.other.rate)))}, CPU ${median(runs.map((pair) => pair.other.us)).toFixed(0)} µs`,
        `${times(ratios)}, CPU ${median(cpu).toFixed(2)} × (${spread(cpu)})`);
    const taken = readFileSync(join(dir, 'record'), 'utf8').split('\n').filter((line) => line.startsWith('taken')).length;

    assert.equal(taken, letters * (2 * runs.length + 1));
});

sink.stdin.end();
finish();
