// SPDX-License-Identifier: AGPL-3.0-or-later
//
// impact.mjs: `breakroom impact` says which published newsletters lean on what, with what they showed; and of a changed
// register, which showed something else. From a dump, from a store, and from files that are not what a dump writes.

import { strict as assert } from 'node:assert';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { AT, demo, folder, newsletter, run, work } from '../lib/program.mjs';
import { serve, until } from '../serve/server.mjs';

const HEAD = 'key,language,time,hash,values,leans\n';
const published = (text) => {
    const dir = mkdtempSync(join(work, 'dump-'));

    cpSync(join(demo, 'campaign.ini'), join(dir, 'campaign.ini'));
    writeFileSync(join(dir, 'published.csv'), text);
    return dir;
};
const lines = (done) => done.stdout.trimEnd().split('\n').filter((line) => line);
const changed = (name, edit) => {
    const dir = mkdtempSync(join(work, 'changed-'));
    const file = join(dir, name.split('/').pop());
    const text = readFileSync(join(demo, name), 'utf8');

    assert.notEqual(edit(text), text, `the edit of ${name} finds nothing`);
    writeFileSync(file, edit(text));
    return file;
};
const impact = (dir, what, status = 0) => {
    const done = run(['impact', dir, what, '--at', AT]);

    assert.equal(done.status, status, done.stderr);
    return done;
};

const data = mkdtempSync(join(work, 'data-'));
const dump = join(work, 'dumped');

assert.equal(run(['load', demo, '--data', data, '--at', AT, '--yes']).status, 0);
assert.equal(run(['dump', '--data', data, dump, '--at', AT]).status, 0);

await test('published.csv has what each newsletter leaned on, and the states of its day', () => {
    const rows = readFileSync(join(dump, 'published.csv'), 'utf8').trimEnd().split('\n');

    assert.match(rows.find((row) => row.startsWith('complaint,en,')), /case:access#mail=complaint-issued/);
    assert.match(rows.find((row) => row.startsWith('majorities,es,')), /claim:fact-sheet; claim:fact-sheet-2/);
    assert.match(rows.find((row) => row.startsWith('memo,en,')), /,"doc:counsel-memo=p2, [^"]*p6-7[^"]*; doc:board-letter=p1"$/);
});

await test('a figure, a claim, a document and an allegation are found where they were shown', () => {
    assert.deepEqual(lines(impact(dump, 'fig:parent-calls')).sort(), [
        'our-year (en): fig:parent-calls, showed 61', 'our-year (es): fig:parent-calls, showed 61',
        'phone-calls (en): fig:parent-calls, showed 38', 'phone-calls (es): fig:parent-calls, showed 38',
    ]);
    assert.deepEqual(lines(impact(dump, 'claim:fact-sheet-2')), ['majorities (en): claim:fact-sheet-2', 'majorities (es): claim:fact-sheet-2']);
    assert.ok(lines(impact(dump, 'doc:counsel-memo')).includes('memo (es): doc:counsel-memo, showed p2, p6-7, p7, p5'));
    assert.ok(lines(impact(dump, 'case:access#mail')).includes('complaint (en): case:access#mail, showed complaint-issued'));
});

await test('nothing leans on it: nothing is listed, and how many were looked through is said', () => {
    for (const what of ['fig:parent', 'fig:parent-calls-2', 'claim:fact', 'case:access', 'doc:nobody']) {
        const done = impact(dump, what);

        assert.equal(done.stdout, '');
        assert.match(done.stderr, /: 0 in 20 published texts\n$/);
    }
});

await test('a store answers as its dump does', () => {
    const done = run(['impact', '--data', data, 'fig:parent-calls', '--at', AT]);

    assert.equal(done.status, 0, done.stderr);
    assert.equal(done.stdout, impact(dump, 'fig:parent-calls').stdout);
});

await test('a newsletter whose minute comes while a server runs is recorded then', async () => {
    const place = mkdtempSync(join(work, 'data-'));
    const dir = folder((d) => newsletter(d, '2026-11-20-around', '[About 60](fig:parent-calls) families wrote.'));
    const load = (at) => assert.equal(run(['load', dir, '--data', place, '--at', at, '--yes']).status, 0);

    load('2026-11-19T12:00:00Z');
    const server = await serve(['serve', '--data', place, '--preview', 'baysideeducators.example', '--listen', '127.0.0.1:0', '--at', AT]);

    await until('a record', () => /^.*published\.recorded .*texts=21$/m.test(server.stderr));
    assert.equal(await server.stop(), 0);
    for (const name of ['figures.csv', 'claims/family-letter.md', 'claims/family-letter.es.md', 'news/2026-07-16-our-year.md', 'news/2026-07-16-our-year.es.md'])
        writeFileSync(join(dir, name), readFileSync(join(dir, name), 'utf8').replace('parent-calls,61,', 'parent-calls,60,').replace('[61 ', '[60 '));
    load(AT);
    assert.ok(lines(run(['impact', '--data', place, 'fig:parent-calls', '--at', AT])).includes('around (en): fig:parent-calls, showed 61'));
});

await test('of changed figures those are listed that showed another value; growth touches nobody', () => {
    const was = (text) => text.replace('parent-calls,38,', 'parent-calls,37,').replace('each read by the committee","Avisos que nos dieron las familias, cada uno leído por el comité",2026-06-20,,,,', 'each read by the committee","Avisos que nos dieron las familias, cada uno leído por el comité",2026-06-20,38,twice,dos veces,2026-11-20');
    const gone = (text) => text.replace(/^launch-signers,.*\n/m, '');

    const before = ['memo (en): fig:schools, showed 22, is 21 since 2026-04-30', 'memo (es): fig:schools, showed 22, is 21 since 2026-04-30'];

    assert.deepEqual(lines(impact(dump, changed('figures.csv', was))),
        [...before, 'phone-calls (en): fig:parent-calls, showed 38, is 37 since 2026-11-20', 'phone-calls (es): fig:parent-calls, showed 38, is 37 since 2026-11-20']);
    assert.ok(lines(impact(dump, changed('figures.csv', gone))).includes('open-letter (en): fig:launch-signers, showed 67, is gone'));
    assert.equal(impact(dump, changed('figures.csv', (text) => `${text}parent-calls,70,parents,padres y madres,2026-11-20,Count,Conteo,,,,,\n`)).stdout, `${before.join('\n')}\n`);
    assert.deepEqual(lines(impact(dump, join(demo, 'figures.csv'))), before);
});

await test('of a changed case those are listed that showed another state', () => {
    const ruled = (text) => text.replace('[allegation lobby]', '2026-11-20 = dismissed\n\n[allegation lobby]');

    assert.deepEqual(lines(impact(dump, join(demo, 'cases/access.ini'))).filter((line) => line.includes('#mail')), []);
    assert.ok(lines(impact(dump, changed('cases/access.ini', ruled)))
        .includes('complaint (en): case:access#mail, showed complaint-issued, is dismissed'));
});

await test('of a changed document those are listed that refer to it, once it is superseded or not cleared', () => {
    const memo = (edit) => lines(impact(dump, changed('documents/counsel-memo.ini', edit)));

    assert.deepEqual(lines(impact(dump, join(demo, 'documents/counsel-memo.ini'))), []);
    assert.ok(memo((text) => text.replace(/^clearance = .*$/m, 'clearance = received')).includes('memo (es): doc:counsel-memo, showed p2, p6-7, p7, p5, is received'));
    const superseded = memo((text) => text.replace(/^clearance = .*$/m, '$&\nsuperseded_by = board-letter'));

    assert.ok(superseded.includes('memo (en): doc:counsel-memo, showed p2, p6-7, p7, p5, is superseded by board-letter'));
    assert.equal(superseded.length, lines(impact(dump, 'doc:counsel-memo')).length);
});

await test('of changed claims all are listed that lean on one of them, with what is gone or superseded', () => {
    const sheet = (edit) => lines(impact(dump, changed('claims/fact-sheet.md', edit)));
    const all = lines(impact(dump, join(demo, 'claims/fact-sheet.md')));

    assert.ok(all.includes('majorities (es): claim:fact-sheet-2'));
    assert.ok(all.includes('majorities (es): claim:fact-sheet'));
    assert.ok(all.every((line) => /: claim:fact-sheet(-\d+)?$/.test(line)));
    const gone = sheet((text) => text.replace(/^## 2\.[^]*?^(?=## 3\.)/m, ''));

    assert.ok(gone.includes('majorities (en): claim:fact-sheet-2, is gone'));
    assert.ok(gone.includes('majorities (en): claim:fact-sheet'));
    assert.ok(sheet((text) => text.replace('\n---\n', '\nsuperseded: family-letter\n---\n')).includes('majorities (en): claim:fact-sheet-2, is superseded by family-letter'));
    const other = join(mkdtempSync(join(work, 'changed-')), 'fact.md');

    cpSync(join(demo, 'claims/fact-sheet.md'), other);
    assert.deepEqual(lines(impact(dump, other)), [], 'the claims of another item whose key begins alike');
    assert.match(impact(dump, changed('claims/fact-sheet.md', (text) => text.replace('## 2.', '## two')), 1).stderr, /fact-sheet\.md:\d+:1: error/);
});

await test('a changed file with a fault says which, and lists nothing', () => {
    const done = impact(dump, changed('figures.csv', (text) => text.replace('parent-calls,38', 'parent-calls,"3,8"')), 1);

    assert.equal(done.stdout, '');
    assert.match(done.stderr, /figures\.csv:\d+:14: error/);
});

await test('what is no reference and no register, or no dump, is refused', () => {
    const fault = (dir, what, words) => assert.match(impact(dir, what, 2).stderr, words);

    fault(dump, 'signers', /figures\.csv, claims\/KEY\.md, cases\/KEY\.ini or documents\/KEY\.ini/);
    for (const name of ['press.csv', 'campaign.ini.old', 'claims/fact-sheet.es.md', 'files'])
        fault(dump, join(demo, name), /no file that newsletters lean on/);
    fault(dump, join(work, 'nowhere/figures.csv'), /nowhere/);
    fault(demo, 'fig:signers', /has no published\.csv that can be read/);
    fault(published('key,language,time,hash,values\n'), 'fig:a', /lacks a column/);
    fault(published(''), 'fig:a', /lacks a column/);
    fault(published(`${HEAD}a,en,2026-04-24T07:00:00Z,0\n`), 'fig:a', /line 2/);
    fault(published(`${HEAD}a,en,yesterday,0,,\n`), 'fig:a', /line 2/);
    fault(published(`${HEAD}a,en,"2026\n`), 'fig:a', /line 2/);
});

await test('odd values are names and nothing else', () => {
    const dir = published(`${HEAD}a,en,2026-04-24T07:00:00Z,0,"; =; a=1=2;b ;a",;\n`);

    assert.deepEqual(lines(impact(dir, 'fig:a')), ['a (en): fig:a, showed 1=2', 'a (en): fig:a']);
    assert.deepEqual(lines(impact(dir, 'fig:b')), ['a (en): fig:b']);
    mkdirSync(join(dir, 'x'));
    rmSync(join(dir, 'campaign.ini'));
    assert.match(impact(dir, join(demo, 'figures.csv'), 2).stderr, /campaign\.ini/);
});

finish();
