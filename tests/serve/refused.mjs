// SPDX-License-Identifier: AGPL-3.0-or-later
//
// What keeps a server from starting, one row each: exit 2, one sentence that names the thing and ends with a full stop,
// nothing on stdout, no process and no socket left, no password told, and the store as it was.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statSync,
    symlinkSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { AT, demo, folder, newsletter, run, work } from '../lib/program.mjs';
import { ask, children, serve, start, until } from './server.mjs';

const HOST = 'baysideeducators.example';
const LOCAL = ['--listen', '127.0.0.1:0'];
const PASSWORD = 'zanahoria-secreta';
const isRoot = process.getuid() === 0;
const url = process.env.TEST_POSTGRES;

let folders = 0;
const place = () => {
    folders += 1;
    return join(work, `data-${folders}`);
};

function data() {
    const dir = place();
    const loaded = run(['load', demo, '--data', dir, '--yes', '--at', AT]);

    assert.equal(loaded.status, 0, loaded.stderr);
    return dir;
}

const empty = () => {
    const dir = place();

    mkdirSync(dir, { mode: 0o700 });
    mkdirSync(join(dir, 'store'), { mode: 0o700 });
    return dir;
};
const store = (dir) => join(dir, 'store/store.sqlite');
const serving = (dir, ...more) => ['serve', '--data', dir, ...LOCAL, ...more];
const sql = (dir, text) => execFileSync('python3', ['-c', `import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.executescript(sys.argv[2])
c.commit()
c.close()`, store(dir), text]);
const needsRoot = () => (isRoot ? null : skip('needs root'));
const needsPostgres = () => (url ? null : skip('needs a PostgreSQL: TEST_POSTGRES'));
const damage = (change) => () => {
    const dir = data();
    const fd = openSync(store(dir), 'r+');

    change(fd, statSync(store(dir)).size);
    closeSync(fd);
    return serving(dir);
};
const ini = (text) => () => {
    const dir = data();

    writeFileSync(join(dir, 'server.ini'), text);
    return ['serve', '--data', dir];
};
// A server was here once, and left its key.
const key = (change) => async () => {
    const dir = data();

    await (await serve(serving(dir))).stop();
    change(join(dir, 'server.key'));
    return serving(dir);
};
const database = (change) => () => {
    needsPostgres();
    return serving(place(), '--db', change(url));
};
const after = [];
const mounted = (options) => {
    needsRoot();
    const dir = place();

    mkdirSync(dir);
    try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir], { stdio: 'ignore' });
    } catch {
        skip('needs root to mount a small disk');
    }
    after.push(() => execFileSync('umount', [dir]));
    return dir;
};

// what | how it comes about → arguments | what the sentence has to say
const table = [
    // ---- the data folder ----
    ['a folder above it that is not there', () => serving(join(work, 'no', 'such')), /no\/such/],
    ['a file in its place', () => {
        const file = place();

        writeFileSync(file, 'x');
        return serving(file);
    }, /data-\d+/],
    ['a link that leads nowhere', () => {
        const link = place();

        symlinkSync(join(work, 'nowhere'), link);
        return serving(link);
    }, /data-\d+/],
    ['a link to another user\'s folder', () => {
        needsRoot();
        const dir = data();
        const link = place();

        chownSync(dir, 12345, 12345);
        symlinkSync(dir, link);
        return serving(link);
    }, /another user/],
    ['another user\'s folder', () => {
        needsRoot();
        const dir = data();

        chownSync(dir, 12345, 12345);
        return serving(dir);
    }, /another user/],
    ['a folder that the world may write', () => {
        const dir = data();

        chmodSync(dir, 0o777);
        return serving(dir);
    }, /Other users may write .*chmod 700/],
    ['a folder that a group may write', () => {
        const dir = data();

        chmodSync(dir, 0o770);
        return serving(dir);
    }, /Other users may write .*chmod 700/],
    ['a folder that cannot be written', () => {
        if (!isRoot) {
            const dir = data();

            chmodSync(dir, 0o500);
            after.push(() => chmodSync(dir, 0o700));
            return serving(dir);
        }
        const dir = mounted('mode=700');

        execFileSync('mount', ['-o', 'remount,ro', dir], { stdio: 'ignore' });
        return serving(dir);
    }, /[Rr]ead-only|[Pp]ermission/],
    ['another server on it', async () => {
        const dir = data();
        const first = await serve(serving(dir));

        after.push(async () => {
            assert.equal((await ask(first, '/', { host: HOST })).status, 200, 'the first was disturbed');
            assert.equal(run(['status', '--data', dir]).status, 0, 'the first lost its control socket');
            assert.equal(await first.stop(), 0);
        });
        return serving(dir);
    }, /Another Breakroom \(process \d+\) works in/],
    ['a name in it with a line\'s end', () => {
        const dir = `${place()}\nlisten`;

        mkdirSync(dir, { mode: 0o700 });
        return serving(dir);
    }, /line’s end/],
    // ---- the store ----
    ['a store of a newer version', () => {
        const dir = data();

        sql(dir, "INSERT INTO schema_version SELECT 1000 + max(number), 'later', 'x', 0 FROM schema_version");
        return serving(dir);
    }, /newer Breakroom/],
    ['a store with another text of a migration', () => {
        const dir = data();

        sql(dir, "UPDATE schema_version SET hash = 'x' WHERE number = 1");
        return serving(dir);
    }, /another text of migration 1/],
    ['a store that is another program\'s', () => {
        const dir = empty();

        sql(dir, 'CREATE TABLE song (title TEXT)');
        chmodSync(store(dir), 0o600);
        return serving(dir);
    }, /another program made it/],
    ['a store that is no database', () => {
        const dir = empty();

        writeFileSync(store(dir), 'this is no database, whatever its name says '.repeat(50));
        return serving(dir);
    }, /no SQLite database/],
    ['a store that is cut off', damage((fd, size) => ftruncateSync(fd, Math.floor(size / 3))), /store/],
    ['a store of half a page', damage((fd) => ftruncateSync(fd, 700)), /store/],
    ['a store whose first page is noise', damage((fd) => writeSync(fd, Buffer.alloc(4000, 0xa5), 0, 4000, 96)), /store/],
    ['a store whose every page but the first is noise', damage((fd, size) => writeSync(fd, Buffer.alloc(size - 4096, 0xa5), 0, size - 4096, 4096)), /store/],
    ['a store that is a link', () => {
        const dir = data();
        const elsewhere = empty();

        symlinkSync(store(dir), store(elsewhere));
        return serving(elsewhere);
    }, /not a plain file/],
    ['a store that is a folder', () => {
        const dir = empty();

        mkdirSync(store(dir));
        return serving(dir);
    }, /not a plain file/],
    ['a store where it was once', () => {
        const dir = data();

        renameSync(store(dir), join(dir, 'store.sqlite'));
        return serving(dir);
    }, /now in a folder of its own\. Move it there: mkdir/],
    ['a folder for the store that is a link', () => {
        const dir = empty();

        rmSync(join(dir, 'store'), { recursive: true });
        symlinkSync('/tmp', join(dir, 'store'));
        return serving(dir);
    }, /store is not a folder/],
    ['a lock that is a link', () => {
        const dir = empty();

        symlinkSync('/etc/hostname', join(dir, 'lock'));
        return serving(dir);
    }, /lock is not a plain file/],
    ['a store of another user', () => {
        needsRoot();
        const dir = data();

        chownSync(store(dir), 12345, 12345);
        return serving(dir);
    }, /another user/],
    ['no space', () => {
        const dir = mounted('size=64k,mode=700');

        writeFileSync(join(dir, 'filler'), Buffer.alloc(52 * 1024));
        return serving(dir);
    }, /full|space/],
    // ---- the server's key ----
    ['a key that is damaged', key((file) => writeFileSync(file, readFileSync(file, 'utf8').replace(/[0-9a-f]\n/, 'x\n'))), /server\.key is damaged/],
    ['a key that is empty', key((file) => writeFileSync(file, '')), /server\.key is damaged/],
    ['a key that is half there', key((file) => truncateSync(file, 40)), /server\.key is damaged/],
    ['a key with a line more', key((file) => appendFileSync(file, '\n')), /server\.key is damaged/],
    ['a key that a group may read', key((file) => chmodSync(file, 0o640)), /server\.key can be read or changed by other users: .*chmod 600/],
    ['a key that everybody may write', key((file) => chmodSync(file, 0o602)), /server\.key can be read or changed/],
    ['a key of another user', key((file) => {
        needsRoot();
        chownSync(file, 12345, 12345);
    }), /server\.key belongs to another user/],
    ['a key that is a link', key((file) => {
        renameSync(file, `${file}-elsewhere`);
        symlinkSync(`${file}-elsewhere`, file);
    }), /server\.key is a link/],
    ['a key that is a link to nothing', key((file) => {
        rmSync(file);
        symlinkSync(join(work, 'nowhere'), file);
    }), /server\.key is a link/],
    ['a key that is a folder', key((file) => {
        rmSync(file);
        mkdirSync(file, { mode: 0o700 });
    }), /server\.key is not a file/],
    ['server.ini: server_key, not there', ini(`server_key = ${join(work, 'none.key')}\n`), /none\.key is not there, and server\.ini names it/],
    ['server.ini: server_key, open to others', () => {
        const file = join(work, 'open.key');

        writeFileSync(file, `breakroom server key 1 ${'0'.repeat(64)}\n`);
        chmodSync(file, 0o644);
        return ini(`server_key = ${file}\n`)();
    }, /open\.key can be read or changed/],
    ['server.ini: server_key, another thing', ini('server_key = /etc/hostname\n'), /etc\/hostname can be read/],
    ['server.ini: server_key, not whole', ini('server_key = server.key\n'), /line 1: “server_key” wants a file by its whole path/],
    // ---- where to listen ----
    ['a port in use', async () => {
        const taken = createServer();

        await new Promise((done) => { taken.listen(0, '127.0.0.1', done); });
        after.push(() => taken.close());
        return ['serve', '--data', data(), '--listen', `127.0.0.1:${taken.address().port}`];
    }, /port \d+ is in use/],
    ['an address that is none of this machine\'s', () => ['serve', '--data', data(), '--listen', '192.0.2.1:0'], /192\.0\.2\.1:0/],
    ['a name in place of an address', () => ['serve', '--data', data(), '--listen', 'localhost:0'], /localhost:0/],
    ['a port that is none', () => ['serve', '--data', data(), '--listen', '127.0.0.1:70000'], /70000/],
    ['five addresses', () => ['serve', '--data', data(), ...Array(5).fill(LOCAL).flat()], /four times/],
    // ---- server.ini ----
    ['server.ini: an unknown name', ini('lisen = 127.0.0.1:0\n'), /server\.ini: line 1: .*did you mean “listen”/],
    ['server.ini: listen', ini('\nlisten = everywhere\n'), /line 2: “listen” wants .*127\.0\.0\.1:8080/],
    ['server.ini: listen, a port too large', ini('listen = 127.0.0.1:65536\n'), /line 1: “listen”/],
    ['server.ini: listen, five times', ini('listen = 127.0.0.1:0\n'.repeat(5)), /line 5: “listen”/],
    ['server.ini: db', ini(`db = mysql://me:${PASSWORD}@h/x\n`), /line 1: “db” wants .*postgres:/],
    ['server.ini: proxy', ini('proxy = nginx\n'), /line 1: “proxy” wants/],
    ['server.ini: scheme', ini('scheme = gopher\n'), /line 1: “scheme” wants http or https/],
    ['server.ini: landlock', ini('landlock = maybe\n'), /line 1: “landlock” wants yes or no/],
    ['server.ini: page_memory', ini('page_memory = much\n'), /line 1: “page_memory” wants a number/],
    ['server.ini: page_memory beyond machines', ini('page_memory = 99999999999999999999\n'), /line 1: “page_memory”/],
    ['server.ini: smart_host', ini('smart_host = mail example\n'), /line 1: “smart_host” wants/],
    ['server.ini: smart_host, a port too large', ini('smart_host = mail.example:99999\n'), /line 1: “smart_host” wants/],
    ['server.ini: smtp_tls', ini('smtp_tls = maybe\n'), /line 1: “smtp_tls” wants starttls, tls or none/],
    ['server.ini: smtp_connections', ini('smtp_connections = 0\n'), /line 1: “smtp_connections” wants/],
    ['server.ini: hello_name', ini('hello_name = a b\n'), /line 1: “hello_name” wants/],
    ['server.ini: a user without a password', ini('smart_host = mail.example\nsmtp_user = news\n'), /“smtp_user” wants “smtp_password_file”/],
    ['server.ini: a password without a user', ini('smart_host = mail.example\nsmtp_password_file = pw\n'), /“smtp_password_file” wants “smtp_user”/],
    ['server.ini: said twice', ini('landlock = yes\nlandlock = no\n'), /line 2: .*once/],
    ['server.ini: a section', ini('[server]\nlandlock = no\n'), /line 2: .*without sections/],
    ['server.ini: no line of ours', ini('listen 127.0.0.1:0\n'), /line 1/],
    ['server.ini: not UTF-8', ini(Buffer.from('proxy = \xff\xfe\n', 'latin1')), /line 1/],
    ['server.ini: NUL', ini('proxy = 127.0.0.1\0\n'), /line 1/],
    ['server.ini: too large', ini(`; ${'x'.repeat(70_000)}\n`), /server\.ini: too large/],
    ['server.ini: a folder', () => {
        const dir = data();

        mkdirSync(join(dir, 'server.ini'));
        return serving(dir);
    }, /server\.ini/],
    ['--config: not there', () => serving(data(), '--config', join(work, 'none.ini')), /none\.ini is not there/],
    // ---- what to serve ----
    ['a preview of a campaign that is not there', () => serving(data(), '--preview', 'other.example'), /other\.example/],
    ['a preview for the world', () => ['serve', '--data', data(), '--listen', '0.0.0.0:0', '--preview', HOST], /this machine alone/],
    // ---- PostgreSQL ----
    ['no address of a database', () => serving(place(), '--db', `postgres://me:${PASSWORD}@h:port/x y`), /port|address of the database/],
    ['a database of another kind', () => serving(place(), '--db', `mysql://me:${PASSWORD}@h/x`), /postgres:\/\//],
    ['a host without a database', () => serving(place(), '--db', `postgres://me:${PASSWORD}@127.0.0.1:1/x`), /cannot be reached/],
    ['a socket\'s folder without one', () => serving(place(), '--db', `postgres://me:${PASSWORD}@/x?host=${work}`), /cannot be reached/],
    ['a database that is not there', database((u) => u.replace('/postgres?', '/none-such?')), /none-such.*does not exist/],
    ['a user that is not there', database((u) => u.replace('postgres@', `nobody-such:${PASSWORD}@`)), /nobody-such/],
    ['a password that is wrong', () => {
        needsPostgres();
        const hba = join(process.env.TEST_POSTGRES_DIR, 'data/pg_hba.conf');
        const rules = readFileSync(hba, 'utf8');
        const reload = () => execFileSync('python3', ['-c', 'import os, signal, sys; os.kill(int(open(sys.argv[1]).readline()), signal.SIGHUP)',
            join(process.env.TEST_POSTGRES_DIR, 'data/postmaster.pid')]);

        writeFileSync(hba, `local all locked scram-sha-256\n${rules}`);
        reload();
        after.push(() => {
            writeFileSync(hba, rules);
            reload();
        });
        return serving(place(), '--db', url.replace('postgres@', `locked:${PASSWORD}@`));
    }, /password authentication failed|cannot be reached/],
    ['a certificate of a database that is not there', database((u) => `${u}&sslmode=verify-full&sslrootcert=${work}/none.pem&hostaddr=127.0.0.1&port=1`), /cannot be reached/],
];

for (const [what, prepare, hint] of table) {
    await test(`${what}: one sentence, 2`, async () => {
        try {
            const args = await prepare();
            const dir = args[args.indexOf('--data') + 1];
            const before = existsSync(store(dir)) && statSync(store(dir)).isFile() ? readFileSync(store(dir)) : null;
            const server = await start(args);

            if (server.port)
                await server.stop();
            assert.ok(!server.port, `it started: ${server.stdout}`);
            assert.equal(server.status, 2, server.stderr);
            assert.equal(server.stdout, '');
            const said = server.stderr.trimEnd().split('\n').filter((line) => line.startsWith('breakroom: '));

            assert.equal(said.length, 1, server.stderr);
            assert.match(said[0], hint);
            assert.match(said[0], /[^.][.?]$/);
            assert.doesNotMatch(said[0], /\.\.$/);
            assert.ok(!server.stderr.includes(PASSWORD), 'it told the password');
            assert.deepEqual(children(server.pid), []);
            if (existsSync(dir) && statSync(dir).isDirectory())
                assert.deepEqual(readdirSync(dir).filter((name) => /^control\.\d/.test(name)), []);
            if (before)
                assert.ok(Buffer.compare(readFileSync(store(dir)), before) === 0, 'the store was changed');
        } finally {
            for (const undo of after.splice(0).reverse())
                await undo();
        }
    });
}

await test('the server\'s key: made once, for its owner alone, and kept', async () => {
    const dir = data();
    const file = join(dir, 'server.key');

    assert.ok(!existsSync(file), 'a load needs none');
    writeFileSync(`${file}.new`, 'a start that died in the middle');
    const first = await serve(serving(dir));
    const bytes = readFileSync(file, 'utf8');

    assert.match(bytes, /^breakroom server key 1 [0-9a-f]{64}\n$/);
    assert.equal(statSync(file).mode & 0o7777, 0o600);
    assert.ok(!existsSync(`${file}.new`));
    assert.match(first.stderr, /core\.server_key_made/);
    assert.equal(await first.stop(), 0);
    const second = await serve(serving(dir));

    assert.equal(readFileSync(file, 'utf8'), bytes);
    assert.doesNotMatch(second.stderr, /core\.server_key_made/);
    second.kill('SIGKILL');
    await second.ended;
    const other = data();

    await (await serve(serving(other))).stop();
    assert.notEqual(readFileSync(join(other, 'server.key'), 'utf8'), bytes);
    // Where server.ini names a file, the copies share it; it may be a link, and nothing is made.
    const shared = data();

    symlinkSync(file, join(work, 'shared.key'));
    writeFileSync(join(shared, 'server.ini'), `server_key = ${join(work, 'shared.key')}\n`);
    assert.equal(await (await serve(serving(shared))).stop(), 0);
    assert.ok(!existsSync(join(shared, 'server.key')));
    assert.equal(readFileSync(file, 'utf8'), bytes);
});

await test('a link to a good folder is a good folder', async () => {
    const link = place();

    symlinkSync(data(), link);
    const server = await serve(serving(link));

    assert.equal((await ask(server, '/', { host: HOST })).status, 200);
    assert.equal(run(['status', '--data', link]).status, 0);
    assert.equal(await server.stop(), 0);
});

await test('what was in the way is gone: it starts', async () => {
    const dir = data();

    chmodSync(dir, 0o777);
    assert.ok(!(await start(serving(dir))).port);
    chmodSync(dir, 0o700);
    writeFileSync(join(dir, 'server.ini'), 'landlock = perhaps\n');
    assert.ok(!(await start(serving(dir))).port);
    rmSync(join(dir, 'server.ini'));
    const server = await serve(serving(dir));

    await until('a page', async () => (await ask(server, '/', { host: HOST })).status === 200);
    assert.equal(await server.stop(), 0);
});

await test('a folder with an error is a matter of its own: 1', async () => {
    const bad = folder((dir) => newsletter(dir, '2026-05-05-bad', 'See [the answer](faq:no-such-answer).'));
    const server = await start(['demo', bad, ...LOCAL]);

    assert.equal(server.status, 1, server.stderr);
});

finish();
