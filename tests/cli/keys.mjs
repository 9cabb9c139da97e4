// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `breakroom keys` as a person and as a program use it: the words are shown once and typed back, nothing is stored before,
// nothing in use is overwritten unasked, and the words are in no file, line or log. With LIVE=1 a server runs on every data
// folder. A terminal is made by script(1).

import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { finish } from '../lib/tap.mjs';
import { AT, breakroom, demo, folder, run, work } from '../lib/program.mjs';
import { env as programEnv, place, store, test } from './live.mjs';

const HOST = 'baysideeducators.example';
const env = { ...programEnv, TERM: 'xterm' };

const loaded = (dir = demo) => {
    const data = store();
    const result = run(['load', dir, '--data', data, '--at', AT, '--yes']);

    assert.equal(result.status, 0, result.stderr);
    return data;
};
const list = (data, ...more) => run(['keys', 'list', '--data', data, ...more]);
const rows = (text) => [...text.matchAll(/^(mailing|committee) +([0-9a-f]{16}) +(in use|replaced) +made (\S+) +public ([0-9a-f]{64})$/gm)]
    .map(([, kind, id, state, made, key]) => ({ kind, id, state, made, key }));

// As a program does it: the words come on descriptor 3, and what `answer` makes of them goes to descriptor 4. `answer` may
// give several lines; null closes it.
function make(data, answer = (words) => [words], ...more) {
    const child = spawn(breakroom, ['keys', 'new', '--data', data, '--passphrase-to', '3', '--passphrase-from', '4', ...more], {
        env, cwd: work, stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '', words: '', pid: child.pid };

    child.stdout.setEncoding('utf8').on('data', (text) => { said.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { said.stderr += text; });
    child.stdio[4].on('error', () => {});
    child.stdio[3].setEncoding('utf8').on('data', (text) => {
        said.words += text;
        if (!said.words.endsWith('\n'))
            return;
        said.words = said.words.trimEnd();
        const lines = answer(said.words, said);

        child.stdio[4].end(lines ? lines.map((line) => `${line}\n`).join('') : '');
    });
    return new Promise((done) => {
        child.on('close', (status) => {
            assert.doesNotMatch(said.stderr, /Sanitizer|runtime error:/);
            done({ ...said, status });
        });
    });
}

const made = async (data, ...more) => {
    const result = await make(data, undefined, ...more);

    assert.equal(result.status, 0, result.stderr);
    return result;
};
const fault = (result, hint, status = 2) => {
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, hint);
};
// Everything that is on disk: the store, its log, what the server said.
const bytesOf = (data) => Buffer.concat([
    ...readdirSync(data, { recursive: true }).map((name) => join(data, name)).filter((path) => statSync(path).isFile()).map((path) => readFileSync(path)),
    ...(existsSync(`${data}.log`) ? [readFileSync(`${data}.log`)] : []),
]);

await test('six words are shown, typed back, and both keys are there', async () => {
    const data = loaded();

    assert.match(list(data).stdout, /^no keys yet/m);
    const result = await made(data);

    assert.match(result.words, /^[a-z]+( [a-z]+){5}$/);
    const found = rows(result.stdout);

    assert.deepEqual(found.map(({ kind, state }) => [kind, state]), [['mailing', 'in use'], ['committee', 'in use']]);
    assert.ok(result.stdout.startsWith(`${HOST}\n`));
    assert.deepEqual(rows(list(data).stdout), found);
});

await test('the words, and what they open, are in no file, line or environment', async () => {
    const data = loaded();
    let seen = '';
    const result = await make(data, (words, said) => {
        seen = ['cmdline', 'environ', 'limits'].map((name) => {
            try {
                return readFileSync(`/proc/${said.pid}/${name}`, 'utf8');
            } catch { // not ours to look at: so much the better
                return '';
            }
        }).join('\n');
        return [words];
    });

    assert.equal(result.status, 0, result.stderr);
    assert.match(seen, /Max core file size +0 +0/);
    const two = result.words.split(' ').slice(0, 2).join(' ');

    for (const [where, text] of [['files', bytesOf(data)], ['proc', seen], ['stdout', result.stdout], ['stderr', result.stderr]])
        assert.equal(Buffer.from(text).indexOf(two), -1, where);
});

await test('a slip is named by its number, and the third ends it with nothing stored', async () => {
    const data = loaded();
    const slip = await make(data, (words) => [words.replace(/^\w+/, 'xyzzy'), 'abacus zoom', words.toUpperCase().replaceAll(' ', '  ')]);

    assert.equal(slip.status, 0, slip.stderr);
    assert.match(slip.stderr, /^Word 1 is none of ours/m);
    assert.match(slip.stderr, /^It takes six words/m);
    assert.doesNotMatch(slip.stderr, /xyzzy|zoom/);
    const other = loaded();
    const never = await make(other, () => ['abacus zoom unlit clay ruby slush', 'abacus', '', 'abacus']);

    fault(never, /^These are not the words that were shown/m, 1);
    assert.match(never.stderr, /the words were not typed back; nothing was stored/);
    fault(await make(other, () => null), /nothing was stored/, 1);
    assert.match(list(other).stdout, /^no keys yet/m);
});

await test('keys in use stay unless --replace is said, and then they are kept', async () => {
    const data = loaded();
    const first = rows((await made(data)).stdout);
    const again = await make(data);

    fault(again, /has keys in use; nothing was changed/, 1);
    assert.equal(again.words, '', 'no words for nothing');
    assert.deepEqual(rows(list(data).stdout), first);
    const next = await made(data, '--replace');

    assert.match(next.stderr, /opens only with the OLD passphrase/);
    const now = rows(list(data).stdout);

    assert.equal(now.length, 4);
    assert.deepEqual(now.filter(({ state }) => state === 'replaced').map(({ id }) => id), first.map(({ id }) => id));
    assert.ok(now.slice(0, 2).every(({ state, id }) => state === 'in use' && !first.some((one) => one.id === id)));
});

await test('two who make keys at once: one set, and the other is told', async () => {
    const data = loaded();
    let inner;
    const outer = await new Promise((done) => {
        const result = make(data, (words) => {
            // the second begins and ends while the first is still typing
            inner = spawnSync('sh', ['-c', `mkfifo "$1"; exec 5<>"$1"; exec "$2" keys new --data "$3" --passphrase-to 5 --passphrase-from 5`,
                'sh', place('pipe'), breakroom, data], { env, encoding: 'utf8' });
            return [words];
        });

        done(result);
    });

    assert.equal(inner.status, 0, inner.stderr);
    fault(outer, /somebody else made keys meanwhile; nothing was stored/, 1);
    assert.deepEqual(rows(list(data).stdout), rows(inner.stdout));
});

await test('which campaign, when there are two', async () => {
    const data = loaded();
    const dir = folder((at) => {
        const ini = readFileSync(join(at, 'campaign.ini'), 'utf8');

        spawnSync('sed', ['-i', `s/^host = .*/host = other.example/`, join(at, 'campaign.ini')]);
        assert.ok(ini.includes('host = '));
    });

    assert.equal(run(['load', dir, '--data', data, '--at', AT, '--yes']).status, 0);
    fault(await make(data), /the store has 2 campaigns: say which with --campaign HOST/);
    fault(await make(data, undefined, '--campaign', 'third.example'), /has no campaign “third.example”/);
    await made(data, '--campaign', 'other.example');
    assert.match(list(data, '--campaign', HOST).stdout, /^no keys yet/m);
    assert.equal(rows(list(data, '--campaign', 'other.example').stdout).length, 2);
});

await test('calls that are wrong get a sentence', async () => {
    const data = store();

    fault(await make(data), /there is no campaign in the store yet/);
    fault(run(['keys']), /“new” or “list”\?/);
    fault(run(['keys', 'old', '--data', data]), /“old” is neither “new” nor “list”/);
    fault(run(['keys', 'new']), /which store\?/);
    fault(run(['keys', 'new', '--data', data, '--passphrase-to', '1']), /go together/);
    fault(run(['keys', 'new', '--data', data, '--passphrase-to', 'x', '--passphrase-from', '0']), /not the number of a descriptor/);
    fault(run(['keys', 'new', '--data', data, '--passphrase-to', '77', '--passphrase-from', '0'], { env }), /descriptor 0|descriptor 77/);
    fault(run(['keys', 'list', '--data', data, '--replace']), /there is no option/);
    assert.equal(run(['keys', '--help']).status, 0);
    assert.match(run(['keys', 'new', '--help']).stdout, /^Usage: breakroom keys new/);
    assert.equal(run(['keys', 'list', '--help']).status, 0);
});

// ---- a person at a terminal ----

// Runs it on a terminal of its own and gives `answer` what stands there so far, until it ends: { status, screen }.
function atTerminal(args, answer, environment = env) {
    const line = [breakroom, ...args].map((arg) => `'${arg}'`).join(' ');
    const child = spawn('script', ['-qefc', `${line}; s=$?; stty -a; exit $s`, '/dev/null'], { env: environment, cwd: work });
    let screen = '';

    child.stdout.setEncoding('utf8').on('data', (text) => {
        screen += text;
        answer(screen, (keys) => child.stdin.write(keys));
    });
    return new Promise((done) => {
        child.on('close', (status) => done({ status, screen }));
    });
}

// What somebody does who writes the words down and types `back(words)`.
function person(back, enter = '\r') {
    const state = { words: '', typed: false, entered: false };

    return {
        state,
        answer(screen, type) {
            const shown = screen.match(/^ {4}([a-z]+(?: [a-z]+){5})\r?$/m);

            if (shown && !state.entered && screen.includes('Press Enter')) {
                [, state.words] = shown;
                state.entered = true;
                type(enter);
            } else if (state.entered && !state.typed && screen.includes('Type the six words')) {
                state.typed = true;
                type(back(state.words));
            }
        },
    };
}

await test('at a terminal the words stand on a screen that goes away, and typing shows nothing', async () => {
    const data = loaded();
    const p = person((words) => `mistake\x15${words.slice(0, -1)}x\x7f${words.slice(-1)}\r`);
    const { status, screen } = await atTerminal(['keys', 'new', '--data', data], p.answer);

    assert.equal(status, 0, screen);
    const shows = screen.indexOf('\x1b[?1049h');
    const hides = screen.indexOf('\x1b[?1049l');
    const at = screen.indexOf(p.state.words);

    assert.ok(shows !== -1 && shows < at && at < hides, 'on a screen of its own');
    assert.ok(screen.slice(at, hides).includes('\x1b[2J'), 'which is wiped');
    assert.equal(screen.lastIndexOf(p.state.words), at, 'never again');
    assert.ok(!screen.slice(hides).includes(p.state.words.split(' ')[0] + ' '), 'typed without an echo');
    assert.match(screen, / echo /, 'and the echo is there again');
    assert.equal(rows(list(data).stdout).length, 2);
});

await test('Ctrl-C while the words are shown, or typed, leaves nothing behind and the terminal as it was', async () => {
    const data = loaded();

    for (const p of [person(() => '\x03'), person(() => 'abacus \x03')]) {
        const { status, screen } = await atTerminal(['keys', 'new', '--data', data], p.answer);

        assert.equal(status, 1, screen);
        assert.match(screen, /nothing was stored/);
        for (const flag of ['echo', 'icanon', 'isig'])
            assert.match(screen, new RegExp(`(^|\\s)${flag}\\s`));
    }
    const now = person(() => '', '\x03');
    const { status, screen } = await atTerminal(['keys', 'new', '--data', data], now.answer);

    assert.equal(status, 1, screen);
    assert.ok(screen.includes('\x1b[?1049l'));
    assert.match(list(data).stdout, /^no keys yet/m);
});

await test('a terminal that knows no screens gets plain lines; without any there is a sentence', async () => {
    const data = loaded();
    const p = person((words) => `${words}\r`);
    const { status, screen } = await atTerminal(['keys', 'new', '--data', data], p.answer, { ...env, TERM: 'dumb' });

    assert.equal(status, 0, screen);
    assert.ok(!screen.includes('\x1b'));
    const none = spawnSync('setsid', ['-w', breakroom, 'keys', 'new', '--data', data, '--replace'], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

    fault(none, /there is no terminal to show the words on/);
});

finish();
