// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Leaflets as a campaign offers them: beside each newsletter's page, in a build and on a server, and as public as the page
// is. They are made by the command and lie in the store; a dump has none, and none is made twice.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { AT, breakroom, demo, folder, newsletter, put, run, sameTree, tree, work } from '../lib/program.mjs';
import { ask, before, serve, text, until } from '../serve/server.mjs';

const HOST = 'baysideeducators.example';
const MEMO = '/news/2026-04-24-memo';
const LONG = '2026-11-20-long';
const LINK = 'Print this as a leaflet (PDF)';
const endless = `${'Nobody reads so many words in one sitting. '.repeat(6)}\n\n`.repeat(110);
const dump = (data) => {
    const to = join(work, `dump-${places += 1}`);

    assert.equal(run(['dump', '--data', data, to, '--at', AT]).status, 0);
    return to;
};
let places = 0;

function built(dir, at = AT) {
    const out = join(work, `site-${places += 1}`);
    const made = run(['build', dir, out, '--at', at]);

    assert.equal(made.status, 0, made.stderr);
    return { out, said: made.stderr, page: (name) => readFileSync(join(out, `${name}.html`), 'utf8') };
}

function loaded(dir, data, at = AT) {
    const made = run(['load', dir, '--data', data, '--yes', '--at', at]);

    assert.equal(made.status, 0, made.stderr);
    return made;
}

async function serving(data, at, body) {
    const server = await serve(['serve', '--data', data, '--listen', '127.0.0.1:0', '--preview', HOST, '--at', at]);

    try {
        return await body(server);
    } finally {
        assert.equal(await server.stop(), 0, server.stderr);
    }
}

const correct = (dir, date, key = 'memo') => appendFileSync(join(dir, 'corrections.csv'), `${key},${date},correction,The hall was the other one,El salón era el otro\n`);
const words = (pdf) => {
    const file = join(work, 'words.pdf');

    writeFileSync(file, pdf);
    return execFileSync('pdftotext', [file, '-'], { encoding: 'utf8' }).replace(/\s+/g, ' ');
};

// ---- a build ----

await test('a build has a leaflet beside every newsletter, and its page leads there', () => {
    const site = built(demo);
    const pages = readdirSync(join(site.out, 'news')).filter((name) => /^2.*\.html$/.test(name));

    assert.ok(pages.length > 10);
    for (const page of pages.filter((name) => !/http-equiv="refresh"/i.test(readFileSync(join(site.out, 'news', name), 'utf8')))) {
        const pdf = page.replace('.html', '.pdf');

        assert.match(readFileSync(join(site.out, 'news', page), 'utf8'), new RegExp(`href="${pdf}" type="application/pdf">Print this`));
        assert.equal(readFileSync(join(site.out, 'news', pdf), 'latin1').slice(0, 5), '%PDF-');
    }
    assert.match(site.page('rights/index'), /href="card\.pdf" type="application\/pdf">Print them as a card for the pocket/);
    assert.match(site.page('es/rights/index'), /href="\.\.\/\.\.\/rights\/card\.pdf"[^>]*>Imprímalos/);
    assert.ok(existsSync(join(site.out, 'rights/card.pdf')));
    assert.match(site.page(`es${MEMO}`), /href="2026-04-24-memo\.pdf"[^>]*>Imprímalo como volante \(PDF\)</);
    assert.match(words(readFileSync(join(site.out, 'es', `${MEMO}.pdf`))), /lectores de pantalla/);
});

await test('built again, nothing is set again: the helper is not even asked', () => {
    const bin = join(work, 'bin');
    const cache = join(work, 'cache-own');
    const env = { ...process.env, LC_ALL: 'C.UTF-8', XDG_CACHE_HOME: cache };
    const build = (out) => execFileSync(join(bin, 'breakroom'), ['build', demo, join(work, out), '--at', AT], { env, stdio: 'pipe' });

    mkdirSync(bin);
    mkdirSync(cache, { recursive: true });
    for (const name of ['breakroom', 'breakroom-paper', 'breakroom-ocr'])
        copyFileSync(join(dirname(breakroom), name), join(bin, name));
    build('first');
    put(bin, 'breakroom-paper', '#!/bin/false\n');
    chmodSync(join(bin, 'breakroom-paper'), 0o755);
    build('second');
    assert.ok(existsSync(join(work, `second${MEMO}.pdf`)));
    assert.ok(sameTree(tree(join(work, 'first')), tree(join(work, 'second'))));
});

await test('one that is too long is a warning with the lines, and has no link and no file', () => {
    const dir = folder((at) => newsletter(at, LONG, endless));
    const site = built(dir);
    const check = run(['check', dir, '--at', AT]);
    const warning = new RegExp(`news/${LONG}\\.md: warning: \\d+ lines too long for a leaflet of two pages; [^\\n]+ \\[no-leaflet\\]`);

    assert.match(site.said, warning);
    assert.equal(check.status, 0);
    assert.match(check.stderr, warning);
    assert.equal(existsSync(join(site.out, 'news', `${LONG}.pdf`)), false);
    assert.doesNotMatch(site.page(`news/${LONG}`), /leaflet|\.pdf"/);
    assert.ok(existsSync(join(site.out, `${MEMO}.pdf`)), 'the others have none either');
});

await test('a letter that no font has, a word of 200 letters, Arabic: named or set', () => {
    const dir = folder((at) => {
        newsletter(at, '2026-11-18-smile', 'Hello 🙂 there.');
        newsletter(at, '2026-11-19-word', `A ${'word'.repeat(50)} of many letters.`);
        newsletter(at, '2026-11-20-arabic', 'Hello مرحبا there.');
    });
    const site = built(dir);

    assert.match(site.said, /2026-11-18-smile\.md: warning: the fonts of leaflets have no “🙂” \(U\+1F642\)[^\n]*\[no-leaflet\]/);
    assert.match(run(['check', dir, '--at', AT]).stderr, /2026-11-18-smile\.md: warning: the fonts/);
    assert.deepEqual(['18-smile', '19-word', '20-arabic'].map((name) => existsSync(join(site.out, `news/2026-11-${name}.pdf`))), [false, true, true]);
});

await test('campaign.ini says on what paper, or that there are none', () => {
    const withPaper = (paper, zone = 'America/Los_Angeles') => folder((at) => {
        const ini = readFileSync(join(at, 'campaign.ini'), 'utf8').replace(/^time_zone.*$/m, `time_zone = ${zone}\n${paper}`);

        writeFileSync(join(at, 'campaign.ini'), ini);
    });
    const size = (site) => /Page size: +(\S+ x \S+)/.exec(execFileSync('pdfinfo', [join(site.out, `${MEMO}.pdf`)], { encoding: 'utf8' }))[1];

    assert.equal(size(built(withPaper(''))), '612 x 792');
    assert.equal(size(built(withPaper('', 'Europe/Madrid'))), '595.276 x 841.89');
    assert.equal(size(built(withPaper('paper = a4'))), '595.276 x 841.89');
    assert.equal(size(built(withPaper('paper = letter', 'Europe/Madrid'))), '612 x 792');
    const none = built(withPaper('paper = none'));

    assert.equal(existsSync(join(none.out, `${MEMO}.pdf`)), false);
    assert.doesNotMatch(none.page(MEMO), /leaflet/);
    const wrong = run(['check', withPaper('paper = leter'), '--at', AT]);

    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /campaign\.ini:\d+:\d+: error: “leter”: leaflets are printed on letter or a4[^]*did you mean “letter”/);
});

await test('without the helper all else is built, and a line says so', () => {
    const bin = join(work, 'alone');
    const out = join(work, 'no-helper');

    mkdirSync(bin);
    copyFileSync(breakroom, join(bin, 'breakroom'));
    chmodSync(join(bin, 'breakroom'), 0o755);
    assert.equal(run(['pack', demo, join(work, 'packed'), '--at', AT]).status, 0);
    const said = execFileSync('sh', ['-c', '"$0" build "$1" "$2" --at "$3" 2>&1', join(bin, 'breakroom'), join(work, 'packed'), out, AT],
        { env: { ...process.env, LC_ALL: 'C.UTF-8', XDG_CACHE_HOME: join(work, 'cache-alone') }, encoding: 'utf8' });

    assert.equal(said.match(/warning: no leaflets: breakroom-paper does not start/g).length, 1);
    assert.ok(existsSync(join(out, `${MEMO}.html`)));
    assert.equal(existsSync(join(out, `${MEMO}.pdf`)), false);
});

// ---- the card of rights ----

const card = (dir, ...more) => {
    const file = join(work, `card-${places += 1}.pdf`);
    const made = run(['leaflet', dir, 'rights/', '--at', AT, '--to', file, ...more]);

    return { ...made, file };
};
const sides = (file) => execFileSync('pdftotext', ['-raw', file, '-'], { encoding: 'utf8' }).split('\f').slice(0, -1).map((side) => side.replace(/\s+/g, ' '));

for (const [paper, size] of [['letter', [792, 612]], ['a4', [841.89, 595.276]]])
    await test(`the rights on a card, English and Spanish, on ${paper}: no word on a fold`, () => {
        const { file, status, stderr } = card(demo, '--paper', paper);

        assert.equal(status, 0, stderr);
        const [english, spanish, ...none] = sides(file);

        assert.equal(none.length, 0);
        for (const name of readdirSync(join(demo, 'rights')))
            assert.ok((/\.es\.md$/.test(name) ? spanish : english).includes(/^title: (.*)$/m.exec(readFileSync(join(demo, 'rights', name), 'utf8'))[1]), name);
        assert.match(english, /Your rights .*En español al reverso.*baysideeducators\.example\/rights\/ .*checked on January 9, 2026 or later.*Paid for by/);
        assert.match(spanish, /Sus derechos .*In English on the other side.*baysideeducators\.example\/es\/rights\//);
        const places = execFileSync('pdftotext', ['-bbox', file, '-'], { encoding: 'utf8' });

        assert.equal(places.match(new RegExp(`<page width="${size[0].toFixed(6)}" height="${size[1].toFixed(6)}">`, 'g')).length, 2, places.slice(0, 600));
        for (const [, x0, y0, x1, y1] of places.matchAll(/xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"/g))
            assert.ok(Math.floor(x0 / (size[0] / 4)) === Math.floor(x1 / (size[0] / 4)) && Math.floor(y0 / (size[1] / 2)) === Math.floor(y1 / (size[1] / 2)),
                `a word over a fold: ${x0} ${y0} ${x1} ${y1}`);
        assert.match(execFileSync('pdfinfo', [file], { encoding: 'utf8' }), /^Title: +Your rights$/m);
        assert.ok(execFileSync('pdffonts', [file], { encoding: 'utf8' }).trim().split('\n').slice(2).every((line) => /Identity-H +yes \w+ +yes/.test(line)));
    });

await test('a right whose review is overdue, and one that another replaced, is on no card; none left is no card', () => {
    const gate = 'May I hand out leaflets at the gate?';
    const change = (at, pattern) => readdirSync(join(at, 'rights')).filter((name) => pattern.test(name)).forEach((name) => {
        const file = join(at, 'rights', name);

        writeFileSync(file, readFileSync(file, 'utf8').replace(/^review_by: .*$/m, 'review_by: 2026-11-30'));
    });
    const some = card(folder((at) => change(at, /^leaflets-gate/)));

    assert.equal(some.status, 0, some.stderr);
    assert.ok(!sides(some.file)[0].includes(gate));
    const none = card(folder((at) => change(at, /./)));

    assert.equal(none.status, 1);
    assert.match(none.stderr, /there is no right whose review is not overdue/);
});

await test('too many words for a pocket are named with their lines, and the page of rights leads to no card', () => {
    const dir = folder((at) => appendFileSync(join(at, 'rights/leaflets-gate.md'), `\n${endless.slice(0, 9000)}`));
    const wanted = /rights\/: (warning: )?\d+ lines too long for a card that folds to a pocket; shorten the answers/;
    const made = card(dir);

    assert.equal(made.status, 1);
    assert.match(made.stderr, wanted);
    assert.equal(existsSync(made.file), false);
    assert.match(run(['check', dir, '--at', AT]).stderr, wanted);
    const site = built(dir);

    assert.equal(existsSync(join(site.out, 'rights/card.pdf')), false);
    assert.doesNotMatch(site.page('rights/index'), /card\.pdf/);
});

// ---- a store and a server ----

await test('the server sends what the build has: inline, by name, with a tag, in both languages', async () => {
    const data = join(work, 'data-same');
    const site = built(demo);

    loaded(demo, data);
    await serving(data, AT, async (server) => {
        for (const [path, name] of [[`${MEMO}.pdf`, '2026-04-24-memo.pdf'], [`/es${MEMO}.pdf`, '2026-04-24-memo.es.pdf']]) {
            const got = await ask(server, path);

            assert.equal(got.status, 200);
            assert.equal(got.headers['content-type'], 'application/pdf');
            assert.match(got.headers['content-disposition'], new RegExp(`^inline; filename="${name}"`));
            assert.ok(got.body.equals(readFileSync(join(site.out, path))), `${path} differs from the build's`);
            assert.equal((await ask(server, path, { headers: { 'If-None-Match': got.headers.etag } })).status, 304);
            const head = await ask(server, path, { method: 'HEAD' });

            assert.deepEqual([head.status, head.headers['content-length'], head.headers.etag, head.body.length],
                [200, String(got.body.length), got.headers.etag, 0]);
            assert.equal((await ask(server, path, { headers: { Range: 'bytes=0-4' } })).body.toString(), '%PDF-');
        }
        assert.match(await text(server, MEMO), /href="\/news\/2026-04-24-memo\.pdf" type="application\/pdf">Print this/);
        const pocket = await ask(server, '/rights/card.pdf');

        assert.match(pocket.headers['content-disposition'], /^inline; filename="rights-card\.pdf"/);
        assert.ok(pocket.body.equals(readFileSync(join(site.out, 'rights/card.pdf'))));
        assert.match((await ask(server, '/sources/counsel-memo.pdf')).headers['content-disposition'], /^attachment;/);
    });
});

await test('a load says how many leaflets, a second none; a dump has none, and dumped again is the same', () => {
    const data = join(work, 'data-dump');
    const dir = folder();

    assert.match(loaded(dir, data).stdout, /^leaflets: 22 new, 0 changed, 0 gone$/m);
    assert.match(loaded(dir, data).stderr, /nothing to change, revision 1$/m);
    const first = dump(data);

    assert.ok([...tree(first).keys()].every((name) => !name.startsWith('leaflets/')));
    assert.doesNotMatch(readFileSync(join(first, '.breakroom-base'), 'utf8'), / leaflets\//);
    const second = join(work, 'data-dump-2');

    loaded(first, second);
    assert.ok(sameTree(tree(first), tree(dump(second))));
    appendFileSync(join(first, 'news/2026-04-24-memo.md'), '\nOne more line.\n');
    correct(first, '2026-11-29');
    assert.match(loaded(first, second).stdout, /^leaflets: 0 new, 2 changed, 0 gone$/m);
});

await test('a newsletter that changes has another leaflet and tag; a correction is in it; the others stay', async () => {
    const data = join(work, 'data-change');
    const dir = folder();

    loaded(dir, data);
    await serving(data, AT, async (server) => {
        const memo = await ask(server, `/es${MEMO}.pdf`);
        const other = await ask(server, '/news/2026-05-27-phone-calls.pdf');

        assert.doesNotMatch(words(memo.body), /El salón era el otro/);
        correct(dir, '2026-11-29');
        loaded(dir, data);
        let after = memo;

        await until('the new leaflet', async () => {
            after = await ask(server, `/es${MEMO}.pdf`);
            return after.headers.etag !== memo.headers.etag;
        });
        assert.match(words(after.body), /El salón era el otro/);
        assert.equal((await ask(server, '/news/2026-05-27-phone-calls.pdf')).headers.etag, other.headers.etag);
    });
});

await test('a correction of a later day is in the leaflet from that day on', async () => {
    const data = join(work, 'data-later');
    const dir = folder((at) => correct(at, '2026-12-05'));

    loaded(dir, data);
    for (const [at, is] of [[AT, false], ['2026-12-06T12:00:00Z', true]])
        await serving(data, at, async (server) => {
            assert.equal(/The hall was the other one/.test(words((await ask(server, `${MEMO}.pdf`)).body)), is);
            assert.equal(/The hall was the other one/.test(await text(server, MEMO)), is);
        });
});

await test('before its minute a newsletter has no leaflet either, and then both; a draft never', async () => {
    const data = join(work, 'data-embargo');
    const dir = folder((at) => {
        newsletter(at, '2026-12-10-soon', 'It is out.', 'time: 09:00\n');
        newsletter(at, '2026-11-10-draft', 'Not yet.', 'draft: yes\n');
    });
    const path = '/news/2026-12-10-soon.pdf';

    loaded(dir, data);
    assert.equal(existsSync(join(built(dir).out, path)), false);
    await before('2026-12-10T17:00:00Z', async (at, isEarly) => {
        let isSeen = false;

        await serving(data, at, async (server) => {
            const early = await ask(server, path);

            assert.equal((await ask(server, '/news/2026-11-10-draft.pdf')).status, 404);
            isSeen = isEarly();
            if (!isSeen)
                return;
            assert.equal(early.status, 404);
            assert.doesNotMatch(await text(server, '/sitemap.xml'), /2026-12-10/);
            await until('it is out', async () => (await ask(server, path)).status !== 404, 60);
            const out = await ask(server, path);

            assert.equal(out.status, 200);
            assert.match(words(out.body), /It is out\./);
            assert.match(await text(server, '/news/2026-12-10-soon'), new RegExp(LINK.replace(/[()]/g, '\\$&')));
        });
        return isSeen;
    });
});

await test('what is too long is loaded and served all the same, without a leaflet', async () => {
    const data = join(work, 'data-long');
    const dir = folder((at) => newsletter(at, LONG, endless));

    assert.match(loaded(dir, data).stderr, /\[no-leaflet\]/);
    await serving(data, AT, async (server) => {
        assert.equal((await ask(server, `/news/${LONG}.pdf`)).status, 404);
        assert.equal((await text(server, `/news/${LONG}`)).includes(LINK), false);
        assert.equal((await ask(server, `${MEMO}.pdf`)).status, 200);
    });
});

finish();
