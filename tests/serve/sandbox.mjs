// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What each role may and may not do, tried one thing at a time in a process of its own: a forbidden call must kill
// (SIGSYS), a forbidden file must be refused. And the processes of a real server are in such a sandbox.

import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { demo, root, work } from '../lib/program.mjs';
import { corePid, mailerPid, serve } from './server.mjs';

const program = join(resolve(root, process.env.BUILD ?? 'build'), 'tests/serve/sandbox_try');
const COULD = 'could';
const KILLED = 'killed';
const REFUSED = 'refused';

const wanted = {
    core: {
        [KILLED]: ['exec', 'fork', 'socket', 'connect', 'listen', 'ptrace', 'mount', 'kill', 'setuid', 'code', 'make-code',
            'mkdir', 'device', 'bpf', 'io-uring'],
        [REFUSED]: ['read-outside', 'write-outside', 'change-outside', 'move-out', 'write', 'remove', 'read-dkim',
            'remove-dkim', 'read-password', 'write-journal', 'write-mailer-key'],
        [COULD]: ['accept', 'thread', 'write-store', 'remove-store', 'read-store', 'read-journal', 'read-zone', 'lock-memory'],
    },
    'core-db': {
        [KILLED]: ['exec', 'fork', 'listen', 'ptrace', 'mount', 'kill', 'setuid', 'mkdir', 'device', 'bpf', 'io-uring'],
        [REFUSED]: ['write-outside', 'change-outside', 'move-out', 'write', 'remove', 'read-dkim', 'remove-dkim',
            'read-password', 'write-journal'],
        [COULD]: ['accept', 'socket', 'connect', 'thread', 'write-store', 'remove-store', 'read-store', 'read-journal', 'read-zone'],
    },
    mailer: {
        [KILLED]: ['exec', 'fork', 'listen', 'accept', 'ptrace', 'mount', 'kill', 'setuid', 'code', 'make-code', 'mkdir',
            'device', 'bpf', 'io-uring', 'write', 'write-store', 'write-outside', 'change-outside', 'write-journal', 'remove',
            'remove-dkim', 'move-out', 'bind', 'socket-unix'],
        [REFUSED]: ['read-store', 'read-journal', 'read-password', 'read-zone'],
        [COULD]: ['socket', 'connect', 'thread', 'read-dkim', 'read-system', 'lock-memory'],
    },
    helper: {
        [KILLED]: ['exec', 'fork', 'thread', 'socket', 'connect', 'listen', 'accept', 'ptrace', 'mount', 'kill', 'setuid',
            'code', 'make-code', 'mkdir', 'device', 'bpf', 'io-uring', 'read-outside', 'write-outside', 'change-outside',
            'move-out', 'write', 'remove', 'read-zone', 'read-other', 'write-other'],
        [REFUSED]: [],
        [COULD]: ['memory'],
    },
    parent: {
        [KILLED]: ['listen', 'ptrace', 'mount', 'setuid', 'device', 'bpf', 'io-uring'],
        [REFUSED]: ['write-outside', 'change-outside', 'mkdir', 'move-out', 'be-read'],
        [COULD]: ['fork', 'fork-and-exec', 'kill', 'read-outside', 'write', 'remove', 'connect'], // the mailer connects
    },
};

function tried(role, thing) {
    const dir = join(work, `${role}-${thing}`);

    mkdirSync(dir);
    for (const folder of ['store', 'dkim', 'dkim/news.example'])
        mkdirSync(join(dir, folder));
    for (const file of ['to-move', 'to-remove', 'mailer.journal', 'mailer.public', 'smtp.password', 'store/to-read', 'dkim/news.example/br1.pem'])
        writeFileSync(join(dir, file), 'x');
    writeFileSync(`${dir}.there`, 'x');
    const done = spawnSync(program, [role, thing, dir], { encoding: 'utf8' });

    if (done.status === 99)
        throw new Error(`the sandbox was not entered: ${done.stderr}`);
    return { could: done.status === 0, refused: done.status === 100, killed: done.signal === 'SIGSYS', done };
}

for (const [role, ends] of Object.entries(wanted)) {
    for (const [end, things] of Object.entries(ends)) {
        for (const thing of things) {
            await test(`${role}: ${thing} is ${end === COULD ? 'allowed' : end}`, () => {
                if (!existsSync(program))
                    skip('sandbox_try is not built');
                const how = tried(role, thing);

                assert.ok(how[end], `status ${how.done.status}, signal ${how.done.signal}`);
            });
        }
    }
}

await test('the processes of a server are in theirs', async () => {
    const server = await serve(['demo', demo, '--listen', '127.0.0.1:0']);
    const look = (pid) => readFileSync(`/proc/${pid}/status`, 'utf8');

    try {
        for (const pid of [server.pid, corePid(server), mailerPid(server)]) {
            assert.match(look(pid), /^NoNewPrivs:\t1$/m);
            assert.match(look(pid), /^Seccomp:\t2$/m);
        }
        for (const pid of [corePid(server), mailerPid(server)]) {
            assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max core file size +0 +0/m);
            const [, soft, hard] = readFileSync(`/proc/${pid}/limits`, 'utf8').match(/^Max locked memory +(\d+) +(\d+)/m);

            assert.ok(Number(soft) === Number(hard) && Number(hard) <= 64 * 1024 * 1024, `${soft} ${hard}`);
        }
    } finally {
        await server.stop();
    }
});

// Each says hello once it is closed in, and has not read a byte by then.
for (const [name, args] of [['breakroom-paper', []], ['breakroom-ocr', ['eng']]]) {
    await test(`${name} is in its sandbox before it reads anything`, async () => {
        const child = spawn(join(resolve(root, process.env.BUILD ?? 'build'), name), args, { stdio: ['pipe', 'pipe', 'ignore'] });
        const ended = once(child, 'exit');

        await once(child.stdout, 'data');
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
        const limits = readFileSync(`/proc/${child.pid}/limits`, 'utf8');

        assert.match(status, /^NoNewPrivs:\t1$/m);
        assert.match(status, /^Seccomp:\t2$/m);
        assert.match(limits, /^Max open files +0 +0/m);
        assert.match(limits, /^Max core file size +0 +0/m);
        assert.match(limits, /^Max data size +805306368 +805306368/m);
        assert.deepEqual(readdirSync(`/proc/${child.pid}/fd`).sort(), ['0', '1', '2']);
        child.stdin.end('GET / HTTP/1.1\r\n\r\n');
        assert.equal((await ended)[0], 3);
    });
}

finish();
