// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The mailing that the readme promises, with few people: what `./run mail` starts when it has built. It adds up; when a
// letter is refused it does not, and says so; and it leaves nothing behind, however it ends.

import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root, work } from '../lib/program.mjs';
import { finish, test } from '../lib/tap.mjs';
import { until } from '../serve/server.mjs';

const PEOPLE = 300;
const build = resolve(root, process.env.BUILD ?? 'build');
const tmp = join(work, 'tmp');

mkdirSync(tmp);
function demo(people, sink = '', onText = () => {}) {
    const child = spawn(join(root, 'tests/mail/demo.sh'), [build, String(people)], {
        cwd: work, env: { ...process.env, TMPDIR: tmp, SINK_OPTIONS: sink }, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    });
    const said = { stdout: '', stderr: '' };

    for (const name of ['stdout', 'stderr'])
        child[name].setEncoding('utf8').on('data', (text) => { said[name] += text; onText(child, said); });
    return new Promise((done) => { child.on('close', (status) => done({ ...said, status })); });
}
// What of it is still there: its folder, and whoever was started with that in its arguments.
const left = () => [...readdirSync(tmp), ...readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(tmp);
    } catch {
        return false;
    }
})];

await test(`${PEOPLE} people: the report, and that it adds up`, async () => {
    const { status, stdout, stderr } = await demo(PEOPLE);

    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^done: 300 of 300 sent$/m);
    assert.match(stdout, /^ +300 +300 +0 +0 +0 +0 +all$/m);
    assert.match(stdout, /^It adds up: 300 people asked, 300 letters were reported sent, and the mail server has one for each of them\.$/m);
    assert.deepEqual(left(), []);
});

await test('a letter that is refused: it does not add up, and says so', async () => {
    const rules = join(work, 'rules');

    writeFileSync(rules, 'dot #3 554 5.7.1 no\n');
    const { status, stdout, stderr } = await demo(20, `--rules ${rules}`);

    assert.equal(status, 1, stdout + stderr);
    assert.match(stdout, /^It does not add up: 20 people asked, 19 letters were reported sent, and the mail server has 19, for 19 people/m);
    assert.deepEqual(left(), []);
});

await test('broken off, nothing of it stays', async () => {
    const { status } = await demo(2000, '', (child, said) => {
        if (said.stdout.includes('goes out'))
            process.kill(-child.pid, 'SIGINT');
    });

    assert.notEqual(status, 0);
    await until('its end', () => left().length === 0);
});

finish();
