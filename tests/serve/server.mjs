// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A server for a test: started on a free port, ready when it says so, stopped with SIGTERM. And requests of every kind,
// one connection each, so that nothing a test does depends on another.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import { breakroom, work } from '../lib/program.mjs';

// Sanitizers look for leaks with calls that the sandbox forbids; their builds have no seccomp, and no such look.
const environment = {
    ...process.env, LC_ALL: 'C.UTF-8', TZ: 'Pacific/Auckland',
    ASAN_OPTIONS: 'detect_leaks=0:detect_stack_use_after_return=1', UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};

// Ready, or the way it ended: { status, stderr }.
export function start(args, { program = breakroom, env = {} } = {}) {
    const child = spawn(program, args, { cwd: work, env: { ...environment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const server = { pid: child.pid, stdout: '', stderr: '', status: null, ports: [] };
    const ended = new Promise((done) => {
        child.on('close', (status, signal) => {
            server.status = status ?? signal;
            done(server);
        });
    });

    server.ended = ended;
    server.kill = (signal) => process.kill(server.pid, signal);
    server.stop = async () => {
        if (server.status === null)
            child.kill('SIGTERM');
        await ended;
        if (/Sanitizer|runtime error:/.test(server.stderr))
            throw new Error(`a sanitizer stopped it\n${server.stderr.slice(-6000)}`);
        return server.status;
    };
    child.stderr.setEncoding('utf8').on('data', (text) => { server.stderr += text; });
    return new Promise((done) => {
        child.stdout.setEncoding('utf8').on('data', (text) => {
            server.stdout += text;
            server.ports = [...server.stdout.matchAll(/^listening on http:\/\/\S+:(\d+)$/gm)].map((m) => Number(m[1]));
            if (server.ports.length > 0) {
                [server.port] = server.ports;
                done(server);
            }
        });
        ended.then(done);
    });
}

export async function serve(args, options) {
    const server = await start(args, options);

    if (!server.port)
        throw new Error(`breakroom ${args.join(' ')} did not start: status ${server.status}\n${server.stderr}`);
    return server;
}

export function children(pid) {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => {
        try {
            return Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1]) === pid;
        } catch {
            return false;
        }
    }).map(Number);
}

// One that has just been forked has its parent's name still.
const named = (server, name) => children(server.pid).find((pid) => {
    try {
        return readFileSync(`/proc/${pid}/comm`, 'utf8') === `${name}\n`;
    } catch {
        return false;
    }
});

export const corePid = (server) => named(server, 'breakroom-core');
export const mailerPid = (server) => named(server, 'breakroom-mail');

// SIGSTOP reaches a process's threads one after the other: here all of them stand still, so that none accepts another
// connection.
export async function stopped(pid) {
    process.kill(pid, 'SIGSTOP');
    await until(`that ${pid} stands still`, () => readdirSync(`/proc/${pid}/task`)
        .every((thread) => /^State:\tT/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))));
}

// The machine went: nobody of it says a word any more, and none sees the others die.
export async function killed(server) {
    const all = [server.pid, ...children(server.pid)];

    for (const signal of ['SIGSTOP', 'SIGKILL'])
        all.forEach((pid) => process.kill(pid, signal));
    await server.ended;
    await until('all are gone', () => all.every((pid) => !existsSync(`/proc/${pid}/exe`)));
}

// One request: { status, headers, body }. On a connection of its own, unless an agent has others; from `localAddress`, where
// it counts who asks.
export function ask(server, path, { method = 'GET', headers = {}, host = '127.0.0.1', body, timeout = 20_000, agent = false, localAddress } = {}) {
    return new Promise((done, failed) => {
        const sent = request({
            host: '127.0.0.1', port: server.port, path, method, agent, localAddress, setHost: false,
            headers: { Host: host, ...(agent ? {} : { Connection: 'close' }), ...headers }, timeout,
        }, (answer) => {
            const pieces = [];

            answer.on('data', (piece) => pieces.push(piece));
            answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
            answer.on('error', failed);
        });

        sent.on('error', failed);
        sent.on('timeout', () => sent.destroy(new Error(`${path}: no answer in time`)));
        sent.end(body);
    });
}

export const text = async (server, path, options) => (await ask(server, path, options)).body.toString('utf8');

// For what changes at `moment` (UTC): calls `body(at, isEarly)`, where `at` is a clock that stands four seconds before it. If
// that was too late to see what is to be seen before it, body gives false, and again from farther away.
export async function before(moment, body) {
    for (let seconds = 4; seconds < 500; seconds *= 2) {
        const end = Date.now() + seconds * 1000;
        const at = new Date(Date.parse(moment) - seconds * 1000).toISOString().replace('.000', '');

        if (await body(at, () => Date.now() < end))
            return;
    }
    throw new Error(`${moment}: nothing was ready before it`);
}

// Until `look` is true, for at most `seconds`.
export async function until(what, look, seconds = 15) {
    const end = Date.now() + seconds * 1000;

    while (Date.now() < end) {
        if (await look())
            return;
        await new Promise((done) => { setTimeout(done, 100); });
    }
    throw new Error(`${what}: not within ${seconds} s`);
}
