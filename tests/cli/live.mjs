// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Data folders for tests of commands. With LIVE=1 a server runs on each of them, so that all a command does goes through its
// control socket; at the end of its test it has to end well, without a sanitizer's word.

import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AT, breakroom, run, work } from '../lib/program.mjs';
import { test as tapTest } from '../lib/tap.mjs';

export const LIVE = process.env.LIVE === '1';
// A process that may not be looked at cannot be searched for leaks either.
export const env = {
    ...process.env, LC_ALL: 'C.UTF-8', ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};
let places = 0;
let servers = [];

const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

// A name that nothing has yet.
export function place(name = 'data') {
    places += 1;
    return join(work, `${name}-${places}`);
}

// A data folder; what its server says is in DATA.log.
export function store(...more) {
    const data = place();

    if (!LIVE)
        return data;
    const log = `${data}.log`;
    const server = spawn(breakroom, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--at', AT, ...more], {
        stdio: ['ignore', 'ignore', openSync(log, 'w')], env,
    });

    servers.push({ server, log, ended: new Promise((done) => { server.on('close', done); }) });
    for (let i = 0; run(['status', '--data', data]).status !== 0; i++) {
        assert.ok(i < 200, `no server on ${data}\n${readFileSync(log, 'utf8')}`);
        pause(50);
    }
    return data;
}

// A test, and the end of its servers.
export const test = (what, body) => tapTest(LIVE ? `${what} (through a server)` : what, async () => {
    try {
        await body();
    } finally {
        const ours = servers;

        servers = [];
        ours.forEach(({ server }) => server.kill('SIGTERM'));
        for (const { ended, log } of ours) {
            assert.equal(await ended, 0, readFileSync(log, 'utf8'));
            assert.doesNotMatch(readFileSync(log, 'utf8'), /Sanitizer|runtime error:|parent\.core_/);
        }
    }
});
