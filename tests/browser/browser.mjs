// SPDX-License-Identifier: AGPL-3.0-or-later
//
// browser.mjs SITE: the built site as people meet it, in Debian's Chromium and straight from the disk: axe-core on every
// page at two widths, light and dark; nothing to scroll sideways on a small phone; the keyboard; the other language;
// no JavaScript; paper; and html-validate's opinion of every page.
//
// One browser, one page after the other. Nothing here reaches the network: a request to it is a failure.

import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { finish, test } from '../lib/tap.mjs';
import { launch, openPage, pagesOf } from './chromium.mjs';
import { axe, fits, validator } from './clean.mjs';

const site = process.argv[2];
const all = pagesOf(site);
// Old addresses lead on by themselves; they are looked at for themselves below.
const isMoved = (page) => /http-equiv="refresh"/i.test(readFileSync(page.file, 'utf8'));
const pages = all.filter((page) => !isMoved(page));

// ---- html-validate ----

for (const page of all) {
    await test(`html-validate ${page.name}`, async () => {
        const report = await validator.validateFile(page.file);
        const found = report.results.flatMap((result) => result.messages)
            .map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`);

        assert.deepEqual(found, []);
    });
}

// ---- axe-core, width, requests ----

const browser = await launch();

for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ colorScheme, bypassCSP: true });
    const strangers = [];

    context.on('request', (request) => /^(https?|ws|ftp):/.test(request.url()) && strangers.push(request.url()));
    const page = await context.newPage();
    const errors = [];

    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('requestfailed', (request) => errors.push(`not found: ${request.url()}`));
    for (const { name, url } of pages) {
        await test(`${name}: ${colorScheme}, 320 and 1280 px`, async () => {
            errors.length = 0;
            for (const width of [1280, 320]) {
                await page.setViewportSize({ width, height: 800 });
                if (width === 1280)
                    await page.goto(url);
                await axe(page, { preload: false });
                await fits(page);
            }
            assert.deepEqual(errors, []);
            assert.deepEqual(strangers, [], 'a page asked the network for something');
        });
    }
    await context.close();
}

// How often the links of each navigation in the head begin a new line.
function rowsOfLinks() {
    return [...document.querySelectorAll('header nav')]
        .map((nav) => new Set([...nav.querySelectorAll('a')].map((a) => a.getBoundingClientRect().top)).size);
}

await test('the navigation is one row at 1280 px, and what bears out the rest has a second', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });

    for (const { name, url } of pages) {
        await page.goto(url);
        const rows = await page.evaluate(rowsOfLinks);

        assert.deepEqual(rows, /(^|\/)((docket|sources)\/|(chronology|press)\.html)/.test(name) ? [1, 1] : [1], name);
    }
    await page.close();
});

// ---- without JavaScript ----

await test('the same text with and without JavaScript', async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const scripted = await browser.newContext();
    const a = await plain.newPage();
    const b = await scripted.newPage();

    for (const { name, url } of pages) {
        await a.goto(url);
        await b.goto(url);
        const text = await a.locator('body').innerText();

        assert.ok(text.length > 20, `${name} is empty without JavaScript`);
        assert.equal(text, await b.locator('body').innerText(), name);
    }
    await plain.close();
    await scripted.close();
});

// ---- keyboard ----

const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
const page = await context.newPage();

const focused = () => page.evaluate(() => {
    const e = document.activeElement;
    const style = getComputedStyle(e);
    const box = e.getBoundingClientRect();

    return {
        tag: e.tagName,
        href: e.getAttribute('href'),
        text: e.textContent.trim(),
        isShown: box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0,
        hasRing: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none',
    };
});

for (const start of ['index.html', 'es/index.html']) {
    await test(`${start}: the first Tab reaches the link to the content, and it works`, async () => {
        await openPage(page, site, start);
        await page.keyboard.press('Tab');
        const skip = await focused();

        assert.equal(skip.tag, 'A');
        assert.match(skip.href ?? '', /^#./);
        assert.ok(skip.isShown, 'the skip link stays hidden when it has the focus');
        await page.keyboard.press('Enter');
        const target = await page.evaluate(() => location.hash && document.querySelector(location.hash)?.tagName);

        assert.equal(target, 'MAIN');
        await page.keyboard.press('Tab');
        assert.ok(await page.evaluate(() => document.activeElement.closest('main, footer') !== null),
            'after the skip link Tab goes back to the navigation');
    });

    await test(`${start}: every stop of the Tab key can be seen`, async () => {
        await openPage(page, site, start);
        const stops = await page.locator('a[href], button, input, summary, [tabindex="0"]').count();

        for (let i = 0; i < stops; i++) {
            await page.keyboard.press('Tab');
            const stop = await focused();

            assert.ok(stop.isShown, `hidden with the focus: ${stop.text || stop.href}`);
            assert.ok(stop.hasRing, `no ring around: ${stop.text || stop.href}`);
        }
    });
}

// ---- languages ----

await test('the language link leads to the same page in the other language and back, or to Spanish all the same', async () => {
    let switched = 0;

    for (const { name, url } of pages.filter((p) => !p.name.startsWith('es/'))) {
        await page.goto(url);
        const other = page.locator('a[hreflang="es"]:not(main *)').first();
        const isTranslated = await page.locator('link[rel="alternate"][hreflang="es"]').count() > 0;

        if (await other.count() === 0) {
            assert.ok(!isTranslated, `${name}: no link to its translation`);
            continue;
        }
        await other.click();
        assert.equal(await page.locator('html').getAttribute('lang'), 'es', `${name}: not Spanish`);
        assert.ok(page.url().includes('/es/'), `${name}: leads to ${page.url()}`);
        if (!isTranslated)
            continue;
        await page.locator('a[hreflang="en"]:not(main *)').first().click();
        assert.equal(page.url().replace(/#.*/, ''), url, `${name}: the way back leads elsewhere`);
        switched += 1;
    }
    assert.ok(switched > 5, `only ${switched} pages had a translation`);
});

for (const { name, url } of all.filter(isMoved))
    await test(`${name}: an old address leads to its newsletter`, async () => {
        await page.goto(url);
        await page.waitForURL((now) => now.href !== url, { timeout: 10_000 });
        assert.equal(await page.locator('article h1').count(), 1);
    });

await test('a reader walks from the front page to a newsletter, a source and back', async () => {
    await openPage(page, site, 'index.html');
    await page.locator('main a[href*="news/20"]').first().click();
    assert.ok((await page.locator('h1').innerText()).length > 3);
    assert.equal(await page.locator('h1').count(), 1);
    await page.goBack();
    assert.equal(await page.locator('h1').count(), 1);
});

// ---- paper ----

await test('on paper the navigation is gone and the text is black on white', async () => {
    await openPage(page, site, 'index.html');
    await page.locator('main a[href*="news/20"]').first().click();
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const seen = await page.evaluate(() => ({
        nav: [...document.querySelectorAll('nav')].filter((n) => n.getBoundingClientRect().height > 0).length,
        ink: getComputedStyle(document.querySelector('main p')).color,
        paper: getComputedStyle(document.body).backgroundColor,
    }));
    const pdf = await page.pdf({ format: 'A4' });

    await page.emulateMedia({ media: null, colorScheme: null });
    assert.equal(seen.nav, 0);
    assert.ok(luminance(seen.ink) < 0.25, `ink is ${seen.ink}`);
    assert.ok(seen.paper === 'rgba(0, 0, 0, 0)' || luminance(seen.paper) > 0.9, `paper is ${seen.paper}`);
    assert.ok(pdf.length > 5000);
});

function luminance(color) {
    const [r, g, b] = color.match(/[\d.]+/g).map((v) => Number(v) / 255);

    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

await browser.close();
finish();
