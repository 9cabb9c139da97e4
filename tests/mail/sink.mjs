// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Starts the recording sink and the client under test, and hears what they say. Whoever crashes, or says what a sanitizer
// says, throws in the test that is under way. Nothing is waited for by the clock: a line is, for a minute at most.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { scratch } from '../lib/tap.mjs';

export const dir = scratch();
const bin = resolve(process.env.BUILD, 'tests/mail');
const LONGEST_MS = 60_000;
const environment = {
    ...process.env,
    ASAN_OPTIONS: 'detect_stack_use_after_return=1:exitcode=99',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1:exitcode=99',
};
const running = new Set();

process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// The value of `what()` as soon as it has one, looked for again and again: of what another process does.
export async function eventually(what, said = 'what was waited for', longest = LONGEST_MS) {
    for (const start = performance.now(); ;) {
        const value = await what();

        if (value)
            return value;
        if (performance.now() - start > longest)
            throw new Error(`${said} did not come`);
        await new Promise((done) => { setTimeout(done, 5); });
    }
}

export class Program {
    lines = [];
    stderr = '';
    #waiting = new Set();
    #partial = '';

    constructor(name, args, env = {}) {
        this.name = name;
        this.child = spawn(join(bin, name), args, { env: { ...environment, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
        running.add(this.child);
        this.child.stdin.on('error', () => {});
        this.child.stdout.setEncoding('utf8').on('data', (text) => this.#hear(text));
        this.child.stderr.setEncoding('utf8').on('data', (text) => { this.stderr += text; });
        this.ended = new Promise((done) => {
            this.child.on('close', (status, signal) => {
                running.delete(this.child);
                this.status = signal ?? status;
                this.#waiting.forEach((look) => look());
                done(this.status);
            });
        });
    }

    #hear(text) {
        const parts = (this.#partial + text).split('\n');

        this.#partial = parts.pop();
        this.lines.push(...parts);
        this.#waiting.forEach((look) => look());
    }

    // The value of `what()` as soon as it has one.
    until(what, said = 'what was waited for') {
        return new Promise((done, failed) => {
            const timer = setTimeout(() => look(true), LONGEST_MS);
            const look = (isLate = false) => {
                const value = what();

                if (!value && !isLate && this.status === undefined)
                    return;
                clearTimeout(timer);
                this.#waiting.delete(look);
                if (value)
                    done(value);
                else
                    failed(new Error(`${this.name}: ${said} did not come (${isLate ? 'waited' : `ended: ${this.status}`})\n` +
                        `${this.lines.slice(-30).join('\n')}\n${this.stderr.slice(-4000)}`));
            };

            this.#waiting.add(look);
            look();
        });
    }

    // The first line from `from` on that fits.
    line(pattern, from = 0) {
        return this.until(() => this.lines.slice(from).find((one) => pattern.test(one)), `a line ${pattern}`);
    }

    // Says a command; what came before its "ok" is the answer.
    async say(command) {
        const from = this.lines.length;

        this.child.stdin.write(`${command}\n`);
        await this.line(/^ok$/, from);
        return this.lines.slice(from, this.lines.indexOf('ok', from));
    }

    async ends(status = 0) {
        this.child.stdin.end();
        assert.equal(await this.ended, status, `${this.name}: ${this.stderr.slice(-6000)}`);
        assert.equal(this.stderr, '');
    }
}

let count = 0;

export class Sink extends Program {
    static async start(...args) {
        count += 1;
        const record = join(dir, `record-${count}`);
        const sink = new Sink('sink', ['--record', record, '--commands', ...args]);

        sink.record = record;
        sink.port = (await sink.line(/^port /)).split(' ')[1];
        return sink;
    }

    // What it wrote down: { what, connection, id, to, code, bytes }.
    events(what) {
        const text = existsSync(this.record) ? readFileSync(this.record, 'utf8') : '';

        return text.split('\n').slice(0, -1).map((line) => line.split('\t'))
            .map(([event, connection, id, to, code, bytes]) => ({
                what: event, connection: Number(connection), id, to, code: Number(code), bytes: Number(bytes),
            }))
            .filter((event) => what === undefined || event.what === what);
    }

    // The sink and the client run beside each other: what it wrote is looked for until it is there.
    event(pattern) {
        return eventually(() => this.events().find((event) => pattern.test(event.what)), `event ${pattern}`);
    }

    commands() {
        return this.events('command').map((event) => event.to);
    }
}

export class Client extends Program {
    constructor(port, ...args) {
        super('smtp_try', ['--port', String(port), '--commands', ...args]);
    }

    get done() {
        return this.lines.filter((line) => line.startsWith('done ')).map((line) => line.split(' '))
            .map(([, id, outcome, why, code]) => ({ id: Number(id), outcome, why: Number(why), code: Number(code) }));
    }

    get states() {
        return this.lines.filter((line) => line.startsWith('state ')).map((line) => line.slice(6));
    }

    dots(id) {
        return this.lines.filter((line) => line === `dot ${id}`).length;
    }

    // What became of letter `id`, the `nth` time.
    became(id, nth = 1) {
        return this.until(() => this.done.filter((one) => one.id === id)[nth - 1], `what became of letter ${id}`);
    }

    state(text, from = 0) {
        return this.until(() => this.states.slice(from).includes(text), `state ${text}; there were ${this.states.join(', ')}`);
    }

    forward(ms) {
        return this.say(`forward ${ms}`);
    }

    // How long it would wait for now.
    async wait() {
        return Number((await this.say('wait')).find((line) => line.startsWith('wait ')).slice(5));
    }

    // To the end, over every pause: a host that is away is tried again and again.
    toTheEnd() {
        return eventually(async () => {
            if (/^(away|refused)/.test(this.states.at(-1)))
                await this.say('try');
            if (this.status !== undefined)
                throw new Error(`smtp_try ended: ${this.status}\n${this.stderr}`);
            return this.lines.at(-1) === 'end' || (this.lines.at(-1) === 'ok' && this.lines.at(-2) === 'end');
        }, 'the end', 4 * LONGEST_MS);
    }

    async close() {
        this.child.stdin.write('close\n');
        await this.line(/^closed$/);
        await this.ends();
    }
}

// A sink and a client against it, both ended whatever happens.
export async function together(sinkArgs, clientArgs, body) {
    const sink = await Sink.start(...sinkArgs);
    const client = new Client(sink.port, ...clientArgs);

    try {
        await body(client, sink);
    } finally {
        if (client.status === undefined)
            await client.close();
        await sink.ends();
    }
}
