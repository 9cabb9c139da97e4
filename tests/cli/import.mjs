// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `breakroom import` as a person and as a script use it: what will happen is shown first, nothing is stored before the
// number of people is typed, all or nothing, and no address is in any byte of store, log, screen or socket. With LIVE=1 a
// server runs on every data folder; with TEST_POSTGRES the last tests run on PostgreSQL too.

import { strict as assert } from 'node:assert';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { finish, skip } from '../lib/tap.mjs';
import { AT, breakroom, demo, folder, run as runPlain, work } from '../lib/program.mjs';
import { makeKeys } from '../serve/subscribers.mjs';
import { LIVE, env, place, store, test } from './live.mjs';

const HOST = 'baysideeducators.example';
const SOURCE = 'sign-in sheet, meeting of April 24';
const run = (args, options = {}) => runPlain(args, { ...options, env: { ASAN_OPTIONS: 'detect_leaks=0:exitcode=99' } });
const server = process.env.BREAKROOM_TEST_PG ?? process.env.TEST_POSTGRES;
const ifLive = (what, body) => (LIVE ? test(what, body) : undefined);
const unlessLive = (what, body) => (LIVE ? undefined : test(what, body));

const load = (data, dir = demo, ...more) => {
    const result = run(['load', dir, '--data', data, '--at', AT, '--yes', ...more]);

    assert.equal(result.status, 0, result.stderr);
};
// A store with the demo campaign and its keys.
const ready = async (...more) => {
    const data = store(...more);

    load(data, demo, ...more);
    await makeKeys(data, ...more);
    return data;
};
const csv = (text, name = 'list.csv') => {
    const dir = place('file');
    const file = join(dir, name);

    mkdirSync(dir);
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    return file;
};
const bring = (data, file, ...more) => run(['import', file, '--data', data, '--audience', 'educators', '--source', SOURCE, ...more]);
const list = (data, ...more) => run(['import', '--list', '--data', data, ...more]).stdout;
const imports = (data, ...more) => [...list(data, ...more).matchAll(/^ +(\d+) {2}(\S+Z) +(\d+) (?:people|person) {2}(.*?)(?: {2}\(undone (\S+)\))?$/gm)]
    .map(([, no, , people, source, undone]) => ({ no: Number(no), people: Number(people), source, undone: Boolean(undone) }));
const refused = (result, hint, status = 1) => {
    assert.equal(result.status, status, result.stdout + result.stderr);
    assert.match(result.stderr, hint);
};
const brought = (result, people) => {
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout, new RegExp(`^import \\d+: ${people} (people|person)$`, 'm'));
};

const three = 'email,workplace,language\nrosa@home.example,Harbor High,es\ntom@home.example,,en\nann@other.example,Mission Middle,\n';

// ---- what is shown, and the yes ----

await test('a list from Action Network: what is used, who is left out, and why', async () => {
    const data = await ready();
    const file = csv(`email,first_name,zip_code,can2_user_address,language,can2_subscription_status,can2_user_tags,can2_subscription_date,School
rosa@home.example,Rosa,94501,12 Harbor Street,es,subscribed,"a, ""b""",2026-03-01 10:00:00 UTC,Harbor High
ROSA@home.example,Rosa,94501,,es,subscribed,,2026-03-01 10:00:00 UTC,Harbor High
tom@home.example,Tom,94501,,en,unsubscribed,,2026-03-01 10:00:00 UTC,
kim@home.example,Kim,94501,,fr,bouncing,,2026-03-01 10:00:00 UTC,
ann@staff.baysidecharter.example,Ann,94501,,en,subscribed,,2026-03-01 10:00:00 UTC,
nobody,No,94501,,en,subscribed,,,
lee@home.example,Lee,94501,,tl,subscribed,,,
short,row
`);
    const shown = bring(data, file, '--faults', `${file}.faults`);

    refused(shown, /^Nothing is stored yet\. .*: $/m);
    assert.match(shown.stderr, /that is not 2; nothing was stored/);
    for (const line of [/, from Action Network: 8 rows$/m, / address +“email”$/m, / workplace +“School”$/m, / language +“language”$/m,
        / date +“can2_subscription_date”$/m, / obeyed +“can2_subscription_status”$/m,
        / not taken +“first_name”, “zip_code”, “can2_user_address”, “can2_user_tags”$/m, /^Of each person only address/m,
        /^ +2 people for baysideeducators\.example$/m, /^ +2 as educators \(/m, /^ +1 in Spanish$/m, /^ +1 in English$/m,
        /^ +1 of them asked for another language/m, /^ +1 with a workplace$/m, /^ +1 without the day/m,
        /^ +2 rows of people who are not subscribed there: left out$/m, /^ +1 double: left out$/m, /^ +line 3: the same address as in line 2$/m,
        /^ +1 address of the employer's, or like one: left out$/m, /^ +line 6: an address of the employer's/m,
        /^ +2 rows at fault: left out$/m, /^ +line 7: that is no mail address$/m, /^ +line 9: 2 cells/m,
        /^Who is on the list already, or has left it, stays as they are/m, /^They said yes: sign-in sheet, meeting of April 24$/m])
        assert.match(shown.stdout, line);
    assert.equal(readFileSync(`${file}.faults`, 'utf8'), `line,kind,reason
3,double,the same address as in line 2
6,employer,"an address of the employer's, who can read what goes there: ask for another"
7,fault,that is no mail address
9,fault,"2 cells, and the first line names 9 columns"
`);
    assert.equal(statSync(`${file}.faults`).mode & 0o777, 0o600);
    assert.match(list(data), /^no imports yet$/m);
});

await test('typed as it is asked, said as --yes; the import has a number', async () => {
    const data = await ready();
    const file = csv(three);

    for (const answer of ['', 'y\n', '4\n', '33\n', '3 people\n', '-3\n'])
        refused(run(['import', file, '--data', data, '--audience', 'educators', '--source', SOURCE], { input: answer }), /that is not 3; nothing was stored/);
    refused(bring(data, file, '--yes', '4'), /--yes says 4, and there are 3; nothing was stored/);
    assert.deepEqual(imports(data), []);
    brought(run(['import', file, '--data', data, '--audience', 'educators', '--source', SOURCE], { input: ' 3 \n' }), 3);
    const again = bring(data, csv('email\nzoe@home.example\n'), '--yes', '1', '--source', '  another sheet ');

    brought(again, 1);
    assert.match(again.stdout, /^import 2: 1 person$/m);
    assert.match(again.stdout, /^“breakroom import --undo 2 --data .*” takes them out again\.$/m);
    assert.deepEqual(imports(data), [
        { no: 2, people: 1, source: 'another sheet', undone: false },
        { no: 1, people: 3, source: SOURCE, undone: false },
    ]);
});

await test('an import is undone whole, once', async () => {
    const data = await ready();

    brought(bring(data, csv(three), '--yes', '3'), 3);
    brought(bring(data, csv('email\nzoe@home.example\n'), '--yes', '1'), 1);
    const undo = run(['import', '--undo', '1', '--data', data]);

    assert.equal(undo.status, 0, undo.stderr);
    assert.match(undo.stdout, /^import 1 is undone: 3 people were taken out/);
    assert.deepEqual(imports(data).map(({ no, undone }) => [no, undone]), [[2, false], [1, true]]);
    refused(run(['import', '--undo', '1', '--data', data]), /import 1 was undone before/, 2);
    refused(run(['import', '--undo', '9', '--data', data]), /has no import 9/, 2);
    refused(run(['import', '--undo', '0', '--data', data]), /not a number above zero/, 2);
});

// With a server another program would write beside it; PostgreSQL shows it below.
await unlessLive('who left since stays on the list of those who are not written to', async () => {
    const data = await ready();
    const python = (code) => execFileSync('python3', ['-c', `import sqlite3; db = sqlite3.connect("${data}/store/store.sqlite"); ${code}`], { encoding: 'utf8' }).trim();

    brought(bring(data, csv(three), '--yes', '3'), 3);
    python('db.execute("UPDATE subscriber SET state = 2 WHERE wish = -1"); db.execute("UPDATE subscriber SET state = 3 WHERE wish = -2"); db.commit()');
    assert.match(run(['import', '--undo', '1', '--data', data]).stdout, /^import 1 is undone: 1 person was taken out/);
    assert.equal(python('print(db.execute("SELECT group_concat(state) FROM (SELECT state FROM subscriber ORDER BY state)").fetchone()[0])'), '2,3');
});

await test('a list from Mailchimp, one of our own, and one that --map explains', async () => {
    const data = await ready();
    const mailchimp = bring(data, csv(`"Email Address","First Name","Last Name",Address,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LAST_CHANGED,LEID,EUID,NOTES,TAGS
rosa@home.example,Rosa,Mar,"12 Harbor Street
Bayside",2,,"2026-03-16 14:40:47","2026-03-16 14:40:47",1,ab,,"""VIP"""
`), '--yes', '1');

    brought(mailchimp, 1);
    assert.match(mailchimp.stdout, /, from Mailchimp: 1 row$/m);
    assert.match(mailchimp.stdout, / address +“Email Address”$/m);
    assert.match(mailchimp.stdout, / date +“CONFIRM_TIME”$/m);
    const own = run(['import', csv('Correo,Quién,Idioma,Fecha\nrosa@home.example,parents,Español,24/3/2026\ntom@home.example,press,inglés,3/4/2026\n'),
        '--data', data, '--source', SOURCE, '--yes', '2']);

    brought(own, 2);
    assert.match(own.stdout, /^ +1 as parents \(/m);
    assert.match(own.stdout, /^ +1 as press \(/m);
    assert.doesNotMatch(own.stdout, /without the day/);
    brought(bring(data, csv('Contact,Joined\nrosa@home.example,2026-03-01\n'), '--map', 'address=contact', '--map', 'date=2', '--yes', '1'), 1);
    brought(bring(data, csv('email\nrosa@home.example\n'), '--lang', 'es', '--yes', '1'), 1);
});

await test('standard input: a list need not lie on a disk', async () => {
    const data = await ready();
    const args = ['import', '-', '--data', data, '--audience', 'educators', '--source', SOURCE];
    const shown = run(args, { input: three });

    refused(shown, /that is not 3; nothing was stored/);
    assert.match(shown.stdout, /^standard input: 3 rows$/m);
    const done = run([...args, '--yes', '3'], { input: three });

    brought(done, 3);
    assert.doesNotMatch(done.stdout, /in clear/);
});

await test('addresses of the employer\'s come in only where the audience takes them', async () => {
    const data = store();

    load(data, folder((dir) => {
        const ini = readFileSync(join(dir, 'campaign.ini'), 'utf8');

        writeFileSync(join(dir, 'campaign.ini'), ini.replace(/\[audience parents\]/, '$&\ntakes_work_mail = yes'));
    }));
    await makeKeys(data);
    const file = csv('email,who\nann@baysidecharter.example,\ntom@home.example,\n');

    refused(bring(data, file, '--take-work-mail'), /“educators” does not take addresses of the employer's/, 2);
    refused(run(['import', file, '--data', data, '--audience', 'parents', '--source', SOURCE, '--yes', '2']), /--yes says 2, and there is 1/);
    brought(run(['import', file, '--data', data, '--audience', 'parents', '--source', SOURCE, '--take-work-mail', '--yes', '2']), 2);
});

// ---- refused ----

await test('calls that are wrong get a sentence, before the file is read', async () => {
    const data = store();
    const file = csv(three);
    const args = ['import', file, '--data', data, '--audience', 'educators'];

    refused(run([...args, '--source', SOURCE]), /there is no campaign in the store yet/, 2);
    load(data);
    refused(run([...args, '--source', SOURCE]), /has no key yet .*“breakroom keys new --data /, 2);
    await makeKeys(data);
    refused(run(args), /--source: say where and when they said yes/, 2);
    refused(run([...args, '--source', 'no']), /--source: say where/, 2);
    refused(run([...args, '--source', 'from rosa@home.example']), /--source: no address belongs there/, 2);
    refused(run([...args, '--source', 'x'.repeat(201)]), /longer than 200/, 2);
    refused(run([...args, '--source', 'two\nlines']), /more than one line/, 2);
    refused(run(['import', file, '--data', data, '--audience', 'nobody', '--source', SOURCE]), /none of that key; .* has educators, parents/, 2);
    refused(run(['import', file, '--data', data, '--source', SOURCE]), /which audience\? .* has educators, parents/);
    refused(run([...args, '--source', SOURCE, '--lang', 'fr']), /“fr” is no language of/, 2);
    refused(run([...args, '--source', SOURCE, '--yes', 'x']), /--yes: “x” is not a number/, 2);
    refused(run([...args, '--source', SOURCE, '--yes']), /wants a value/, 2);
    refused(run([...args, '--source', SOURCE, '--map', 'address']), /--map is “address=COLUMN”/);
    refused(run([...args, '--source', SOURCE, '--map', 'date=Nope']), /no such column/);
    refused(run([...args, '--source', SOURCE, '--faults', join(work, 'no', 'such', 'place')]), /cannot write .*nothing was stored/, 2);
    refused(run(['import', join(work, 'none.csv'), '--data', data, '--audience', 'educators', '--source', SOURCE]), /cannot read/, 2);
    refused(run(['import', work, '--data', data, '--audience', 'educators', '--source', SOURCE]), /cannot read/, 2);
    refused(run(['import', '--data', data, '--audience', 'educators', '--source', SOURCE]), /something is missing/, 2);
    refused(run(['import', '--list', '--undo', '1', '--data', data]), /one of the two/, 2);
    refused(run(['import', '--list']), /which store\?/, 2);
    assert.match(run(['import', '--help']).stdout, /^Usage: breakroom import/);
    chmodSync(file, 0o644);
    assert.match(bring(data, file).stderr, /may be read by other users/);
    assert.deepEqual(imports(data), []);
});

await test('hostile files are refused whole, with the line', async () => {
    const data = await ready();
    const wide = (text) => Buffer.from(`\ufeff${text}`, 'utf16le');
    const files = [
        ['', /is empty/],
        ['email\n', /nothing below/],
        [Buffer.from('email\nrosa@home.example\nto\0m@home.example\n'), /line 3 has a NUL/],
        [`email,notes\nrosa@home.example,${'x'.repeat(10 << 20)}\n`, /line 2 has a cell of 10240 KB/],
        [`email,notes\nrosa@home.example,"${'""'.repeat(5 << 20)}"\n`, /line 2 has a cell of 5120 KB/],
        ['email,notes\nrosa@home.example,"open\ntom@home.example,\n', /the quotation mark in line 2 is never closed/],
        ['email,notes\nrosa@home.example,"open\ntom@home.example,\nann@home.example,"x"\n', /lines 2 to 4 do not match/],
        [wide(three), /UTF-16/],
        [Buffer.from(three.replace('Harbor High', 'Peñasco High'), 'latin1'), /line 2 is not UTF-8/],
        [three.replaceAll('\n', '\r'), /CR alone/],
        [three.replaceAll(',', ';'), /parted by semicolons/],
        ['rosa@home.example\ntom@home.example\n', /name the columns/],
        ['name,phone\nRosa,1\n', /--map address=COLUMN/],
        [Buffer.from('PK\x03\x04'), /workbook/],
        [`${'a,'.repeat(600)}\nb\n`, /more than 512 cells/],
        ['email\n=HYPERLINK("http://evil.example")\n@SUM(1)\n', /nobody is left to import/],
    ];

    for (const [text, hint] of files) {
        const result = bring(data, csv(text), '--yes', '3');

        refused(result, hint);
        assert.match(result.stderr, /nothing was stored/);
        assert.doesNotMatch(result.stderr + result.stdout, /@home\.example/);
        assert.ok(result.peak < (process.env.BUILD?.includes('sanit') ? 1000 : 200) * 1024, `${result.peak} KB`);
    }
    assert.deepEqual(imports(data), []);
    brought(bring(data, csv(three.replaceAll('\n', '\r\n').replace('\r\n', '\n')), '--yes', '3'), 3);
});

await test('the first twenty at fault are shown, all are written down', async () => {
    const data = await ready();
    const file = csv(`email\nrosa@home.example\n${Array.from({ length: 30 }, (_, i) => `nobody${i}\n`).join('')}`);
    const result = bring(data, file, '--faults', `${file}.faults`, '--yes', '1');

    brought(result, 1);
    assert.equal(result.stdout.match(/^ +line \d+: that is no mail address$/gm).length, 20);
    assert.match(result.stdout, /^ +and 10 more: --faults FILE writes them all down$/m);
    assert.equal(readFileSync(`${file}.faults`, 'utf8').trim().split('\n').length, 31);
});

// ---- what happens meanwhile ----

// Runs until it asks, calls `meanwhile`, and answers.
function asked(data, file, answer, meanwhile) {
    const child = spawn(breakroom, ['import', file, '--data', data, '--audience', 'educators', '--source', SOURCE], { env, cwd: work });
    const said = { stdout: '', stderr: '' };

    child.stdout.setEncoding('utf8').on('data', (text) => { said.stdout += text; });
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', async (text) => {
        const before = said.stderr.includes('Type their number');

        said.stderr += text;
        if (before || !said.stderr.includes('Type their number'))
            return;
        await meanwhile(child);
        child.stdin.end(answer);
    });
    return new Promise((done) => {
        child.on('close', (status, signal) => {
            assert.doesNotMatch(said.stderr, /Sanitizer|runtime error:/);
            done({ ...said, status, signal });
        });
    });
}

await test('keys that are replaced while the person reads: nothing is sealed to the old ones', async () => {
    const data = await ready();

    refused(await asked(data, csv(three), '3\n', () => makeKeys(data, '--replace')), /key or its audiences changed meanwhile; nothing was stored/);
    assert.deepEqual(imports(data), []);
});

await test('killed while it asks, nothing is there; and no core file could be', async () => {
    const data = await ready();
    let limits = '';
    const killed = await asked(data, csv(three), '3\n', (child) => {
        try {
            limits = readFileSync(`/proc/${child.pid}/limits`, 'utf8');
        } catch { // not ours to look at: so much the better
        }
        child.kill('SIGKILL');
    });

    assert.equal(killed.signal, 'SIGKILL');
    assert.ok(limits === '' || /Max core file size +0 +0/.test(limits), limits);
    assert.deepEqual(imports(data), []);
});

await test('which campaign, when there are two', async () => {
    const data = await ready();
    const dir = folder((at) => {
        spawnSync('sed', ['-i', 's/^host = .*/host = other.example/', join(at, 'campaign.ini')]);
    });
    const file = csv(three);

    load(data, dir);
    refused(bring(data, file, '--yes', '3'), /the store has 2 campaigns: say which with --campaign HOST/, 2);
    refused(bring(data, file, '--campaign', 'other.example', '--yes', '3'), /other\.example has no key yet/, 2);
    brought(bring(data, file, '--campaign', HOST, '--yes', '3'), 3);
    assert.equal(imports(data, '--campaign', HOST).length, 1);
    assert.equal(imports(data, '--campaign', 'other.example').length, 0);
    refused(run(['import', '--undo', '1', '--data', data, '--campaign', 'other.example']), /other\.example has no import 1/, 2);
});

// ---- where no address may be ----

const canaries = Array.from({ length: 1000 }, (_, i) => `canary${i}@nest${i % 90}.example`);
const canaryList = `email,name,workplace,note\n${canaries.map((address, i) => `${address},Florentina Vogel ${i},Kestrel Hall ${i},private remark\n`).join('')}`;
const marks = [/canary\d/i, /nest\d+\.example/i, /Florentina/, /Kestrel Hall/, /private remark/];
const assertNone = (where, bytes) => {
    const text = Buffer.from(bytes).toString('latin1');

    for (const mark of marks)
        assert.doesNotMatch(text, mark, where);
};
const bytesOf = (data) => Buffer.concat([
    ...readdirSync(data, { recursive: true }).map((name) => join(data, name)).filter((path) => statSync(path).isFile()).map((path) => readFileSync(path)),
    ...(existsSync(`${data}.log`) ? [readFileSync(`${data}.log`)] : []),
]);

await test('no address, name or workplace is in a byte of store, log or screen', async () => {
    const data = await ready();
    const result = bring(data, csv(canaryList), '--yes', '1000');

    brought(result, 1000);
    assertNone('screen', result.stdout + result.stderr);
    assertNone('store', bytesOf(data));
    assert.ok(bytesOf(data).includes('BRS1'), 'the look does look');
    assert.ok(bytesOf(data).includes(SOURCE), 'the source does stand in clear');
});

// Between the command and the server: hears everything, and may hang up after so many bytes of the command's.
function listen(data, most = Infinity) {
    const dir = place('between');
    const heard = [];
    let sent = 0;
    const door = createServer((caller) => {
        const beyond = connect(join(data, 'control'));

        caller.on('data', (bytes) => {
            heard.push(bytes);
            sent += bytes.length;
            if (sent > most) {
                beyond.destroy();
                caller.destroy();
            } else {
                beyond.write(bytes);
            }
        });
        beyond.on('data', (bytes) => {
            heard.push(bytes);
            caller.write(bytes);
        });
        beyond.on('end', () => caller.end());
        caller.on('end', () => beyond.end());
        beyond.on('error', () => caller.destroy());
        caller.on('error', () => beyond.destroy());
    });

    mkdirSync(dir, { mode: 0o700 });
    return new Promise((done) => {
        door.listen(join(dir, 'control'), () => done({ dir, heard: () => Buffer.concat(heard), close: () => door.close() }));
    });
}
const beside = (args) => new Promise((done) => {
    const child = spawn(breakroom, args, { env, cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';

    child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
    child.on('close', (status) => done({ status, stdout, stderr }));
});

await ifLive('nor in a byte of what goes to the server and comes back', async () => {
    const data = await ready();
    const between = await listen(data);

    brought(await beside(['import', csv(canaryList), '--data', between.dir, '--audience', 'educators', '--source', SOURCE, '--yes', '1000']), 1000);
    between.close();
    assert.ok(between.heard().length > 1000 * 700, 'all of it was heard');
    assertNone('socket', between.heard());
});

await ifLive('a connection that breaks: all of them or nobody, and the person is told what is not known', async () => {
    const data = await ready();
    const between = await listen(data, 100_000);
    const result = await beside(['import', csv(canaryList), '--data', between.dir, '--audience', 'educators', '--source', SOURCE, '--yes', '1000']);

    between.close();
    refused(result, /it is not known whether they were stored: “breakroom import --list/, 2);
    assert.deepEqual(imports(data), []);
});

await ifLive('several at once: each is there whole, or is told that another is at it', async () => {
    const data = await ready();
    const file = csv(canaryList);
    const all = await Promise.all(Array.from({ length: 4 }, () => beside(['import', file, '--data', data, '--audience', 'educators', '--source', SOURCE, '--yes', '1000'])));
    const done = all.filter(({ status }) => status === 0);

    for (const result of all.filter(({ status }) => status !== 0))
        refused(result, /busy with another import: try again when that is done/, 2);
    assert.ok(done.length > 0);
    assert.deepEqual(imports(data).map(({ people }) => people), done.map(() => 1000));
});

await ifLive('what is not sealed to the campaign\'s key is refused', async () => {
    const data = await ready();
    const between = await listen(data);

    brought(await beside(['import', csv(three), '--data', between.dir, '--audience', 'educators', '--source', SOURCE, '--yes', '3']), 3);
    between.close();
    const heard = between.heard();
    const call = heard.subarray(heard.indexOf('import +', 200));
    const body = Buffer.from(call.subarray(call.indexOf('\n') + 1, call.indexOf('\n') + 1 + Number(/\+(\d+)/.exec(call.subarray(0, 60).toString('latin1'))[1])));
    const say = (bytes) => new Promise((done) => {
        const socket = connect(join(data, 'control'), () => socket.write(Buffer.concat([Buffer.from(`import +${bytes.length}\n`), bytes])));
        const answer = [];

        socket.on('data', (part) => answer.push(part));
        socket.on('close', () => done(Buffer.concat(answer).toString('latin1')));
    });
    const spoil = (change) => {
        const copy = Buffer.from(body);

        change(copy);
        return copy;
    };

    assert.ok(body.subarray(0, 40).toString('latin1').startsWith('breakroom import call 1'));
    assert.match(await say(spoil((bytes) => { bytes[bytes.indexOf('BRS1') + 45] ^= 1; })), /not sealed to the campaign's key/);
    assert.match(await say(spoil((bytes) => { bytes[bytes.indexOf('BRS1') + 10] ^= 1; })), /not sealed to the campaign's key/);
    assert.match(await say(spoil((bytes) => { bytes.write('X', bytes.lastIndexOf('educators')); })), /outcome changed/);
    assert.match(await say(body.subarray(0, body.length - 1)), /what came is no import/);
    assert.match(await say(Buffer.concat([body, Buffer.from('x')])), /what came is no import/);
    assert.match(await say(spoil((bytes) => { bytes.write('@', bytes.indexOf(SOURCE)); })), /what came is no import/);
    assert.match(await say(Buffer.from('nonsense')), /does not understand/);
    assert.equal(imports(data).length, 1);
    assert.match(await say(body), /outcome trouble/, 'the same objects are there already');
    assert.equal(imports(data).length, 1);
});

// ---- PostgreSQL ----

await test('the same on PostgreSQL', async () => {
    if (!server)
        skip('no PostgreSQL: tests/lib/postgres.sh with node tests/cli/import.mjs');
    const name = `import_${process.pid}${LIVE ? '_live' : ''}`;
    const url = server.replace('/postgres?', `/${name}?`);
    const psql = (sql) => execFileSync('psql', ['-qtA', url, '-c', sql], { encoding: 'utf8' }).trim();

    execFileSync('psql', ['-q', server, '-c', `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`]);
    const data = await ready('--db', url);
    const result = bring(data, csv(canaryList), '--db', url, '--yes', '1000');

    brought(result, 1000);
    assertNone('screen', result.stdout + result.stderr);
    assertNone('database', execFileSync('pg_dump', ['--inserts', url], { maxBuffer: 64 << 20 }));
    assert.equal(psql('SELECT count(*) FROM subscriber WHERE import_no = 1 AND state = 1 AND length(sealed) > 700'), '1000');
    psql('UPDATE subscriber SET state = 2 WHERE wish >= -10; UPDATE subscriber SET state = 3 WHERE wish < -995');
    assert.match(run(['import', '--undo', '1', '--data', data, '--db', url]).stdout, /^import 1 is undone: 985 people were taken out/);
    assert.equal(psql('SELECT count(*) FROM subscriber'), '15');
    assert.deepEqual(imports(data, '--db', url), [{ no: 1, people: 1000, source: SOURCE, undone: true }]);
    if (LIVE)
        refused(bring(data, csv(three), '--db', 'postgres://127.0.0.1:1/none'), /another store than --db says/, 2);
});

finish();
