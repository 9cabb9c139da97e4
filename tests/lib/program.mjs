// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Starts the program under test (BUILD names the build folder) and says how it went and what it cost. A crash, a
// sanitizer's report or more CPU than allowed is never an ordinary result: it throws.

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratch } from './tap.mjs';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const work = scratch();
export const demo = resolve(process.env.DEMO ?? join(root, 'demo'));
// A moment after the last newsletter of demo/ that the tests know; the clock of this machine decides nothing.
export const AT = '2026-12-01T12:00:00Z';

const build = resolve(root, process.env.BUILD ?? 'build');
export const breakroom = join(build, 'breakroom');
const measure = join(build, 'tests/measure');
const cpuSeconds = Number(process.env.CPU_SECONDS ?? 60);
const environment = {
    ...process.env,
    LC_ALL: 'C.UTF-8',
    TZ: 'Pacific/Auckland', // nobody's campaign: the machine's zone must not matter
    XDG_CACHE_HOME: join(work, 'cache'), // what was read of documents before decides nothing
    ASAN_OPTIONS: 'detect_stack_use_after_return=1:exitcode=99',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1:exitcode=99',
};
let runs = 0;

function command(args) {
    runs += 1;
    const file = join(work, `.cost-${runs}`);

    return { file, argv: ['-c', String(cpuSeconds), file, breakroom, ...args] };
}

function outcome(file, args, stdout, stderr) {
    const [status, wall, cpu, peak] = readFileSync(file, 'utf8').trim().split(' ').map(Number);
    const said = `breakroom ${args.join(' ')}`;

    if (status >= 128)
        throw new Error(`${said}: killed by signal ${status - 128} after ${cpu} ms of CPU\n${stderr.slice(-3000)}`);
    if (status === 99 || /ERROR: \w*Sanitizer|runtime error:/.test(stderr))
        throw new Error(`${said}: a sanitizer stopped it\n${stderr.slice(-6000)}`);
    if (![0, 1, 2].includes(status))
        throw new Error(`${said}: exit status ${status}\n${stderr.slice(-3000)}`);
    return { status, wall, cpu, peak, stdout, stderr };
}

// Runs and waits. `stdio` may redirect: { stdout: descriptor }.
export function run(args, { input = '', cwd = work, env = {}, stdout = 'pipe' } = {}) {
    const { file, argv } = command(args);
    const done = spawnSync(measure, argv, {
        input, cwd, env: { ...environment, ...env }, encoding: 'utf8', maxBuffer: 256 << 20, timeout: 300_000,
        stdio: ['pipe', stdout, 'pipe'],
    });

    if (done.error)
        throw done.error;
    return outcome(file, args, done.stdout ?? '', done.stderr);
}

// The same while this process goes on, for servers that live in it.
export function runBeside(args, { cwd = work } = {}) {
    const { file, argv } = command(args);
    const child = spawn(measure, argv, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';

    child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
    return new Promise((done, failed) => {
        child.on('error', failed);
        child.on('close', () => {
            try {
                done(outcome(file, args, stdout, stderr));
            } catch (error) {
                failed(error);
            }
        });
    });
}

// A copy of the demo campaign that a test may spoil. `change` gets its path.
let copies = 0;
export function folder(change = () => {}) {
    copies += 1;
    const dir = join(work, `campaign-${copies}`);

    cpSync(demo, dir, { recursive: true, verbatimSymlinks: true });
    change(dir);
    return dir;
}

export function put(dir, name, content) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
}

// A newsletter in English with nothing wrong in it but what `body` brings.
export function newsletter(dir, name, body, front = '') {
    put(dir, `news/${name}.md`,
        `---\ntitle: A newsletter\n${front}without: lead, ask, signature, archive, paid-for\n---\n${body}\n`);
}

// Everything below a folder: name → bytes, or where a link leads.
export function tree(dir) {
    const entries = readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => {
            const file = join(entry.parentPath ?? entry.path, entry.name);

            return [relative(dir, file), entry.isSymbolicLink() ? readlinkSync(file) : readFileSync(file)];
        });

    return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function sameTree(a, b) {
    return a.size === b.size && [...a].every(([name, bytes]) => b.has(name) && Buffer.compare(Buffer.from(bytes), Buffer.from(b.get(name))) === 0);
}
