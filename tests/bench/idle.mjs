// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A server at rest (idle.mjs small|full): from its start to the first byte of the first answer, and the memory that all
// its processes have together while nobody asks. Beside it stands nginx with one worker, in the same way.

import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { AT, breakroom, demo, work } from '../lib/program.mjs';
import { finish, test } from '../lib/tap.mjs';
import { children } from '../serve/server.mjs';
import { HOST, large, load } from './campaign.mjs';
import { crowd } from './crowd.mjs';
import { cpuSeconds, freePort, isFull, median, memory, NGINX, pairs, row, spread } from './row.mjs';

// Resolves with the clock's time at the first byte of an answer. Tries again while nobody listens.
const firstByte = (port) => new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`));

    socket.once('data', () => {
        done(performance.now());
        socket.destroy();
    });
    socket.once('error', () => setTimeout(() => firstByte(port).then(done), 2));
});

// Starts it, asks once, looks at it, stops it: { ms, cpu, pss, alone } with cpu in ms and memory in MB.
async function start(command, args) {
    const port = await freePort();
    const begun = performance.now();
    const child = spawn(command, args(port), { stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = new Promise((done) => { child.on('close', done); });
    const ms = await firstByte(port) - begun;
    const all = [child.pid, ...children(child.pid)];
    const cpu = all.map(cpuSeconds).reduce((a, b) => a + b) * 1000;

    await new Promise((done) => { setTimeout(done, 500); }); // at rest
    const sizes = memory(all);

    child.kill('SIGTERM');
    assert.equal(await ended, 0);
    return { ms, cpu, ...sizes };
}

const ours = (data) => start(breakroom, (port) => ['serve', '--data', join(work, data), '--listen', `127.0.0.1:${port}`, '--at', AT]);

function nginx() {
    const dir = join(work, 'nginx');

    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'index.html'), 'A page.\n');
    return start(NGINX, (port) => {
        writeFileSync(join(dir, 'nginx.conf'), `
            daemon off; worker_processes 1; pid ${dir}/pid; error_log stderr crit; events { worker_connections 1024; }
            http { access_log off; server { listen 127.0.0.1:${port}; root ${dir}; } }`);
        return ['-p', dir, '-c', join(dir, 'nginx.conf')];
    });
}

async function measure(what, data) {
    const found = await pairs(() => ours(data), nginx, (p) => p.ours.ms);
    const of = (side, name) => found.map((p) => p[side][name]);
    const mid = (side, name, digits = 0) => median(of(side, name)).toFixed(digits);

    row(`start with ${what}, to the first byte of an answer`, `${mid('ours', 'ms')} ms (${spread(of('ours', 'ms'), 0)}), CPU ${mid('ours', 'cpu')} ms`,
        '< 200 ms', median(of('ours', 'ms')) < 200, `nginx: ${mid('other', 'ms')} ms, CPU ${mid('other', 'cpu')} ms`,
        `${(median(of('ours', 'ms')) / 200).toFixed(2)} × the target`);
    row(`memory at rest with ${what}: all processes`, `${mid('ours', 'alone', 1)} MB alone on a machine, PSS here ${mid('ours', 'pss', 1)} MB`,
        '< 30 MB', median(of('ours', 'alone')) < 30, `nginx: ${mid('other', 'alone', 1)} MB`, `${(median(of('ours', 'alone')) / 30).toFixed(2)} × the target`);
}

await test('the demo starts, and is at rest', async () => {
    load(demo, 'demo');
    await measure('the demo', 'demo');
});

await test('many newsletters start, and are at rest', async () => {
    const newsletters = isFull ? 500 : 20;

    load(large(newsletters), 'large');
    await measure(`${newsletters} newsletters in SQLite`, 'large');
});

await test('many newsletters and many subscribers start, and are at rest', async () => {
    const [newsletters, people] = isFull ? [500, 1_000_000] : [20, 10_000];

    await crowd('crowd', newsletters, people);
    await measure(`${newsletters} newsletters and ${new Intl.NumberFormat('en').format(people)} subscribers in SQLite`, 'crowd');
});

finish();
