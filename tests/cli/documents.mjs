// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Originals become public copies: what is packed, stored and served has no byte of an original, none of its hash, no word
// under a redaction, and nothing of a document that is not cleared. Bad documents and broken helpers get a sentence each,
// and the rest of the folder compiles.

import { strict as assert } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
    chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync,
    writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { finish, skip, test } from '../lib/tap.mjs';
import { AT, breakroom, demo, put, run, sameTree, tree, work } from '../lib/program.mjs';
import { ask, serve } from '../serve/server.mjs';

const HOST = 'nightshift.example';
const builds = dirname(breakroom);
const tool = join(builds, 'tests/paper/papers');
const papers = join(work, 'papers');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const exists = (dir, name) => existsSync(join(dir, 'documents', name));
const read = (dir, name) => readFileSync(join(dir, 'documents', name), 'utf8');
let count = 0;

mkdirSync(papers);
execFileSync(tool, ['make', papers]);

const ini = (clearance, more = '') => `title = A paper\ndate = 2026-03-02\nreceived = 2026-03-09\nauthor = Marlow Clinic\n`
    + `language = en\nparties = Xaver Xylander, Marlow Clinic\nclearance = ${clearance}\n${more}`;

// A folder without documents.
function empty() {
    count += 1;
    const dir = join(work, `folder-${count}`);
    const made = run(['new', dir, '--name', 'Night Shift United', '--employer', 'Marlow Clinic', '--domains',
        'marlowclinic.example', '--zone', 'America/Chicago', '--host', HOST, '--contact', 'us@nightshift.example',
        '--languages', 'en', '--date', '2026-05-01']);

    assert.equal(made.status, 0, made.stderr);
    mkdirSync(join(dir, 'documents'));
    return dir;
}

function add(dir, name, text, as = name) {
    copyFileSync(join(papers, name), join(dir, 'documents', as));
    put(dir, `documents/${as.split('.')[0]}.ini`, text);
}

// One of each clearance; the third line of the memo is blacked out, the flyer was typed.
function originals() {
    const dir = empty();

    add(dir, 'memo.pdf', ini('cleared', '\n[redact]\np1 = 60, 88, 300, 106\n'));
    add(dir, 'fact.pdf', ini('published', '\n[confirmed]\np1 = Wanda Watcher\n'));
    add(dir, 'flyer.pdf', ini('cleared', '\n[typed]\np1 = Tilda Typist\n'));
    put(dir, 'documents/flyer.p1.txt', 'Words that a person typed\nfrom the picture\n');
    add(dir, 'letter.pdf', ini('received'));
    add(dir, 'advice.pdf', ini('privileged'));
    add(dir, 'forged.pdf', ini('rejected'));
    return dir;
}

const folderOf = (name, args, env) => {
    const result = run(args, { env });

    assert.equal(result.status, 0, result.stderr);
    return name;
};
const pack = (dir, out = `${dir}-packed`, env = {}) => folderOf(out, ['pack', dir, out, '--at', AT], env);
const load = (dir, data, ...more) => run(['load', dir, '--data', data, '--yes', '--at', AT, ...more]);

// What may be nowhere: words, people, days, and whatever would tell an original.
const secrets = (dir) => [
    'Xaver', 'Xylander', 'Xtitle', 'Xjs', 'Xattached', 'Xreceived', 'Xprivileged', 'Xrejected', 'Tilda', 'Typist', 'Wanda',
    '2026-03-09', 'documents/letter', 'documents/advice', 'documents/forged',
    ...['memo', 'fact', 'flyer', 'letter', 'advice', 'forged'].flatMap((key) => {
        const paper = readFileSync(join(dir, `documents/${key}.pdf`));
        const seal = exists(dir, `${key}.seal`) ? [read(dir, `${key}.seal`).trim()] : [];

        return [sha256(paper), createHash('sha1').update(paper).digest('hex'), paper.subarray(0, 200).toString('latin1'), ...seal];
    }),
];

function hasNone(bytes, of, where) {
    const text = Buffer.from(bytes).toString('latin1');
    const folded = text.toLowerCase();

    for (const secret of of) {
        assert.ok(!folded.includes(secret.toLowerCase()), `${where} has “${secret.slice(0, 40)}”`);
        if (/^[0-9a-f]{40,64}$/.test(secret))
            assert.ok(!text.includes(Buffer.from(secret, 'hex').toString('latin1')), `${where} has the bytes of ${secret}`);
    }
}

const reveal = (file) => execFileSync(tool, ['reveal', file], { maxBuffer: 512 << 20 });

// Every byte, every stream, and the words on every picture.
function hasNoneInside(dir, of) {
    let seen = '';

    for (const [name, bytes] of tree(dir)) {
        hasNone(bytes, of, name);
        hasNone(name, of, 'a name');
        if (/^documents\/.*\.(pdf|webp)$/.test(name)) {
            const all = reveal(join(dir, name));

            hasNone(all, of, `what is in ${name}`);
            seen += all.toString('latin1').slice(-2000);
        }
    }
    return seen;
}

// ---- pack ----

const folder = originals();
const secret = () => secrets(folder);

await test('pack writes public copies of what is cleared or published, and nothing of the rest', () => {
    const before = tree(folder);
    const packed = pack(folder);
    const documents = readdirSync(join(packed, 'documents')).sort();

    assert.deepEqual(documents, ['fact', 'flyer', 'memo'].flatMap((key) => [`${key}.copy.pdf`, `${key}.ini`, `${key}.p1.webp`, `${key}.words`]));
    for (const [name, bytes] of tree(packed))
        assert.ok(name.startsWith('documents/') || name === '.breakroom-packed' || before.get(name).equals(bytes), name);
    for (const name of before.keys())
        assert.ok(name.startsWith('documents/') || existsSync(join(packed, name)), `${name} was left out`);
    assert.deepEqual([...tree(folder).keys()].filter((name) => !before.has(name)),
        ['documents/fact.seal', 'documents/flyer.seal', 'documents/memo.seal']);
    assert.equal(statSync(join(folder, 'documents/memo.seal')).mode & 0o777, 0o600);
});

await test('what is packed has nothing of an original, of its hash, of what is under a bar, of who worked on it', () => {
    const seen = hasNoneInside(`${folder}-packed`, secret());

    assert.match(seen, /focused on cost/); // the pictures are read
    assert.match(seen, /nobody else has seen it/);
});

await test('copy is the hash of the copy, commitment that of the seal and the original', () => {
    for (const key of ['memo', 'fact', 'flyer']) {
        const text = read(`${folder}-packed`, `${key}.ini`);
        const seal = Buffer.from(read(folder, `${key}.seal`).trim(), 'hex');

        assert.equal(seal.length, 32);
        assert.equal(text.match(/^copy = (.*)$/m)[1], sha256(readFileSync(join(`${folder}-packed`, `documents/${key}.copy.pdf`))));
        assert.equal(text.match(/^commitment = (.*)$/m)[1], sha256(Buffer.concat([seal, readFileSync(join(folder, `documents/${key}.pdf`))])));
    }
    assert.match(read(`${folder}-packed`, 'fact.ini'), /\[confirmed\]\np1 = yes\n/);
    assert.match(read(`${folder}-packed`, 'flyer.words'), /^page 6120 7920 typed \d+ \d+ 8\n0 Words\n/m);
});

await test('packed again it is the same, and nothing is drawn', () => {
    const again = join(work, 'again');
    const alone = join(work, 'alone');

    mkdirSync(alone);
    copyFileSync(breakroom, join(alone, 'breakroom')); // without the helpers beside it
    chmodSync(join(alone, 'breakroom'), 0o755);
    const said = spawnSync(join(alone, 'breakroom'), ['pack', folder, again, '--at', AT],
        { env: { ...process.env, XDG_CACHE_HOME: join(work, 'cache') }, encoding: 'utf8' });

    assert.equal(said.status, 0, said.stderr);
    assert.ok(sameTree(tree(again), tree(`${folder}-packed`)));
    assert.equal(statSync(join(work, 'cache/breakroom')).mode & 0o777, 0o700);
});

await test('the second check reads no document', () => {
    const dir = originals();
    const env = { ...process.env, XDG_CACHE_HOME: join(work, 'cache-2') };
    const alone = join(work, 'alone/breakroom');

    assert.match(spawnSync(alone, ['check', dir, '--at', AT], { env, encoding: 'utf8' }).stderr, /breakroom-paper and breakroom-ocr do not start/);
    assert.equal(run(['check', dir, '--at', AT], { env: { XDG_CACHE_HOME: join(work, 'cache-2') } }).status, 0);
    assert.equal(spawnSync(alone, ['check', dir, '--at', AT], { env, encoding: 'utf8' }).status, 0);
    assert.ok(!exists(dir, 'memo.seal'), 'check draws nothing and writes nothing');
});

await test('without a cache it is made each time, and is the same', () => {
    put(work, 'no-cache', 'a file');
    assert.ok(sameTree(tree(pack(folder, join(work, 'no-cache-out'), { XDG_CACHE_HOME: join(work, 'no-cache') })), tree(`${folder}-packed`)));
});

await test('a packed folder checks, builds and packs like the one it came from', () => {
    const packed = `${folder}-packed`;

    assert.equal(run(['check', packed, '--at', AT]).status, 0);
    assert.ok(sameTree(tree(pack(packed, join(work, 'packed-twice'))), tree(packed)));
    folderOf('', ['build', folder, join(work, 'site-1'), '--at', AT]);
    folderOf('', ['build', packed, join(work, 'site-2'), '--at', AT]);
    assert.ok(sameTree(tree(join(work, 'site-1')), tree(join(work, 'site-2'))));
    for (const [name, bytes] of tree(join(work, 'site-1')))
        hasNone(bytes, secret(), name);
});

await test('a word under a bar cannot be quoted, nor does a diagnostic tell it', () => {
    const dir = originals();

    put(dir, 'news/2026-05-02-quote.md', '---\ntitle: A quote\nwithout: lead, ask, signature, archive, paid-for\n---\n'
        + 'The memo says [“Xaver Xylander”](doc:memo#p1).\n');
    const said = run(['check', dir, '--at', AT]);

    assert.equal(said.status, 1);
    assert.match(said.stderr, /quote-not-found|quote-no-page/);
    assert.doesNotMatch(said.stderr.replace(/“Xaver Xylander”/g, ''), /page 1 has “[^”]*X[ay]/);
});

await test('a folder may mix papers and public copies', () => {
    const dir = `${folder}-mixed`;

    execFileSync('cp', ['-a', `${folder}-packed`, dir]);
    rmSync(join(dir, '.breakroom-packed'));
    for (const name of ['fact.copy.pdf', 'fact.ini', 'fact.p1.webp', 'fact.words'])
        rmSync(join(dir, 'documents', name));
    for (const name of ['fact.pdf', 'fact.ini', 'fact.seal'])
        copyFileSync(join(folder, 'documents', name), join(dir, 'documents', name));
    assert.ok(sameTree(tree(pack(dir)), tree(`${folder}-packed`)));
});

await test('pack replaces what pack wrote, and nobody else\'s folder', () => {
    const site = join(work, 'site-1');
    const before = tree(site);

    for (const out of [site, folder]) {
        const said = run(['pack', folder, out, '--at', AT]);

        assert.equal(said.status, 2);
        assert.match(said.stderr, /no pack wrote/);
    }
    assert.equal(run(['build', folder, `${folder}-packed`, '--at', AT]).status, 2);
    assert.ok(sameTree(tree(site), before));
    pack(folder);
});

await test('a seal that is damaged, or a folder that cannot be written, is said', () => {
    const dir = originals();

    put(dir, 'documents/memo.seal', 'not a seal\n');
    const damaged = run(['pack', dir, `${dir}-packed`, '--at', AT]);

    assert.equal(damaged.status, 1);
    assert.match(damaged.stderr, /memo\.seal is damaged/);
    assert.equal(read(dir, 'memo.seal'), 'not a seal\n');
    rmSync(join(dir, 'documents/memo.seal'));
    renameSync(join(dir, 'documents'), join(dir, '.elsewhere'));
    symlinkSync('.elsewhere', join(dir, 'documents'));
    const linked = run(['pack', dir, `${dir}-packed`, '--at', AT]);

    assert.equal(linked.status, 1);
    assert.match(linked.stderr, /memo\.seal, which later proves which paper this was, cannot be written|\.seal.*cannot be written/);
    assert.ok(!existsSync(`${dir}-packed`));
});

// ---- packed folders at fault ----

const webp = (dir, change) => {
    const file = join(dir, 'documents/memo.p1.webp');
    const bytes = readFileSync(file);

    writeFileSync(file, change(bytes));
};
const edit = (dir, name, from, to) => put(dir, `documents/${name}`, read(dir, name).replace(from, to));
const faults = [
    ['a copy of another hash', (dir) => writeFileSync(join(dir, 'documents/memo.copy.pdf'), '%PDF-1.4\nother\n%%EOF\n'), /memo\.copy\.pdf: error: its SHA-256 is/],
    ['a copy that is no PDF', (dir) => put(dir, 'documents/memo.copy.pdf', 'text'), /memo\.copy\.pdf: error: this is no PDF/],
    ['no copy', (dir) => rmSync(join(dir, 'documents/memo.copy.pdf')), /documents\/memo\.copy\.pdf is missing/],
    ['no words', (dir) => rmSync(join(dir, 'documents/memo.words')), /documents\/memo\.words is missing/],
    ['no picture', (dir) => rmSync(join(dir, 'documents/memo.p1.webp')), /the picture of page 1, documents\/memo\.p1\.webp, is missing/],
    ['a picture too many', (dir) => copyFileSync(join(dir, 'documents/memo.p1.webp'), join(dir, 'documents/memo.p2.webp')), /“memo” has no page 2/],
    ['no .ini', (dir) => rmSync(join(dir, 'documents/memo.ini')), /documents\/memo\.ini is missing/],
    ['no commitment', (dir) => edit(dir, 'memo.ini', /commitment.*\n/, ''), /commitment = … is missing/],
    ['no hash', (dir) => edit(dir, 'memo.ini', /copy = .*\n/, ''), /copy = … is missing/],
    ['a hash that is none', (dir) => edit(dir, 'memo.ini', /copy = ..../, 'copy = '), /a SHA-256 is 64 digits/],
    ['redactions', (dir) => put(dir, 'documents/memo.ini', `${read(dir, 'memo.ini')}\n[redact]\np1 = 1, 1, 2, 2\n`), /\[redact\] belongs to the paper/],
    ['a typed page', (dir) => put(dir, 'documents/memo.p1.txt', 'typed'), /a typed page belongs to the paper/],
    ['the paper too', (dir) => copyFileSync(join(papers, 'memo.pdf'), join(dir, 'documents/memo.pdf')), /the paper itself, stands here too/],
    ['a picture that is a PNG', (dir) => webp(dir, () => Buffer.from('\x89PNG\r\n\x1a\n'.padEnd(64, ' '), 'latin1')), /no WebP of one plain picture/],
    ['a picture cut off', (dir) => webp(dir, (bytes) => bytes.subarray(0, bytes.length - 9)), /no WebP of one plain picture/],
    ['a picture with more behind it', (dir) => webp(dir, (bytes) => Buffer.concat([bytes, Buffer.from('EXIF')])), /no WebP of one plain picture/],
    ['words of another size of picture', (dir) => edit(dir, 'memo.words', / 1400 /, ' 1401 '), /a picture of 1400 × \d+; documents\/memo\.words says 1401/],
    ['words that are not UTF-8', (dir) => writeFileSync(join(dir, 'documents/memo.words'), Buffer.concat([readFileSync(join(dir, 'documents/memo.words')).subarray(0, -3), Buffer.from([0xC0, 0x80, 0x0A])])), /memo\.words: error: line \d+: this is no word, or not UTF-8/],
    ['words of too few pages', (dir) => put(dir, 'documents/memo.words', 'breakroom words 1\n'), /there are no pages/],
    ['words that end early', (dir) => edit(dir, 'memo.words', /\n[^\n]*\n$/, '\n'), /memo\.words: error: line \d+: (the file ends too early|this page has not so many words)/],
    ['more words than are there', (dir) => edit(dir, 'memo.words', /(page .*) \d+\n/, '$1 33000000\n'), /this page has not so many words/],
    ['numbers written otherwise', (dir) => edit(dir, 'memo.words', / 1400 /, ' 01400 '), /a number is missing/],
];
for (const [what, spoil, sentence] of faults) {
    await test(`a packed document with ${what} is a diagnostic`, () => {
        count += 1;
        const dir = join(work, `spoilt-${count}`);

        execFileSync('cp', ['-a', `${folder}-packed`, dir]);
        spoil(dir);
        const said = run(['check', dir, '--at', AT]);

        assert.equal(said.status, 1, said.stderr);
        assert.match(said.stderr, sentence);
        assert.match(said.stderr, /\d+ newsletters? in/); // the rest compiled
        assert.equal(load(dir, join(work, 'never')).status, 1);
    });
}

await test('a paper with the words of a pack in its .ini is told so', () => {
    const dir = empty();

    add(dir, 'fact.pdf', ini('cleared', `commitment = ${'0'.repeat(64)}\ncopy = ${'0'.repeat(64)}\n`));
    const said = run(['check', dir, '--at', AT]);

    assert.equal(said.status, 1);
    assert.match(said.stderr, /fact\.ini:8: error: the commitment is/);
    assert.match(said.stderr, /fact\.ini:9: error: copy = …/);
});

// ---- the store ----

const bytesBelow = (dir) => [...tree(dir)].map(([name, bytes]) => [name, Buffer.from(bytes)]);

await test('load makes the copies of originals, says that those belong elsewhere, and stores nothing else', () => {
    const data = join(work, 'data-1');
    const said = load(folder, data);

    assert.equal(said.status, 0, said.stderr);
    assert.equal(said.stderr.match(/originals do not belong on a server/g).length, 1);
    for (const [name, bytes] of bytesBelow(data)) // SQLite, its log, and whatever else lies there
        hasNone(bytes, secret(), name);
    const packed = load(`${folder}-packed`, data);

    assert.match(packed.stderr, /nothing to change/);
    assert.doesNotMatch(packed.stderr, /originals/);
});

await test('a dump has the packed documents; loaded and dumped again it is the same, byte for byte', () => {
    const [one, two] = ['dump-1', 'dump-2'].map((name) => join(work, name));

    folderOf('', ['dump', '--data', join(work, 'data-1'), one, '--at', AT]);
    for (const name of readdirSync(join(`${folder}-packed`, 'documents')))
        assert.ok(readFileSync(join(one, 'documents', name)).equals(readFileSync(join(`${folder}-packed`, 'documents', name))), name);
    assert.equal(readdirSync(join(one, 'documents')).length, 12); // and no other
    for (const [name, bytes] of tree(one))
        hasNone(bytes, secret(), name);
    assert.equal(load(one, join(work, 'data-2')).status, 0);
    folderOf('', ['dump', '--data', join(work, 'data-2'), two, '--at', AT]);
    assert.ok(sameTree(tree(one), tree(two)));
});

await test('a running server takes packed documents, serves and stores nothing of an original', async () => {
    const data = join(work, 'data-3');

    assert.equal(load(`${folder}-packed`, data).status, 0);
    const server = await serve(['serve', '--data', data, '--preview', HOST, '--listen', '127.0.0.1:0', '--at', AT]);

    try {
        put(folder, 'documents/fact.ini', read(folder, 'fact.ini').replace('A paper', 'A sheet of facts'));
        const said = load(folder, data);

        assert.equal(said.status, 0, said.stderr);
        assert.match(said.stdout, /changed {2}documents\/fact\.ini/);
        const dump = join(work, 'dump-3');

        folderOf('', ['dump', '--data', data, dump, '--at', AT]);
        assert.match(read(dump, 'fact.ini'), /A sheet of facts/);
        assert.ok(readFileSync(join(dump, 'documents/memo.copy.pdf')).equals(readFileSync(join(`${folder}-packed`, 'documents/memo.copy.pdf'))));
        folderOf('', ['build', folder, join(work, 'site-3'), '--at', AT]);
        for (const name of tree(join(work, 'site-3')).keys()) {
            const answer = await ask(server, `/${name.replace(/(^|\/)index\.html$/, '$1').replace(/\.html$/, '')}`);

            hasNone(answer.body, secret(), name);
            if (!/\.(webp|pdf)$/.test(name) || answer.status !== 200)
                continue;
            const file = join(work, 'served');

            writeFileSync(file, answer.body);
            hasNone(/sources\//.test(name) ? reveal(file) : execFileSync('pdftotext', [file, '-']), secret(), `what is in ${name}`);
        }
        for (const name of readdirSync(join(data, 'store'))) // SQLite and its log, as they are now
            hasNone(readFileSync(join(data, 'store', name)), secret(), name);
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
});

await test('of a document that changed on both sides the whole is taken from one', () => {
    const data = join(work, 'data-4');
    const [mine, theirs] = ['mine', 'theirs'].map((name) => join(work, name));

    assert.equal(load(`${folder}-packed`, data).status, 0);
    for (const dir of [mine, theirs])
        folderOf('', ['dump', '--data', data, dir, '--at', AT]);
    edit(theirs, 'memo.ini', 'A paper', 'Their paper');
    edit(mine, 'memo.ini', 'A paper', 'My paper');
    assert.equal(load(theirs, data).status, 0);
    assert.equal(load(mine, data).status, 1);
    assert.equal(load(mine, data, '--take', 'folder', 'memo').status, 0);
    folderOf('', ['dump', '--data', data, join(work, 'taken'), '--at', AT]);
    assert.match(read(join(work, 'taken'), 'memo.ini'), /My paper/);
});

// ---- bad documents ----

const bad = [
    ['bad-truncated.pdf', /bad-truncated\.pdf: error: (ends too early|is damaged)/],
    ['bad-password.pdf', /bad-password\.pdf: error: asks for a password/],
    ['bad-many.pdf', /bad-many\.pdf: error: has more pages than are read/],
    ['bad-wide.pdf', /bad-wide\.pdf: error: (page 1: )?has a page of more than five metres/],
    ['bad-none.pdf', /bad-none\.pdf: error: has no pages/],
    ['bad-suffix.jpg', /bad-suffix\.jpg: error: this is a PDF, not a JPEG: give it the right suffix/],
    ['bad-ini.pdf', /bad-ini\.ini:\d+: error: there is no page p7: the file has 1/, '\n[redact]\np7 = 1, 1, 2, 2\n'],
    ['bad-ini.pdf', /bad-ini\.ini:\d+: error: this names more than \d+ pages; the file has 1|bad-ini\.ini:\d+: error: this names \d+ pages/, '', 'pages = 1-4\n'],
    ['fine-empty-password.pdf', null],
    ['fine-script.pdf', null],
    ['bad-bomb.pdf', null], // its picture is left out; the page is empty
];
for (const [name, sentence, more = '', before = ''] of bad) {
    await test(sentence ? `${name}${more || before ? ` (${(more || before).trim().replace(/\s+/g, ' ')})` : ''} gets a sentence, and the rest compiles` : `${name} is read`, () => {
        const dir = empty();

        add(dir, name, ini('cleared', `${before}${more}`));
        add(dir, 'fact.pdf', ini('cleared'));
        const said = run(['check', dir, '--at', AT]);

        assert.match(said.stderr, /\d+ newsletters? in/);
        assert.doesNotMatch(said.stderr, /fact\./);
        if (sentence === null) {
            assert.equal(said.status, 0, said.stderr);
            return;
        }
        assert.equal(said.status, 1, said.stderr);
        assert.match(said.stderr, sentence);
        assert.match(said.stderr, /, 1 error, /);
        assert.equal(run(['pack', dir, `${dir}-packed`, '--at', AT]).status, 1);
        assert.ok(!existsSync(`${dir}-packed`));
    });
}

// ---- helpers that fail ----

const broken = [
    ['missing', /fact\.pdf: error: not read: breakroom-paper and breakroom-ocr do not start/],
    ['killed', /fact\.pdf: error: (page 1: )?not read: the program that reads it broke on it/],
    ['crash', /fact\.pdf: error: (page 1: )?not read: the program that reads it broke on it/],
    ['nonsense', /fact\.pdf: error: not read: the program that reads it gave an answer without sense|do not start/],
    ['not-utf8', /fact\.pdf: error: (page 1: )?not read: the program that reads it gave an answer without sense/],
];
for (const [how, sentence] of broken) {
    await test(`helpers that are ${how}: a sentence, and the rest compiles`, () => {
        const home = join(work, 'helpers', how);
        const dir = empty();

        mkdirSync(home, { recursive: true });
        copyFileSync(breakroom, join(home, 'breakroom'));
        if (how !== 'missing')
            for (const name of ['breakroom-paper', 'breakroom-ocr'])
                copyFileSync(join(builds, 'tests/paper/fake_helper'), join(home, name));
        add(dir, 'fact.pdf', ini('cleared'));
        const said = spawnSync(join(home, 'breakroom'), ['check', dir, '--at', AT],
            { env: { ...process.env, XDG_CACHE_HOME: join(home, 'cache') }, encoding: 'utf8' });

        assert.equal(said.status, 1, said.stderr);
        assert.match(said.stderr, sentence);
        assert.match(said.stderr, /\d+ newsletters? in .*, 1 error, /);
    });
}

// ---- the demo ----

await test('demo shows originals as public copies and writes nothing into their folder', async () => {
    if (demo === '')
        skip('no demo');
    const dir = originals();
    const before = tree(dir);
    const server = await serve(['demo', dir, '--listen', '127.0.0.1:0', '--at', AT]);

    try {
        assert.equal((await ask(server, '/')).status, 200);
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
    assert.doesNotMatch(server.stderr, /originals/);
    assert.ok(sameTree(tree(dir), before));
});

finish();
