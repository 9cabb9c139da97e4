// SPDX-License-Identifier: AGPL-3.0-or-later
//
// `load` and `dump` as a person types them: what changes is shown, asked for and taken whole; what two people changed is
// refused entry by entry; and a dump loaded and dumped again is the same, byte for byte. With LIVE=1 a server runs on every
// data folder, and all of it goes through its control socket.

import { strict as assert } from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, skip } from '../lib/tap.mjs';
import { AT, breakroom, demo, folder, newsletter, put, run, sameTree, tree, work } from '../lib/program.mjs';
import { LIVE, place, store, test } from './live.mjs';

const HOST = 'baysideeducators.example';
const memo = 'news/2026-04-24-memo.md';
const out = () => place('out');
const load = (dir, data, ...more) => run(['load', dir, '--data', data, '--at', AT, ...more]);
const loaded = (dir, data, ...more) => {
    const result = load(dir, data, '--yes', ...more);

    assert.equal(result.status, 0, result.stderr);
    return result;
};
const dumped = (data, ...more) => {
    const dir = out();
    const result = run(['dump', '--data', data, dir, '--at', AT, ...more]);

    assert.equal(result.status, 0, result.stderr);
    return dir;
};
const edit = (dir, name, from, to) => {
    const text = readFileSync(join(dir, name), 'utf8');

    assert.ok(text.includes(from), `${name} has no “${from}”`);
    writeFileSync(join(dir, name), text.replace(from, to));
};
// Entries alone: what is made of them, tests/cli/leaflets.mjs looks at.
const listed = (result) => result.stdout.trimEnd().split('\n').slice(0, -1).filter((line) => !line.startsWith('leaflets:'))
    .map((line) => line.replace(/ +/, ' '));
const fault = (result, hint, status = 2) => {
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, /^breakroom: [^\n]+$/m);
    assert.match(result.stderr, hint);
};

// ---- there and back ----

await test('a new campaign is loaded without a question; the same folder again changes nothing', () => {
    const data = store();
    const first = load(demo, data);

    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stdout, new RegExp(`^new +${memo}$`, 'm'));
    assert.match(first.stdout, new RegExp(`^${HOST}: \\d+ new, 0 changed, 0 gone\n$`, 'm'));
    assert.match(first.stderr, /revision 1$/m);
    const again = load(demo, data);

    assert.equal(again.status, 0, again.stderr);
    assert.equal(again.stdout, '');
    assert.match(again.stderr, /nothing to change, revision 1$/m);
});

await test('dump, load, dump: the same bytes; and every file but registers, photos and documents is the folder\'s own', () => {
    const data = store();
    const other = store();

    loaded(demo, data);
    const first = dumped(data);

    loaded(first, other);
    assert.ok(sameTree(tree(first), tree(dumped(other))));
    assert.match(load(first, data).stderr, /nothing to change/);
    for (const [name, bytes] of tree(demo))
        if (!/\.csv$|^photos\/|^documents\/|^README/.test(name) || /^files\//.test(name))
            assert.equal(Buffer.compare(bytes, readFileSync(join(first, name))), 0, name);
    const site = out();

    assert.equal(run(['build', demo, site, '--at', AT]).status, 0);
    for (const name of readdirSync(join(site, 'photos')))
        assert.equal(Buffer.compare(readFileSync(join(site, 'photos', name)), readFileSync(join(first, 'photos', name))), 0, name);
    const back = out();

    assert.equal(run(['build', first, back, '--at', AT]).status, 0);
    assert.ok(sameTree(tree(site), tree(back)), 'the dump builds another site than the folder');
});

// RFC 4180, as short as it gets.
const cells = (line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map((m) => (m[1] ?? m[2]).replaceAll('""', '"'));

await test('a row of a register comes back canonical: columns in order, trimmed, quoted only where it must be', () => {
    const quoted = (cell) => `" ${cell.replaceAll('"', '""')} "`;
    const theirs = readFileSync(join(demo, 'press.csv'), 'utf8').trimEnd().split('\n');
    const dir = folder((d) => put(d, 'press.csv', `\uFEFF${[...theirs.map(cells),
        ['wire', 'Harbor Wire', 'They said "no", twice', '2026-04-01', 'https://wire.example/1', 'report', 'en']]
        .map((row, i) => [row[6], ...row.slice(0, 6)].map(i ? quoted : (cell) => cell).join(',')).join('\r\n')}\r\n\r\n`));
    const data = store();

    loaded(dir, data);
    assert.deepEqual(readFileSync(join(dumped(data), 'press.csv'), 'utf8').trimEnd().split('\n'), [
        ...theirs.map((line) => cells(line).map((cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')),
        'wire,Harbor Wire,"They said ""no"", twice",2026-04-01,https://wire.example/1,report,en',
    ]);
});

await test('published.csv names what is public at that moment, with its time, its hash and the figures it shows', () => {
    const data = store();
    const future = folder((dir) => {
        newsletter(dir, '2027-01-05-later', 'Words of tomorrow.');
        newsletter(dir, '2026-05-05-draft', 'Words of nobody.', 'draft: yes\n');
    });

    loaded(future, data);
    const rows = readFileSync(join(dumped(data), 'published.csv'), 'utf8').trimEnd().split('\n');
    const row = rows.find((line) => line.startsWith('memo,en,')).split(',');

    assert.equal(rows[0], 'key,language,time,hash,values,leans');
    assert.ok(!rows.some((line) => /^(later|draft),/.test(line)));
    assert.match(row[2], /^2026-04-24T\d\d:\d\d:00Z$/);
    assert.equal(row[3], execFileSync('sha256sum', [join(demo, memo)], { encoding: 'utf8' }).slice(0, 64));
    assert.match(row[4], /^[a-z-]+=\d+(; [a-z-]+=[\d.]+)*$/);
    assert.match(row.slice(5).join(), /^"doc:counsel-memo=p2, p6-7, [^"]*; doc:board-letter=p1"$/);
    assert.equal(run(['check', dumped(data), '--at', AT]).status, 0, 'the reader refuses published.csv');
});

const publishedRow = (dir, name) => readFileSync(join(dir, 'published.csv'), 'utf8').split('\n').find((line) => line.startsWith(name));

await test('what a newsletter showed when it was published stays, whatever its register says later', () => {
    const data = store();
    const dir = folder();

    loaded(dir, data);
    const before = publishedRow(dumped(data), 'phone-calls,en,');

    assert.match(before, /,parent-calls=38; /);
    for (const lang of ['', '.es']) /* a number that nobody gives, and nobody says was corrected */
        edit(dir, `news/2026-10-08-majorities${lang}.md`, '[104 ', '[105 ');
    edit(dir, 'figures.csv', 'filed-educators,104,', 'filed-educators,105,');
    edit(dir, 'figures.csv', 'schools,21,', 'schools,20,');
    edit(dir, 'figures.csv', '2026-04-30', '2026-05-30');
    edit(dir, memo, '21 schools', '20 schools');
    edit(dir, 'news/2026-04-24-memo.es.md', '21 escuelas', '20 escuelas');
    loaded(dir, data);
    const after = dumped(data);

    assert.match(publishedRow(after, 'memo,en,'), /schools=22/, 'as it was on its day');
    assert.match(publishedRow(after, 'majorities,en,'), /filed-educators=105/, 'a text that is changed shows what it shows');
    assert.equal(publishedRow(after, 'phone-calls,en,'), before);
});

await test('a register that changes under a published text changes no record of it', () => {
    const data = store();
    const dir = folder((d) => {
        newsletter(d, '2026-11-20-around', '[About 60](fig:parent-calls) families wrote.');
        newsletter(d, '2026-12-24-later', '[About 60](fig:parent-calls) families wrote.');
    });
    const again = join(work, 'dumped-later');

    loaded(dir, data);
    edit(dir, 'figures.csv', 'parent-calls,61,', 'parent-calls,60,');
    for (const name of ['claims/family-letter', 'news/2026-07-16-our-year'])
        for (const lang of ['', '.es'])
            edit(dir, `${name}${lang}.md`, '[61 ', '[60 ');
    loaded(dir, data);
    assert.match(publishedRow(dumped(data), 'around,en,'), /,parent-calls=61,/);
    assert.equal(publishedRow(dumped(data), 'later,en,'), undefined);
    const later = run(['dump', '--data', data, again, '--at', '2026-12-25T00:00:00Z']);

    assert.equal(later.status, 0, later.stderr);
    assert.match(publishedRow(again, 'later,en,'), /,parent-calls=60,/, 'its minute came, and nobody loaded');
    for (const at of [AT, '2026-12-25T00:00:00Z']) {
        const asked = run(['impact', '--data', data, 'fig:parent-calls', '--at', at]);

        assert.match(asked.stdout, /^around \(en\): fig:parent-calls, showed 61$/m);
        assert.equal(/^later \(en\)/m.test(asked.stdout), at !== AT);
    }
});

// ---- what changes ----

// The demo, and beside it what nothing refers to yet.
const more = () => folder((dir) => {
    put(dir, 'files/extra.txt', 'Extra.\n');
    writeFileSync(join(dir, 'figures.csv'), 'extra,5,people,personas,2026-04-01,A count,Un conteo,,,,,\n', { flag: 'a' });
});

await test('what changes is listed, and asked for: no is no, yes is yes', () => {
    const data = store();
    const first = more();
    const dir = more();

    loaded(first, data);
    newsletter(dir, '2026-05-05-fresh', 'New words.');
    edit(dir, memo, 'title: ', 'title: Again: ');
    rmSync(join(dir, 'files/extra.txt'));
    edit(dir, 'figures.csv', 'extra,5', 'extra,6');
    const no = run(['load', dir, '--data', data, '--at', AT], { input: 'n\n' });

    fault(no, /nothing was loaded/);
    assert.match(no.stderr, /\[y\/N\]/);
    const lines = listed(no);

    assert.deepEqual(lines, ['changed figures.csv#extra/2026-04-01', 'gone files/extra.txt', `changed ${memo}`,
        'new news/2026-05-05-fresh.md']);
    fault(run(['load', dir, '--data', data, '--at', AT]), /nothing was loaded/); // the end of input is no yes
    assert.match(load(first, data).stderr, /nothing to change, revision 1$/m);
    const yes = run(['load', dir, '--data', data, '--at', AT], { input: 'y\n' });

    assert.equal(yes.status, 0, yes.stderr);
    assert.deepEqual(listed(yes), lines);
    assert.match(yes.stderr, /loaded, revision 2$/m);
});

await test('rows in another order are a change', () => {
    const data = store();
    const dir = folder();

    loaded(dir, data);
    const [head, ...rows] = readFileSync(join(dir, 'chronology.csv'), 'utf8').trimEnd().split('\n');

    put(dir, 'chronology.csv', `${[head, ...rows.slice(1), rows[0]].join('\n')}\n`);
    const result = loaded(dir, data);

    assert.deepEqual(listed(result), ['order chronology.csv']);
    assert.match(load(dir, data).stderr, /nothing to change, revision 2$/m);
    assert.equal(readFileSync(join(dumped(data), 'chronology.csv'), 'utf8').trimEnd().split('\n').at(-1).split(',')[0],
        rows[0].split(',')[0]);
});

await test('a folder with an error is refused, and no store is made for it', () => {
    const data = place();
    const dir = folder((d) => newsletter(d, '2026-05-05-bad', 'See [the answer](faq:no-such-answer).'));
    const result = load(dir, data, '--yes');

    fault(result, /1 error; nothing was loaded/, 1);
    assert.match(result.stderr, /\[unknown-reference\]/);
    assert.equal(result.stdout, '');
    assert.ok(!existsSync(data));
});

await test('a warning is listed and does not keep it back', () => {
    const dir = folder((d) => newsletter(d, '2026-05-05-warned', 'It happened this morning.'));

    assert.match(loaded(dir, store()).stderr, /\[relative-date\]/);
});

// ---- two people ----

// Two dumps of one store; `change` edits the first, which is loaded. Gives the store and the second.
function twoFolders(change, first = demo) {
    const data = store();

    loaded(first, data);
    const mine = dumped(data);
    const yours = dumped(data);

    change(yours);
    loaded(yours, data);
    return { data, mine, yours };
}

await test('what changed in the store since the dump is refused, entry by entry', () => {
    const { data, mine } = twoFolders((dir) => edit(dir, memo, 'title: ', 'title: Yours: '));
    const before = tree(dumped(data));

    newsletter(mine, '2026-05-05-fresh', 'New words.');
    const untouched = load(mine, data, '--yes');

    fault(untouched, /1 entry changed in the store/, 1);
    assert.match(untouched.stderr, new RegExp(`^${memo}: changed in the store since this folder was dumped$`, 'm'));
    assert.equal(untouched.stdout, '');
    edit(mine, memo, 'title: ', 'title: Mine: ');
    assert.match(load(mine, data, '--yes').stderr, new RegExp(`^${memo}: changed in the store .*, and in the folder too$`, 'm'));
    assert.ok(sameTree(before, tree(dumped(data))));
});

await test('--take store keeps the store\'s and brings the rest; --take folder takes the folder\'s', () => {
    const { data, mine } = twoFolders((dir) => edit(dir, memo, 'title: ', 'title: Yours: '));

    edit(mine, memo, 'title: ', 'title: Mine: ');
    newsletter(mine, '2026-05-05-fresh', 'New words.');
    const kept = loaded(mine, data, '--take', 'store', 'memo');

    assert.deepEqual(listed(kept), ['new news/2026-05-05-fresh.md']);
    assert.match(readFileSync(join(dumped(data), memo), 'utf8'), /^title: Yours: /m);
    const taken = loaded(mine, data); // now as good as dumped: the folder's title is an edit of its own

    assert.deepEqual(listed(taken), [`changed ${memo}`]);
    const again = twoFolders((dir) => edit(dir, memo, 'title: ', 'title: Yours: '));

    edit(again.mine, memo, 'title: ', 'title: Mine: ');
    assert.deepEqual(listed(loaded(again.mine, again.data, '--take', 'folder', memo)), [`changed ${memo}`]);
    assert.match(readFileSync(join(dumped(again.data), memo), 'utf8'), /^title: Mine: /m);
});

await test('rows of a register are entries too: two people add rows to one file', () => {
    const row = (key) => `${key},5,people,personas,2026-04-01,A count,Un conteo,,,,,\n`;
    const { data, mine } = twoFolders((dir) => writeFileSync(join(dir, 'figures.csv'), row('yours'), { flag: 'a' }));

    writeFileSync(join(mine, 'figures.csv'), row('mine'), { flag: 'a' });
    const refused = load(mine, data, '--yes');

    fault(refused, /1 entry/, 1);
    assert.match(refused.stderr, /^figures\.csv#yours\/2026-04-01: changed in the store since this folder was dumped$/m);
    assert.deepEqual(listed(loaded(mine, data, '--take', 'store', 'yours')), ['new figures.csv#mine/2026-04-01']);
    const rows = readFileSync(join(dumped(data), 'figures.csv'), 'utf8');

    assert.match(rows, /^mine,/m);
    assert.match(rows, /^yours,/m);
});

await test('what somebody removed from the store is a change too', () => {
    const { data, mine } = twoFolders((dir) => rmSync(join(dir, 'news/2026-08-27-welcome.md')));

    fault(load(mine, data, '--yes'), /^news\/2026-08-27-welcome\.md: removed from the store/m, 1);
    const kept = load(mine, data, '--yes', '--take', 'store', 'welcome');

    assert.equal(kept.status, 0, kept.stderr);
    assert.equal(kept.stdout, '');
});

await test('folder and store together have to be without errors as well', () => {
    const { data, mine } = twoFolders((dir) =>
        writeFileSync(join(dir, 'news/2026-08-27-welcome.md'), '\nSee [the file](file:extra.txt).\n', { flag: 'a' }), more());

    rmSync(join(mine, 'files/extra.txt'));
    const result = load(mine, data, '--yes', '--take', 'store', 'welcome');

    fault(result, /what folder and store make together has errors; nothing was loaded/, 1);
    assert.match(result.stderr, /^news\/2026-08-27-welcome\.md:\d+:\d+: error: .*\[unknown-reference\]$/m);
});

await test('after a load the folder is as good as dumped: edit, load, edit, load', () => {
    const data = store();

    loaded(demo, data);
    const dir = dumped(data);

    for (const words of ['One: ', 'Two: ', 'Three: ']) {
        edit(dir, memo, 'title: ', `title: ${words}`);
        loaded(dir, data);
    }
    assert.ok(sameTree(new Map([...tree(dir)].filter(([name]) => name !== 'published.csv')),
        new Map([...tree(dumped(data))].filter(([name]) => name !== 'published.csv'))));
});

await test('a --take for nothing, of nobody, or without a key', () => {
    const data = store();

    loaded(demo, data);
    const dir = dumped(data);

    edit(dir, memo, 'title: ', 'title: Mine: ');
    fault(load(dir, data, '--yes', '--take', 'folder', 'memo'), /no “memo” changed/);
    fault(load(dir, data, '--take', 'mine', 'memo'), /“mine” is neither/);
    fault(load(dir, data, '--take', 'store'), /wants the key/);
});

// ---- several campaigns ----

await test('`host` says which campaign; a dump of one of several has to say which', () => {
    const data = store();
    const dir = folder((d) => edit(d, 'campaign.ini', `host = ${HOST}`, 'host = another.example'));

    loaded(demo, data);
    loaded(dir, data);
    fault(run(['dump', '--data', data, out()]), /2 campaigns: say which with --campaign HOST/);
    fault(run(['dump', '--data', data, '--campaign', 'nobody.example', out()]), /no campaign “nobody\.example”/);
    assert.match(readFileSync(join(dumped(data, '--campaign', 'another.example'), 'campaign.ini'), 'utf8'), /^host = another\.example$/m);
    assert.match(load(demo, data).stderr, /nothing to change, revision 1$/m);
});

// ---- the call was wrong, or the machine ----

await test('no data folder named, none to be had, or one that is not ours alone', () => {
    const open = place();

    fault(run(['load', demo]), /--data/);
    fault(run(['dump', out()]), /--data/);
    fault(load(demo, join(work, 'no', 'where')), /no\/where/);
    mkdirSync(open);
    chmodSync(open, 0o777);
    fault(load(demo, open), /chmod 700/);
    writeFileSync(join(work, 'a-file'), 'x');
    fault(load(demo, join(work, 'a-file')), /a-file/);
    fault(load(join(work, 'nowhere'), place()), /nowhere/);
});

await test('a dump of nothing, and one to where something is', () => {
    const data = store();
    const full = out();

    fault(run(['dump', '--data', data, out()]), /no campaign in the store yet/);
    loaded(demo, data);
    put(full, 'mine.txt', 'mine');
    fault(run(['dump', '--data', data, full]), /not empty/);
    assert.deepEqual(readdirSync(full), ['mine.txt']);
    const dir = dumped(data);

    edit(dir, memo, 'title: ', 'title: Not loaded yet: ');
    fault(run(['dump', '--data', data, dir]), /not empty/);
    assert.match(readFileSync(join(dir, memo), 'utf8'), /Not loaded yet/);
});

await test('a damaged .breakroom-base is said, not guessed at', () => {
    const data = store();

    loaded(demo, data);
    const dir = dumped(data);
    const base = readFileSync(join(dir, '.breakroom-base'), 'utf8');

    for (const bad of ['', 'x\n', base.slice(0, -1), base.slice(0, 400), base.replace(/[0-9a-f]{64}/, 'g'.repeat(64))]) {
        writeFileSync(join(dir, '.breakroom-base'), bad);
        fault(load(dir, data, '--yes'), /\.breakroom-base is damaged/);
    }
});

// A load that has been started and asks: `answer(word)` lets it go on, `asked(n)` waits for its n-th question.
function asking(dir, data) {
    const child = spawn(breakroom, ['load', dir, '--data', data, '--at', AT], { stdio: ['pipe', 'pipe', 'pipe'] });
    const load = { stdout: '', stderr: '', ended: new Promise((done) => child.on('close', done)) };

    child.stdout.setEncoding('utf8').on('data', (text) => { load.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { load.stderr += text; });
    load.answer = (word) => child.stdin.write(`${word}\n`);
    load.asked = async (n = 1) => {
        for (let i = 0; load.stderr.split('[y/N]').length <= n; i++) {
            assert.ok(i < 400, `no question\n${load.stderr}`);
            await new Promise((done) => { setTimeout(done, 50); });
        }
    };
    return load;
}

await test('while a command asks, nobody else is kept out', async () => {
    const data = store();

    loaded(demo, data);
    const dir = folder((d) => newsletter(d, '2026-05-05-fresh', 'New words.'));
    const first = asking(dir, data);

    await first.asked();
    dumped(data);
    assert.match(load(demo, data).stderr, /nothing to change, revision 1$/m);
    first.answer('y');
    assert.equal(await first.ended, 0, first.stderr);
    assert.doesNotMatch(first.stderr, /in the meantime/);
    assert.match(load(dir, data).stderr, /nothing to change, revision 2$/m);
});

await test('what changes in the store while a command asks is looked at again, and asked again', async () => {
    const data = store();

    loaded(demo, data);
    const dir = folder((d) => newsletter(d, '2026-05-05-fresh', 'New words.'));
    const first = asking(dir, data);

    await first.asked();
    loaded(folder((d) => newsletter(d, '2026-05-06-other', 'Other words.')), data);
    first.answer('y');
    await first.asked(2);
    assert.match(first.stderr, /the store changed in the meantime: looking again/);
    assert.match(first.stdout, /^gone +news\/2026-05-06-other\.md$/m);
    assert.match(load(demo, data).stdout, /^gone +news\/2026-05-06-other\.md$/m, 'it was not written');
    first.answer('y');
    assert.equal(await first.ended, 0, first.stderr);
    assert.match(load(dir, data).stderr, /nothing to change, revision 3$/m);
});

await test('of a dumped folder it is refused then, entry by entry; and what is there already is no change', async () => {
    const data = store();

    loaded(demo, data);
    const mine = dumped(data);
    const yours = dumped(data);

    edit(mine, memo, 'title: ', 'title: Mine: ');
    edit(yours, memo, 'title: ', 'title: Yours: ');
    const first = asking(mine, data);

    await first.asked();
    loaded(yours, data);
    first.answer('y');
    assert.equal(await first.ended, 1, first.stderr);
    assert.match(first.stderr, /1 entry changed in the store/);
    assert.match(readFileSync(join(dumped(data), memo), 'utf8'), /^title: Yours: /m);
    const fresh = folder((d) => newsletter(d, '2026-05-05-fresh', 'New words.'));
    const second = asking(fresh, data);

    await second.asked();
    loaded(fresh, data);
    second.answer('y');
    assert.equal(await second.ended, 0, second.stderr);
    assert.match(load(fresh, data).stderr, /nothing to change, revision 3$/m);
});

// ---- PostgreSQL ----

await test('the same on PostgreSQL', () => {
    const server = process.env.BREAKROOM_TEST_PG ?? process.env.TEST_POSTGRES;

    if (!server)
        skip('no PostgreSQL: tests/lib/postgres.sh with node tests/cli/store.mjs');
    const name = `cli_${process.pid}${LIVE ? '_live' : ''}`;
    const url = server.replace('/postgres?', `/${name}?`);

    execFileSync('psql', ['-q', server, '-c', `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`]);
    const data = store('--db', url);
    const lite = store();

    loaded(demo, data, '--db', url);
    loaded(demo, lite);
    const dir = dumped(data, '--db', url);

    assert.ok(sameTree(tree(dir), tree(dumped(lite))), 'the engines differ');
    newsletter(dir, '2026-05-05-fresh', 'New words.');
    assert.deepEqual(listed(loaded(dir, data, '--db', url)), ['new news/2026-05-05-fresh.md']);
    fault(load(demo, data, '--db', 'postgres://127.0.0.1:1/none'), LIVE ? /another store than --db says/ : /./);
    if (LIVE) { // the server knows which store is its own
        assert.match(load(dir, data).stderr, /nothing to change, revision 2$/m);
        fault(load(dir, lite, '--db', url), /another store than --db says.*nothing was loaded/);
    }
});

finish();
