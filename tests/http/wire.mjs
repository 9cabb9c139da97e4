// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Raw bytes to a server and back, and the server itself: `house` (house.c), started on a free port.
//
// Invariant: nothing here repairs what a test sends; answers are cut by Content-Length alone.

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const BUILD = process.env.HOUSE;

// A running house: { port, ask(line) → lines up to "end", stop() → milliseconds it took }.
export async function house(...options) {
    const child = spawn(BUILD, options, { stdio: ['pipe', 'pipe', 'pipe'] });
    const lines = createInterface({ input: child.stdout });
    const waiting = [];
    const got = [];
    const log = [];
    const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));

    lines.on('line', (line) => (waiting.length ? waiting.shift()(line) : got.push(line)));
    child.stderr.on('data', (data) => log.push(data));
    child.on('exit', () => waiting.splice(0).forEach((wake) => wake(null)));
    const next = () => (got.length ? Promise.resolve(got.shift()) : new Promise((resolve) => waiting.push(resolve)));
    const port = Number((await next())?.replace('port ', ''));

    return {
        port,
        pid: child.pid,
        log: () => Buffer.concat(log).toString(),
        async ask(line) {
            const answer = [];

            child.stdin.write(`${line}\n`);
            for (let one = await next(); one !== 'end' && one !== null; one = await next()) answer.push(one);
            return answer;
        },
        async counter(name) {
            const line = (await this.ask('counters')).find((one) => one.startsWith(`breakroom_http_${name} `));
            return Number(line?.split(' ')[1]);
        },
        async stop() {
            const start = performance.now();

            child.stdin.end('stop\n');
            const { code, signal } = await ended;
            if (code !== 0) throw new Error(`the house ended with ${code ?? signal}:\n${this.log()}`);
            return performance.now() - start;
        },
    };
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A connection: { send(bytes), answer() → parsed or null at the end, closed → promise, end() }.
export function wire(port, { from, host = '127.0.0.1' } = {}) {
    const socket = connect({ port, host, localAddress: from });
    let data = Buffer.alloc(0);
    let over = false;
    let wake = () => {};
    const closed = new Promise((resolve) => {
        socket.on('close', () => {
            over = true;
            wake();
            resolve();
        });
    });

    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
        data = Buffer.concat([data, chunk]);
        wake();
    });
    const more = () => new Promise((resolve) => { wake = resolve; });
    return {
        socket,
        closed,
        send: (bytes) => new Promise((resolve) => socket.write(bytes, resolve)),
        end: () => socket.destroy(),
        async answer({ head = false } = {}) {
            let at;

            while ((at = data.indexOf('\r\n\r\n')) < 0 && !over) await more();
            if (at < 0) return null;
            const lines = data.subarray(0, at).toString('latin1').split('\r\n');
            const status = Number(lines[0].split(' ')[1]);
            const headers = {};
            for (const line of lines.slice(1)) {
                const colon = line.indexOf(':');
                headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
            }
            data = data.subarray(at + 4);
            if (status === 100) return { status, headers, body: Buffer.alloc(0) };
            const length = head || status === 304 || status === 204 ? 0 : Number(headers['content-length'] ?? 0);
            while (data.length < length && !over) await more();
            const body = data.subarray(0, length);
            data = data.subarray(length);
            return { status, headers, body, text: body.toString() };
        },
    };
}

// One request as bytes, one answer. `closes` says whether the server closed after it.
export async function once(port, bytes, options = {}) {
    const w = wire(port, options);

    await w.send(bytes);
    const answer = await w.answer(options);
    const closes = options.waitClose ? await Promise.race([w.closed.then(() => true), sleep(500).then(() => false)]) : undefined;
    w.end();
    return answer && { ...answer, closes };
}

export const head = (line, headers = {}) =>
    `${line} HTTP/1.1\r\n${Object.entries({ Host: '127.0.0.1', ...headers }).filter(([, v]) => v !== null)
        .map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`;

export const get = (port, path, headers = {}, options = {}) => once(port, head(`GET ${path}`, headers), options);

export const post = (port, path, body, headers = {}, options = {}) =>
    once(port, head(`POST ${path}`, { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': body.length,
        'Sec-Fetch-Site': 'same-origin', ...headers }) + body, options);
