// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Leaflets, read with other people's programs: each newsletter of the demo in both papers has all the words of its web
// page and alive links, on two pages at most, in fonts that are embedded; the same leaflet is the same bytes. What does not
// fit, cannot be drawn or has no letter is named, and nothing is written then.
//
// leaflet.mjs [SITE]: the demo as it was built; without, it is built first. FEW=1 takes a few newsletters alone.

import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import zlib, { deflateSync } from 'node:zlib';
import { finish, test } from '../lib/tap.mjs';
import { AT, demo, folder, newsletter, put, run, work } from '../lib/program.mjs';

const few = process.env.FEW === '1';
const slugs = readdirSync(join(demo, 'news')).map((name) => name.replace(/\.md$/, ''))
    .filter((slug) => !few || /memo|our-year\.es/.test(slug));
const keyOf = (slug) => slug.slice(11);
const tool = (name, ...args) => execFileSync(name, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
const site = process.argv[2] ?? join(work, 'site');
const papers = { letter: '612 x 792', a4: '595.276 x 841.89' };
let count = 0;

// A leaflet that has to be: its file.
function leaflet(dir, key, ...more) {
    count += 1;
    const file = join(work, `leaflet-${count}.pdf`);
    const made = run(['leaflet', dir, key, '--at', AT, '--to', file, ...more]);

    assert.equal(made.status, 0, made.stderr);
    return file;
}

// One that must not be: what is said.
function refused(dir, key, status, ...more) {
    const file = join(work, 'refused.pdf');
    const made = run(['leaflet', dir, key, '--at', AT, '--to', file, ...more]);

    assert.equal(made.status, status, made.stderr);
    assert.equal(existsSync(file), false, 'it was written all the same');
    return made.stderr;
}

const textOf = (file) => tool('pdftotext', file, '-');
const pagesOf = (file) => Number(/^Pages: +(\d+)/m.exec(tool('pdfinfo', file))[1]);

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const words = (text) => text.normalize('NFKC').match(/[\p{L}\p{N}]+/gu) ?? [];

// The words of a page's article and of its notes, in their order, each text in a line of its own.
function pageWords(slug) {
    const [, key, spanish] = /^(.*?)(\.es)?$/.exec(slug);
    const html = readFileSync(join(site, spanish ? 'es' : '', 'news', `${key}.html`), 'utf8');
    const notes = /<section aria-labelledby="Figures">[^]*?<\/section>/.exec(html)?.[0] ?? '';
    const article = (/<article[^]*?<\/article>/.exec(html)[0] + notes)
        .replace(/<dl class="about">[^]*?<\/dl>/, '').replace(/<figure class="page">[^]*?<\/figure>/g, '');

    return article.replace(/<[^>]+>/g, (tag) => (/^<\/?(a|em|strong|span|time|code|mark|sup|abbr|b|i)\b/.test(tag) ? '' : '\n'))
        .replace(/&(\w+|#39);/g, (all, name) => entities[name] ?? all);
}

// Every word, as often as on the page.
function assertHasWords(text, wanted) {
    const there = new Map();

    for (const word of words(text))
        there.set(word, (there.get(word) ?? 0) + 1);
    for (const word of words(wanted)) {
        assert.ok(there.get(word) > 0, `“${word}” is missing`);
        there.set(word, there.get(word) - 1);
    }
}

const linksOf = (file) => [...readFileSync(file, 'latin1').matchAll(/\/URI\(([^)]*)\)/g)].map((match) => match[1]);

// Words with their places, a list a page.
function placesOf(file) {
    return tool('pdftotext', '-bbox', file, '-').split('<page ').slice(1).map((page) => ({
        width: Number(/width="([\d.]+)"/.exec(page)[1]),
        words: [...page.matchAll(/<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)<\/word>/g)]
            .map((word) => ({ x0: +word[1], y0: +word[2], x1: +word[3], y1: +word[4], text: word[5] })),
    }));
}

function assertOnPaper(file) {
    for (const page of placesOf(file))
        for (const word of page.words)
            assert.ok(word.x0 >= 39 && word.x1 <= page.width - 39, `“${word.text}” from ${word.x0} to ${word.x1}`);
}

// ---- the demo ----

if (!process.argv[2])
    await test('the demo is built, to compare with', () => {
        const built = run(['build', demo, site, '--at', AT]);

        assert.equal(built.status, 0, built.stderr);
    });

for (const [paper, size] of Object.entries(papers))
    for (const slug of slugs)
        await test(`${slug} on ${paper}`, () => {
            const file = leaflet(demo, keyOf(slug), '--paper', paper);
            const info = tool('pdfinfo', file);
            const fonts = tool('pdffonts', file).trim().split('\n').slice(2);

            assert.ok(pagesOf(file) <= 2);
            assert.match(info, new RegExp(`^Page size: +${size} pts`, 'm'));
            assert.ok(fonts.length >= 3 && fonts.every((line) => /Identity-H +yes \w+ +yes/.test(line)), fonts.join('\n'));
            assertHasWords(textOf(file), pageWords(slug));
            assertOnPaper(file);
        });

await test('the title, the language and the newsletter’s day are in the file', () => {
    const file = leaflet(demo, 'memo', '--lang', 'es');
    const info = tool('pdfinfo', file);

    assert.match(info, /^Title: +El memorando dice una cosa; la junta directiva, otra$/m);
    assert.match(info, /^Author: +Bayside Educators United$/m);
    assert.match(info, /^CreationDate: +Fri Apr 24 .*2026/m);
    assert.match(readFileSync(file, 'latin1'), /\/Lang\(es\)/);
    assert.match(readFileSync(file, 'latin1'), /\/DisplayDocTitle true/);
});

await test('links are alive, with their host, and lead where the page’s do', () => {
    const links = linksOf(leaflet(demo, 'memo'));

    for (const link of ['https://baysideeducators.example/news/2026-04-24-memo', 'https://baysideeducators.example/sources/counsel-memo#p2',
        'https://baysideeducators.example/faq/#can-i-be-punished'])
        assert.ok(links.includes(link), `${link} is not among ${links.join(' ')}`);
    assert.ok(links.every((link) => /^https:\/\/[!-~]+$/.test(link)), links.join('\n'));
});

await test('the foot names the page, who runs this and who pays', () => {
    const text = textOf(leaflet(demo, 'memo')).replace(/\s+/g, ' ');

    assert.match(text, /the form for screen readers and large print: https:\/\/baysideeducators\.example\/news\/2026-04-24-memo/);
    assert.match(text, /Run by Bayside Educators United, a group/);
    assert.match(text, /Paid for by United Educators of Marlow County/);
    assert.match(text, /12 Harbor Street, Bayside/);
});

await test('what is copied out of it is what was written: no “ﬁ” in one sign', () => {
    const text = textOf(leaflet(demo, 'fact-sheet'));

    assert.match(text, /figures/);
    assert.doesNotMatch(text, /[\ufb00-\ufb06\u200b-\u200d]/);
});

await test('a correction stands on the leaflet', () => {
    assert.match(textOf(leaflet(demo, 'memo')), /Corrected on April 30, 2026/);
});

await test('the same leaflet is the same bytes, wherever the clock is', () => {
    const first = readFileSync(leaflet(demo, 'memo'));
    const second = readFileSync(leaflet(demo, 'memo', '--at', '2026-12-24T03:00:00Z'));

    assert.equal(Buffer.compare(first, second), 0);
});

await test('from a store it is the same leaflet', () => {
    const data = join(work, 'data');
    const loaded = run(['load', demo, '--data', data, '--yes', '--at', AT]);
    const file = join(work, 'stored.pdf');

    assert.equal(loaded.status, 0, loaded.stderr);
    const made = run(['leaflet', '--data', data, 'memo', '--at', AT, '--to', file]);

    assert.equal(made.status, 0, made.stderr);
    assert.equal(Buffer.compare(readFileSync(file), readFileSync(leaflet(demo, 'memo'))), 0);
});

await test('without --to it is written here, under the newsletter’s own name', () => {
    const made = run(['leaflet', demo, 'letters', '--at', AT]);

    assert.equal(made.status, 0, made.stderr);
    assert.equal(readFileSync(join(work, '2026-02-26-letters.pdf')).subarray(0, 5).toString(), '%PDF-');
});

// ---- how it stands ----

// The words of a column, its lowest edge among them.
const inColumn = (page, column) => page.words.filter((word) => (word.x0 < page.width / 2) === (column === 0));

await test('columns of a page end alike', () => {
    const dir = folder((at) => newsletter(at, '2026-11-20-plain', Array(60).fill('We set this in two columns that are to end alike. '
        + 'It goes on for a while, as newsletters do, and says nothing else.').join('\n\n')));
    const file = leaflet(dir, 'plain');

    for (const page of placesOf(file)) {
        const body = page.words.filter((word) => /^(columns|while,|newsletters)$/.test(word.text));
        const ends = [0, 1].map((column) => Math.max(...inColumn({ ...page, words: body }, column).map((word) => word.y1)));

        assert.ok(Math.abs(ends[0] - ends[1]) < 60, ends.join(' and '));
    }
});

await test('a heading is never last in its column', () => {
    const text = (times) => 'These are words of a paragraph that goes on for some lines. '.repeat(times);

    // For one of these the evenest cut would be right below the heading.
    for (const after of [5, 6, 7, 8, 9]) {
        const dir = folder((at) => newsletter(at, '2026-11-20-heads', `${text(5)}\n\n## Heading\n\n${text(after)}`));
        const [page] = placesOf(leaflet(dir, 'heads'));
        const heading = page.words.find((word) => word.text === 'Heading');
        const column = inColumn(page, heading.x0 < page.width / 2 ? 0 : 1);

        assert.ok(column.some((word) => word.text === 'paragraph' && word.y0 > heading.y0), `before ${after} sentences`);
    }
});

// ---- what people write ----

await test('5,000 words: how many lines are too many', () => {
    const dir = folder((at) => newsletter(at, '2026-11-20-long', Array(500).fill('Ten words of ours that go on and on here.').join('\n')));

    assert.match(refused(dir, 'long', 1), /2026-11-20-long\.md: \d{2,3} lines too long for a leaflet of two pages; shorten it/);
});

await test('a word of 200 letters and an address as long stay on the paper', () => {
    const dir = folder((at) => newsletter(at, '2026-11-20-word', `A ${'abcdefghij'.repeat(20)} here. See https://a.example/${'y'.repeat(180)} too.\n\n`
        + `| a | ${'wxyz'.repeat(20)} |\n|---|---|\n| ${'hijk'.repeat(40)} | b |\n\n\`${'c'.repeat(200)}\`\n`));
    const file = leaflet(dir, 'word');

    assertOnPaper(file);
    assert.ok(textOf(file).replace(/[\s\u200b]/g, '').includes('abcdefghij'.repeat(20)));
});

// A table of so many columns of one word.
const wide = (columns) => ['Signed', '---', 'letter'].map((word) => `|${` ${word} |`.repeat(columns)}`).join('\n');

await test('a wide table has smaller letters, one that nobody could read is refused', () => {
    const dir = folder((at) => {
        newsletter(at, '2026-11-20-wide', wide(7));
        newsletter(at, '2026-11-21-wider', wide(30));
    });
    const [page] = placesOf(leaflet(dir, 'wide'));
    const cells = page.words.filter((word) => word.text === 'Signed').sort((a, b) => a.x0 - b.x0);

    assert.equal(cells.length, 7);
    for (let i = 1; i < cells.length; i += 1)
        assert.ok(cells[i].x0 > cells[i - 1].x1, `cells ${i - 1} and ${i} run into each other`);
    assert.match(refused(dir, 'wider', 1), /2026-11-21-wider\.md: the leaflet has a table too wide for a column/);
});

await test('Arabic, Chinese, Greek and Cyrillic are set', () => {
    const dir = folder((at) => newsletter(at, '2026-11-20-many', 'Hello مرحبا and 中文字, Ωmega, Жук, ñ, ł, ✓ and ❤️.'));
    const text = textOf(leaflet(dir, 'many'));

    for (const word of ['مرحبا', '中文字', 'Ωmega', 'Жук', 'ñ', 'ł', '✓', '❤'])
        assert.ok(text.normalize('NFKC').includes(word), `${word} is not in ${text}`);
});

await test('an emoji that no font has is named', () => {
    const dir = folder((at) => newsletter(at, '2026-11-20-smile', 'Hello 🙂 there.'));

    assert.match(refused(dir, 'smile', 1), /2026-11-20-smile\.md: the fonts of leaflets have no “🙂” \(U\+1F642\); write a word/);
});

await test('one in the title is named as well', () => {
    const dir = folder((at) => put(at, 'news/2026-11-20-smile.md', '---\ntitle: Hello 🙂\nwithout: lead, ask, signature, archive\n---\nText.\n'));

    assert.match(refused(dir, 'smile', 1), /U\+1F642/);
});

// A PNG of that size, of broad stripes.
function png(width, height) {
    const chunk = (name, body) => {
        const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(name, 'latin1'), body, Buffer.alloc(4)]);

        bytes.writeUInt32BE(body.length, 0);
        bytes.writeUInt32BE(sum(bytes.subarray(4, -4)), bytes.length - 4);
        return bytes;
    };
    const head = Buffer.alloc(13);
    const row = 3 * width + 1;
    const rows = Buffer.alloc(row * height);

    for (let y = 0; y < height; y += 1)
        rows.fill(y % 1000 < 500 ? 40 : 200, y * row + 1, (y + 1) * row);
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    head.set([8, 2, 0, 0, 0], 8);
    return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 1 })),
        chunk('IEND', Buffer.alloc(0))]);
}

// zlib.crc32 came after Node 18.
function sum(bytes) {
    if (zlib.crc32)
        return zlib.crc32(bytes);
    let crc = ~0;

    for (const byte of bytes) {
        crc ^= byte;
        for (let i = 0; i < 8; i += 1)
            crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc >>> 0;
}

function withPhoto(name, bytes) {
    return folder((at) => {
        writeFileSync(join(at, 'photos', name), bytes);
        newsletter(at, '2026-11-20-photo', `![Something to see](../photos/${name} "What it is")\n\nText.`);
    });
}

await test('a photo of fifty megapixels becomes one that print can use', () => {
    const file = leaflet(withPhoto('large.png', png(8660, 5774)), 'photo');
    const [, width] = /image +(\d+) +\d+ +rgb/.exec(tool('pdfimages', '-list', file)).map(Number);

    assert.ok(width > 500 && width < 1000, `${width} pixels`);
    assert.ok(readFileSync(file).length < 600_000);
    assert.match(textOf(file), /What it is/);
});

await test('photos of a pixel, and thin as a thread', () => {
    leaflet(withPhoto('dot.png', png(1, 1)), 'photo');
    leaflet(withPhoto('thread.png', png(3, 20000)), 'photo');
    leaflet(withPhoto('rope.png', png(20000, 3)), 'photo');
});

await test('a photo whose picture is noise is drawn or named, and nothing breaks', () => {
    const bytes = Buffer.from(readFileSync(join(demo, 'photos/gate.jpg')));

    for (let i = Math.floor(bytes.length * 3 / 4); i < bytes.length - 2; i += 7)
        if (bytes[i] !== 0xff && bytes[i - 1] !== 0xff)
            bytes[i] = (i * 31) % 251;
    const made = run(['leaflet', withPhoto('noise.jpg', bytes), 'photo', '--at', AT, '--to', join(work, 'noise.pdf')]);

    assert.ok(made.status === 0 || /photo 1 cannot be drawn/.test(made.stderr), made.stderr);
});

await test('lists in lists, quotations in quotations, code, nothing at all', () => {
    const dir = folder((at) => {
        newsletter(at, '2026-11-20-odd', '4. four\n5. five\n\n> > nested\n>\n> — somebody\n\n- a\n  - b\n    1. c\n\n```\nx  y\n```\n\n***\n\n- > in a list\n');
        newsletter(at, '2026-11-21-empty', '');
    });

    assert.match(textOf(leaflet(dir, 'odd')), /4\. four\s+5\. five[^]*nested[^]*somebody/);
    assert.equal(pagesOf(leaflet(dir, 'empty')), 1);
});

// ---- the command line ----

await test('what is not there is named, and nothing is written', () => {
    assert.match(refused(demo, 'mmo', 2), /there is no newsletter “mmo”; did you mean “memo”\?/);
    assert.match(refused(demo, 'letters', 2, '--lang', 'es'), /there is no newsletter “letters” in “es”/);
    assert.match(refused(demo, 'memo', 2, '--lang', 'de'), /--lang: “de” is neither/);
    assert.match(refused(demo, 'memo', 2, '--paper', 'a3'), /--paper: “a3” is neither “letter” nor “a4”/);
});

await test('a folder with errors makes no leaflet', () => {
    const dir = folder((at) => newsletter(at, '2026-11-20-wrong', '[x](fig:nothing)'));

    assert.match(refused(dir, 'wrong', 1), /has 1 error/);
});

finish();
