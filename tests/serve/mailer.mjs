// SPDX-License-Identifier: AGPL-3.0-or-later
//
// The two processes beside the parent: each dies alone and comes back, both find each other again, `status` tells of
// both, and what one is told the other never hears. BUILD names the build.

import { strict as assert } from 'node:assert';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { AT, demo, run, work } from '../lib/program.mjs';
import { ask, children, corePid, mailerPid, serve, start, until } from './server.mjs';

const HOST = 'baysideeducators.example';
const LOCAL = ['--listen', '127.0.0.1:0'];
const PASSWORD = 'zanahoria-secreta-del-correo';

const built = join(work, 'built');

assert.equal(run(['load', demo, '--data', built, '--yes', '--at', AT]).status, 0);
let folders = 0;
const data = (ini = '') => {
    folders += 1;
    const d = join(work, `data-${folders}`);

    assert.equal(spawnSync('cp', ['-a', built, d]).status, 0);
    writeFileSync(join(d, 'server.ini'), ini);
    return d;
};
const status = (d) => run(['status', '--data', d]).stdout;
const together = (d) => until('both together', () => /^mailer: process \d+ since .* times$/m.test(status(d)));
const withServer = async (d, body) => {
    const server = await serve(['serve', '--data', d, ...LOCAL]);

    try {
        await together(d);
        await body(server);
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
};

await test('there are two, and status tells of both', async () => {
    const d = data();

    await withServer(d, async (server) => {
        assert.equal(children(server.pid).length, 2);
        const said = status(d);

        assert.equal(Number(said.match(/^core: process (\d+)/m)[1]), corePid(server));
        assert.equal(Number(said.match(/^mailer: process (\d+) since \d{4}-.*, started again 0 times$/m)[1]), mailerPid(server));
        assert.match(said, /^smart host: none in server\.ini, no mail goes out$/m);
        assert.equal(statSync(join(d, 'mailer.journal')).mode & 0o777, 0o600);
        assert.equal(statSync(join(d, 'dkim')).mode & 0o777, 0o700);
        assert.equal(statSync(join(d, 'store')).mode & 0o777, 0o700);
    });
});

await test('a smart host that is named is said to be idle', async () => {
    const d = data('smart_host = 127.0.0.1:9\n');

    await withServer(d, () => { assert.match(status(d), /^smart host: idle$/m); });
});

await test('the mailer killed: core goes on, another comes, and they find each other', async () => {
    const d = data();

    await withServer(d, async (server) => {
        const core = corePid(server);

        for (let round = 1; round <= 3; round++) {
            const mailer = mailerPid(server);

            process.kill(mailer, 'SIGKILL');
            assert.equal((await ask(server, '/', { host: HOST })).status, 200);
            await until('another', () => new RegExp(`^mailer: process (?!${mailer} )\\d+ since .*, started again ${round} times$`, 'm').test(status(d)));
            assert.equal(corePid(server), core);
        }
        assert.match(server.stderr, /parent\.mailer_killed fault=ours signal=9 again_ms=0/);
        assert.doesNotMatch(server.stderr, /parent\.core_/);
    });
});

await test('core killed: the mailer stays what it is, and meets the next core', async () => {
    const d = data();

    await withServer(d, async (server) => {
        const mailer = mailerPid(server);

        for (let round = 1; round <= 3; round++) {
            const core = corePid(server);

            process.kill(core, 'SIGKILL');
            assert.equal((await ask(server, '/', { host: HOST })).status, 200);
            assert.notEqual(corePid(server), core);
            await together(d);
            assert.equal(mailerPid(server), mailer);
            assert.match(status(d), new RegExp(`^mailer: process ${mailer} since .*, started again 0 times$`, 'm'));
        }
        assert.doesNotMatch(server.stderr, /parent\.mailer_/);
    });
});

await test('both killed at once, again and again: both come back', async () => {
    const d = data();

    await withServer(d, async (server) => {
        for (let round = 0; round < 4; round++) {
            const [core, mailer] = [corePid(server), mailerPid(server)];

            process.kill(core, 'SIGKILL');
            process.kill(mailer, 'SIGKILL');
            assert.equal((await ask(server, '/', { host: HOST })).status, 200);
            await until('both', () => ![undefined, core].includes(corePid(server)) && ![undefined, mailer].includes(mailerPid(server)));
            await together(d);
        }
    });
});

await test('a stop: core first, then the mailer, which can still tell it', async () => {
    const server = await serve(['serve', '--data', data(), ...LOCAL]);

    assert.equal(await server.stop(), 0);
    assert.match(server.stderr, /core\.stopped[^]*mailer\.stopped/);
});

await test('the parent killed: both end', async () => {
    const d = data();
    const server = await serve(['serve', '--data', d, ...LOCAL]);
    const pids = children(server.pid);
    const isOver = (pid) => !existsSync(`/proc/${pid}`) || /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

    assert.equal(pids.length, 2);
    server.kill('SIGKILL');
    await until('the end of both', () => pids.every(isOver));
    await withServer(d, () => {});
});

await test('a journal that another mailer still has: the server waits for it, and pages do not', async () => {
    const d = data();
    const journal = join(d, 'mailer.journal');

    writeFileSync(journal, '', { mode: 0o600 });
    const other = spawn('flock', [journal, 'sleep', '600'], { stdio: 'ignore' });
    const child = start(['serve', '--data', d, ...LOCAL]);
    let isReady = false;

    child.then(() => { isReady = true; });
    await until('core', () => /^core: process/m.test(status(d)));
    assert.ok(!isReady);
    assert.match(status(d), /^mailer: not there yet$/m);
    spawnSync('pkill', ['-P', String(other.pid)]);
    other.kill();
    const server = await child;

    await together(d);
    assert.equal(await server.stop(), 0);
});

// ---- what each is told ----

const bytesOf = (pid) => {
    const mem = openSync(`/proc/${pid}/mem`, 'r');
    const pieces = [];

    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
        const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];

        if (from === undefined)
            continue;
        const bytes = Buffer.alloc(parseInt(to, 16) - parseInt(from, 16));

        try {
            readSync(mem, bytes, 0, bytes.length, parseInt(from, 16));
            pieces.push(bytes);
        } catch {
            // a guard page
        }
    }
    closeSync(mem);
    return Buffer.concat(pieces);
};

await test('the password is the mailer’s alone: no command line, no environment, no memory of core or parent has it', async () => {
    const d = data('smart_host = mail.example.org\nsmtp_user = news-user-name\nsmtp_password_file = smtp.password\n');

    writeFileSync(join(d, 'smtp.password'), `${PASSWORD}\n`, { mode: 0o600 });
    await withServer(d, (server) => {
        for (const pid of [server.pid, corePid(server), mailerPid(server)])
            assert.doesNotMatch(readFileSync(`/proc/${pid}/cmdline`, 'latin1') + readFileSync(`/proc/${pid}/environ`, 'latin1'), /zanahoria|news-user/);
        let memory;

        try {
            memory = bytesOf(corePid(server));
        } catch (error) {
            skip(`its memory cannot be read here: ${error.code}`);
        }
        const encoded = Buffer.from(PASSWORD).toString('base64'); // as it goes over the wire

        assert.ok(!memory.includes(PASSWORD) && !memory.includes(encoded) && !memory.includes('news-user-name'));
        assert.ok(!bytesOf(server.pid).includes(PASSWORD) && !bytesOf(server.pid).includes(encoded));
        assert.ok(bytesOf(mailerPid(server)).includes(encoded), 'this way nothing is found');
    });
});

for (const [what, prepare, said] of [
    ['is not there', () => {}, /smtp_password_file: .*smtp\.password: No such file/],
    ['may be read by others', (path) => { writeFileSync(path, PASSWORD); chmodSync(path, 0o644); }, /others may not read: chmod 600/],
    ['is empty', (path) => writeFileSync(path, '\n', { mode: 0o600 }), /holds no password/],
    ['is a folder', (path) => mkdirSync(path), /smtp_password_file: /],
]) {
    await test(`a password file that ${what} keeps the server from starting`, async () => {
        const d = data('smart_host = mail.example.org\nsmtp_user = news\nsmtp_password_file = smtp.password\n');

        prepare(join(d, 'smtp.password'));
        const ended = await start(['serve', '--data', d, ...LOCAL]);

        assert.equal(ended.status, 2, ended.stderr);
        assert.match(ended.stderr, said);
        assert.equal(ended.stdout, '');
        assert.doesNotMatch(ended.stderr, /zanahoria/);
        assert.ok(!existsSync(join(d, 'control')));
    });
}

await test('with a database elsewhere, core reads /etc: a password there would be core’s too', async () => {
    const d = data('db = postgres://nobody@127.0.0.1:9/none\nsmart_host = mail.example.org\nsmtp_user = news\nsmtp_password_file = /etc/hostname\n');
    const ended = await start(['serve', '--data', d, ...LOCAL]);

    assert.equal(ended.status, 2, ended.stderr);
    assert.match(ended.stderr, /^breakroom: smtp_password_file: core could read .*\.$/m);
});

await test('a smart host elsewhere, without TLS, is given no password', async () => {
    const d = data('smart_host = mail.example.org\nsmtp_tls = none\nsmtp_user = news\nsmtp_password_file = smtp.password\n');

    writeFileSync(join(d, 'smtp.password'), PASSWORD, { mode: 0o600 });
    const ended = await start(['serve', '--data', d, ...LOCAL]);

    assert.equal(ended.status, 2, ended.stderr);
    assert.match(ended.stderr, /^breakroom: the smart host: .*\.$/m);
});

await test('a certificate file that is none', async () => {
    const d = data('smart_host = mail.example.org\nsmtp_ca = ca.pem\n');

    writeFileSync(join(d, 'ca.pem'), 'no certificate');
    const ended = await start(['serve', '--data', d, ...LOCAL]);

    assert.equal(ended.status, 2, ended.stderr);
    assert.match(ended.stderr, /^breakroom: the smart host: .*\.$/m);
});

await test('what keeps only the next mailer from starting is said, the pages go on, and it comes when that is mended', async () => {
    const d = data('smart_host = mail.example.org\nsmtp_user = news\nsmtp_password_file = smtp.password\n');
    const file = join(d, 'smtp.password');

    writeFileSync(file, PASSWORD, { mode: 0o600 });
    await withServer(d, async (server) => {
        renameSync(file, `${file}.away`);
        process.kill(mailerPid(server), 'SIGKILL');
        await until('a word about it', () => /breakroom: smtp_password_file: .*No such file/.test(server.stderr));
        await until('what status says', () => /^mailer: .*NOT CONNECTED$/m.test(status(d)));
        assert.equal((await ask(server, '/', { host: HOST })).status, 200);
        renameSync(`${file}.away`, file);
        await together(d);
    });
});

finish();
