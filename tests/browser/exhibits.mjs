// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Documents as people read them, on a live site in Debian's Chromium: nine pages that this test writes as a PDF of its
// own, a newsletter that quotes three of them, and one paper that nobody cleared. Marks lie on their words, a page is
// reached by its number, pictures come when they are looked at, and what is not public is nowhere.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, test } from '../lib/tap.mjs';
import { AT, folder, newsletter, put, run, work } from '../lib/program.mjs';
import { ask, serve, text } from '../serve/server.mjs';
import { launch } from './chromium.mjs';
import { clean, valid } from './clean.mjs';

const HOST = 'baysideeducators.example';

// ---- a paper: Letter, lines of 14 points from (72, 720) on, 24 points apart ----

const TOP = 720;
const STEP = 24;

function pdf(pages) {
    const objects = ['<< /Type /Catalog /Pages 2 0 R >>',
        `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, i) => `${4 + 2 * i} 0 R`).join(' ')}] >>`,
        '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'];

    for (const lines of pages) {
        const words = lines.map((line, i) => `BT /F 14 Tf 72 ${TOP - STEP * i} Td (${line.replace(/[()\\]/g, '\\$&')}) Tj ET`).join('\n');

        objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${objects.length + 2} 0 R /Resources << /Font << /F 3 0 R >> >> >>`);
        objects.push(`<< /Length ${words.length} >>\nstream\n${words}\nendstream`);
    }
    let out = '%PDF-1.4\n';
    const at = objects.map((object, i) => {
        const from = out.length;

        out += `${i + 1} 0 obj\n${object}\nendobj\n`;
        return from;
    });
    const xref = out.length;

    out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${at.map((n) => `${String(n).padStart(10, '0')} 00000 n \n`).join('')}`;
    return Buffer.from(`${out}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`, 'latin1');
}

const ordinary = (n) => [`Trial paper, page ${n} of 9`, `Chairs stand in rows in room ${n}, and the`, 'windows are to be shut at four.'];
const pages = Array.from({ length: 9 }, (_, i) => ordinary(i + 1));

pages[1].push('Every member of staff may read this board,', 'and nobody has to stand beside it. <i>"x"</i>');
pages[8].push('The lanterns are to be lit by the door keeper.');

const dir = folder((d) => {
    put(d, 'documents/trial.pdf', pdf(pages));
    put(d, 'documents/trial.ini', 'title = A trial paper\ntitle_es = Un documento de prueba\ndate = 2026-10-01\nauthor = The door keeper\n'
        + 'received = 2026-10-03\nauthenticity = admitted\nauthenticity_by = the board\nauthenticity_by_es = la junta\nauthenticity_on = 2026-10-05\nclearance = published\nlanguage = en\n');
    put(d, 'documents/kept.pdf', pdf([['A paper that nobody cleared for anybody.']]));
    put(d, 'documents/kept.ini', 'title = Kept back\ntitle_es = Reservado\nclearance = received\nlanguage = en\n');
    newsletter(d, '2026-11-20-board', 'The paper is plain.\n\n> Every member of staff may read this board, and nobody has to stand beside it.\n> — [trial paper, page 2](doc:trial#p2)\n\n'
        + '“The lanterns are to be lit” [(page 9)](doc:trial#p9).\n\n![Page 2 of the trial paper](doc:trial#p2)');
    newsletter(d, '2026-11-21-draft', '“Chairs stand in rows” [(page 4)](doc:trial#p4).', 'draft: yes\n');
});
const data = join(work, 'exhibit-data');
const loaded = run(['load', dir, '--data', data, '--yes', '--at', AT]);

assert.equal(loaded.status, 0, loaded.stderr);
const server = await serve(['serve', '--data', data, '--preview', HOST, '--listen', '127.0.0.1:0', '--at', AT]);
const origin = `http://127.0.0.1:${server.port}`;
const browser = await launch();

// ---- what goes over the wire ----

await test('the public copy is a file to save, with an ETag and parts of it', async () => {
    const whole = await ask(server, '/sources/trial.pdf', { headers: { 'Accept-Encoding': 'gzip, br' } });

    assert.equal(whole.status, 200);
    assert.equal(whole.headers['content-type'], 'application/pdf');
    assert.match(whole.headers['content-disposition'], /^attachment; filename="trial\.pdf"/);
    assert.equal(whole.headers['content-encoding'], undefined);
    assert.equal(whole.body.subarray(0, 5).toString(), '%PDF-');
    const again = await ask(server, '/sources/trial.pdf', { headers: { 'If-None-Match': whole.headers.etag } });

    assert.equal(again.status, 304);
    const part = await ask(server, '/sources/trial.pdf', { headers: { Range: 'bytes=10-19', 'If-Range': whole.headers.etag } });

    assert.equal(part.status, 206);
    assert.deepEqual(part.body, whole.body.subarray(10, 20));
});

await test('a picture is WebP, not packed again, and asked for anew with its ETag', async () => {
    const picture = await ask(server, '/sources/trial/p9.webp', { headers: { 'Accept-Encoding': 'gzip, br' } });

    assert.equal(picture.status, 200);
    assert.equal(picture.headers['content-type'], 'image/webp');
    assert.equal(picture.headers['content-encoding'], undefined);
    assert.equal(picture.body.subarray(8, 12).toString(), 'WEBP');
    assert.equal((await ask(server, '/sources/trial/p9.webp', { headers: { 'If-None-Match': picture.headers.etag } })).status, 304);
});

await test('the SHA-256 on the page is that of the file', async () => {
    const { createHash } = await import('node:crypto');
    const file = await ask(server, '/sources/trial.pdf');
    const html = await text(server, '/sources/trial');
    const codes = [...html.matchAll(/<code>(.*?)<\/code>/g)].map((m) => m[1].replace(/<[^>]+>/g, ''));

    assert.equal(codes[0], createHash('sha256').update(file.body).digest('hex'));
    assert.match(codes[1], /^[0-9a-f]{64}$/);
    assert.notEqual(codes[1], createHash('sha256').update(readFileSync(join(dir, 'documents/trial.pdf'))).digest('hex'));
});

await test('what is not cleared, or not there, has no address', async () => {
    for (const path of ['/sources/kept', '/sources/kept.pdf', '/sources/kept/p1.webp', '/es/sources/kept', '/sources/none',
        '/sources/trial/p10.webp', '/sources/trial/p1.png', '/documents/trial.pdf', '/sources/trial.ini'])
        assert.equal((await ask(server, path)).status, 404, path);
    for (const path of ['/sources/', '/es/sources/', '/sitemap.xml'])
        assert.doesNotMatch(await text(server, path), /kept|Kept|Reservado/);
    assert.match(await text(server, '/sitemap.xml'), /\/sources\/trial</);
});

await test('a draft is not among who quotes', async () => {
    const html = await text(server, '/sources/trial');
    const leaf = html.slice(html.indexOf('id="p4"'), html.indexOf('id="p5"'));

    assert.doesNotMatch(leaf, /<mark|<rect|draft/);
    assert.equal([...html.matchAll(/<mark>/g)].length, 4, 'two passages, each above its page and in it');
});

// ---- as people see it ----

for (const path of ['/sources/', '/sources/trial', '/es/sources/', '/es/sources/trial', '/news/2026-11-20-board'])
    for (const [width, colorScheme] of [[320, 'light'], [320, 'dark'], [1280, 'light'], [1280, 'dark']])
        await test(`${path}: ${width} px, ${colorScheme}`, async () => {
            const context = await browser.newContext({ colorScheme, bypassCSP: true, viewport: { width, height: 800 } });
            const page = await context.newPage();
            const faults = [];

            page.on('requestfailed', (request) => faults.push(request.url()));
            page.on('response', (answer) => answer.status() >= 400 && faults.push(answer.url()));
            await page.goto(origin + path);
            await clean(page);
            assert.deepEqual(faults, []);
            await context.close();
        });

await test('html-validate', async () => {
    for (const path of ['/sources/', '/sources/trial', '/es/sources/trial', '/news/2026-11-20-board'])
        await valid(path, await text(server, path));
});

// Where the boxes of a page's marks are, in points of the paper from its top left corner.
const boxes = (page, anchor) => page.evaluate((id) => {
    const sheet = document.querySelector(`${id} .sheet img`).getBoundingClientRect();
    const scale = 612 / sheet.width;

    return [...document.querySelectorAll(`${id} rect`)].map((rect) => {
        const r = rect.getBoundingClientRect();

        return { left: (r.left - sheet.left) * scale, right: (r.right - sheet.left) * scale, top: (r.top - sheet.top) * scale, bottom: (r.bottom - sheet.top) * scale };
    });
}, anchor);

for (const width of [320, 1280])
    await test(`marks lie on their lines, ${width} px wide`, async () => {
        const context = await browser.newContext({ viewport: { width, height: 800 } });
        const page = await context.newPage();

        await page.goto(`${origin}/sources/trial#p2`);
        const found = await boxes(page, '#p2');

        assert.equal(found.length, 2);
        for (const [i, box] of found.entries()) {
            const baseline = 792 - (TOP - STEP * (3 + i));

            assert.ok(Math.abs(box.left - 72) < 5, `box ${i} begins at ${box.left}`);
            assert.ok(box.top < baseline - 8 && box.top > baseline - 20, `box ${i}: top ${box.top}, line ${baseline}`);
            assert.ok(box.bottom > baseline - 2 && box.bottom < baseline + 10, `box ${i}: foot ${box.bottom}, line ${baseline}`);
        }
        assert.ok(found[1].right < 340, `what stands behind the quotation is not marked: ${found[1].right}`);
        await context.close();
    });

await test('#p9 leads to page 9, and stays there when the pictures come', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const top = () => page.evaluate(() => document.querySelector('#p9').getBoundingClientRect().top);

    await page.goto(`${origin}/news/2026-11-20-board`);
    await page.getByRole('link', { name: '(page 9)' }).click();
    await page.waitForLoadState('networkidle');
    assert.equal(new URL(page.url()).hash, '#p9');
    assert.ok(Math.abs(await top()) < 40, `page 9 begins at ${await top()}`);
    await page.evaluate(() => scrollTo(0, 0));
    await page.evaluate(() => document.querySelector('#p9').scrollIntoView());
    await page.waitForLoadState('networkidle');
    assert.ok(Math.abs(await top()) < 40);
    await context.close();
});

await test('pictures are loaded when they are looked at', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const pictures = [];

    page.on('request', (request) => request.url().endsWith('.webp') && pictures.push(request.url()));
    await page.goto(`${origin}/sources/trial`);
    await page.waitForLoadState('networkidle');
    assert.ok(pictures.length >= 1 && pictures.length <= 5, `${pictures.length} of 9 at first`);
    await context.close();
});

await test('the words of a page that nobody quotes are one key away', async () => {
    const context = await browser.newContext({ viewport: { width: 320, height: 800 }, javaScriptEnabled: false });
    const page = await context.newPage();

    await page.goto(`${origin}/sources/trial`);
    assert.equal(await page.locator('#p3 .words').isVisible(), false);
    await page.locator('#p3 summary').focus();
    await page.keyboard.press('Enter');
    assert.match(await page.locator('#p3 .words').innerText(), /Chairs stand in rows in room 3, and the windows/);
    assert.match(await page.locator('#p2 .words').innerText(), /<i>"x"<\/i>/);
    const words = await page.locator('#p2 .words').boundingBox();
    const picture = await page.locator('#p2 .sheet').boundingBox();

    assert.ok(words.y < picture.y, 'on a phone the words come first');
    await context.close();
});

await test('printed, every page is there with its marks', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();

    await page.emulateMedia({ media: 'print' });
    await page.goto(`${origin}/sources/trial`);
    assert.equal(await page.locator('header nav:visible').count(), 0);
    assert.equal((await boxes(page, '#p2')).length, 2);
    const printed = await page.pdf({ format: 'Letter' });

    assert.ok([...printed.toString('latin1').matchAll(/\/Type\s*\/Page\b/g)].length >= 9);
    await context.close();
});

await browser.close();
assert.equal(await server.stop(), 0);
finish();
