// SPDX-License-Identifier: AGPL-3.0-or-later
//
// A campaign that mails, whole: a data folder with keys and invented subscribers, the recording sink as its smart host,
// and a server. Everything goes through the commands that an administrator has. Whoever wants many rounds makes the
// folder once and copies it.

import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AT, breakroom, demo, root, run, work } from '../lib/program.mjs';
import { serve } from '../serve/server.mjs';
import { makeKeys } from '../serve/subscribers.mjs';

export const HOST = 'baysideeducators.example';
export { sleep } from '../http/wire.mjs';
export const environment = {
    ...process.env, LC_ALL: 'C.UTF-8', ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'halt_on_error=1',
};

let places = 0;
const place = (what) => {
    places += 1;
    return join(work, `${what}-${places}`);
};

// Invented people, each once, at a few receiving domains of very different sizes; one alone at a domain of her own.
export function people(count) {
    const domain = (i) => (i === 0 ? 'one-person.example' : i % 7 === 0 ? `school-${i % 40}.example` : i % 3 ? 'post.example' : 'correo.example');

    return Array.from({ length: count }, (_, i) => ({
        address: `p${i}.${['ana', 'luz', 'sam', 'kim'][i % 4]}@${domain(i)}`, lang: i % 3 === 1 ? 'es' : 'en',
    }));
}

// Runs a command that asks for the six words; they go in at descriptor 4.
export function withWords(args, words, { onNote = () => {} } = {}) {
    const child = spawn(breakroom, args, { cwd: work, env: environment, stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '', child };

    child.stdout.setEncoding('utf8').on('data', (text) => { said.stdout += text; onNote(text); });
    child.stderr.setEncoding('utf8').on('data', (text) => { said.stderr += text; });
    child.stdio[4].on('error', () => {});
    child.stdio[3].resume();
    child.stdio[4].end(`${words}\n`);
    said.ended = new Promise((done) => { child.on('close', (status) => done({ ...said, status })); });
    return said;
}

let first; // a data folder with the demo alone: reading the demo's documents takes its time

// A data folder with the demo, its keys, a key to sign with, and `list` as subscribers.
export async function prepared(list, { audience = 'educators', db = '', folder = demo } = {}) {
    const data = place('mail');
    const file = `${data}.csv`;
    const more = db ? ['--db', db] : [];
    const where = ['--data', data, ...more];
    const done = (args) => {
        const result = run(args);

        assert.equal(result.status, 0, `breakroom ${args.join(' ')}\n${result.stdout}${result.stderr}`);
        return result;
    };

    const isDemo = folder === demo && !db;

    if (isDemo && first)
        cpSync(first, data, { recursive: true });
    else
        done(['load', folder, ...where, '--at', AT, '--yes']);
    if (isDemo && !first) {
        first = place('loaded');
        cpSync(data, first, { recursive: true });
    }
    const words = await makeKeys(data, ...more);

    done(['dkim', 'new', HOST, '--data', data]);
    writeFileSync(file, ['address,language', ...list.map((p) => `${p.address},${p.lang}`)].join('\n') + '\n');
    done(['import', file, ...where, '--audience', audience, '--source', 'paper lists of May', '--yes', String(list.length)]);
    return { data, words, list };
}

export function copied(house) {
    const data = place('mail');

    cpSync(house.data, data, { recursive: true, verbatimSymlinks: true });
    return { ...house, data };
}

// The sink: { port, taken(), tell(), stop() }. `args` as sink.c has them.
export async function sink(args = []) {
    const record = `${place('sink')}.record`;
    const child = spawn(join(resolve(root, process.env.BUILD ?? 'build'), 'tests/mail/sink'),
        ['--record', record, '--commands', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    let heard = () => {};
    const ended = new Promise((done) => { child.on('close', done); });

    child.stdin.on('error', () => {});
    child.stdout.setEncoding('utf8').on('data', (text) => { said += text; heard(); });
    const line = async () => {
        while (!said.includes('\n'))
            await new Promise((done) => { heard = done; });
        const at = said.indexOf('\n');
        const first = said.slice(0, at);

        said = said.slice(at + 1);
        return first;
    };
    const port = Number((await line()).split(' ')[1]);

    return {
        port,
        pid: child.pid,
        record,
        async tell(command) {
            child.stdin.write(`${command}\n`);
            assert.equal(await line(), 'ok', command);
        },
        // Every letter that came in whole: { what: taken|held|refused, id, address }.
        letters() {
            return existsSync(record) ? readFileSync(record, 'utf8').split('\n').filter(Boolean).map((row) => {
                const [what, connection, id, address, code, bytes] = row.split('\t');

                return { what, connection: Number(connection), id, address, code: Number(code), bytes: Number(bytes) };
            }).filter((row) => row.address && ['taken', 'held', 'refused'].includes(row.what)) : [];
        },
        taken() {
            return this.letters().filter(({ what }) => what === 'taken').map(({ address }) => address);
        },
        async stop() {
            child.stdin.end();
            child.kill('SIGTERM');
            await ended;
        },
    };
}

// A server on the folder that hands its letters to `port`.
export async function mailing(house, port, { ini = '', args = [], ...options } = {}) {
    writeFileSync(join(house.data, 'server.ini'),
        `smart_host = 127.0.0.1:${port}\nsmtp_tls = none\nsite_rate = 0\n${ini}`, { mode: 0o600 });
    return serve(['serve', '--data', house.data, '--listen', '127.0.0.1:0', '--at', AT, ...args], options);
}

export const send = (house, key, more = [], options = {}) =>
    withWords(['send', key, '--data', house.data, '--passphrase-from', '4', ...more], house.words, options);

// With the six words, after a start anew. Ends when there is nothing more to see.
export const unlock = (house) => withWords(['send', '--unlock', '--data', house.data, '--passphrase-from', '4'], house.words);

// { sent, failed, in_doubt, waiting … } of the newest mailing.
export function report(house, key) {
    const said = run(['report', key, '--data', house.data, '--json']);

    assert.equal(said.status, 0, said.stderr);
    return JSON.parse(said.stdout);
}

// What the sink wrote down before each answer is the truth: the report has to tell the same story. Nobody has it twice, who
// is said to have it does, and whoever else does, or may, is in doubt. Gives the report.
export function story(house, key, host) {
    const told = report(house, key);
    const sum = (rows, name) => rows.reduce((n, row) => n + row[name], 0);
    const got = new Map();

    for (const { what, address } of host.letters())
        if (what !== 'refused')
            got.set(address, (got.get(address) ?? 0) + 1);
    const said = JSON.stringify({ ...told, sites: undefined, got: got.size });

    assert.equal(told.people, house.list.length, said);
    assert.equal(told.sent + told.waiting + told.claimed + told.deferred + told.failed + told.in_doubt + told.withdrawn,
        told.people, `it does not add up: ${said}`);
    for (const name of ['people', 'sent', 'failed'])
        assert.equal(sum(told.sites, name), told[name], `the sites' ${name} are not all: ${said}`);
    const twice = [...got].filter(([, n]) => n > 1).map(([address]) => address);

    assert.deepEqual(twice, [], 'these have it twice');
    assert.ok(told.sent <= got.size, `more are said to have it than do: ${said}`);
    assert.ok(got.size <= told.sent + told.in_doubt, `some have it and nobody says so: ${said}`);
    return told;
}
